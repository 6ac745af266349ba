//! Where accounts stand.

use sirius_primitives::{Address, Height};
use sirius_store::Key;

use super::stored::{Account, Registered};

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

/// The block in which an account's key was last put in another's place; absent while it has the key that its address was
/// made of.
///
/// ```text
/// auth/rotated/ <address: 20 bytes>
/// ```
pub(super) fn rotated(address: &Address) -> Key<Height> {
    Key::new(&[b"auth/rotated/", address.as_bytes()])
}

/// The database key that an account registered.
///
/// ```text
/// auth/database/ <address: 20 bytes>
/// ```
pub(super) fn database(address: &Address) -> Key<Registered> {
    Key::new(&[b"auth/database/", address.as_bytes()])
}
