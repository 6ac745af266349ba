//! Decisions of the validators: one is proposed by a validator, and each votes with the shares that the proposal gives
//! it, by sending them to the election's own address.
//!
//! As BigchainDB's (BEP-18, BEP-21, BEP-42), but decided within the block that has the last vote, only while the
//! validators are those that were asked, and only until the election expires.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::Hash;

use crate::{
    key::PublicKey,
    transaction::{Proposal, TransactionId},
};

/// A decision that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Election {
    /// What happens when it is agreed.
    pub proposal: Proposal,
    /// The block in which it was proposed.
    pub opened: u64,
    /// The last block that may have votes.
    pub expires: u64,
    /// SHA-256 of the borsh list of validators and powers that were asked.
    pub validators: Hash,
    /// Their power.
    pub total: u64,
    /// The power of those that have agreed.
    pub votes: u64,
    /// How it stands.
    pub status: Status,
}

/// How an election stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Status {
    /// It can be voted on until it expires.
    Ongoing,
    /// It was agreed.
    Concluded {
        /// In which block.
        height: u64,
    },
    /// It was agreed by validators that are no longer all, or can no longer be: it would leave no validator or no admin,
    /// or names a height that is past.
    Inconclusive {
        /// In which block.
        height: u64,
    },
}

impl Election {
    /// How it stands for a reader at `height`, as BigchainDB's words.
    pub fn status_at(&self, height: u64) -> &'static str {
        match self.status {
            Status::Concluded { .. } => "concluded",
            Status::Ongoing if height <= self.expires => "ongoing",
            Status::Ongoing | Status::Inconclusive { .. } => "inconclusive",
        }
    }

    /// Whether at least two thirds have agreed.
    pub(crate) fn agreed(&self) -> bool {
        u128::from(self.votes).saturating_mul(3) >= u128::from(self.total).saturating_mul(2)
    }
}

/// The key to whose address votes go: nobody has its secret.
pub fn address(election: &TransactionId) -> PublicKey {
    PublicKey::new(*election.as_bytes())
}
