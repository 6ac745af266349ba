//! Names: words that people lease and that stand for accounts, so that nobody has to copy an address.
//!
//! A name is one to three labels, the leased one first: `company`, `company.shop`, `company.shop.till`. Whoever leases
//! the first label owns everything below it, which lives as long. A lease is paid in advance; when its time is over the
//! name stands for nobody, for a time of grace its owner alone can renew it, and then it is free again. What a block does
//! about leases that are over is bounded; the rest follows in the next ones.
//!
//! Names have no auctions, no market and no order of their own, and nobody's name is taken away before its time.

mod ending;
mod error;
mod genesis;
mod invariants;
mod keys;
mod label;
mod lease;
mod params;
mod query;
mod register;
mod release;
mod renew;
mod rent;
mod reserve;
mod sim;
mod state;
mod target;
#[cfg(test)]
pub(crate) mod tests;
mod transfer;
#[allow(unreachable_pub, reason = "generated")]
pub mod wire;

pub use error::Refused;
pub use genesis::{Genesis, GenesisLease, GenesisPart};
pub use label::{Name, NameError};
pub use register::Register;
pub use release::Release;
pub use renew::Renew;
pub use reserve::Reserve;
pub use state::target;
pub use target::{ClearTarget, SetTarget};
pub use transfer::Transfer;

use sirius_runtime::{Context, Error, Module, QueryContext, Registrar};
use sirius_store::{Fault, Read, Write};

/// See the module's documentation.
#[derive(Debug)]
pub struct Names;

impl Module for Names {
    const NAME: &'static str = "name";
    type Genesis = Genesis;

    fn register(on: &mut Registrar<'_>) {
        on.message::<Register>("register")
            .message::<Renew>("renew")
            .message::<Transfer>("transfer")
            .message::<SetTarget>("set-target")
            .message::<ClearTarget>("clear-target")
            .message::<Release>("release")
            .message::<Reserve>("reserve")
            .query("show", "/sirius.name.v1.Query/Name", query::name)
            .query("list", "/sirius.name.v1.Query/Names", query::names)
            .query("below", "/sirius.name.v1.Query/Below", query::below)
            .query("reserved", "/sirius.name.v1.Query/Reserved", query::reserved)
            .params(params::ALL)
            .refusals(Refused::TABLE)
            .random_move("register", sim::register)
            .random_move("register-below", sim::register_below)
            .random_move("renew", sim::renew)
            .random_move("transfer", sim::transfer)
            .random_move("set-target", sim::set_target)
            .random_move("clear-target", sim::clear_target)
            .random_move("release", sim::release)
            .random_move("reserve", sim::reserve);
    }

    fn init(genesis: Genesis, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        genesis.write(ctx, state)
    }

    fn export(ctx: &QueryContext<'_>) -> Result<Genesis, Fault> {
        Genesis::read(ctx)
    }

    fn begin_block(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
        ending::begin_block(ctx, state)
    }

    fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
        invariants::check(state)
    }
}
