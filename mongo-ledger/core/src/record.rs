//! What the log keeps of an accepted transaction.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{Hash, record};

use crate::transaction::{AssetId, TransactionId};

/// The contents of a leaf of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Record {
    /// The block that has the transaction.
    pub height: u64,
    /// Its place among the block's accepted transactions, from 0.
    pub position: u32,
    /// The transaction.
    pub id: TransactionId,
    /// SHA-256 of its exact text.
    pub raw: Hash,
    /// The asset whose chain it continues.
    pub asset: AssetId,
    /// The leaf of the asset's record before; zeros when this is the first.
    pub previous: Hash,
}

impl Record {
    /// What stands for "no record before".
    pub const FIRST: Hash = Hash::new([0; Hash::LENGTH]);

    /// The hash that the log keeps, by the layout that the ledger checks by too.
    pub fn leaf(&self) -> Hash {
        let Self { height, position, id, raw, asset, previous } = *self;
        let (id, asset) = (*id.as_bytes(), *asset.as_bytes());
        record::Record { height, position, id, raw, asset, previous }.leaf()
    }
}
