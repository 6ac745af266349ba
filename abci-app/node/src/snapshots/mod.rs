//! State sync: snapshots that this node takes for others, and the one that it may begin from itself.

mod restore;
mod restoring;
mod shelf;
mod taker;

use std::sync::{Mutex, MutexGuard, PoisonError};

use sirius_primitives::{Blocks, Height};
use sirius_store::{Snapshot, Store, sync::CHUNK_BYTES};
use tendermint_proto::v0_38::abci;

use crate::config;
use restoring::Restoring;
use shelf::Shelf;
pub use shelf::ShelfError;
use taker::Taker;

/// Snapshots that are offered to a peer at most; CometBFT asks for no more.
pub(crate) const MOST_OFFERED: usize = 10;

/// Everything about snapshots that is not in the state.
pub(crate) struct Snapshots {
    every: Blocks,
    keep: u64,
    shelf: Option<Shelf>,
    taker: Option<Taker>,
    restoring: Mutex<Option<Restoring>>,
}

/// Whether a commit waits until a snapshot is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Snapshots are taken by a thread of their own while blocks go on.
    Aside,
    /// A commit returns with the snapshot taken, in chunks of so many bytes: for tests, in which nothing happens at
    /// moments of its own choice.
    AtOnce(usize),
}

impl Snapshots {
    /// Opens the folder with what was taken before; without an interval there is none.
    pub(crate) fn open(config: &config::Config, pace: Pace) -> Result<Self, ShelfError> {
        let config::Snapshots { every_blocks, keep, .. } = config.snapshots;
        let shelf = match every_blocks {
            Blocks(0) => None,
            _ => Some(Shelf::open(config.shelf(), usize::try_from(keep).unwrap_or(MOST_OFFERED))?),
        };
        let taker = shelf.as_ref().map(|shelf| Taker::new(shelf.clone(), pace)).transpose()?;
        Ok(Self { every: every_blocks, keep, shelf, taker, restoring: Mutex::default() })
    }

    /// Takes a snapshot of the committed state when it is time for one.
    pub(crate) fn committed(&self, store: &Store) {
        let latest = store.latest();
        if let Some(taker) = &self.taker
            && latest.height().0.is_multiple_of(self.every.0)
        {
            taker.take(latest);
        }
    }

    /// The height from which on blocks are needed by those who begin from one of the snapshots offered, if any are.
    pub(crate) fn needed_from(&self, committed: Height) -> Option<Height> {
        let shelf = self.shelf.as_ref()?;
        let due = committed.before(Blocks(self.every.0.saturating_mul(self.keep)));
        Some(shelf.oldest().map_or(due, |oldest| oldest.min(due)))
    }

    /// The newest snapshots, newest first.
    pub(crate) fn list(&self) -> Vec<abci::Snapshot> {
        self.shelf.as_ref().map(Shelf::list).unwrap_or_default()
    }

    /// A chunk; empty when it is not there any more, which CometBFT tells its peer.
    pub(crate) fn chunk(&self, request: &abci::RequestLoadSnapshotChunk) -> Vec<u8> {
        let load = |shelf: &Shelf| shelf.chunk(Height(request.height), request.format, request.chunk);
        self.shelf.as_ref().and_then(load).unwrap_or_default()
    }

    /// A panic stops the process, so a poisoned lock is never met by anyone who goes on.
    fn restoring(&self) -> MutexGuard<'_, Option<Restoring>> {
        self.restoring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes of a chunk at the pace of a node.
fn chunk_bytes(pace: Pace) -> usize {
    match pace {
        Pace::Aside => CHUNK_BYTES,
        Pace::AtOnce(bytes) => bytes,
    }
}

/// Takes the snapshot of a state and says how it went: failing is no reason to stop making blocks.
fn take(shelf: &Shelf, state: &Snapshot, chunk: usize) {
    let (begin, height) = (std::time::Instant::now(), state.height());
    match shelf.put(state, chunk) {
        Ok(chunks) => {
            let seconds = begin.elapsed().as_secs_f32();
            tracing::info!(%height, chunks, seconds, "snapshot taken");
        }
        Err(error) => tracing::warn!(%height, %error, "no snapshot was taken"),
    }
}
