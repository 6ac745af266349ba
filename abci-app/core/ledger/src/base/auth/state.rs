//! Accounts in the state: the few functions that other modules call.

use std::{collections::BTreeSet, ops::ControlFlow};

use sirius_primitives::Address;
use sirius_store::{Fault, Key, Order, Read, Span, Write};

use super::{keys, stored::Account};

/// The account of `address`, if there is one.
///
/// # Errors
/// This node cannot read its state.
pub fn account(state: &(impl Read + ?Sized), address: &Address) -> Result<Option<Account>, Fault> {
    keys::account(address).get(state)
}

/// Keeps an account.
pub fn save(state: &mut (impl Write + ?Sized), address: &Address, account: &Account) {
    keys::account(address).set(state, account);
}

/// The account of `address`, brought into being if there is none.
///
/// # Errors
/// This node cannot read its state.
pub fn open(state: &mut (impl Write + ?Sized), address: &Address) -> Result<Account, Fault> {
    if let Some(account) = account(state, address)? {
        return Ok(account);
    }
    let number = keys::count().get(state)?.unwrap_or(0);
    let account = Account { number, sequence: 0, public_key: None };
    keys::count().set(state, &number.saturating_add(1));
    save(state, address, &account);
    Ok(account)
}

/// Every number is given once, and the count is beyond them all.
pub(super) fn invariants(state: &dyn Read) -> Result<Result<(), String>, Fault> {
    let count = keys::count().get(state)?.unwrap_or(0);
    let mut numbers = BTreeSet::new();
    let mut broken = Ok(());
    let mut fault = None;
    state.scan(
        &Span::prefix(keys::ACCOUNTS),
        Order::Ascending,
        &mut |_, value| match Key::<Account>::decode(value) {
            Ok(account) if account.number < count && numbers.insert(account.number) => {
                ControlFlow::Continue(())
            }
            Ok(account) => {
                broken = Err(format!("account number {} is given twice or beyond {count}", account.number));
                ControlFlow::Break(())
            }
            Err(damage) => {
                fault = Some(damage);
                ControlFlow::Break(())
            }
        },
    )?;
    match fault {
        Some(fault) => Err(fault),
        None => Ok(broken),
    }
}
