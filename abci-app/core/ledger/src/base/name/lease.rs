//! What is kept of names: a lease for each leased one, a part for each below it.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{Address, Height, Timestamp};

/// A leased name.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Lease {
    /// Who leases it, and owns what is below it.
    pub owner: Address,
    /// Until when it is paid; block time.
    pub expires: Timestamp,
    /// When it is free again; `None` until a block has seen that its time is over.
    pub frees: Option<Timestamp>,
    /// For whom it stands while it lives.
    pub target: Option<Address>,
    /// The block in which it was leased.
    pub since: Height,
    /// How many names are below it, at any depth.
    pub below: u64,
}

/// A name below a leased one.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Part {
    /// For whom it stands while the lease lives.
    pub target: Option<Address>,
    /// The block in which it was made.
    pub since: Height,
    /// How many names are next below it.
    pub below: u64,
}

impl Lease {
    /// Whether the name stands for its target, and its owner may do all with it.
    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.frees.is_none() && now < self.expires
    }

    /// When a block has something to do about it.
    pub(super) fn due(&self) -> Timestamp {
        self.frees.unwrap_or(self.expires)
    }

    /// When it is free again, with a time of grace of so many seconds where none is set yet.
    pub(super) fn end(&self, grace: u64) -> Timestamp {
        self.frees.unwrap_or_else(|| after(self.expires, grace))
    }
}

/// The moment so many seconds later.
pub(super) fn after(time: Timestamp, seconds: u64) -> Timestamp {
    let more = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp { seconds: time.seconds.saturating_add(more), ..time }
}
