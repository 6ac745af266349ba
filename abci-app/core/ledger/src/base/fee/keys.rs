//! Where fees stand.

use sirius_primitives::{Address, Denom};
use sirius_store::Key;

use super::allowance::Allowance;

/// The beginning of every grant's key.
pub(super) const GRANTS: &[u8] = b"fee/grant/";

/// The denomination in which fees are paid.
///
/// ```text
/// fee/denom
/// ```
pub(super) fn denom() -> Key<Denom> {
    Key::new(&[b"fee/denom"])
}

/// The least price of 1,000,000 gas in the next block.
///
/// ```text
/// fee/base
/// ```
pub(super) fn base() -> Key<u64> {
    Key::new(&[b"fee/base"])
}

/// What one account lets another spend on fees. The grantee comes first, so that its grants stand together.
///
/// ```text
/// fee/grant/ <grantee: 20 bytes> <granter: 20 bytes>
/// ```
pub(super) fn grant(granter: &Address, grantee: &Address) -> Key<Allowance> {
    Key::new(&[GRANTS, grantee.as_bytes(), granter.as_bytes()])
}

/// The beginning of the keys of all grants to an account.
pub(super) fn grants_to(grantee: &Address) -> Vec<u8> {
    [GRANTS, grantee.as_bytes()].concat()
}
