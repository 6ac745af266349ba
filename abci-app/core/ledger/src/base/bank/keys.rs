//! Where coins stand.

use sirius_primitives::{Address, Amount, Denom};
use sirius_store::Key;

use super::{Metadata, hold::Hold};

/// The beginning of every balance's key.
pub(super) const BALANCES: &[u8] = b"bank/balance/";
/// The beginning of every supply's key.
pub(super) const SUPPLIES: &[u8] = b"bank/supply/";
/// The beginning of every denomination's key.
pub(super) const DENOMS: &[u8] = b"bank/denom/";
/// The beginning of every hold's key.
pub(super) const HOLDS: &[u8] = b"bank/hold/";

/// What an account can spend of one denomination; absent when that is nothing.
///
/// ```text
/// bank/balance/ <address: 20 bytes> <denom>
/// ```
pub fn balance(address: &Address, denom: &Denom) -> Key<Amount> {
    Key::new(&[BALANCES, address.as_bytes(), denom.as_str().as_bytes()])
}

/// The beginning of the keys of all of an account's balances.
pub(super) fn balances(address: &Address) -> Vec<u8> {
    [BALANCES, address.as_bytes()].concat()
}

/// How much there is of one denomination, held or not; absent when that is nothing.
///
/// ```text
/// bank/supply/ <denom>
/// ```
pub fn supply(denom: &Denom) -> Key<Amount> {
    Key::new(&[SUPPLIES, denom.as_str().as_bytes()])
}

/// What people are shown of a denomination.
///
/// ```text
/// bank/denom/ <denom>
/// ```
pub(super) fn denom(denom: &Denom) -> Key<Metadata> {
    Key::new(&[DENOMS, denom.as_str().as_bytes()])
}

/// What is set aside of an account's coins; absent when that is nothing.
///
/// ```text
/// bank/hold/ <address: 20 bytes> <module> 0x00 <purpose> 0x00 <denom>
/// ```
pub(super) fn hold(address: &Address, hold: &Hold<'_>, denom: &Denom) -> Key<Amount> {
    Key::new(&[
        HOLDS,
        address.as_bytes(),
        hold.module.as_bytes(),
        &[0],
        hold.purpose.as_bytes(),
        &[0],
        denom.as_str().as_bytes(),
    ])
}

/// The beginning of the keys of all holds on an account's coins.
pub(super) fn holds(address: &Address) -> Vec<u8> {
    [HOLDS, address.as_bytes()].concat()
}
