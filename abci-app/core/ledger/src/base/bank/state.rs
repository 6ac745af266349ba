//! Reading balances and supplies, and what must always hold of them.

use std::{collections::BTreeMap, ops::ControlFlow};

use sirius_primitives::{Address, Amount, Coin, Denom};
use sirius_runtime::rows::each_row;
use sirius_store::{Fault, Key, Order, Read, Span};

use super::{Hold, keys};

/// What an account can spend of one denomination.
///
/// # Errors
/// This node cannot read its state.
pub fn balance(state: &(impl Read + ?Sized), address: &Address, denom: &Denom) -> Result<Amount, Fault> {
    Ok(keys::balance(address, denom).get(state)?.unwrap_or_default())
}

/// What an account can spend of each denomination, the first `most` of them.
///
/// # Errors
/// This node cannot read its state.
pub fn balances(state: &(impl Read + ?Sized), address: &Address, most: u64) -> Result<Vec<Coin>, Fault> {
    let mut coins = Vec::new();
    each_row(state, &keys::balances(address), |rest, amount: Amount| {
        coins.push(Coin { denom: denom_at(Some(rest))?, amount });
        let is_more = u64::try_from(coins.len()).is_ok_and(|count| count < most);
        Ok(if is_more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(coins)
}

/// What is set aside of an account's coins for one purpose.
///
/// # Errors
/// This node cannot read its state.
pub fn held(
    state: &(impl Read + ?Sized),
    owner: &Address,
    hold: &Hold<'_>,
    denom: &Denom,
) -> Result<Amount, Fault> {
    Ok(keys::hold(owner, hold, denom).get(state)?.unwrap_or_default())
}

/// How much there is of one denomination.
///
/// # Errors
/// This node cannot read its state.
pub fn supply(state: &(impl Read + ?Sized), denom: &Denom) -> Result<Amount, Fault> {
    Ok(keys::supply(denom).get(state)?.unwrap_or_default())
}

/// The denomination at the end of a balance's key, behind `beginning` and the address.
pub(super) fn denom_of_balance(key: &[u8], beginning: &[u8]) -> Result<Denom, Fault> {
    denom_at(key.strip_prefix(beginning).and_then(|rest| rest.get(Address::LENGTH..)))
}

/// The account in a balance's key, behind `beginning`.
pub(super) fn owner_of_balance(key: &[u8], beginning: &[u8]) -> Result<Address, Fault> {
    key.strip_prefix(beginning)
        .and_then(|rest| rest.first_chunk())
        .copied()
        .map(Address::new)
        .ok_or_else(|| Fault::Damaged { what: "bank", detail: "a balance's key names no account".into() })
}

/// The denomination that a part of a key is.
pub(super) fn denom_at(bytes: Option<&[u8]>) -> Result<Denom, Fault> {
    bytes
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Fault::Damaged { what: "bank", detail: "a key holds no denomination".into() })
}

/// The supply of each denomination is the sum of its balances and holds, and no record says zero.
pub(super) fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
    let mut owned = BTreeMap::new();
    add_up(state, keys::BALANCES, &mut owned, |key| denom_of_balance(key, keys::BALANCES))?;
    add_up(state, keys::HOLDS, &mut owned, |key| denom_at(key.rsplit(|byte| *byte == 0).next()))?;
    let mut supplies = BTreeMap::new();
    add_up(state, keys::SUPPLIES, &mut supplies, |key| denom_at(key.strip_prefix(keys::SUPPLIES)))?;
    if let Some((denom, _)) = owned.iter().chain(&supplies).find(|(_, sum)| sum.is_none_or(Amount::is_zero)) {
        return Ok(Err(format!("a record of {denom} says zero, or their sum passes 2^128 - 1")));
    }
    if owned != supplies {
        return Ok(Err(format!("balances and holds are {owned:?}, the supply is {supplies:?}")));
    }
    Ok(Ok(()))
}

/// Adds up the amounts under `beginning` by denomination; `None` marks an overflow or a zero.
fn add_up(
    state: &dyn Read,
    beginning: &[u8],
    sums: &mut BTreeMap<Denom, Option<Amount>>,
    denom_of: impl Fn(&[u8]) -> Result<Denom, Fault>,
) -> Result<(), Fault> {
    let mut failed = Ok(());
    state.scan(&Span::prefix(beginning), Order::Ascending, &mut |key, value| {
        let row = denom_of(key).and_then(|denom| Ok((denom, Key::<Amount>::decode(value)?)));
        match row {
            Ok((denom, amount)) => {
                let sum = sums.entry(denom).or_insert(Some(Amount::ZERO));
                *sum = if amount.is_zero() { None } else { sum.and_then(|sum| sum.checked_add(amount)) };
                ControlFlow::Continue(())
            }
            Err(fault) => {
                failed = Err(fault);
                ControlFlow::Break(())
            }
        }
    })?;
    failed
}
