//! An accepted transaction as its document has it.

use mongo_ledger_core::{
    json::Limits,
    record::Record,
    transaction::{Transaction, TransactionId},
};
use mongodb::bson::{Document, error::Error as Unreadable};
use sirius_primitives::sha256;
use thiserror::Error;

use super::{Collection, DocumentsError, transaction::Placed};

/// A document of `transactions` is not what this program writes; shown as what is said of that document.
#[derive(Debug, Error)]
pub(crate) enum Misplaced {
    #[error("{0}")]
    Field(#[from] Unreadable),
    #[error("has a wrong _l.{0}")]
    Value(&'static str),
}

/// A transaction with its place in the log.
#[derive(Debug, Clone)]
pub struct Place {
    /// The transaction.
    pub transaction: Transaction,
    record: Record,
    index: u64,
    time: String,
}

impl Place {
    /// Reads a document of `transactions`.
    ///
    /// # Errors
    /// It is not what this program writes.
    pub fn read(id: &str, document: &Document) -> Result<Self, DocumentsError> {
        let changed = |what: String| DocumentsError::Changed {
            collection: Collection::Transactions,
            id: id.into(),
            what,
        };
        let field = |error: Unreadable| changed(error.to_string());
        let raw = document.get_str("raw").map_err(field)?;
        let transaction = Transaction::parse(raw.as_bytes(), &Limits::of_any_length())
            .map_err(|refusal| changed(format!("has a text that is no transaction: {refusal}")))?;
        if transaction.id().to_string() != id {
            return Err(changed("has the text of another transaction".into()));
        }
        let place = document.get_document("_l").map_err(field)?;
        let (index, said) =
            said(*transaction.id(), raw, place).map_err(|misplaced| changed(misplaced.to_string()))?;
        let record = Record { asset: transaction.asset_id(), ..said };
        let time = place.get_str("time").map_err(field)?.to_owned();
        Ok(Self { record, index, time, transaction })
    }

    /// The transaction with its place.
    pub fn placed(&self) -> Placed<'_> {
        Placed { transaction: &self.transaction, record: self.record, index: self.index, time: &self.time }
    }
}

/// What `_l` of the document of a text says: its number in the log, and the record there. It is not to be believed before
/// that record's leaf is the one that the log has at this number.
pub(crate) fn said(id: TransactionId, raw: &str, place: &Document) -> Result<(u64, Record), Misplaced> {
    let count = |field| u64::try_from(place.get_i64(field)?).map_err(|_| Misplaced::Value(field));
    let record = Record {
        height: count("h")?,
        position: u32::try_from(count("i")?).map_err(|_| Misplaced::Value("i"))?,
        id,
        raw: sha256(raw.as_bytes()),
        asset: place.get_str("asset")?.parse().map_err(|_| Misplaced::Value("asset"))?,
        previous: place.get_str("prev")?.parse().map_err(|_| Misplaced::Value("prev"))?,
    };
    Ok((count("n")?, record))
}
