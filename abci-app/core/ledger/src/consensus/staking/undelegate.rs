//! `/cosmos.staking.v1beta1.MsgUndelegate`: a stake is taken back; the coins come when the unbonding time is over.

use sirius_primitives::{Address, Amount, Coin};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
    tx::wire_coin,
};
use sirius_store::Write;

use super::{
    Refused, address::operator_text, delegation, field, params::UNBONDING, pool::Pool, redelegation, state,
    time, unbonding, wire::staking as wire,
};

/// Taking a stake back.
#[derive(Debug)]
pub struct Undelegate {
    delegator: Address,
    operator: Address,
    coin: Coin,
}

impl Message for Undelegate {
    type Wire = wire::MsgUndelegate;
    type Response = wire::MsgUndelegateResponse;
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
        let pair = (&self.delegator, &self.operator);
        let (pool, amount) = withdraw(ctx, state, pair, self.coin.amount)?;
        pool.shift(state, Pool::NotBonded, amount)?;
        let completes = time::later(ctx.block.time, UNBONDING.get(state)?);
        unbonding::begin(ctx, state, pair, (amount, completes))?;
        let coin = Coin { denom: self.coin.denom.clone(), amount };
        ctx.emit(|ctx| {
            let shown =
                event("unbond").indexed("validator", operator_text(&self.operator, &ctx.chain.prefix));
            let shown = shown.indexed("delegator", ctx.text(&self.delegator));
            shown.with("amount", &coin).with("completion_time", time::text(completes))
        });
        Ok(wire::MsgUndelegateResponse {
            completion_time: Some(time::wire(completes)),
            amount: Some(wire_coin(&coin)),
        })
    }
}

/// Takes the shares of `amount` tokens from a delegation; says what they came to, and in which pool that lies.
///
/// # Errors
/// No delegation, or one that is worth less.
pub(super) fn withdraw(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (delegator, operator): (&Address, &Address),
    amount: Amount,
) -> Result<(Pool, Amount), Error> {
    state::named(ctx, state, operator)?;
    redelegation::settle_all(ctx, state, (delegator, operator))?;
    // What was just taken off may have been the last of it, and of its validator.
    let found = match state::validator(state, operator)? {
        Some(validator) => state::delegation(state, delegator, operator)?.map(|found| (validator, found)),
        None => None,
    };
    let (validator, found) = found.ok_or_else(|| Refused::NoDelegation {
        delegator: ctx.text(delegator),
        operator: operator_text(operator, &ctx.chain.prefix),
    })?;
    let shares = validator
        .stake()
        .redeem(amount, found.shares)
        .ok_or_else(|| Refused::StakeTooSmall { has: validator.worth(found.shares), asked: amount })?;
    let tokens = delegation::take(ctx, state, (delegator, operator), (found, shares))?;
    Ok((Pool::of(&validator), tokens))
}
