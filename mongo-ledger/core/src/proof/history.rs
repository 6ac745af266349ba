//! That these are all records of an asset, in order.

use serde::{Deserialize, Serialize};
use sirius_primitives::Hash;

use super::{
    ProofError, StateProof,
    record::{signed, written},
    same, text,
};
use crate::{
    record::Record,
    state,
    transaction::{AssetId, Transaction},
};

/// The whole history of an asset: each record has the hash of the one before in it, and the state has the last one's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryProof {
    /// The block after which this was all; the app hash is in the header of the next.
    pub height: u64,
    /// That app hash.
    #[serde(with = "text::own")]
    pub app_hash: Hash,
    /// The asset.
    #[serde(with = "text::own")]
    pub asset: AssetId,
    /// Its records, the first one first.
    pub records: Vec<Link>,
    /// The head and length of its chain.
    pub chain: StateProof,
}

/// One record of an asset. Its previous record is the one before it in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The block that has the transaction.
    pub height: u64,
    /// Its place among the block's accepted transactions, from 0.
    pub position: u32,
    /// The transaction's exact text.
    pub raw: String,
}

impl HistoryProof {
    /// Checks that the records are the whole history of the asset at a header's app hash, each signed; gives them. An
    /// asset that does not exist has none.
    ///
    /// # Errors
    /// The first step that does not hold.
    pub fn verify(&self, app_hash: &Hash) -> Result<Vec<(Transaction, Record)>, ProofError> {
        same(&self.app_hash, app_hash)?;
        let chain = self.chain.verify(&state::chain(&self.asset), app_hash)?;
        let (head, length) = chain.map_or((Record::FIRST, 0), |chain| (chain.head, chain.length));
        let found = u64::try_from(self.records.len()).unwrap_or(u64::MAX);
        if found != length {
            return Err(ProofError::Incomplete { claimed: length, found });
        }
        let mut previous = Record::FIRST;
        let mut verified = Vec::with_capacity(self.records.len());
        for Link { height, position, raw } in &self.records {
            let transaction = signed(raw)?;
            if transaction.asset_id() != self.asset {
                return Err(ProofError::OtherAsset { transaction: *transaction.id() });
            }
            let record = written(&transaction, *height, *position, previous);
            previous = record.leaf();
            verified.push((transaction, record));
        }
        match previous == head {
            true => Ok(verified),
            false => Err(ProofError::Broken),
        }
    }
}
