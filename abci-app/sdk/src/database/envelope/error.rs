//! Why an envelope was not made or not opened.

use thiserror::Error;

use super::{MOST_READERS, ReaderKey};
use crate::Cause;

/// A text that is no reader's key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReaderKeyError {
    /// The text of another kind of key.
    #[error(
        "{0:?} does not begin with x25519:, so it is no reader's key; a public key that signs cannot be sealed to. Whoever \
         is to read prints theirs with `sirius db reader-key NAME`"
    )]
    Kind(String),
    /// Not 32 bytes.
    #[error("{0:?} is no reader's key: behind x25519: stands the base58 text of 32 bytes")]
    Bytes(String),
}

/// Why an envelope was not made or not opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// Nobody could read it, or more than its bound.
    #[error("an envelope has 1 to {MOST_READERS} readers, and would have {found}; name each once")]
    Readers {
        /// How many there would be.
        found: usize,
    },
    /// A key that leads to a shared secret that everybody knows.
    #[error("nothing can be sealed to {0}: its point has small order; ask its owner for another key")]
    WeakKey(ReaderKey),
    /// The document is sealed to others.
    #[error(
        "{key} is not among the {readers} readers of this document; ask one of those who made it for `sirius db readers \
         add`"
    )]
    NotAReader {
        /// Whose key was tried.
        key: ReaderKey,
        /// How many readers there are.
        readers: usize,
    },
    /// A part of the envelope does not hold with the rest.
    #[error(
        "the envelope does not open: its {0} was changed, belongs to another document, or was sealed wrongly; ask another \
         node, or whoever made it"
    )]
    Damaged(&'static str),
    /// The document has no envelope of this shape.
    #[error("this is no envelope that this program reads: {0}")]
    Shape(String),
    /// Nothing of the asset is sealed.
    #[error("nothing of this asset is sealed; `sirius db history` shows it in the clear")]
    Open,
    /// A reader who is to be removed is none.
    #[error("{0} is not among the readers; `sirius db readers list` shows who is")]
    NotThere(ReaderKey),
    /// There is no randomness to make keys of.
    #[error("the system gives no random bytes: {0}")]
    Randomness(String),
}

impl EnvelopeError {
    /// Whether this is a refusal or a failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Randomness(_) => Cause::Broken,
            _ => Cause::Refused,
        }
    }
}
