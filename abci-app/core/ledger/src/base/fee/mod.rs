//! Fees: what gas costs, who pays, and where the coins go.
//!
//! The least price of gas, the *base fee*, is agreed in state and follows how full blocks are (after EIP-1559). A
//! transaction pays the fee it offers, whole; at the end of a block `staking` has what came in split between those who earn
//! it and the community's account.

mod allowance;
mod base_fee;
mod charge;
mod error;
mod genesis;
mod grant;
mod keys;
mod params;
mod query;
mod sim;
mod split;
#[cfg(test)]
pub(crate) mod tests;
#[allow(unreachable_pub, reason = "generated")]
pub mod wire;

pub use base_fee::required;
pub use charge::{Price, charge};
pub use error::Refused;
pub use genesis::Genesis;
pub use grant::{GrantAllowance, RevokeAllowance};
pub use params::costs;
pub use split::{COLLECTOR, community, community_percent, pay_out};

use sirius_runtime::{BlockUse, Context, Error, Module, QueryContext, Registrar};
use sirius_store::{Fault, Read, Write};

/// See the module's documentation.
#[derive(Debug)]
pub struct Fees;

impl Module for Fees {
    const NAME: &'static str = "fee";
    type Genesis = Genesis;

    fn register(on: &mut Registrar<'_>) {
        on.message::<GrantAllowance>("grant")
            .message::<RevokeAllowance>("revoke")
            .query("base-fee", "/sirius.fee.v1.Query/BaseFee", query::base_fee)
            .query("allowance", "/cosmos.feegrant.v1beta1.Query/Allowance", query::allowance)
            .query("allowances", "/cosmos.feegrant.v1beta1.Query/Allowances", query::allowances)
            .query("issued", "/cosmos.feegrant.v1beta1.Query/AllowancesByGranter", query::issued)
            .params(params::ALL)
            .refusals(Refused::TABLE)
            .random_move("grant", sim::grant)
            .random_move("revoke", sim::revoke);
    }

    fn init(genesis: Genesis, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        genesis.write(ctx, state)
    }

    fn export(ctx: &QueryContext<'_>) -> Result<Genesis, Fault> {
        Genesis::read(ctx)
    }

    fn end_block(_: &mut Context<'_>, block: BlockUse, state: &mut dyn Write) -> Result<(), Fault> {
        base_fee::adjust(block, state)
    }

    fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
        base_fee::invariants(state)
    }
}
