//! One accepted transaction as documents.

use mongo_ledger_core::{
    record::Record,
    transaction::{Asset, Operation, OutputRef, Transaction},
};
use mongodb::bson::{Bson, Document, doc};

use super::{Shape, state::wide};

/// A transaction that the ledger has, with its place.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    /// The transaction.
    pub transaction: &'a Transaction,
    /// What the log has of it.
    pub record: Record,
    /// Its number in the log.
    pub index: u64,
    /// The time of its block (RFC 3339).
    pub time: &'a str,
}

impl Placed<'_> {
    fn height(&self) -> i64 {
        wide(self.record.height)
    }

    fn id(&self) -> String {
        self.transaction.id().to_string()
    }

    /// Its document in `transactions`.
    pub fn transaction(&self, shape: Shape) -> Document {
        let id = self.id();
        let mut document = doc! { "_id": &id };
        if let mongo_ledger_core::json::Value::Object(object) = self.transaction.value() {
            document.extend(shape.document(object));
        }
        let Record { asset, previous, position, .. } = self.record;
        document.insert("raw", self.transaction.raw());
        document.insert(
            "_l",
            doc! {
                "h": self.height(),
                "i": i64::from(position),
                "n": wide(self.index),
                "time": self.time,
                "leaf": self.record.leaf().to_string(),
                "prev": previous.to_string(),
                "asset": asset.to_string(),
            },
        );
        document
    }

    /// Its document in `assets`, when it begins one.
    pub fn asset(&self, shape: Shape) -> Option<Document> {
        let Asset::Data(data) = self.transaction.asset() else { return None };
        let id = self.id();
        let data = data.as_ref().map_or(Bson::Null, |data| Bson::Document(shape.document(data)));
        Some(doc! { "_id": &id, "id": &id, "data": data, "h": self.height() })
    }

    /// Its document in `metadata`, when it has some.
    pub fn metadata(&self, shape: Shape) -> Option<Document> {
        let metadata = self.transaction.metadata()?;
        let id = self.id();
        Some(doc! {
            "_id": &id,
            "id": &id,
            "metadata": shape.document(metadata),
            "asset_id": self.record.asset.to_string(),
            "h": self.height(),
        })
    }

    /// Its documents in `utxos`, as they are until they are spent.
    pub fn utxos(&self) -> Vec<Document> {
        let output = |(output, index): (&mongo_ledger_core::transaction::Output, u32)| {
            let reference = OutputRef { transaction_id: *self.transaction.id(), output_index: index };
            let keys: Vec<String> = output.public_keys.iter().map(ToString::to_string).collect();
            doc! {
                "_id": reference.to_string(),
                "transaction_id": self.id(),
                "output_index": i64::from(index),
                "asset_id": self.record.asset.to_string(),
                "amount": wide(output.amount),
                "public_keys": keys,
                "uri": output.condition.uri(),
                "h": self.height(),
            }
        };
        self.transaction.outputs().iter().zip(0..).map(output).collect()
    }

    /// Its documents in `spends`.
    pub fn spends(&self) -> Vec<Document> {
        let spent = |reference: OutputRef| {
            doc! { "_id": reference.to_string(), "by": self.id(), "h": self.height() }
        };
        self.spent().map(spent).collect()
    }

    /// What it spends.
    pub fn spent(&self) -> impl Iterator<Item = OutputRef> {
        self.transaction.inputs().iter().filter_map(|input| input.fulfills)
    }

    /// Whether it decides or asks for something.
    pub fn is_governance(&self) -> bool {
        let operation = self.transaction.operation();
        operation.is_election() || operation == Operation::Vote
    }
}
