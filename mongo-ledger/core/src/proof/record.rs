//! That a transaction is a record of the log.

use serde::{Deserialize, Serialize};
use sirius_primitives::{Hash, sha256};

use super::{ProofError, StateProof, same, text};
use crate::{
    json::Limits,
    log,
    record::Record,
    state,
    transaction::{Transaction, TransactionId},
};

/// A transaction, its record, and the way from that to the app hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordProof {
    /// The block after which the log was as proven; the app hash is in the header of the next.
    pub height: u64,
    /// That app hash.
    #[serde(with = "text::own")]
    pub app_hash: Hash,
    /// The transaction's id.
    #[serde(with = "text::own")]
    pub id: TransactionId,
    /// Its exact text.
    pub raw: String,
    /// Where it stands.
    pub record: Stored,
    /// Its record's number in the log, from 0.
    pub index: u64,
    /// From the leaf to the log's root (RFC 6962, section 2.1.1).
    #[serde(with = "text::owns")]
    pub path: Vec<Hash>,
    /// The log's head.
    pub log: StateProof,
}

/// What a record has beside what follows from the transaction's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// The block that has the transaction.
    pub height: u64,
    /// Its place among the block's accepted transactions, from 0.
    pub position: u32,
    /// The leaf of the asset's record before; zeros when it is the first.
    #[serde(with = "text::own")]
    pub previous: Hash,
}

impl RecordProof {
    /// Checks the text, its id and its signatures, the record, the log, and the way to a header's app hash.
    ///
    /// # Errors
    /// The first step that does not hold.
    pub fn verify(&self, app_hash: &Hash) -> Result<(Transaction, Record), ProofError> {
        same(&self.app_hash, app_hash)?;
        let head = self.log.verify(&state::head(), app_hash)?.ok_or(ProofError::Absent("log"))?;
        let transaction = signed(&self.raw)?;
        if *transaction.id() != self.id {
            return Err(ProofError::OtherTransaction { claimed: self.id, found: *transaction.id() });
        }
        let Stored { height, position, previous } = self.record;
        let record = written(&transaction, height, position, previous);
        log::verify_inclusion(record.leaf(), self.index, &self.path, head.size, &head.root())?;
        Ok((transaction, record))
    }
}

/// A transaction whose id and signatures are in order.
pub(super) fn signed(raw: &str) -> Result<Transaction, ProofError> {
    // How long a transaction may be was the chain's to decide.
    let transaction = Transaction::parse(raw.as_bytes(), &Limits::of_any_length())?;
    transaction.verify_signatures()?;
    Ok(transaction)
}

/// The record that a transaction made at a place.
pub(super) fn written(transaction: &Transaction, height: u64, position: u32, previous: Hash) -> Record {
    Record {
        height,
        position,
        id: *transaction.id(),
        raw: sha256(transaction.raw().as_bytes()),
        asset: transaction.asset_id(),
        previous,
    }
}
