//! The text of a record as a document has it, and the leaf that the log must have for it.

use mongo_ledger_core::transaction::TransactionId;
use mongodb::bson::{Bson, Document};
use sirius_primitives::Hash;

use crate::documents::{Place, said};

/// The fields of a document that are read here, beside its `_id`.
pub(crate) const FIELDS: [&str; 2] = ["raw", "_l"];

/// A text with its place. Nothing of it is to be believed before its leaf is the one that the log has at its index: a leaf
/// is the hash of everything else here, and of the asset and the place in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// Its number in the log.
    pub(crate) index: u64,
    /// What the log must have there.
    pub(crate) leaf: Hash,
    /// The leaf of the asset's record before.
    pub(crate) previous: Hash,
    /// The exact text.
    pub(crate) raw: String,
}

impl Text {
    /// Reads a document of `transactions`; `None` when it is not what this program writes there.
    pub(crate) fn read(mut document: Document) -> Option<Self> {
        let id: TransactionId = document.get_str("_id").ok()?.parse().ok()?;
        let Some(Bson::String(raw)) = document.remove("raw") else { return None };
        let (index, record) = said(id, &raw, document.get_document("_l").ok()?).ok()?;
        Some(Self { index, leaf: record.leaf(), previous: record.previous, raw })
    }

    /// Bytes that it holds on to.
    pub(crate) fn bytes(&self) -> usize {
        self.raw.len().saturating_add(size_of::<Self>())
    }
}

impl From<Place> for Text {
    fn from(place: Place) -> Self {
        let placed = place.placed();
        let (index, leaf, previous) = (placed.index, placed.record.leaf(), placed.record.previous);
        Self { index, leaf, previous, raw: place.transaction.raw().to_owned() }
    }
}
