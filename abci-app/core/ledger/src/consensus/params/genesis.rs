//! The section `params` of genesis: who has authority, and values that differ from the defaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sirius_primitives::Address;
use sirius_runtime::{Context, Error};
use sirius_store::Write;

use super::{Refused, keys};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// Who may change parameters; the chain's own account `gov`, to which nobody has a key, when left out.
    pub authority: Option<String>,
    /// Values by name; the others begin with their default.
    pub values: BTreeMap<String, u64>,
}

impl Genesis {
    /// Writes every parameter's value, so that a later program with other defaults does not change them.
    pub(super) fn write(self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        let authority = match &self.authority {
            None => Address::of_module("gov"),
            Some(text) => Address::parse(text, &ctx.chain.prefix)
                .map_err(|error| Refused::BadAuthority { cause: error.to_string() })?,
        };
        keys::authority().set(state, &authority);
        let params = ctx.registry().params();
        if let Some(name) = self.values.keys().find(|name| params.iter().all(|param| param.name != *name)) {
            return Err(Refused::Unknown { name: name.clone() }.into());
        }
        for param in params {
            let value = self.values.get(param.name).copied().unwrap_or(param.default);
            super::update::set(state, param, value)?;
        }
        Ok(())
    }
}
