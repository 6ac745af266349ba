//! What the metrics say of anchoring.

use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers of the thread that posts; zeros where none runs.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    height: AtomicU64,
    posted: AtomicU64,
    failed: AtomicU64,
    trouble: AtomicU64,
}

impl Progress {
    /// The newest anchored header, as the ledger says.
    pub(crate) fn at(&self, height: u64) {
        self.height.store(height, Ordering::Relaxed);
    }

    /// This node posted one.
    pub(crate) fn posted(&self) {
        self.posted.fetch_add(1, Ordering::Relaxed);
    }

    /// A round came to nothing, for the first time or again.
    pub(crate) fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        self.trouble.store(1, Ordering::Relaxed);
    }

    /// A round ended as it should.
    pub(crate) fn well(&self) {
        self.trouble.store(0, Ordering::Relaxed);
    }

    /// The newest anchored header, how many were posted from here, how often it failed, and whether it does now.
    pub(crate) fn numbers(&self) -> [u64; 4] {
        [&self.height, &self.posted, &self.failed, &self.trouble].map(|number| number.load(Ordering::Relaxed))
    }
}
