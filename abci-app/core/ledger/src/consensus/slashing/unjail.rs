//! `/cosmos.slashing.v1beta1.MsgUnjail`: a jailed validator stands for election again.

use sirius_primitives::Address;
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{Refused, keys, presence, wire::slashing as wire};
use crate::consensus::staking::{self, Shares, operator_text, parse_operator};

/// Standing again.
#[derive(Debug)]
pub struct Unjail {
    operator: Address,
}

impl Message for Unjail {
    type Wire = wire::MsgUnjail;
    type Response = wire::MsgUnjailResponse;
    const SIGNER: &'static str = "validator_addr";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let bad = |cause: String| Refused::BadAddress { what: "validator's", cause };
        let operator = parse_operator(&wire.validator_addr, &chain.prefix);
        Ok(Self { operator: operator.map_err(|error| bad(error.to_string()))? })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.operator]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let operator = operator_text(&self.operator, &ctx.chain.prefix);
        let Some(validator) = staking::validator(state, &self.operator)? else {
            return Err(Refused::NoValidator { operator }.into());
        };
        if !validator.jailed {
            return Err(Refused::NotJailed { operator }.into());
        }
        let consensus = validator.consensus();
        if keys::tombstone(&consensus).get(state)?.is_some() {
            return Err(Refused::Tombstoned { operator }.into());
        }
        let until = presence::jailed_until(state, &consensus)?;
        if until > ctx.block.time {
            return Err(Refused::TooEarly { until: until.seconds }.into());
        }
        let own = staking::delegation(state, &self.operator, &self.operator)?;
        let stake = validator.worth(own.map_or(Shares::ZERO, |own| own.shares));
        let least = validator.least_own_stake;
        if stake < least {
            return Err(Refused::OwnStakeTooLow { stake, least }.into());
        }
        staking::unjail(ctx, state, &self.operator)?;
        ctx.emit(|_| event("unjail").with("validator", operator));
        Ok(wire::MsgUnjailResponse {})
    }
}
