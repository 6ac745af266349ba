//! The section `slashing` of genesis: nothing on a new chain, which has no absence to remember and whose limits are
//! parameters; what another chain remembered on one that goes on from it.

use serde::{Deserialize, Serialize};
use sirius_runtime::{Error, QueryContext};
use sirius_store::{Fault, Read, Write};

use super::presence;
use crate::{consensus::staking, stored::Stored};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// Presences, absences, jails and tombstones as another chain kept them.
    #[serde(skip_serializing_if = "Stored::is_empty")]
    pub stored: Stored,
}

/// The beginning of every key of the module.
const PREFIX: &[u8] = b"slashing/";

impl Genesis {
    pub(super) fn write(&self, state: &mut dyn Write) -> Result<(), Error> {
        let bad = |cause: String| staking::Refused::BadGenesis { cause };
        self.stored.write(state, PREFIX).map_err(bad)?;
        presence::invariants(&*state as &dyn Read)?.map_err(|cause| bad(cause).into())
    }

    pub(super) fn read(ctx: &QueryContext<'_>) -> Result<Self, Fault> {
        Ok(Self { stored: Stored::read(ctx.state, PREFIX)? })
    }
}
