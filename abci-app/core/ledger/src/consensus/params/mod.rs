//! The numbers the chain agreed on. Each module describes its own ([`sirius_runtime::Param`]); this one keeps their
//! values, answers for them and lets the chain's authority change them, at once or from a height on. The limits of a
//! block are among them: a change of those is told to consensus in the block before.

mod authority;
mod error;
mod genesis;
mod keys;
mod limits;
mod query;
mod schedule;
mod sim;
#[cfg(test)]
pub(crate) mod tests;
mod update;
mod value;
#[allow(unreachable_pub, reason = "generated")]
pub mod wire;

pub use authority::{authority, authorize};
pub use error::Refused;
pub use genesis::Genesis;
pub use limits::{BLOCK_BYTES, BLOCK_GAS};
pub use schedule::settle_limits;
pub use update::Update;

use sirius_runtime::{BlockUse, Context, Error, Module, QueryContext, Registrar};
use sirius_store::{Fault, Read, Write};

/// See the module's documentation.
#[derive(Debug)]
pub struct Params;

impl Module for Params {
    const NAME: &'static str = "params";
    type Genesis = Genesis;

    fn register(on: &mut Registrar<'_>) {
        on.message::<Update>("update")
            .query("params", "/sirius.params.v1.Query/Params", query::params)
            .query("scheduled", "/sirius.params.v1.Query/Scheduled", query::scheduled)
            .params(limits::ALL)
            .refusals(Refused::TABLE)
            .random_move("update", sim::update);
    }

    fn init(genesis: Genesis, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        genesis.write(ctx, state)
    }

    fn export(ctx: &QueryContext<'_>) -> Result<Genesis, Fault> {
        Genesis::read(ctx)
    }

    fn begin_block(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
        schedule::take_effect(ctx, state)
    }

    fn end_block(ctx: &mut Context<'_>, _: BlockUse, state: &mut dyn Write) -> Result<(), Fault> {
        schedule::settle_limits(ctx, state)
    }

    fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
        let scheduled = schedule::all(state)?.len();
        Ok(match keys::authority().get(state)? {
            Some(_) if scheduled <= schedule::MOST_SCHEDULED => Ok(()),
            Some(_) => Err(format!("something is decided for {scheduled} heights")),
            None => Err("nobody has authority over the parameters".into()),
        })
    }
}
