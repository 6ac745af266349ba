//! Whether the documents are what the chain agreed on, and making them so again.
//!
//! The index decides: its proven state has the hash of every record, which a document's exact text must lead to. From
//! such a text and the look-up tables every other document follows, so that each is compared as a whole.

mod blocks;
mod chain;
mod database;
mod payloads;
mod record;
mod repair;
mod scrub;

use std::fmt;

use serde::Serialize;
use sirius_store::Fault;
use thiserror::Error;

use crate::documents::{Collection, DocumentsError};

pub use blocks::{Blocks, BlocksError};
pub use chain::{Compared, chain};
pub use database::database;
pub(crate) use database::{others, state_document};
pub use repair::repair;
pub use scrub::{Scrub, recent};

/// A document that is not what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The collection.
    pub collection: &'static str,
    /// The `_id`.
    pub id: String,
    /// What is wrong.
    pub fault: Wrong,
}

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Wrong {
    /// It is not there.
    Missing,
    /// It is there, and should not be.
    Extra,
    /// It is there, and was erased.
    Erased {
        /// By which block.
        height: u64,
    },
    /// It differs.
    Edited {
        /// The first field that does.
        field: String,
    },
}

impl Finding {
    fn new(collection: Collection, id: impl Into<String>, fault: Wrong) -> Self {
        Self { collection: collection.name(), id: id.into(), fault }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { collection, id, fault } = self;
        match fault {
            Wrong::Missing => write!(f, "{collection}/{id} is missing"),
            Wrong::Extra => write!(f, "{collection}/{id} is not of this ledger"),
            Wrong::Erased { height } => {
                write!(f, "{collection}/{id} is here, though it was erased at height {height}")
            }
            Wrong::Edited { field } => write!(f, "{collection}/{id} was edited: {field}"),
        }
    }
}

/// Why documents could not be verified or repaired.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The document server.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    /// The index.
    #[error(transparent)]
    Index(#[from] Fault),
    /// The block store of CometBFT.
    #[error(
        "asking {url} for block {height} failed: {cause}; give the RPC of a node that has it with --from"
    )]
    Blocks {
        /// Its RPC.
        url: String,
        /// Which block.
        height: u64,
        /// What it said.
        cause: String,
    },
    /// A block that CometBFT has is not what the chain agreed on.
    #[error("{url} gives a block {height} that {what}; take blocks from another node with --from")]
    Wrong {
        /// Its RPC.
        url: String,
        /// Which block.
        height: u64,
        /// What is wrong with it.
        what: String,
    },
}
