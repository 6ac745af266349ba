//! Upgrades: the chain decides on a name and a height, and at that height goes on under new rules.
//!
//! A program that does not know the name stops before it executes that block; one that knows it carries the upgrade out
//! and goes on; one that knows it already before that height does not run at all. Which upgrades a program knows stands
//! in [`KNOWN`], and which form each module's records have in the state, so that no program runs on records of another.
//!
//! It does not fetch or start programs: that is the operator's, or a supervisor's that reads `upgrade-info.json`.

mod cancel;
mod error;
mod genesis;
mod keys;
mod known;
mod plan;
mod query;
mod sim;
mod software_upgrade;
mod state;
#[cfg(test)]
pub(crate) mod tests;
#[allow(unreachable_pub, reason = "generated")]
pub mod wire;

pub use cancel::CancelUpgrade;
pub use error::Refused;
pub use genesis::Genesis;
pub use known::KNOWN;
pub use plan::Plan;
pub use software_upgrade::SoftwareUpgrade;
pub use state::{Misfit, Verdict, misfit, plan, verdict};

use sirius_runtime::{Context, Error, Module, QueryContext, Registrar};
use sirius_store::{Fault, Read, Write};

/// See the module's documentation.
#[derive(Debug)]
pub struct Upgrades;

impl Module for Upgrades {
    const NAME: &'static str = "upgrade";
    type Genesis = Genesis;

    fn register(on: &mut Registrar<'_>) {
        on.message::<SoftwareUpgrade>("plan")
            .message::<CancelUpgrade>("cancel")
            .query("current", "/cosmos.upgrade.v1beta1.Query/CurrentPlan", query::current_plan)
            .query("applied", "/cosmos.upgrade.v1beta1.Query/AppliedPlan", query::applied_plan)
            .query("versions", "/cosmos.upgrade.v1beta1.Query/ModuleVersions", query::module_versions)
            .query("authority", "/cosmos.upgrade.v1beta1.Query/Authority", query::authority)
            .refusals(Refused::TABLE)
            .random_move("plan", sim::plan)
            .random_move("cancel", sim::cancel);
    }

    fn init(genesis: Genesis, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        genesis.write(ctx, state)
    }

    fn export(ctx: &QueryContext<'_>) -> Result<Genesis, Fault> {
        Genesis::read(ctx)
    }

    fn begin_block(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
        state::carry_out(ctx, state)
    }

    fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
        state::invariants(state)
    }
}
