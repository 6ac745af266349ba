//! Reading stakes, for this module and for those after it.

use std::ops::ControlFlow;

use sirius_primitives::{Address, Amount, Denom};
use sirius_runtime::{
    Context, Error,
    rows::{each_pair, each_row},
};
use sirius_store::{Fault, Read, Span};

use super::{Delegation, Refused, Shares, Validator, address::operator_text, keys, params::UNBONDING};

/// A validator, if there is one of this operator.
///
/// # Errors
/// This node cannot read its state.
pub fn validator(state: &(impl Read + ?Sized), operator: &Address) -> Result<Option<Validator>, Fault> {
    keys::validator(operator).get(state)
}

/// The operator of the validator that has, or had, a consensus key.
///
/// # Errors
/// This node cannot read its state.
pub fn operator_of(state: &(impl Read + ?Sized), consensus: &Address) -> Result<Option<Address>, Fault> {
    keys::consensus(consensus).get(state)
}

/// What an account stakes on a validator, if it does.
///
/// # Errors
/// This node cannot read its state.
pub fn delegation(
    state: &(impl Read + ?Sized),
    delegator: &Address,
    operator: &Address,
) -> Result<Option<Delegation>, Fault> {
    keys::delegation(delegator, operator).get(state)
}

/// Shows each validator that makes blocks, the weakest first: its operator, its tokens and all shares of them.
///
/// # Errors
/// This node cannot read its state.
pub fn for_each_bonded_validator(
    state: &(impl Read + ?Sized),
    mut visit: impl FnMut(Address, Amount, Shares),
) -> Result<(), Fault> {
    each_row(state, keys::BONDED, |_, operator: Address| {
        let validator = known(state, &operator)?;
        visit(operator, validator.tokens, validator.shares);
        Ok(ControlFlow::Continue(()))
    })
}

/// Shows each stake of an account: the validator's operator, and what the stake is worth at present, rounded down.
///
/// # Errors
/// This node cannot read its state.
pub fn for_each_delegation(
    state: &(impl Read + ?Sized),
    delegator: &Address,
    mut visit: impl FnMut(Address, Amount),
) -> Result<(), Fault> {
    let beginning = keys::delegations(delegator);
    each_row(state, &beginning, |rest, delegation: Delegation| {
        let operator = address_at(rest, 0)?;
        visit(operator, known(state, &operator)?.worth(delegation.shares));
        Ok(ControlFlow::Continue(()))
    })
}

/// The denomination that is staked.
///
/// # Errors
/// This node cannot read its state, or genesis never said it.
pub fn denom(state: &(impl Read + ?Sized)) -> Result<Denom, Fault> {
    keys::denom().get(state)?.ok_or_else(|| Fault::Contradiction("stakes have no denomination".into()))
}

/// How long a stake answers after it was taken back, in seconds.
///
/// # Errors
/// This node cannot read its state.
pub fn unbonding_seconds(state: &(impl Read + ?Sized)) -> Result<u64, Fault> {
    UNBONDING.get(state)
}

/// A validator that a message names.
pub(super) fn named(
    ctx: &Context<'_>,
    state: &(impl Read + ?Sized),
    operator: &Address,
) -> Result<Validator, Error> {
    match validator(state, operator)? {
        Some(validator) => Ok(validator),
        None => Err(Refused::NoValidator { operator: operator_text(operator, &ctx.chain.prefix) }.into()),
    }
}

/// A validator that another record names.
pub(super) fn known(state: &(impl Read + ?Sized), operator: &Address) -> Result<Validator, Fault> {
    validator(state, operator)?
        .ok_or_else(|| Fault::Contradiction(format!("a record names {operator:?}, which is no validator")))
}

/// The first keys of `span`, at most `most`.
pub(super) fn first_keys(
    state: &(impl Read + ?Sized),
    span: &Span,
    most: usize,
) -> Result<Vec<Vec<u8>>, Fault> {
    let mut keys = Vec::new();
    if most == 0 {
        return Ok(keys);
    }
    each_pair(state, span, |key, _| {
        keys.push(key.to_vec());
        Ok(if keys.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(keys)
}

/// The address that stands in a key at `from`.
pub(super) fn address_at(key: &[u8], from: usize) -> Result<Address, Fault> {
    let bytes = key.get(from..).and_then(|rest| rest.first_chunk());
    bytes
        .copied()
        .map(Address::new)
        .ok_or_else(|| Fault::Damaged { what: "staking", detail: "a key holds no address".into() })
}

/// What cannot be refused: a refusal there means that the module's own sums are wrong.
pub(super) fn sure<T>(outcome: Result<T, Error>) -> Result<T, Fault> {
    outcome.map_err(|error| match error {
        Error::Fault(fault) => fault,
        Error::Refusal(refusal) => Fault::Contradiction(refusal.text),
    })
}
