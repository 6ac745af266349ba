//! The two ways in which a transaction is not executed.

use sirius_store::Fault;
use thiserror::Error;

use crate::refusal::Refusal;

/// Why a transaction was not executed.
#[derive(Debug, Error)]
pub enum Error {
    /// It may not be: every honest node says the same.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// This node cannot tell: it must stop.
    #[error(transparent)]
    Fault(#[from] Fault),
}
