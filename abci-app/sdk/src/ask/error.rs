//! Why a question has no answer.

use thiserror::Error;

use crate::{Cause, client::ClientError};

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AskError {
    /// The nodes do not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The chain says no.
    #[error("asking {path} was refused ({codespace} {code}): {log}")]
    Refused {
        /// What was asked.
        path: String,
        /// The code of the refusal.
        code: u32,
        /// Whose code it is.
        codespace: String,
        /// The refusal in words.
        log: String,
    },
    /// Something else than what was asked for came back.
    #[error(
        "asking {path} gave an answer that cannot be read: {reason}; check that the node runs the same version"
    )]
    Answer {
        /// What was asked.
        path: String,
        /// What is wrong with the answer.
        reason: String,
    },
}

impl AskError {
    pub(crate) fn empty(path: &str, reason: &str) -> Self {
        Self::Answer { path: path.into(), reason: reason.into() }
    }

    /// Whether this is a refusal or a failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Client(error) => error.cause(),
            Self::Refused { .. } => Cause::Refused,
            Self::Answer { .. } => Cause::Broken,
        }
    }
}
