//! A state that arrives as a snapshot.

use sirius_host::snapshots::Restoration;
use sirius_store::sync::Restore;

/// A restoration of the state.
#[derive(Debug)]
pub(crate) struct Arriving(pub(crate) Restore);

impl Restoration for Arriving {
    fn next(&self) -> usize {
        self.0.next()
    }
}
