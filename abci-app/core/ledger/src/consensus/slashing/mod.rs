//! What validators lose that are absent, or that sign twice.
//!
//! *Absent*: of the last so many blocks each validator may miss a part. Whoever misses more loses a small part of its
//! stake and is jailed, and may stand again with `MsgUnjail` when its time is over. *Signing twice* is what CometBFT's
//! evidence proves: it costs a larger part of what stood behind it, and the key never makes blocks again.

mod error;
mod evidence;
mod genesis;
mod keys;
mod params;
mod presence;
mod query;
mod sim;
#[cfg(test)]
pub(crate) mod tests;
mod unjail;
#[allow(unreachable_pub, reason = "generated")]
pub mod wire;

pub use error::Refused;
pub use genesis::Genesis;
pub use presence::Presence;
pub use unjail::Unjail;

use sirius_runtime::{Context, Error, Module, QueryContext, Registrar};
use sirius_store::{Fault, Read, Write};

/// See the module's documentation.
#[derive(Debug)]
pub struct Slashing;

impl Module for Slashing {
    const NAME: &'static str = "slashing";
    type Genesis = Genesis;

    fn register(on: &mut Registrar<'_>) {
        on.message::<Unjail>("unjail")
            .query("params", "/cosmos.slashing.v1beta1.Query/Params", query::params)
            .query("signing-info", "/cosmos.slashing.v1beta1.Query/SigningInfo", query::signing_info)
            .query("signing-infos", "/cosmos.slashing.v1beta1.Query/SigningInfos", query::signing_infos)
            .params(params::ALL)
            .refusals(Refused::TABLE)
            .random_move("unjail", sim::unjail);
    }

    fn init(genesis: Genesis, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        genesis.write(ctx, state)
    }

    fn export(ctx: &QueryContext<'_>) -> Result<Genesis, Fault> {
        Genesis::read(ctx)
    }

    fn begin_block(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
        presence::count(ctx, state)?;
        evidence::judge(ctx, state)
    }

    fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
        presence::invariants(state)
    }
}
