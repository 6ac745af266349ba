//! The section `upgrade` of genesis: what is planned, and what was carried out on the chain it continues.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sirius_primitives::Height;
use sirius_runtime::{Context, Error, QueryContext};
use sirius_store::{Fault, Write};

use super::{Plan, Refused, keys, state};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// What is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// The names of upgrades carried out, with their heights.
    pub done: BTreeMap<String, u64>,
}

impl Genesis {
    pub(super) fn write(self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        for (name, height) in self.done {
            let plan = Plan { name, height, info: String::new() }.checked()?;
            keys::done(&plan.name).set(state, &plan.height());
        }
        if let Some(plan) = self.plan {
            let plan = plan.checked()?;
            if let Some(height) = keys::done(&plan.name).get(state)? {
                return Err(Refused::Done { name: plan.name, height }.into());
            }
            keys::plan().set(state, &plan);
        }
        Ok(state::note_versions(ctx.registry(), state)?)
    }

    pub(super) fn read(ctx: &QueryContext<'_>) -> Result<Self, Fault> {
        let done = state::done(ctx.state)?;
        let height = |(name, Height(height))| (name, height);
        Ok(Self { plan: state::plan(ctx.state)?, done: done.into_iter().map(height).collect() })
    }
}
