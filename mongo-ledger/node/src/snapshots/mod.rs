//! State sync of a database: snapshots that this node takes for others, and the one that it may begin from itself.
//!
//! A snapshot is the proven state, and every text in the order of the log with what blocks say beside it. Everything
//! else, documents and look-up tables, follows from these and is made again. What is believed, and why:
//!
//! | part | proven by |
//! |---|---|
//! | the state: outputs, assets, validators, elections, the log's head | the app hash that CometBFT's light client trusts, chunk by chunk |
//! | texts, their order and their blocks | the log's head: each chunk's log is the beginning of it (RFC 6962), before a byte is written |
//! | time, proposer and app hash of blocks, past validators, what the chain began from | the chain of blocks in the state ([`mongo_ledger_core::seal`]), with the last chunk |
//! | that a document is what follows | nobody: this node makes it itself |
//!
//! Not in a snapshot: CometBFT's blocks, so that what happened before it cannot be asked of this node's CometBFT.

mod arriving;
mod contents;
mod export;
mod file;
mod item;
mod portion;
mod restore;

use std::sync::Arc;

use sirius_host::snapshots::{Joining, Manifest as _, Pace, Shelf, ShelfError, Stock, retained};
use sirius_primitives::{Blocks, Height};
use sirius_store::{Snapshot, sync::CHUNK_BYTES};
use tendermint_proto::v0_38::abci;

use crate::{config::Config, ledger::Ledger};
pub(crate) use arriving::Arriving;
pub(crate) use contents::{Contents, FORMAT};
use export::{Earlier, Piece};
pub(crate) use export::{ExportError, Source};
pub(crate) use file::{Export, write};
pub(crate) use item::Item;
#[cfg(test)]
pub(crate) use {
    file::FileError,
    item::{read as read_items, write as write_items},
};

/// Everything about snapshots that is not in the ledger.
#[derive(Default)]
pub(crate) struct Snapshots {
    stock: Stock<Contents, (Arc<Ledger>, Snapshot)>,
    joining: Joining<Arriving>,
    /// How many blocks CometBFT keeps at least; 0 keeps them all.
    retain: Blocks,
}

impl Snapshots {
    /// Opens the folder with what was taken before; without an interval there is none.
    pub(crate) fn open(config: &Config, pace: Pace) -> Result<Self, ShelfError> {
        let bytes = pace.chunk_bytes(CHUNK_BYTES);
        let put = move |shelf: &Shelf<Contents>, (ledger, state): &(Arc<Ledger>, Snapshot)| {
            take(shelf, ledger, state, bytes)
        };
        let stock = Stock::open(&config.snapshots, config.shelf(), pace, put)?;
        Ok(Self { stock, joining: Joining::default(), retain: config.index.retain_blocks })
    }

    /// Takes a snapshot of the committed state when it is time for one.
    pub(crate) fn committed(&self, ledger: &Arc<Ledger>) {
        let latest = ledger.store.latest();
        self.stock.committed(latest.height(), || (Arc::clone(ledger), latest));
    }

    /// The lowest height whose block CometBFT is to keep; 0 keeps them all. Evidence it looks after itself: it keeps what
    /// its pool needs, whatever is answered here.
    pub(crate) fn retain_height(&self, ledger: &Ledger) -> Height {
        let committed = ledger.store.committed().height;
        retained(committed, self.retain, self.retain, self.stock.needed_from(committed))
    }

    /// The newest snapshots, newest first.
    pub(crate) fn list(&self) -> Vec<abci::Snapshot> {
        self.stock.list()
    }

    /// A chunk; empty when it is not there any more, which CometBFT tells its peer.
    pub(crate) fn chunk(&self, request: &abci::RequestLoadSnapshotChunk) -> Vec<u8> {
        self.stock.chunk(request)
    }

    /// The height of the newest snapshot; 0 when there is none.
    pub(crate) fn newest(&self) -> u64 {
        self.stock.newest().map_or(0, |height| height.0)
    }
}

/// Takes the snapshot of a state in chunks of `bytes`, and gives how many they are.
fn take(
    shelf: &Shelf<Contents>,
    ledger: &Ledger,
    state: &Snapshot,
    bytes: usize,
) -> Result<usize, ExportError> {
    let source =
        Source { store: &ledger.store, state, documents: &*ledger.documents, runtime: &ledger.runtime };
    let (from, earlier) = earlier(shelf, state.height()).unwrap_or_default();
    shelf.put(state.height(), |folder| {
        let mut index = 0_usize;
        source.export(bytes, earlier, |piece| {
            match piece {
                Piece::Bytes(chunk) => folder.write(index, chunk)?,
                Piece::Earlier(text) => {
                    let (height, states) = from;
                    folder.take_over(index, height, states.saturating_add(text))?;
                }
            }
            index = index.saturating_add(1);
            Ok(())
        })
    })
}

/// The full chunks of texts of the newest snapshot, its height and how many chunks of state are before them.
fn earlier(shelf: &Shelf<Contents>, below: Height) -> Option<((Height, usize), Earlier)> {
    let newest = shelf.newest_manifest().filter(|newest| newest.height() < below)?;
    let states = newest.state.chunks.len();
    // The last one is not full, and ends somewhere else in the next snapshot.
    let (_, full) = newest.texts.split_last()?;
    let last = u32::try_from(states.saturating_add(full.len()).checked_sub(1)?).ok()?;
    full.last()?;
    let items = item::read(&shelf.chunk(newest.height(), FORMAT, last)?)?;
    // A chunk within a block of many chunks has none of its own: such a one is made again.
    let block = items.iter().rev().find_map(|item| match item {
        Item::Block(facts) => Some(facts.height),
        Item::Record { .. } => None,
    })?;
    let chunks = full.iter().map(|text| (text.hash, text.records)).collect();
    Some(((newest.height(), states), Earlier { chunks, block }))
}
