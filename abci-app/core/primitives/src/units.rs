//! Plain numbers with a unit: block heights, counts of blocks, gas, and block time.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// The number of a block; the first block of a chain is 1, and 0 is the state that genesis made.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(transparent)]
pub struct Height(pub u64);

impl Height {
    /// Genesis.
    pub const ZERO: Self = Self(0);

    /// The height CometBFT sends as a signed number; `None` below zero.
    pub fn from_wire(height: i64) -> Option<Self> {
        u64::try_from(height).ok().map(Self)
    }

    /// The height as CometBFT writes it; a chain never lives to see 2^63 blocks.
    pub fn to_wire(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// The block after this one.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The height `blocks` later, at most 2^64 - 1.
    pub const fn after(self, blocks: Blocks) -> Self {
        Self(self.0.saturating_add(blocks.0))
    }

    /// The height `blocks` earlier, at least 0.
    pub const fn before(self, blocks: Blocks) -> Self {
        Self(self.0.saturating_sub(blocks.0))
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number of blocks: the chain's own measure of how long something lasts.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(transparent)]
pub struct Blocks(pub u64);

/// Units of work that a transaction may use or has used.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(transparent)]
pub struct Gas(pub u64);

impl Gas {
    /// The sum, at most 2^64 - 1, which is beyond every limit.
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Gas as CometBFT writes it.
    pub fn to_wire(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for Gas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A moment as block headers give it, since 1970-01-01 UTC. It is agreed by consensus, no node's own clock.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Timestamp {
    /// Whole seconds.
    pub seconds: i64,
    /// Nanoseconds within the second, 0 to 999,999,999.
    pub nanos: i32,
}

impl Timestamp {
    /// The moment in 12 bytes whose order is that of time, for keys of queues.
    ///
    /// ```text
    /// <seconds + 2^63: 8 bytes, big-endian> <nanoseconds: 4 bytes, big-endian>
    /// ```
    pub fn in_order(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        let (seconds, nanos) = bytes.split_at_mut(8);
        // Turning the sign over brings the years before 1970 before the others.
        seconds.copy_from_slice(&(self.seconds ^ i64::MIN).to_be_bytes());
        nanos.copy_from_slice(&self.nanos.max(0).to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_their_order_in_bytes() {
        let at = |seconds, nanos| Timestamp { seconds, nanos }.in_order();
        let ordered = [at(i64::MIN, 0), at(-1, 5), at(0, 0), at(0, 1), at(1, 0), at(i64::MAX, 999_999_999)];
        assert!(ordered.is_sorted());
    }
}
