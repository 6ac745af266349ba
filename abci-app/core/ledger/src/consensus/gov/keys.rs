//! Where proposals, deposits and votes stand.

use sirius_primitives::{Address, Amount, Timestamp};
use sirius_store::Key;

use super::{ballot::Vote, count::Count, proposal::Proposal};

/// The beginning of every proposal's key.
pub(super) const PROPOSALS: &[u8] = b"gov/proposal/";
/// The beginning of every deposit's key.
pub(super) const DEPOSITS: &[u8] = b"gov/deposit/";
/// The beginning of every vote's key.
pub(super) const VOTES: &[u8] = b"gov/vote/";
/// The beginning of the keys of proposals in the order of their ends.
pub(super) const DUE: &[u8] = b"gov/due/";
/// The beginning of the keys of counts that go on.
pub(super) const COUNTS: &[u8] = b"gov/count/";
/// The beginning of the keys of proposals whose votes are to be cleared away.
pub(super) const CLEARING: &[u8] = b"gov/clearing/";

/// The number of the next proposal; the first is 1.
///
/// ```text
/// gov/next
/// ```
pub(super) fn next() -> Key<u64> {
    Key::new(&[b"gov/next"])
}

/// A proposal.
///
/// ```text
/// gov/proposal/ <id: 8 bytes, big-endian>
/// ```
pub(super) fn proposal(id: u64) -> Key<Proposal> {
    Key::new(&[PROPOSALS, &id.to_be_bytes()])
}

/// What an account deposited on a proposal, held by the bank until it ends.
///
/// ```text
/// gov/deposit/ <id: 8 bytes, big-endian> <depositor: 20 bytes>
/// ```
pub(super) fn deposit(id: u64, depositor: &Address) -> Key<Amount> {
    Key::new(&[DEPOSITS, &id.to_be_bytes(), depositor.as_bytes()])
}

/// The beginning of the keys of a proposal's deposits.
pub(super) fn deposits(id: u64) -> Vec<u8> {
    [DEPOSITS, &id.to_be_bytes()].concat()
}

/// A vote, until it is counted.
///
/// ```text
/// gov/vote/ <id: 8 bytes, big-endian> <voter: 20 bytes>
/// ```
pub(super) fn vote(id: u64, voter: &Address) -> Key<Vote> {
    Key::new(&[VOTES, &id.to_be_bytes(), voter.as_bytes()])
}

/// The beginning of the keys of a proposal's votes.
pub(super) fn votes(id: u64) -> Vec<u8> {
    [VOTES, &id.to_be_bytes()].concat()
}

/// A proposal under the time at which it ends; the value repeats its number.
///
/// ```text
/// gov/due/ <seconds + 2^63: 8 bytes, big-endian> <nanoseconds: 4 bytes, big-endian> <id: 8 bytes, big-endian>
/// ```
pub(super) fn due(at: Timestamp, id: u64) -> Key<u64> {
    Key::new(&[DUE, &at.in_order(), &id.to_be_bytes()])
}

/// What a count has come to that goes on in the next block.
///
/// ```text
/// gov/count/ <id: 8 bytes, big-endian>
/// ```
pub(super) fn count(id: u64) -> Key<Count> {
    Key::new(&[COUNTS, &id.to_be_bytes()])
}

/// A proposal that was taken back while votes on it are kept; the value repeats its number.
///
/// ```text
/// gov/clearing/ <id: 8 bytes, big-endian>
/// ```
pub(super) fn clearing(id: u64) -> Key<u64> {
    Key::new(&[CLEARING, &id.to_be_bytes()])
}
