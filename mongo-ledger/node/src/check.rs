//! What transactions waiting for a block have made so far, so that one may spend what another, still waiting, gives.

use crate::pending::Base;

/// A fork of the committed state that lives until the next commit.
pub(crate) struct CheckState {
    pub(crate) state: Base,
    /// The block that transactions are checked for.
    pub(crate) height: u64,
}

impl CheckState {
    pub(crate) fn new(state: Base, committed: u64) -> Self {
        Self { state, height: committed.saturating_add(1) }
    }
}
