//! What is decided for everybody, and within which bounds.

use std::ops::RangeInclusive;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::access::Access;

/// The chain's settings: what genesis says, and elections since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Settings {
    /// The largest transaction, in bytes.
    pub transaction_bytes: u32,
    /// For how many blocks an election can be voted on.
    pub election_blocks: u64,
    /// Whether roles are asked for; never changes.
    pub access: Access,
}

/// The range of [`Settings::transaction_bytes`]. At least with what a transaction is of use; at most a quarter of what a
/// document may have, since its parts stand there up to three times.
pub const TRANSACTION_BYTES: RangeInclusive<u32> = 1 << 10..=4 << 20;
/// The range of [`Settings::election_blocks`]: time to vote, and 30 years of a block a second.
pub const ELECTION_BLOCKS: RangeInclusive<u64> = 1..=1_000_000_000;

impl Default for Settings {
    fn default() -> Self {
        Self { transaction_bytes: 256 << 10, election_blocks: 100_000, access: Access::Open }
    }
}
