//! Why the catalogue cannot help.

use thiserror::Error;

/// Why the catalogue cannot help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CatalogueError {
    /// No such message or question.
    #[error("the ledger has no {module} {name}; `sirius catalogue` lists what there is")]
    NoVerb {
        /// The module asked for.
        module: String,
        /// The word asked for.
        name: String,
    },
    /// No such protobuf message.
    #[error("the ledger knows no message {name}; `sirius catalogue` lists what there is")]
    NoMessage {
        /// The name asked for.
        name: String,
    },
    /// JSON that is not the message's.
    #[error("the JSON is no {name}: {reason}")]
    Json {
        /// The message.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// Bytes that are not the message's.
    #[error("the bytes are no {name}: {reason}")]
    Bytes {
        /// The message.
        name: String,
        /// What is wrong.
        reason: String,
    },
}
