//! The numbers the chain agreed on. Each module describes its own ([`sirius_runtime::Param`]); this one keeps their
//! values, answers for them and lets the chain's authority change them.

mod error;
mod genesis;
mod keys;
mod query;
mod sim;
#[cfg(test)]
pub(crate) mod tests;
mod update;
#[allow(unreachable_pub, reason = "generated")]
pub mod wire;

pub use error::Refused;
pub use genesis::Genesis;
pub use update::Update;

use sirius_runtime::{Context, Error, Module, Registrar};
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
            .refusals(Refused::TABLE)
            .random_move("update", sim::update);
    }

    fn init(genesis: Genesis, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        genesis.write(ctx, state)
    }

    fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
        Ok(match keys::authority().get(state)? {
            Some(_) => Ok(()),
            None => Err("nobody has authority over the parameters".into()),
        })
    }
}
