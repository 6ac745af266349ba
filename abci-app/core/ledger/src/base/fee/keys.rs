//! Where fees stand.

use sirius_primitives::{Address, Denom};
use sirius_store::{Fault, Key};

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

/// The two accounts in a grant's key, see [`pair_in`].
pub(super) fn pair_at(key: &[u8]) -> Result<(Address, Address), Fault> {
    pair_in(key.strip_prefix(GRANTS).unwrap_or_default())
}

/// The two accounts behind [`GRANTS`] in a key: who is granted, and who grants.
pub(super) fn pair_in(rest: &[u8]) -> Result<(Address, Address), Fault> {
    let (grantee, granter) = rest.split_at_checked(Address::LENGTH).unwrap_or_default();
    let address = |bytes: &[u8]| bytes.try_into().map(Address::new);
    address(grantee)
        .and_then(|grantee| Ok((grantee, address(granter)?)))
        .map_err(|_| Fault::Damaged { what: "fee/grant", detail: "its key names no two accounts".into() })
}

/// The beginning of the keys of all grants to an account.
pub(super) fn grants_to(grantee: &Address) -> Vec<u8> {
    [GRANTS, grantee.as_bytes()].concat()
}
