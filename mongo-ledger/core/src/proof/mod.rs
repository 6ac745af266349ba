//! What convinces somebody who knows only the app hash in a block header: of a record, of the whole history of an asset,
//! of what a key of the state holds or does not hold, and that the log only ever grew.
//!
//! The state after block `h` is in the header of `h + 1`. A proof names its height for whoever fetches that header; who
//! believes the app hash has checked the header's signatures already, which is not done here.

mod consistency;
mod history;
mod record;
mod state;
mod subject;
mod text;

use sirius_primitives::Hash;
use thiserror::Error;

use crate::{log::LogError, refusal::Refusal, transaction::TransactionId};

pub use consistency::{ConsistencyProof, LogProof};
pub use history::{HistoryProof, Link};
pub use record::{RecordProof, Stored};
pub use state::StateProof;
pub use subject::{Held, Subject, SubjectError, SubjectProof};

/// Why a proof does not convince.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProofError {
    /// It was made for another header.
    #[error(
        "the proof is for app hash {claimed}, the header has {header}; take the header of the height after the proof's"
    )]
    AppHash {
        /// What the proof says.
        claimed: Hash,
        /// What the header says.
        header: Hash,
    },
    /// A step between a key of the state and the app hash does not hold.
    #[error(transparent)]
    State(#[from] sirius_store::ProofError),
    /// It is about something else.
    #[error("the proof is about another key of the state than it says")]
    OtherKey,
    /// What the state holds is not read by this program.
    #[error("what the state holds cannot be read: {0}")]
    Unreadable(String),
    /// What must be there is not.
    #[error("the state holds no {0}")]
    Absent(&'static str),
    /// The text is no transaction, or is not signed.
    #[error("the text is no valid transaction: {0}")]
    Transaction(#[from] Refusal),
    /// The text is another transaction.
    #[error("the text is transaction {found}, the proof is of {claimed}")]
    OtherTransaction {
        /// What the proof says.
        claimed: TransactionId,
        /// What the text is.
        found: TransactionId,
    },
    /// A transaction is of another asset.
    #[error("transaction {transaction} is of another asset")]
    OtherAsset {
        /// Which.
        transaction: TransactionId,
    },
    /// A step between a record and the log's root does not hold.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The history has another number of records than the state says.
    #[error("the history has {found} records, the state says {claimed}")]
    Incomplete {
        /// What the state says.
        claimed: u64,
        /// How many there are.
        found: u64,
    },
    /// The records do not lead to the last one.
    #[error("the records do not lead to the head of the asset's chain: one was changed, or their order was")]
    Broken,
}

/// Checks that a proof is meant for a header's app hash.
fn same(claimed: &Hash, header: &Hash) -> Result<(), ProofError> {
    match claimed == header {
        true => Ok(()),
        false => Err(ProofError::AppHash { claimed: *claimed, header: *header }),
    }
}

#[cfg(test)]
mod tests;
