//! Why a record is not proven against the ledger.

use mongo_ledger_core::{proof::ProofError as RecordError, transaction::TransactionId};
use sirius_primitives::Height;
use sirius_store::ProofError;
use thiserror::Error;

use crate::{Cause, ask::AskError, database::DatabaseError, prove::ProveError, trust::TrustError};

/// Why a record is not proven against the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnchoredError {
    /// The ledger does not answer, or refuses the question.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The database does not.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What the ledger keeps is not proven by the node.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The ledger's header is not believed.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The database has no such transaction in a block.
    #[error(
        "the database has no transaction {0} in a block, or its nodes give no proof of it at that height"
    )]
    NoTransaction(TransactionId),
    /// Nobody registered the chain.
    #[error(
        "the ledger has no anchor of chain {chain_id}; `sirius query anchor chains` lists those that it has"
    )]
    NotRegistered {
        /// The chain's name.
        chain_id: String,
    },
    /// The anchor is behind.
    #[error(
        "block {block} of {chain_id} has the transaction, and the newest header that the ledger anchored is {anchor}; its \
         members post a later one within {every} blocks of the ledger, ask again then"
    )]
    NotYet {
        /// The chain's name.
        chain_id: String,
        /// The block with the transaction.
        block: Height,
        /// The newest anchored header.
        anchor: Height,
        /// How many blocks are between two headers.
        every: u64,
    },
    /// Two headers of one height were shown.
    #[error(
        "the ledger has frozen the anchor of {chain_id}: two headers of one height were signed; believe neither"
    )]
    Frozen {
        /// The chain's name.
        chain_id: String,
    },
    /// The record's proof is for another header.
    #[error(
        "the record's proof is for the state after block {record}, the anchored header is {anchor}; it has to be the next"
    )]
    OtherHeight {
        /// The state's height.
        record: Height,
        /// The anchored header's.
        anchor: Height,
    },
    /// The ledger's app hash does not lead to what it is said to keep.
    #[error("the ledger's state is not proven: {0}; do not believe it")]
    Ledger(#[from] ProofError),
    /// The database's app hash does not lead to the record.
    #[error("the record is not proven: {0}; do not believe it")]
    Record(#[from] RecordError),
    /// No bundle.
    #[error("this is no bundle of `sirius db prove --against ledger`: {0}")]
    Malformed(String),
}

impl AnchoredError {
    /// Whether this is a refusal or a failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Ask(error) => error.cause(),
            Self::Database(error) => error.cause(),
            Self::Prove(error) => error.cause(),
            Self::Trust(error) => error.cause(),
            Self::NoTransaction(_)
            | Self::NotRegistered { .. }
            | Self::NotYet { .. }
            | Self::Frozen { .. }
            | Self::OtherHeight { .. }
            | Self::Ledger(_)
            | Self::Record(_)
            | Self::Malformed(_) => Cause::Refused,
        }
    }
}
