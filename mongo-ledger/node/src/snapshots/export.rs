//! Reading a whole database out, chunk by chunk, while blocks go on.

use std::collections::BTreeMap;

use mongo_ledger_core::{
    log::{self, Nodes as _, Position},
    seal::{self, Facts},
    state,
    transaction::TransactionId,
};
use sirius_host::snapshots::ShelfError;
use sirius_primitives::{Hash, sha256};
use sirius_store::{Fault, Order, Snapshot, Store};
use thiserror::Error;
use tokio::runtime::Handle;

use super::{
    contents::{Contents, Texts},
    item::{self, Item},
};
use crate::{
    documents::{Collection, Documents, DocumentsError, Place},
    genesis::{self, Genesis},
    index::{BlockRow, Index, Powers},
};

/// Records that are read at a time.
const BATCH: u64 = 256;

/// Why a database cannot be read out.
#[derive(Debug, Error)]
pub(crate) enum ExportError {
    /// Where the chunks go.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// Where the chunks go, when that is a file.
    #[error(transparent)]
    Output(#[from] std::io::Error),
    /// The index.
    #[error(transparent)]
    Index(#[from] Fault),
    /// The document server, or a document that somebody changed: nothing is shipped that does not lead to the state.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
}

/// What is read out: a state, and the rows and documents that lead to it.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) store: &'a Store,
    /// The latest state of the store at some moment.
    pub(crate) state: &'a Snapshot,
    pub(crate) documents: &'a dyn Documents,
    pub(crate) runtime: &'a Handle,
}

/// A chunk on its way out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece<'a> {
    /// Its bytes.
    Bytes(&'a [u8]),
    /// The chunk of texts of an earlier snapshot with this number: its bytes are the same.
    Earlier(usize),
}

/// Where pieces go.
type Sink<'s> = dyn FnMut(Piece<'_>) -> Result<(), ExportError> + 's;

/// The full chunks of texts of an earlier snapshot: the log only grows, so that they are those of every later one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Earlier {
    /// The hash of each, and how many records the log has with it.
    pub(crate) chunks: Vec<(Hash, u64)>,
    /// The last block that is in them.
    pub(crate) block: u64,
}

/// The chunks of texts while they are filled.
struct Writer<'s> {
    sink: &'s mut Sink<'s>,
    /// Bytes with which a chunk is full.
    full: usize,
    items: Vec<Item>,
    bytes: usize,
    records: u64,
    /// The hash of each chunk, and how many records the log has with it.
    chunks: Vec<(Hash, u64)>,
}

impl Writer<'_> {
    fn push(&mut self, item: Item) -> Result<(), ExportError> {
        self.bytes = self.bytes.saturating_add(item.bytes());
        let is_record = matches!(item, Item::Record { .. });
        self.records = self.records.saturating_add(u64::from(is_record));
        self.items.push(item);
        // Behind a block its records are to come, if it has any: so a chunk says by its last block where the next begins.
        let begins = matches!(self.items.last(), Some(Item::Block(facts)) if facts.count > 0);
        match self.bytes >= self.full && !begins {
            true => self.close(),
            false => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), ExportError> {
        if self.items.is_empty() {
            return Ok(());
        }
        let bytes = item::write(&self.items);
        (self.sink)(Piece::Bytes(&bytes))?;
        self.chunks.push((sha256(&bytes), self.records));
        self.items.clear();
        self.bytes = 0;
        Ok(())
    }
}

impl Source<'_> {
    /// Gives every chunk to `sink`, in order, each full with `bytes` (at most those of a chunk of either kind), and says
    /// what they are. Those that an earlier snapshot has are not made again.
    ///
    /// # Errors
    /// See [`ExportError`].
    pub(crate) fn export(
        &self,
        bytes: usize,
        earlier: Earlier,
        mut sink: impl FnMut(Piece<'_>) -> Result<(), ExportError>,
    ) -> Result<Contents, ExportError> {
        let genesis = genesis::load(self.store)?.ok_or_else(|| damaged("there is no genesis"))?;
        let mut pairs = self.state.export(bytes)?;
        for chunk in pairs.by_ref() {
            sink(Piece::Bytes(&chunk?))?;
        }
        let state = pairs.manifest();
        let texts = self.texts(&genesis, bytes.min(item::CHUNK_BYTES), earlier, &mut sink)?;
        Ok(Contents { genesis, state, texts })
    }

    fn texts(
        &self,
        genesis: &Genesis,
        full: usize,
        Earlier { chunks, block: done }: Earlier,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Texts>, ExportError> {
        (0..chunks.len()).try_for_each(|index| sink(Piece::Earlier(index)))?;
        let records = chunks.last().map_or(0, |(_, records)| *records);
        let mut writer = Writer { sink, full, items: Vec::new(), bytes: 0, records, chunks };
        let validators: BTreeMap<u64, Powers> = Index(self.store).validators()?.into_iter().collect();
        let (mut sealed, mut before) = (seal::first(&genesis::bytes(genesis)), seal::NOTHING);
        for block in Index(self.store).all_blocks(Order::Ascending) {
            let (height, block) = block?;
            if height > self.state.height().0 {
                break;
            }
            let facts = facts(height, &block, before, validators.get(&height).cloned());
            (sealed, before) = (facts.upon(&sealed), block.app_hash);
            if height > done {
                writer.push(Item::Block(facts))?;
            }
            self.records(height, &block, &mut writer)?;
        }
        writer.close()?;
        if Some(sealed) != state::sealed().get(self.state)? {
            return Err(damaged("the rows of blocks do not lead to their chain in the state").into());
        }
        let size = state::head().get(self.state)?.unwrap_or_default().size;
        let text = |(hash, records): (Hash, u64)| {
            let proof = match records {
                0 => Vec::new(),
                records => log::consistency(&Index(self.store), records, size)?,
            };
            Ok(Texts { hash, records, proof })
        };
        writer.chunks.into_iter().map(text).collect()
    }

    /// Adds the texts of a block that are not there yet.
    fn records(&self, height: u64, block: &BlockRow, writer: &mut Writer<'_>) -> Result<(), ExportError> {
        let (mut first, end) = (block.first.max(writer.records), block.first.saturating_add(block.count));
        while first < end {
            let ids = Index(self.store).records(first, end.saturating_sub(first).min(BATCH))?;
            let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let found = self.runtime.block_on(self.documents.get(Collection::Transactions, &names))?;
            if ids.is_empty() {
                return Err(damaged(&format!("block {height} lacks records")).into());
            }
            for (id, found) in ids.iter().zip(found) {
                let place = found.map(|found| Place::read(&id.to_string(), &found)).transpose()?;
                let place = place.ok_or_else(|| changed(id, "is missing"))?;
                let record = place.placed().record;
                if record.leaf() != Index(self.store).node(Position { level: 0, index: first })? {
                    return Err(changed(id, "is not the record that the log has").into());
                }
                writer.push(Item::Record {
                    previous: record.previous,
                    raw: place.transaction.raw().to_owned(),
                })?;
                first = first.saturating_add(1);
            }
        }
        Ok(())
    }
}

/// What is sealed of a block that has a row.
fn facts(height: u64, block: &BlockRow, before: Hash, validators: Option<Powers>) -> Facts {
    let BlockRow { time, proposer, count, .. } = block.clone();
    Facts { height, time, proposer, before, count, validators }
}

fn changed(id: &TransactionId, what: &str) -> DocumentsError {
    DocumentsError::Changed { collection: Collection::Transactions, id: id.to_string(), what: what.into() }
}

fn damaged(detail: &str) -> Fault {
    Fault::Damaged { what: "the index", detail: detail.into() }
}
