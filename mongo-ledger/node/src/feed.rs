//! What is told to those who wait for blocks.

use mongo_ledger_core::transaction::TransactionId;

/// A block that counts, for those who wait for it.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Its height.
    pub height: u64,
    /// Its records: transaction and asset, with their numbers in the log from `first` on.
    pub records: Vec<(TransactionId, TransactionId)>,
    /// The number of the first.
    pub first: u64,
}
