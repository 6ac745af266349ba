//! Why an answer is not proven.

use sirius_primitives::Height;
use sirius_store::ProofError;
use thiserror::Error;

use crate::{Cause, client::ClientError, trust::TrustError};

/// Why an answer is not proven.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProveError {
    /// The nodes do not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The header is not trusted.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The chain has no state yet.
    #[error("the chain has no block yet, so that nothing can be proven; wait for the first")]
    NoBlock,
    /// The node does not give the value.
    #[error("reading the state at height {height} was refused ({codespace} {code}): {log}")]
    Refused {
        /// Of which height.
        height: Height,
        /// The code of the refusal.
        code: u32,
        /// Whose code it is.
        codespace: String,
        /// The refusal in words.
        log: String,
    },
    /// The node gives a value that is not the chain's.
    #[error(
        "the node's answer for key \"{key}\" at height {height} is not proven: {reason}; do not believe this node, ask \
         another"
    )]
    Forged {
        /// The key.
        key: String,
        /// Of which height.
        height: Height,
        /// What is wrong with the proof.
        reason: ProofError,
    },
    /// An answer that reads a range.
    #[error(
        "the answer to {path} reads a range of keys, which cannot be proven yet; ask without a proof, or for single items"
    )]
    Range {
        /// What was asked.
        path: String,
    },
    /// An answer that reads too much.
    #[error("the answer to {path} rests on more than {most} keys; ask for less, or without a proof")]
    TooManyKeys {
        /// What was asked.
        path: String,
        /// The limit.
        most: usize,
    },
    /// The state is of another chain.
    #[error(
        "the proven state is of chain {found}, expected {expected}; check `chain_id` and `prefix` in client.toml"
    )]
    OtherChain {
        /// The chain of the settings.
        expected: String,
        /// The one that was found.
        found: String,
    },
    /// The proven state is not what this program's ledger writes.
    #[error(
        "computing the answer to {path} from proven values failed: {reason}; use the version that the chain runs"
    )]
    Fault {
        /// What was asked.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

impl ProveError {
    /// Whether this is a refusal or a failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Client(error) => error.cause(),
            Self::Trust(error) => error.cause(),
            Self::Refused { .. } | Self::Range { .. } | Self::TooManyKeys { .. } | Self::NoBlock => {
                Cause::Refused
            }
            Self::OtherChain { .. } => Cause::Refused,
            Self::Forged { .. } | Self::Fault { .. } => Cause::Broken,
        }
    }
}
