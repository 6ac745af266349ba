//! `/cosmos.staking.v1beta1.MsgCreateValidator`: somebody stands for making blocks, with a stake of its own.

use sirius_primitives::{Address, Amount, Coin, PublicKey, Timestamp};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
    tx,
};
use sirius_store::Write;
use tendermint_proto::google::protobuf::Any;

use super::{
    Commission, Description, Fraction, Refused, Shares, Status, Validator,
    address::{consensus_text, operator_text},
    delegation, field, keys,
    params::LEAST_COMMISSION,
    pool::Pool,
    set, state,
    wire::staking as wire,
};

/// A new validator.
#[derive(Debug)]
pub struct CreateValidator {
    operator: Address,
    consensus_key: [u8; 32],
    description: Description,
    commission: Commission,
    least_own_stake: Amount,
    stake: Coin,
}

impl Message for CreateValidator {
    type Wire = wire::MsgCreateValidator;
    type Response = wire::MsgCreateValidatorResponse;
    const SIGNER: &'static str = "validator_address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let operator = field::operator("validator's", &wire.validator_address, chain)?;
        if !wire.delegator_address.is_empty()
            && field::account("delegator's", &wire.delegator_address, chain)? != operator
        {
            return Err(Refused::NotOperator.into());
        }
        let description = wire.description.ok_or(Refused::Incomplete { part: "description" })?;
        let commission = wire.commission.ok_or(Refused::Incomplete { part: "commission" })?;
        let stake = field::some_coin(wire.value.as_ref())?;
        let least_own_stake = field::promise(&wire.min_self_delegation)?;
        check_own_stake(stake.amount, least_own_stake)?;
        Ok(Self {
            operator,
            consensus_key: consensus_key(wire.pubkey.as_ref())?,
            description: Description::parse(description, &Description::default())?,
            commission: Commission::parse(&commission)?,
            least_own_stake,
            stake,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.operator]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        field::check_denom(state, &self.stake)?;
        let least = Fraction::of_basis_points(LEAST_COMMISSION.get(state)?);
        if self.commission.rate < least {
            let found = self.commission.rate.to_string();
            return Err(Refused::CommissionTooLow { found, least: least.to_string() }.into());
        }
        let validator = Validator {
            consensus_key: self.consensus_key,
            tokens: Amount::ZERO,
            shares: Shares::ZERO,
            status: Status::Unbonded,
            jailed: false,
            least_own_stake: self.least_own_stake,
            commission: Commission { changed: ctx.block.time, ..self.commission },
            description: self.description.clone(),
        };
        open(ctx, state, &self.operator, &validator)?;
        Pool::NotBonded.take(ctx, state, &self.operator, self.stake.amount)?;
        delegation::add(ctx, state, (&self.operator, &self.operator), self.stake.amount)?;
        ctx.emit(|ctx| {
            let operator = operator_text(&self.operator, &ctx.chain.prefix);
            event("create_validator").with("validator", operator).with("amount", &self.stake)
        });
        Ok(wire::MsgCreateValidatorResponse {})
    }
}

/// Takes up a validator that has no stake yet.
pub(super) fn open(
    ctx: &Context<'_>,
    state: &mut dyn Write,
    operator: &Address,
    validator: &Validator,
) -> Result<(), Error> {
    if state::validator(state, operator)?.is_some() {
        let operator = operator_text(operator, &ctx.chain.prefix);
        return Err(Refused::ValidatorExists { operator }.into());
    }
    let consensus = validator.consensus();
    let key = keys::consensus(&consensus);
    if key.get(state)?.is_some() {
        let consensus = consensus_text(&consensus, &ctx.chain.prefix);
        return Err(Refused::KeyUsed { consensus }.into());
    }
    key.set(state, operator);
    set::save(state, operator, None, validator);
    Ok(())
}

/// Whether an operator stakes what it promises.
pub(super) fn check_own_stake(stake: Amount, least: Amount) -> Result<(), Refused> {
    if stake < least { Err(Refused::OwnStakeTooLow { stake, least }) } else { Ok(()) }
}

/// Reads the key that will sign blocks.
fn consensus_key(packed: Option<&Any>) -> Result<[u8; 32], Refused> {
    let packed = packed.ok_or(Refused::Incomplete { part: "public key" })?;
    match tx::public_key(packed).map_err(|refusal| Refused::BadKey { cause: refusal.text })? {
        PublicKey::Ed25519(bytes) => Ok(bytes),
        PublicKey::Secp256k1(_) => Err(Refused::BadKey { cause: "it is a secp256k1 key".into() }),
    }
}

/// The commission of a validator of which nobody said one: nothing, for ever.
pub(super) fn no_commission() -> Commission {
    let none = Fraction::default();
    Commission { rate: none, most: none, most_change: none, changed: Timestamp::default() }
}
