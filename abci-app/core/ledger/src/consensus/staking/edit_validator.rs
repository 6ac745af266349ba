//! `/cosmos.staking.v1beta1.MsgEditValidator`: another description, commission or promise.

use sirius_primitives::{Address, Amount};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::Write;

use super::{
    Description, Fraction, Refused, Shares, address::operator_text, create_validator::check_own_stake, field,
    params::LEAST_COMMISSION, set, state, validator::parse_rate, wire::staking as wire,
};

/// A change of a validator.
#[derive(Debug)]
pub struct EditValidator {
    operator: Address,
    description: wire::Description,
    rate: Option<Fraction>,
    least_own_stake: Option<Amount>,
}

impl Message for EditValidator {
    type Wire = wire::MsgEditValidator;
    type Response = wire::MsgEditValidatorResponse;
    const SIGNER: &'static str = "validator_address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let rate = Some(&wire.commission_rate).filter(|text| !text.is_empty());
        let least = Some(&wire.min_self_delegation).filter(|text| !text.is_empty());
        Ok(Self {
            operator: field::operator("validator's", &wire.validator_address, chain)?,
            rate: rate.map(|text| parse_rate("commission", text)).transpose()?,
            least_own_stake: least.map(|text| field::promise(text)).transpose()?,
            description: wire.description.ok_or(Refused::Incomplete { part: "description" })?,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.operator]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let before = state::named(ctx, state, &self.operator)?;
        let mut after = before.clone();
        after.description = Description::parse(self.description.clone(), &before.description)?;
        if let Some(rate) = self.rate {
            let least = Fraction::of_basis_points(LEAST_COMMISSION.get(state)?);
            if rate < least {
                let (found, least) = (rate.to_string(), least.to_string());
                return Err(Refused::CommissionTooLow { found, least }.into());
            }
            after.commission = before.commission.change(rate, ctx.block.time)?;
        }
        if let Some(least) = self.least_own_stake {
            if least < before.least_own_stake {
                return Err(Refused::PromiseLowered { before: before.least_own_stake, after: least }.into());
            }
            let own = state::delegation(state, &self.operator, &self.operator)?;
            check_own_stake(before.worth(own.map_or(Shares::ZERO, |own| own.shares)), least)?;
            after.least_own_stake = least;
        }
        set::save(state, &self.operator, Some(&before), &after);
        ctx.emit(|ctx| {
            let shown = event("edit_validator").with("commission_rate", after.commission.rate);
            let shown = shown.with("min_self_delegation", after.least_own_stake);
            shown.with("validator", operator_text(&self.operator, &ctx.chain.prefix))
        });
        Ok(wire::MsgEditValidatorResponse {})
    }
}
