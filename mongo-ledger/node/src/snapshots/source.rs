//! What a snapshot is taken of, and why it cannot be.

use sirius_host::snapshots::ShelfError;
use sirius_store::{Fault, Snapshot, Store};
use thiserror::Error;
use tokio::runtime::Handle;

use crate::documents::{Documents, DocumentsError};

/// Why a database cannot be read out.
#[derive(Debug, Error)]
pub(crate) enum ExportError {
    /// Where the chunks go.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// Where the chunks go, when that is a file.
    #[error(transparent)]
    Output(#[from] std::io::Error),
    /// The index.
    #[error(transparent)]
    Index(#[from] Fault),
    /// The document server, or a document that somebody changed: nothing is shipped that does not lead to the state.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
}

/// What is read out: a state, and the rows and documents that lead to it.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) store: &'a Store,
    /// The latest state of the store at some moment.
    pub(crate) state: &'a Snapshot,
    pub(crate) documents: &'a dyn Documents,
    pub(crate) runtime: &'a Handle,
}

pub(super) fn damaged(detail: &str) -> Fault {
    Fault::Damaged { what: "the index", detail: detail.into() }
}
