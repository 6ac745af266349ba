//! The ledger as documents: what a server of them must be able to do, and what a block writes.
//!
//! A block is written in an order in which each part can be taken back from what stands before it: the block with the
//! ids of its transactions, the transactions, what follows from them, and last the one document that makes it count.

mod block;
mod collection;
mod memory;
mod mongo;
mod place;
mod role;
mod state;
mod transaction;
mod value;

use async_trait::async_trait;
use futures::stream::BoxStream;
use mongodb::bson::Document;
use thiserror::Error;

pub use block::{BlockDocuments, Decisions, padded, shown, take_back};
pub use collection::Collection;
pub use memory::Memory;
pub use mongo::Mongo;
pub use place::Place;
pub(crate) use place::said;
pub use role::{granted, rights};
pub use state::{ChainDocument, RESTORING, StateDocument, read, restoring};
pub use transaction::Placed;
pub use value::Shape;

/// Why documents could not be read or written.
#[derive(Debug, Error)]
pub enum DocumentsError {
    /// The server did not do as asked; it may do so later.
    #[error("{action} failed: {cause}; look whether the document server runs and has space")]
    Server {
        /// What was tried.
        action: String,
        /// What it answered.
        cause: String,
    },
    /// A document is not what this node wrote.
    #[error("document {collection}/{id} {what}; run `mongo-ledger verify db`, then `mongo-ledger repair`")]
    Changed {
        /// Where.
        collection: Collection,
        /// Which.
        id: String,
        /// How it differs.
        what: String,
    },
}

impl DocumentsError {
    /// Whether the same call may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Server { .. })
    }
}

/// What is found, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Find {
    /// A filter in MongoDB's notation.
    pub filter: Document,
    /// Fields to sort by, in MongoDB's notation; empty leaves it to the server.
    pub sort: Document,
    /// How many documents are left out first.
    pub skip: u64,
    /// How many are given at most; 0 is all.
    pub limit: i64,
}

/// A place for documents. Everything it gives may have been changed by somebody else since it was written.
#[async_trait]
pub trait Documents: Send + Sync + 'static {
    /// The server and its version, for people.
    fn name(&self) -> &str;

    /// How documents are shaped for this server.
    fn shape(&self) -> Shape;

    /// The documents with these ids, in their order; `None` where there is none.
    ///
    /// # Errors
    /// The server does not answer.
    async fn get(
        &self,
        collection: Collection,
        ids: &[String],
    ) -> Result<Vec<Option<Document>>, DocumentsError>;

    /// Adds documents; one that is there already, byte for byte, is fine.
    ///
    /// # Errors
    /// The server does not answer, or another document has such an id.
    async fn insert(&self, collection: Collection, documents: &[Document]) -> Result<(), DocumentsError>;

    /// Puts documents in place of those with their ids, durably when this returns.
    ///
    /// # Errors
    /// The server does not answer.
    async fn replace(&self, collection: Collection, documents: &[Document]) -> Result<(), DocumentsError>;

    /// Removes the documents with these ids; those that are not there are fine.
    ///
    /// # Errors
    /// The server does not answer.
    async fn remove(&self, collection: Collection, ids: &[String]) -> Result<(), DocumentsError>;

    /// Searches a collection.
    ///
    /// # Errors
    /// The server does not answer, or does not know an operator.
    async fn find(&self, collection: Collection, find: Find) -> Result<Vec<Document>, DocumentsError>;

    /// Every document of a collection, with these fields and its `_id` alone, in the order that costs the server least:
    /// mostly that in which they were added. What is added or removed meanwhile may be among them or not. Nothing comes
    /// behind an error: the server does not answer.
    fn stream(
        &self,
        collection: Collection,
        fields: &[&str],
    ) -> BoxStream<'_, Result<Document, DocumentsError>>;

    /// The ids of all documents of a collection.
    ///
    /// # Errors
    /// The server does not answer.
    async fn ids(&self, collection: Collection) -> Result<Vec<String>, DocumentsError>;

    /// How many documents a collection has.
    ///
    /// # Errors
    /// The server does not answer.
    async fn count(&self, collection: Collection) -> Result<u64, DocumentsError>;

    /// Removes everything, so that the ledger can be written anew.
    ///
    /// # Errors
    /// The server does not answer.
    async fn clear(&self) -> Result<(), DocumentsError>;
}
