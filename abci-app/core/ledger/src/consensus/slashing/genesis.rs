//! The section `slashing` of genesis. A new chain has no absence to remember; one that goes on where another stopped has
//! what that one remembered.

use serde::{Deserialize, Serialize};
use sirius_runtime::Error;
use sirius_store::{Fault, Read, Write};

use super::{Refused, keys};
use crate::consensus::staking::{GenesisRecord, records};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// What another chain exported.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<GenesisRecord>,
}

impl Genesis {
    pub(super) fn write(self, state: &mut dyn Write) -> Result<(), Error> {
        let written = records::write(state, keys::ALL, self.records);
        written.map_err(|cause| Refused::BadGenesis { cause }.into())
    }

    pub(super) fn read(state: &dyn Read) -> Result<Self, Fault> {
        Ok(Self { records: records::read(state, keys::ALL)? })
    }
}
