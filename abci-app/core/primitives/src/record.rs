//! What a database chain commits to: the record that its log keeps of a transaction, and where its state has the log.
//!
//! The ledger checks proofs of records by this layout, and the database makes them by it.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Hash, log};

/// Under which name the root of a database chain's state enters its app hash.
pub const STORE: &str = "database";

/// The key of the state that holds the log's [`log::Head`].
pub const LOG: &[u8] = b"log";

/// The contents of a leaf of a database chain's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Record {
    /// The block that has the transaction.
    pub height: u64,
    /// Its place among the block's accepted transactions, from 0.
    pub position: u32,
    /// The transaction's id: SHA3-256 of its canonical text without the id.
    pub id: [u8; 32],
    /// SHA-256 of its exact text.
    pub raw: Hash,
    /// The id of the asset whose chain it continues: that of the transaction that made the asset.
    pub asset: [u8; 32],
    /// The leaf of the asset's record before; zeros when this is the first.
    pub previous: Hash,
}

impl Record {
    /// The hash that the log keeps.
    ///
    /// ```text
    /// SHA-256(0x00 ‖ height: u64, little ‖ position: u32, little ‖ id ‖ raw ‖ asset ‖ previous)
    /// ```
    pub fn leaf(&self) -> Hash {
        log::leaf(&borsh::to_vec(self).expect("writing to memory cannot fail"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_of_the_bytes_that_are_drawn() {
        let [raw, previous] = [3, 5].map(|byte| Hash::new([byte; 32]));
        let record = Record { height: 1, position: 2, id: [7; 32], raw, asset: [4; 32], previous };
        let drawn =
            [1_u64.to_le_bytes().as_slice(), &2_u32.to_le_bytes(), &[7; 32], &[3; 32], &[4; 32], &[5; 32]]
                .concat();
        assert_eq!(record.leaf(), log::leaf(&drawn));
    }
}
