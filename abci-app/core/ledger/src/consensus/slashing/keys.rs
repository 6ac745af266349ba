//! Where presence stands.

use sirius_primitives::{Address, Timestamp};
use sirius_store::Key;

use super::Presence;

/// The beginning of every key of presence.
pub(super) const PRESENCES: &[u8] = b"slashing/presence/";
/// The beginning of every key of missed blocks.
pub(super) const MISSED: &[u8] = b"slashing/missed/";
/// The beginning of every key of a time in jail.
pub(super) const JAILED_UNTIL: &[u8] = b"slashing/jailed-until/";
/// The beginning of every key of a tombstone.
pub(super) const TOMBSTONES: &[u8] = b"slashing/tombstone/";

/// How present a validator is, by the address of its consensus key.
///
/// ```text
/// slashing/presence/ <consensus address: 20 bytes>
/// ```
pub(super) fn presence(consensus: &Address) -> Key<Presence> {
    Key::new(&[PRESENCES, consensus.as_bytes()])
}

/// Which blocks of a part of the window a validator missed: a bit each, the lowest of the first byte first.
///
/// ```text
/// slashing/missed/ <consensus address: 20 bytes> <part: 4 bytes, big-endian>
/// ```
pub(super) fn missed(consensus: &Address, part: u32) -> Key<Vec<u8>> {
    Key::new(&[missed_parts(consensus).as_slice(), &part.to_be_bytes()])
}

/// The beginning of the keys of all parts of a validator's window.
pub(super) fn missed_parts(consensus: &Address) -> Vec<u8> {
    [MISSED, consensus.as_bytes()].concat()
}

/// Until when a validator stays jailed.
///
/// ```text
/// slashing/jailed-until/ <consensus address: 20 bytes>
/// ```
pub(super) fn jailed_until(consensus: &Address) -> Key<Timestamp> {
    Key::new(&[JAILED_UNTIL, consensus.as_bytes()])
}

/// Marks a key that signed twice.
///
/// ```text
/// slashing/tombstone/ <consensus address: 20 bytes>
/// ```
pub(super) fn tombstone(consensus: &Address) -> Key<bool> {
    Key::new(&[TOMBSTONES, consensus.as_bytes()])
}
