//! A restoration that is under way.

use sirius_store::sync::Restore;

/// A restoration, and how much patience is left for it.
pub(super) struct Restoring {
    pub(super) restore: Restore,
    /// How many chunks were wrong.
    pub(super) wrong: u32,
}
