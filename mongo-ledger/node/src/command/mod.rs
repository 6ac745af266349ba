//! What operators do beside serving: verify, repair, decide.

pub mod anchor;
pub mod document;
pub mod election;
pub mod snapshot;
pub mod users;
pub mod verify;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As hoped.
    Done,
    /// It was answered with no: documents were changed, or a transaction was refused.
    Refused,
}
