//! The section `params` of genesis: who has authority, values that differ from the defaults, and what is decided for
//! later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Height};
use sirius_runtime::{BlockLimits, Context, Error, Param, QueryContext, excerpt, genesis::number};
use sirius_store::{Fault, Read, Write};

use super::{Refused, authority, keys, limits, schedule, value};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// Who may change parameters; the chain's own account `gov`, to which nobody has a key, when left out.
    pub authority: Option<String>,
    /// Values by name; the others begin with their default.
    pub values: BTreeMap<String, u64>,
    /// What comes in force at later heights.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scheduled: Vec<GenesisChange>,
}

/// Values that come in force at a height.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisChange {
    /// The first height whose block obeys them.
    #[serde(with = "number")]
    pub height: u64,
    /// Values by name.
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
        let known = ctx.registry().params();
        let consensus = BlockLimits::load(&*state as &dyn Read)?;
        find_all(known, self.values.keys())?;
        for param in known {
            let given = self.values.get(param.name).copied();
            let value = match (limits::from_consensus(param, &consensus), given) {
                (Some(found), Some(value)) if found != value => {
                    return Err(Refused::Contradicts { name: param.name, value, found }.into());
                }
                (Some(found), _) => found,
                (None, given) => given.unwrap_or(param.default),
            };
            value::set(state, param, value)?;
        }
        for change in self.scheduled {
            for param in find_all(known, change.values.keys())? {
                change.values.get(param.name).map_or(Ok(()), |value| value::check(param, *value))?;
            }
            schedule::add(state, Height(change.height), change.values)?;
        }
        Ok(())
    }

    /// The limits of blocks stand in the genesis document itself.
    pub(super) fn read(ctx: &QueryContext<'_>) -> Result<Self, Fault> {
        let mut values = BTreeMap::new();
        for param in ctx.registry.params().iter().filter(|param| !limits::ALL.contains(param)) {
            values.insert(param.name.to_owned(), param.get(ctx.state)?);
        }
        let change = |(height, values): schedule::Change| GenesisChange { height: height.0, values };
        Ok(Self {
            authority: Some(authority(ctx.state)?.bech32(&ctx.chain.prefix)),
            values,
            scheduled: schedule::all(ctx.state)?.into_iter().map(change).collect(),
        })
    }
}

/// The parameters of these names.
fn find_all<'a, 'b>(
    known: &'a [Param],
    names: impl IntoIterator<Item = &'b String>,
) -> Result<Vec<&'a Param>, Refused> {
    let find = |name: &String| known.iter().find(|param| param.name == *name);
    names.into_iter().map(|name| find(name).ok_or_else(|| Refused::Unknown { name: excerpt(name) })).collect()
}
