//! Where accounts stand.

use sirius_primitives::Address;
use sirius_store::Key;

use super::Account;

/// The beginning of every account's key.
pub(super) const ACCOUNTS: &[u8] = b"auth/account/";

/// An account.
///
/// ```text
/// auth/account/ <address: 20 bytes>
/// ```
pub fn account(address: &Address) -> Key<Account> {
    Key::new(&[ACCOUNTS, address.as_bytes()])
}

/// How many accounts there are, which is the number of the next one.
///
/// ```text
/// auth/count
/// ```
pub(super) fn count() -> Key<u64> {
    Key::new(&[b"auth/count"])
}
