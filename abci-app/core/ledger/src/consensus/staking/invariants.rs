//! What holds of stakes after every block.

use std::{collections::BTreeMap, ops::ControlFlow};

use sirius_primitives::{Address, Amount};
use sirius_runtime::rows::each_row;
use sirius_store::{Fault, Read};

use super::{
    Delegation, Shares, Validator, keys,
    pool::Pool,
    rewards,
    set::power,
    state::address_at,
    stored::{Leaving, Rewards, Told},
};
use crate::base::{bank, fee::Price};

/// Consensus was told the power of those in office; the pools hold every stake and every coin on its way back; shares
/// and rewards add up.
pub(super) fn check(state: &dyn Read) -> Result<Result<(), String>, Fault> {
    let validators = rows::<Validator>(state, keys::VALIDATORS)?;
    for check in [told, pools, delegations, earned] {
        if let Err(broken) = check(state, &validators)? {
            return Ok(Err(broken));
        }
    }
    Ok(Ok(()))
}

type Validators = BTreeMap<Vec<u8>, Validator>;

/// Every record below `beginning`, by the rest of its key.
fn rows<V: borsh::BorshSerialize + borsh::BorshDeserialize>(
    state: &dyn Read,
    beginning: &[u8],
) -> Result<BTreeMap<Vec<u8>, V>, Fault> {
    let mut rows = BTreeMap::new();
    each_row(state, beginning, |rest, value: V| {
        rows.insert(rest.to_vec(), value);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

/// Bonded power is what consensus was told, and both lists hold exactly those who belong there.
fn told(state: &dyn Read, validators: &Validators) -> Result<Result<(), String>, Fault> {
    let expected = |(_, validator): &(&Vec<u8>, &Validator)| validator.is_bonded();
    let expected: BTreeMap<Vec<u8>, ([u8; 32], u64)> = validators
        .iter()
        .filter(expected)
        .map(|(_, one)| (one.consensus().as_bytes().to_vec(), (one.consensus_key, power(one.tokens))))
        .collect();
    let told: BTreeMap<_, _> = rows::<Told>(state, keys::TOLD)?
        .into_iter()
        .map(|(consensus, told)| (consensus, (told.key, told.power)))
        .collect();
    if told != expected {
        return Ok(Err(format!("consensus was told {told:02x?}, in office are {expected:02x?}")));
    }
    let count = keys::bonded_count().get(state)?.unwrap_or(0);
    if u64::try_from(told.len()).ok() != Some(count) {
        return Ok(Err(format!("{} are in office, the count says {count}", told.len())));
    }
    for (list, wanted) in [
        (keys::BONDED, (|one| one.is_bonded()) as fn(&Validator) -> bool),
        (keys::WAITING, |one| !one.is_bonded() && !one.jailed),
    ] {
        let found: Vec<Address> = rows::<Address>(state, list)?.into_values().collect();
        let mut strength: Vec<_> = Vec::new();
        for (operator, validator) in validators.iter().filter(|(_, validator)| wanted(validator)) {
            strength.push((validator.tokens, std::cmp::Reverse(address_at(operator, 0)?)));
        }
        strength.sort();
        if found != strength.into_iter().map(|(_, operator)| operator.0).collect::<Vec<_>>() {
            return Ok(Err("a list of validators is not in their order".into()));
        }
    }
    Ok(Ok(()))
}

/// The pools hold the tokens of those in office, and the tokens of the others with what is on its way back.
fn pools(state: &dyn Read, validators: &Validators) -> Result<Result<(), String>, Fault> {
    let (mut bonded, mut other) = (Some(Amount::ZERO), Some(Amount::ZERO));
    for validator in validators.values() {
        let sum = if validator.is_bonded() { &mut bonded } else { &mut other };
        *sum = sum.and_then(|sum| sum.checked_add(validator.tokens));
    }
    for entry in rows::<Vec<Leaving>>(state, keys::UNBONDINGS)?.into_values().flatten() {
        other = other.and_then(|sum| sum.checked_add(entry.balance));
    }
    for (pool, sum) in [(Pool::Bonded, bonded), (Pool::NotBonded, other)] {
        let found = pool.amount(state)?;
        if sum != Some(found) {
            return Ok(Err(format!("{pool:?} holds {found}, stakes and unbondings are {sum:?}")));
        }
    }
    Ok(Ok(()))
}

/// A validator's shares are those of its delegators, each of whom is listed.
fn delegations(state: &dyn Read, validators: &Validators) -> Result<Result<(), String>, Fault> {
    let mut sums: BTreeMap<Vec<u8>, Option<Shares>> = BTreeMap::new();
    for (pair, delegation) in rows::<Delegation>(state, keys::DELEGATIONS)? {
        let (delegator, operator) = (address_at(&pair, 0)?, address_at(&pair, Address::LENGTH)?);
        if keys::delegator(&operator, &delegator).get(state)? != Some(true) || delegation.shares.is_zero() {
            return Ok(Err(format!("{delegator:?} is not listed, or stakes nothing")));
        }
        let sum = sums.entry(operator.as_bytes().to_vec()).or_insert(Some(Shares::ZERO));
        *sum = sum.and_then(|sum| sum.plus(delegation.shares));
    }
    for (operator, validator) in validators {
        let found = sums.remove(operator).unwrap_or(Some(Shares::ZERO));
        if found != Some(validator.shares) {
            return Ok(Err(format!("delegators have {found:?}, the validator {:?}", validator.shares)));
        }
    }
    Ok(if sums.is_empty() { Ok(()) } else { Err("somebody stakes on no validator".into()) })
}

/// What is owed and pending is within what is outstanding, and the account has all that is outstanding.
fn earned(state: &dyn Read, _: &Validators) -> Result<Result<(), String>, Fault> {
    let all = rows::<Rewards>(state, keys::REWARDS)?;
    let mut owed: BTreeMap<Vec<u8>, Amount> = BTreeMap::new();
    for (pair, delegation) in rows::<Delegation>(state, keys::DELEGATIONS)? {
        let operator = pair.get(Address::LENGTH..).unwrap_or_default().to_vec();
        let rewards = all.get(&operator).copied().unwrap_or_default();
        let sum = owed.entry(operator).or_default();
        *sum = sum.checked_add(rewards.owed(&delegation)).unwrap_or(Amount::new(u128::MAX));
    }
    let mut outstanding = Some(Amount::ZERO);
    for (operator, rewards) in &all {
        let parts = [owed.get(operator).copied().unwrap_or_default(), rewards.commission, rewards.pending];
        let sum = parts.into_iter().try_fold(Amount::ZERO, Amount::checked_add);
        if sum.is_none_or(|sum| sum > rewards.outstanding) {
            return Ok(Err(format!("{sum:?} is owed, {} came in", rewards.outstanding)));
        }
        outstanding = outstanding.and_then(|all| all.checked_add(rewards.outstanding));
    }
    let has = bank::balance(state, &rewards::account(), &Price::load(state)?.denom)?;
    Ok(match outstanding {
        Some(outstanding) if outstanding <= has => Ok(()),
        _ => Err(format!("{outstanding:?} of rewards are outstanding, the account has {has}")),
    })
}
