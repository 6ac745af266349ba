//! Where names stand.

use sirius_primitives::{Address, Timestamp};
use sirius_store::Key;

use super::{
    Name,
    lease::{Lease, Part},
};

/// The beginning of every lease's key.
pub(super) const ROOTS: &[u8] = b"name/lease/";
/// The beginning of the key of every name below a leased one.
pub(super) const BELOW: &[u8] = b"name/below/";
/// The beginning of the keys of leases by their owners.
pub(super) const OWNED: &[u8] = b"name/owned/";
/// The beginning of the keys of leases in the order in which blocks have something to do about them.
pub(super) const DUE: &[u8] = b"name/due/";
/// The beginning of the keys of names whose parts are being cleared away.
pub(super) const CLEARING: &[u8] = b"name/clearing/";
/// The beginning of the keys of reserved names.
pub(super) const RESERVED: &[u8] = b"name/reserved/";

/// A leased name.
///
/// ```text
/// name/lease/ <label>
/// ```
pub(super) fn root(label: &str) -> Key<Lease> {
    Key::new(&[ROOTS, label.as_bytes()])
}

/// A name below a leased one.
///
/// ```text
/// name/below/ <label> . <label> [ . <label> ]
/// ```
pub(super) fn part(name: &Name) -> Key<Part> {
    Key::new(&[BELOW, name.as_str().as_bytes()])
}

/// The beginning of the keys of all names below a leased one.
pub(super) fn parts(label: &str) -> Vec<u8> {
    [BELOW, label.as_bytes(), b"."].concat()
}

/// Marks that an account leases a name.
///
/// ```text
/// name/owned/ <owner: 20 bytes> <label>
/// ```
pub(super) fn owned(owner: &Address, label: &str) -> Key<bool> {
    Key::new(&[OWNED, owner.as_bytes(), label.as_bytes()])
}

/// The beginning of the keys of an account's leases.
pub(super) fn owned_by(owner: &Address) -> Vec<u8> {
    [OWNED, owner.as_bytes()].concat()
}

/// Marks when a block has something to do about a lease: when its time is over, and when it is free again.
///
/// ```text
/// name/due/ <seconds + 2^63: 8 bytes, big-endian> <nanoseconds: 4 bytes, big-endian> <label>
/// ```
pub(super) fn due(at: Timestamp, label: &str) -> Key<bool> {
    Key::new(&[DUE, &at.in_order(), label.as_bytes()])
}

/// Marks a name that is free but for the names below it, which are being cleared away.
///
/// ```text
/// name/clearing/ <label>
/// ```
pub(super) fn clearing(label: &str) -> Key<bool> {
    Key::new(&[CLEARING, label.as_bytes()])
}

/// Marks a name that only the chain's authority can lease.
///
/// ```text
/// name/reserved/ <label>
/// ```
pub(super) fn reserved(label: &str) -> Key<bool> {
    Key::new(&[RESERVED, label.as_bytes()])
}
