//! Reading a whole database out, chunk by chunk, while blocks go on.

use std::{collections::BTreeMap, thread};

use mongo_ledger_core::{
    log,
    seal::{self, Facts},
    state,
};
use sirius_primitives::{Hash, sha256};
use sirius_store::Order;

use super::{
    contents::{Contents, Texts},
    item::{self, Item},
    order::InOrder,
    source::{ExportError, Source, damaged},
    text::Text,
};
use crate::{
    genesis::{self, Genesis},
    index::{BlockRow, Index, Powers},
};

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
        let size = state::head().get(self.state)?.unwrap_or_default().size;
        let sealed = thread::scope(|scope| {
            let texts = InOrder::begin(*self, scope, (records, size));
            self.blocks(genesis, done, texts, &mut writer)
        })?;
        if Some(sealed) != state::sealed().get(self.state)? {
            return Err(damaged("the rows of blocks do not lead to their chain in the state").into());
        }
        let text = |(hash, records): (Hash, u64)| {
            let proof = match records {
                0 => Vec::new(),
                records => log::consistency(&Index(self.store), records, size)?,
            };
            Ok(Texts { hash, records, proof })
        };
        writer.chunks.into_iter().map(text).collect()
    }

    /// Adds the blocks behind the block `done`, each with the records that are not there yet, and gives what their chain
    /// comes to.
    fn blocks(
        &self,
        genesis: &Genesis,
        done: u64,
        mut texts: InOrder<'_>,
        writer: &mut Writer<'_>,
    ) -> Result<Hash, ExportError> {
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
            for index in block.first.max(writer.records)..block.first.saturating_add(block.count) {
                let Text { previous, raw, .. } = texts.take(index)?;
                writer.push(Item::Record { previous, raw })?;
            }
        }
        writer.close()?;
        Ok(sealed)
    }
}

/// What is sealed of a block that has a row.
fn facts(height: u64, block: &BlockRow, before: Hash, validators: Option<Powers>) -> Facts {
    let BlockRow { time, proposer, count, .. } = block.clone();
    Facts { height, time, proposer, before, count, validators }
}
