//! Why the database chain did not do as asked.

use mongo_ledger_core::{proof::ProofError, transaction::TransactionId};
use sirius_primitives::Height;
use thiserror::Error;

use super::MOST_ENDPOINTS;
use crate::{
    Cause,
    client::{Attempt, attempts},
    trust::TrustError,
};

/// Why there is no answer, or none that is believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DatabaseError {
    /// No endpoint, or too many.
    #[error(
        "a client of the database needs 1 to {most} addresses and got {found}; set `database` in client.toml",
        most = MOST_ENDPOINTS
    )]
    Count {
        /// How many there are.
        found: usize,
    },
    /// An address that cannot be one.
    #[error("database address {url:?} is not usable: {reason}; give one such as http://127.0.0.1:9984")]
    Url {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers.
    #[error(
        "asking the database for {what} failed ({}); check that it runs, or set `database` in client.toml",
        self::attempts(attempts)
    )]
    Unreachable {
        /// What was asked for.
        what: String,
        /// What happened at each attempt.
        attempts: Vec<Attempt>,
    },
    /// A node understood, and said no.
    #[error("{endpoint} refused {what}: {reason}")]
    Refused {
        /// What was asked for.
        what: String,
        /// Who refused.
        endpoint: String,
        /// Its words.
        reason: String,
    },
    /// The very same transaction was there before it was sent.
    #[error(
        "transaction {0} already exists; `sirius db show {0}` shows it. For a second one, give metadata that tells them \
         apart"
    )]
    Exists(TransactionId),
    /// It may be in a block, now or later.
    #[error(
        "transaction {id} was sent and nobody said what became of it ({}); ask with `sirius db show {id}` before you \
         make another",
        self::attempts(attempts)
    )]
    Unconfirmed {
        /// The transaction.
        id: TransactionId,
        /// What happened at each attempt.
        attempts: Vec<Attempt>,
    },
    /// A node answered with something else than what was asked for.
    #[error("the answer about {what} is not usable: {reason}; ask again, or another node")]
    Unusable {
        /// What was asked for.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More than a client holds.
    #[error("{what} has more than {most} parts; ask a node by HTTP for ranges of it")]
    TooMany {
        /// What was asked for.
        what: String,
        /// The limit.
        most: usize,
    },
    /// A proof that proves something else.
    #[error("the proof of height {proof} comes with header {header}; it needs the header after its height")]
    OtherHeader {
        /// The proof's height.
        proof: Height,
        /// The header's.
        header: Height,
    },
    /// A proof that does not hold.
    #[error("the proof does not hold: {0}; do not believe it, and ask another node")]
    Proof(#[from] ProofError),
    /// A file that is no bundle.
    #[error("this is no bundle of `sirius db prove`: {0}")]
    Bundle(String),
    /// The header is not believed.
    #[error(transparent)]
    Trust(#[from] TrustError),
}

impl DatabaseError {
    /// Whether this is a refusal or a failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Count { .. }
            | Self::Url { .. }
            | Self::Refused { .. }
            | Self::Exists(_)
            | Self::TooMany { .. }
            | Self::Proof(_)
            | Self::OtherHeader { .. }
            | Self::Bundle(_) => Cause::Refused,
            Self::Unreachable { .. } | Self::Unconfirmed { .. } | Self::Unusable { .. } => Cause::Broken,
            Self::Trust(error) => error.cause(),
        }
    }
}
