//! Coins: who has how many, and the one door through which they move.
//!
//! Every movement, of whatever module, is one of [`transfer`], [`transfer_unseen`], [`mint`], [`burn`], [`hold`] and [`release`]; nothing else
//! writes a balance. So the rule that coins neither appear nor vanish is read, and tested, in one place.

mod denom;
mod door;
mod error;
mod event;
mod genesis;
mod hold;
mod keys;
mod multi_send;
mod params;
mod query;
mod send;
mod sim;
mod state;
#[cfg(test)]
pub(crate) mod tests;
#[allow(unreachable_pub, reason = "generated")]
pub mod wire;

pub use denom::Metadata;
pub use door::{burn, hold, mint, release, transfer, transfer_unseen};
pub use error::Refused;
pub use genesis::Genesis;
pub use hold::Hold;
pub use keys::{balance as balance_key, supply as supply_key};
pub use multi_send::MultiSend;
pub use send::Send;
pub use state::{balance, balances, held, supply};

use sirius_runtime::{Context, Error, Module, QueryContext, Registrar};
use sirius_store::{Fault, Read, Write};

/// See the module's documentation.
#[derive(Debug)]
pub struct Bank;

impl Module for Bank {
    const NAME: &'static str = "bank";
    type Genesis = Genesis;

    fn register(on: &mut Registrar<'_>) {
        on.message::<Send>("send")
            .message::<MultiSend>("multi-send")
            .query("balance", "/cosmos.bank.v1beta1.Query/Balance", query::balance)
            .query("balances", "/cosmos.bank.v1beta1.Query/AllBalances", query::balances)
            .query("spendable", "/cosmos.bank.v1beta1.Query/SpendableBalances", query::spendable)
            .query("spendable-of", "/cosmos.bank.v1beta1.Query/SpendableBalanceByDenom", query::spendable_of)
            .query("total-supply", "/cosmos.bank.v1beta1.Query/TotalSupply", query::total_supply)
            .query("supply", "/cosmos.bank.v1beta1.Query/SupplyOf", query::supply_of)
            .query("denom", "/cosmos.bank.v1beta1.Query/DenomMetadata", query::denom)
            .query("denoms", "/cosmos.bank.v1beta1.Query/DenomsMetadata", query::denoms)
            .query("owners", "/cosmos.bank.v1beta1.Query/DenomOwners", query::owners)
            .query("owners-of", "/cosmos.bank.v1beta1.Query/DenomOwnersByQuery", query::owners_of)
            .query("params", "/cosmos.bank.v1beta1.Query/Params", query::params)
            .query("send-enabled", "/cosmos.bank.v1beta1.Query/SendEnabled", query::send_enabled)
            .query("holds", "/sirius.bank.v1.Query/Holds", query::holds)
            .params(params::ALL)
            .refusals(Refused::TABLE)
            .random_move("send", sim::send)
            .random_move("multi-send", sim::multi_send);
    }

    fn init(genesis: Genesis, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        genesis.write(ctx, state)
    }

    fn export(ctx: &QueryContext<'_>) -> Result<Genesis, Fault> {
        Genesis::read(ctx)
    }

    fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
        state::invariants(state)
    }
}
