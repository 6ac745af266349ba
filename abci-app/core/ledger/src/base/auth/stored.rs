//! What the module keeps of an account.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{AccountKey, Height};

/// What the chain knows of whoever owns an address.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Account {
    /// Given in order of coming into being; part of what is signed.
    pub number: u64,
    /// How many transactions it has had.
    pub sequence: u64,
    /// The key that signs for it; `None` until it has signed once, and then the one its address is made of.
    pub public_key: Option<AccountKey>,
}

/// A key for the database that an account registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Registered {
    /// An Ed25519 key (RFC 8032, 32 bytes).
    pub key: [u8; 32],
    /// The block in which that was.
    pub since: Height,
}
