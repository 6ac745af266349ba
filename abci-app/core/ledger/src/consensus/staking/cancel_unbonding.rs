//! `/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation`: coins on their way back are staked again.

use sirius_primitives::{Address, Coin, Height};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{
    Refused, address::operator_text, delegation, field, pool::Pool, state, unbonding, wire::staking as wire,
};

/// Staking coins again that are on their way back.
#[derive(Debug)]
pub struct CancelUnbonding {
    delegator: Address,
    operator: Address,
    coin: Coin,
    created: i64,
}

impl Message for CancelUnbonding {
    type Wire = wire::MsgCancelUnbondingDelegation;
    type Response = wire::MsgCancelUnbondingDelegationResponse;
    const SIGNER: &'static str = "delegator_address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Ok(Self {
            delegator: field::account("delegator's", &wire.delegator_address, chain)?,
            operator: field::operator("validator's", &wire.validator_address, chain)?,
            coin: field::some_coin(wire.amount.as_ref())?,
            created: wire.creation_height,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.delegator]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        field::check_denom(state, &self.coin)?;
        let validator = state::named(ctx, state, &self.operator)?;
        if validator.jailed {
            let operator = operator_text(&self.operator, &ctx.chain.prefix);
            return Err(Refused::Jailed { operator }.into());
        }
        let pair = (&self.delegator, &self.operator);
        let amount = self.coin.amount;
        let mut entries = unbonding::settled(ctx, state, pair)?;
        let created = Height::from_wire(self.created);
        // What has completed is to be paid out in this block.
        let found = entries
            .iter_mut()
            .find(|entry| Some(entry.created) == created && entry.completes > ctx.block.time)
            .ok_or(Refused::NoUnbonding { height: self.created })?;
        found.balance = found
            .balance
            .checked_sub(amount)
            .ok_or(Refused::UnbondingTooSmall { left: found.balance, asked: amount })?;
        found.initial = found.initial.checked_sub(amount).unwrap_or_default();
        entries.retain(|entry| !entry.balance.is_zero());
        unbonding::save(state, pair, &entries);
        Pool::NotBonded.shift(state, Pool::of(&validator), amount)?;
        delegation::add(ctx, state, pair, amount)?;
        ctx.emit(|ctx| {
            let shown = event("cancel_unbonding_delegation").with("amount", &self.coin);
            let shown = shown.with("validator", operator_text(&self.operator, &ctx.chain.prefix));
            shown.with("delegator", ctx.text(&self.delegator)).with("creation_height", self.created)
        });
        Ok(wire::MsgCancelUnbondingDelegationResponse {})
    }
}
