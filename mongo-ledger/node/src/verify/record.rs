//! The documents that a record must have, and how the found ones differ.

use mongo_ledger_core::{
    json::Limits,
    record::Record,
    state,
    transaction::{OutputRef, Transaction, TransactionId},
};
use mongodb::bson::Document;
use sirius_primitives::sha256;
use sirius_store::{Fault, Order, Store};

use super::{Finding, Wrong};
use crate::{
    documents::{Collection, Placed, Shape},
    index::{BlockRow, Index},
};

/// A record whose text leads to the hash that the chain agreed on.
pub(super) struct Sound {
    transaction: Transaction,
    record: Record,
    index: u64,
    time: String,
}

/// One document: where it belongs and what it must be; `None` when it must not be there.
pub(crate) struct Expected {
    pub(crate) collection: Collection,
    pub(crate) id: String,
    pub(crate) document: Option<Document>,
}

/// The record of a transaction with this text, if the text is the one that the chain agreed on.
pub(super) fn sound(
    store: &Store,
    id: &TransactionId,
    raw: &str,
    block: &BlockRow,
) -> Result<Option<Sound>, Fault> {
    let Some(entry) = state::entry(id).get(&store.latest())? else { return Ok(None) };
    let limits = Limits::of_any_length();
    let Ok(transaction) = Transaction::parse(raw.as_bytes(), &limits) else { return Ok(None) };
    let asset = transaction.asset_id();
    let before = Index(store).of_asset(&asset, None, (Order::Descending, Some(entry.index), 1))?;
    let previous = match before.first() {
        Some((_, before)) => {
            state::entry(before).get(&store.latest())?.map_or(Record::FIRST, |entry| entry.leaf)
        }
        None => Record::FIRST,
    };
    let position = u32::try_from(entry.index.saturating_sub(block.first)).unwrap_or(u32::MAX);
    let record =
        Record { height: entry.height, position, id: *id, raw: sha256(raw.as_bytes()), asset, previous };
    let agreed = record.leaf() == entry.leaf && transaction.id() == id;
    Ok(agreed.then(|| Sound { transaction, record, index: entry.index, time: block.time.clone() }))
}

impl Sound {
    fn placed(&self) -> Placed<'_> {
        Placed { transaction: &self.transaction, record: self.record, index: self.index, time: &self.time }
    }

    /// Every document that follows from the record.
    pub(super) fn expected(&self, store: &Store, shape: Shape) -> Result<Vec<Expected>, Fault> {
        let placed = self.placed();
        let id = self.transaction.id().to_string();
        let one = |collection, document| Expected { collection, id: id.clone(), document };
        let mut expected = vec![
            one(Collection::Transactions, Some(placed.transaction(shape))),
            one(Collection::Assets, placed.asset(shape)),
            one(Collection::Metadata, placed.metadata(shape)),
        ];
        let latest = store.latest();
        for (document, output_index) in placed.utxos().into_iter().zip(0..) {
            let output = OutputRef { transaction_id: *self.transaction.id(), output_index };
            let unspent = state::unspent(&output).get(&latest)?.is_some();
            expected.push(Expected {
                collection: Collection::Utxos,
                id: output.to_string(),
                document: unspent.then_some(document),
            });
        }
        for (document, output) in placed.spends().into_iter().zip(placed.spent()) {
            expected.push(Expected {
                collection: Collection::Spends,
                id: output.to_string(),
                document: Some(document),
            });
        }
        Ok(expected)
    }
}

impl Expected {
    /// What is wrong with what was found, if anything is.
    pub(super) fn compare(&self, found: Option<&Document>) -> Option<Finding> {
        let fault = match (&self.document, found) {
            (None, None) => return None,
            (None, Some(_)) => Wrong::Extra,
            (Some(_), None) => Wrong::Missing,
            (Some(expected), Some(found)) => Wrong::Edited { field: differing(expected, found)? },
        };
        Some(Finding::new(self.collection, &self.id, fault))
    }
}

/// The first field in which two documents differ, whatever the order of their fields.
pub(super) fn differing(expected: &Document, found: &Document) -> Option<String> {
    let changed = expected.iter().find(|(field, value)| found.get(field.as_str()) != Some(*value));
    let added = || found.keys().find(|field| !expected.contains_key(field.as_str()));
    changed.map(|(field, _)| field).or_else(added).cloned()
}
