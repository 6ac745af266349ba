//! The snapshots of a node: when one is taken, which are kept, and what is given to peers.

use std::{fmt::Display, path::PathBuf, sync::Arc, time::Instant};

use sirius_primitives::{Blocks, Height};
use tendermint_proto::v0_38::abci;

use super::{MOST_OFFERED, Manifest, Pace, Shelf, ShelfError, taker::Taker};
use crate::settings;

/// See the module's documentation. `S` is whatever a snapshot is taken of.
pub struct Stock<M, S> {
    every: Blocks,
    keep: u64,
    shelf: Option<Shelf<M>>,
    taker: Option<Taker<S>>,
}

impl<M, S> Default for Stock<M, S> {
    /// A stock that takes none and offers none.
    fn default() -> Self {
        Self { every: Blocks(0), keep: 0, shelf: None, taker: None }
    }
}

impl<M: Manifest, S: Send + 'static> Stock<M, S> {
    /// Opens the folder with what was taken before; without an interval there is none. `put` takes a snapshot and gives
    /// the number of its chunks; failing is no reason to stop making blocks.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open<E: Display>(
        settings: &settings::Snapshots,
        folder: PathBuf,
        pace: Pace,
        put: impl Fn(&Shelf<M>, &S) -> Result<usize, E> + Send + Sync + 'static,
    ) -> Result<Self, ShelfError> {
        let settings::Snapshots { every_blocks, keep, .. } = *settings;
        if every_blocks == Blocks(0) {
            return Ok(Self::default());
        }
        let shelf = Shelf::open(folder, usize::try_from(keep).unwrap_or(MOST_OFFERED))?;
        let to = shelf.clone();
        let work = move |height: Height, state: S| {
            let begin = Instant::now();
            match put(&to, &state) {
                Ok(chunks) => {
                    let seconds = begin.elapsed().as_secs_f32();
                    tracing::info!(%height, chunks, seconds, "snapshot taken");
                }
                Err(error) => tracing::warn!(%height, %error, "no snapshot was taken"),
            }
        };
        let taker = Taker::new(Arc::new(work), pace)?;
        Ok(Self { every: every_blocks, keep, shelf: Some(shelf), taker: Some(taker) })
    }

    /// Takes a snapshot of what a block left when it is time for one.
    pub fn committed(&self, height: Height, state: impl FnOnce() -> S) {
        if let Some(taker) = &self.taker
            && height.0.is_multiple_of(self.every.0)
        {
            taker.take(height, state());
        }
    }

    /// The height from which on blocks are needed by those who begin from one of the snapshots offered, if any are.
    pub fn needed_from(&self, committed: Height) -> Option<Height> {
        let shelf = self.shelf.as_ref()?;
        let due = committed.before(Blocks(self.every.0.saturating_mul(self.keep)));
        Some(shelf.oldest().map_or(due, |oldest| oldest.min(due)))
    }

    /// The height of the newest snapshot.
    pub fn newest(&self) -> Option<Height> {
        self.shelf.as_ref()?.newest()
    }

    /// The newest snapshots, newest first.
    pub fn list(&self) -> Vec<abci::Snapshot> {
        self.shelf.as_ref().map(Shelf::list).unwrap_or_default()
    }

    /// A chunk; empty when it is not there any more, which CometBFT tells its peer.
    pub fn chunk(&self, request: &abci::RequestLoadSnapshotChunk) -> Vec<u8> {
        let load = |shelf: &Shelf<M>| shelf.chunk(Height(request.height), request.format, request.chunk);
        self.shelf.as_ref().and_then(load).unwrap_or_default()
    }
}
