//! What a node knows of bodies beside its state and its documents: who waits, and what is looked for.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use mongo_ledger_core::payload::Commitment;

use super::room::Room;

/// The most bodies that a node looks for at the same time; those beyond are found by the next inventory.
const MOST_WANTED: usize = 10_000;

/// See the module's documentation.
#[derive(Default)]
pub(crate) struct Payloads {
    /// Held while it is looked up whether a body may be kept and while it is written.
    pub(super) gate: tokio::sync::Mutex<Room>,
    wanted: Mutex<BTreeMap<Commitment, Wanted>>,
    /// Set when so much has changed at once that stock must be taken anew.
    recount: AtomicBool,
}

/// A body that this node misses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// How often all peers were asked in vain.
    pub(super) tries: u32,
    /// When they are asked again.
    pub(super) next: Instant,
}

impl Payloads {
    /// The bodies that are looked for.
    pub(super) fn wanted(&self) -> MutexGuard<'_, BTreeMap<Commitment, Wanted>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks for a body from now on, while there is room.
    pub(crate) fn want(&self, commitment: Commitment) {
        let mut wanted = self.wanted();
        if wanted.len() < MOST_WANTED {
            wanted.entry(commitment).or_insert(Wanted { tries: 0, next: Instant::now() });
        }
    }

    /// Has stock taken soon: a snapshot brought what the chain names, and no bodies.
    pub(crate) fn recount(&self) {
        self.recount.store(true, Ordering::SeqCst);
    }

    /// Whether stock must be taken anew; says so once.
    pub(super) fn take_recount(&self) -> bool {
        self.recount.swap(false, Ordering::SeqCst)
    }

    /// How many bodies this node misses and looks for.
    pub(crate) fn missing(&self) -> usize {
        self.wanted().len()
    }
}
