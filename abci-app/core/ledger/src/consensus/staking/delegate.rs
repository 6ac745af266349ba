//! `/cosmos.staking.v1beta1.MsgDelegate`: coins that vouch for a validator.

use sirius_primitives::{Address, Coin};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{address::operator_text, delegation, field, pool::Pool, state, wire::staking as wire};

/// A stake.
#[derive(Debug)]
pub struct Delegate {
    delegator: Address,
    operator: Address,
    coin: Coin,
}

impl Message for Delegate {
    type Wire = wire::MsgDelegate;
    type Response = wire::MsgDelegateResponse;
    const SIGNER: &'static str = "delegator_address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Ok(Self {
            delegator: field::account("delegator's", &wire.delegator_address, chain)?,
            operator: field::operator("validator's", &wire.validator_address, chain)?,
            coin: field::some_coin(wire.amount.as_ref())?,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.delegator]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        field::check_denom(state, &self.coin)?;
        let validator = state::named(ctx, state, &self.operator)?;
        Pool::of(&validator).take(ctx, state, &self.delegator, self.coin.amount)?;
        let pair = (&self.delegator, &self.operator);
        let shares = delegation::add(ctx, state, pair, self.coin.amount)?;
        ctx.emit(|ctx| {
            let shown =
                event("delegate").indexed("validator", operator_text(&self.operator, &ctx.chain.prefix));
            let shown = shown.indexed("delegator", ctx.text(&self.delegator));
            shown.with("amount", &self.coin).with("new_shares", shares.units())
        });
        Ok(wire::MsgDelegateResponse {})
    }
}
