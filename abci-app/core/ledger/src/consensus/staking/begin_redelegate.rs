//! `/cosmos.staking.v1beta1.MsgBeginRedelegate`: a stake moves to another validator at once, and answers for the one it
//! left until the unbonding time is over.

use sirius_primitives::{Address, Coin, Height, Timestamp};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::{Fault, Write};

use super::{
    Refused, Status, Validator, address::operator_text, delegation, field, params::UNBONDING, pool::Pool,
    redelegation, state, stored::Moved, time, undelegate::withdraw, wire::staking as wire,
};

/// Moving a stake.
#[derive(Debug)]
pub struct BeginRedelegate {
    delegator: Address,
    source: Address,
    destination: Address,
    coin: Coin,
}

impl Message for BeginRedelegate {
    type Wire = wire::MsgBeginRedelegate;
    type Response = wire::MsgBeginRedelegateResponse;
    const SIGNER: &'static str = "delegator_address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let source = field::operator("source validator's", &wire.validator_src_address, chain)?;
        let destination = field::operator("destination validator's", &wire.validator_dst_address, chain)?;
        if source == destination {
            return Err(Refused::SameValidator.into());
        }
        let delegator = field::account("delegator's", &wire.delegator_address, chain)?;
        Ok(Self { delegator, source, destination, coin: field::some_coin(wire.amount.as_ref())? })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.delegator]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        field::check_denom(state, &self.coin)?;
        // Moving on would leave the first source with nothing to answer for it.
        if redelegation::is_receiving(state, &self.delegator, &self.source)? {
            let operator = operator_text(&self.source, &ctx.chain.prefix);
            return Err(Refused::Transitive { operator }.into());
        }
        let left = state::named(ctx, state, &self.source)?;
        let destination = state::named(ctx, state, &self.destination)?;
        let (pool, amount) = withdraw(ctx, state, (&self.delegator, &self.source), self.coin.amount)?;
        pool.shift(state, Pool::of(&destination), amount)?;
        let shares = delegation::add(ctx, state, (&self.delegator, &self.destination), amount)?;
        let answers = answers(ctx, state, &left)?;
        if let Some((created, completes)) = answers {
            let three = (&self.delegator, &self.destination, &self.source);
            let entry = Moved { created, completes, initial: amount, shares, slashed: ctx.block.height };
            redelegation::begin(ctx, state, three, entry)?;
        }
        let completes = answers.map_or(ctx.block.time, |(_, completes)| completes);
        let coin = Coin { denom: self.coin.denom.clone(), amount };
        ctx.emit(|ctx| {
            let operator = |operator| operator_text(operator, &ctx.chain.prefix);
            let shown = event("redelegate").with("source_validator", operator(&self.source));
            let shown = shown.with("destination_validator", operator(&self.destination));
            shown.with("amount", &coin).with("completion_time", time::text(completes))
        });
        Ok(wire::MsgBeginRedelegateResponse { completion_time: Some(time::wire(completes)) })
    }
}

/// Since when and until when what leaves a validator answers for it; `None` when it does not.
fn answers(
    ctx: &Context<'_>,
    state: &dyn Write,
    left: &Validator,
) -> Result<Option<(Height, Timestamp)>, Fault> {
    Ok(match left.status {
        Status::Unbonded => None,
        Status::Unbonding { height, until } => Some((height, until)),
        Status::Bonded => Some((ctx.block.height, time::later(ctx.block.time, UNBONDING.get(state)?))),
    })
}
