//! State sync: snapshots that this node takes for others, and the one that it may begin from itself.

mod arriving;
mod contents;

use sirius_host::snapshots::{Joining, Pace, Shelf, ShelfError, Stock};
use sirius_primitives::Height;
use sirius_store::{Fault, Snapshot, Store, sync::CHUNK_BYTES};
use tendermint_proto::v0_38::abci;
use thiserror::Error;

use crate::config;
pub(crate) use arriving::Arriving;
pub(crate) use contents::Contents;

/// Everything about snapshots that is not in the state.
pub(crate) struct Snapshots {
    stock: Stock<Contents, Snapshot>,
    /// The one that this node may begin from.
    pub(crate) joining: Joining<Arriving>,
}

/// Why no snapshot was taken.
#[derive(Debug, Error)]
enum TakeError {
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Snapshots {
    /// Opens the folder with what was taken before; without an interval there is none.
    pub(crate) fn open(config: &config::Config, pace: Pace) -> Result<Self, ShelfError> {
        let bytes = pace.chunk_bytes(CHUNK_BYTES);
        let put = move |shelf: &Shelf<Contents>, state: &Snapshot| take(shelf, state, bytes);
        let stock = Stock::open(&config.snapshots, config.shelf(), pace, put)?;
        Ok(Self { stock, joining: Joining::default() })
    }

    /// Takes a snapshot of the committed state when it is time for one.
    pub(crate) fn committed(&self, store: &Store) {
        let latest = store.latest();
        self.stock.committed(latest.height(), || latest);
    }

    /// The height from which on blocks are needed by those who begin from one of the snapshots offered, if any are.
    pub(crate) fn needed_from(&self, committed: Height) -> Option<Height> {
        self.stock.needed_from(committed)
    }

    /// The newest snapshots, newest first.
    pub(crate) fn list(&self) -> Vec<abci::Snapshot> {
        self.stock.list()
    }

    /// A chunk; empty when it is not there any more, which CometBFT tells its peer.
    pub(crate) fn chunk(&self, request: &abci::RequestLoadSnapshotChunk) -> Vec<u8> {
        self.stock.chunk(request)
    }
}

/// Takes the snapshot of a state in chunks of `bytes`, and gives how many they are.
fn take(shelf: &Shelf<Contents>, state: &Snapshot, bytes: usize) -> Result<usize, TakeError> {
    shelf.put(state.height(), |folder| {
        let mut export = state.export(bytes)?;
        for (index, chunk) in export.by_ref().enumerate() {
            folder.write(index, &chunk?)?;
        }
        Ok(Contents(export.manifest()))
    })
}
