//! An upgrade and its height.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sirius_primitives::Height;
use sirius_runtime::genesis::number;

use super::{Refused, wire::upgrade as wire};

/// Bytes that a name may have: it becomes the name of a folder on operators' machines.
const MOST_NAME: usize = 64;
/// Bytes of what operators are told.
const MOST_INFO: usize = 4_096;

/// What the chain decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The name by which a program knows the upgrade.
    pub name: String,
    /// The first block of the new rules.
    #[serde(with = "number")]
    pub height: u64,
    /// What operators are told.
    #[serde(default)]
    pub info: String,
}

impl Plan {
    /// The first block of the new rules.
    pub fn height(&self) -> Height {
        Height(self.height)
    }

    pub(super) fn parse(wire: Option<wire::Plan>) -> Result<Self, Refused> {
        let bad = |cause: &str| Refused::BadPlan { cause: cause.into() };
        let wire = wire.ok_or_else(|| bad("the message has none"))?;
        if wire.time.is_some() || wire.upgraded_client_state.is_some() {
            return Err(bad("it names a time or a client state; an upgrade happens at a height"));
        }
        let height = u64::try_from(wire.height).map_err(|_| bad("its height is negative"))?;
        Self { name: wire.name, height, info: wire.info }.checked()
    }

    pub(super) fn checked(self) -> Result<Self, Refused> {
        let bad = |cause: &str| Refused::BadPlan { cause: cause.into() };
        let letters =
            |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if !(1..=MOST_NAME).contains(&self.name.len()) || !letters(&self.name) || self.name.starts_with('.') {
            return Err(bad(
                "its name is not 1 to 64 letters, digits and ._- beginning with another than a dot",
            ));
        }
        if self.info.len() > MOST_INFO {
            return Err(bad("its info is longer than 4096 bytes"));
        }
        // CometBFT and the message count heights in signed 64 bits.
        if i64::try_from(self.height).is_err() {
            return Err(bad("its height is beyond 2^63 - 1"));
        }
        Ok(self)
    }

    pub(super) fn to_wire(&self) -> wire::Plan {
        wire::Plan {
            name: self.name.clone(),
            height: self.height().to_wire(),
            info: self.info.clone(),
            ..wire::Plan::default()
        }
    }
}
