//! This node's own illness, as opposed to a transaction's.

use thiserror::Error;

/// Something on this node is broken: its disk, its files, its memory of what it wrote.
///
/// Another honest node would not meet it, so it can never be the answer to a transaction. Whoever meets one stops the
/// node instead of going on with a state that others do not have.
#[derive(Debug, Error)]
pub enum Fault {
    /// The disk below did not do as asked.
    #[error("{action} failed: {cause}; check the disk's space, health and permissions")]
    Disk {
        /// What was tried.
        action: &'static str,
        /// What the disk's software answered.
        cause: String,
    },
    /// Stored bytes are not what this program writes.
    #[error("{what} is damaged: {detail}; restore this node from a snapshot or from its peers")]
    Damaged {
        /// Which record.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// A rule that always holds did not hold.
    #[error("internal contradiction: {0}; please report it")]
    Contradiction(String),
    /// The chain, or this node's operator, decided that this program stops here; the text says what comes next.
    #[error("{0}")]
    Halt(String),
}
