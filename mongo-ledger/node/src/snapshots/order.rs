//! Texts in the order of the log, read from a server that gives them in an order of its own.
//!
//! ```text
//! server ── stream, almost in order ──▶ window, bounded ── the next record ──▶
//!    └───── by _id: what the stream has not brought when it ends or the window is full ───▲
//! ```

use std::{
    collections::BTreeMap,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::Scope,
};

use futures::TryStreamExt as _;
use mongo_ledger_core::{
    log::{Nodes as _, Position},
    transaction::TransactionId,
};
use tracing::warn;

use super::{
    source::{ExportError, Source, damaged},
    text::{FIELDS, Text},
};
use crate::{
    documents::{Collection, DocumentsError, Place},
    index::Index,
};

/// Bytes of texts that wait in the window for those before them, at most about.
const WINDOW: usize = 32 << 20;
/// Texts that are read ahead of the window: while they are put in order, the server goes on.
const AHEAD: usize = 64;
/// Texts that are looked up by `_id` at a time.
const BATCH: u64 = 256;
/// A text that is looked up by `_id` costs as much as about so many of a stream. Where fewer are wanted than one in so
/// many, each is looked up.
const LOOKUP: u64 = 8;

/// See the module's documentation.
pub(crate) struct InOrder<'a> {
    source: Source<'a>,
    /// Texts of the server's order; `None` when all are looked up.
    stream: Option<Receiver<Text>>,
    /// Texts of the log by their index.
    window: BTreeMap<u64, Text>,
    /// Bytes of the window.
    bytes: usize,
    /// Bytes with which it is full.
    full: usize,
    /// How many records the log has.
    size: u64,
}

impl<'a> InOrder<'a> {
    /// The texts of a log of `size` records from `first` on. A thread of `scope` reads the server's stream; it ends with
    /// that, or when this is dropped.
    pub(super) fn begin<'s>(source: Source<'a>, scope: &'s Scope<'s, '_>, (first, size): (u64, u64)) -> Self
    where
        'a: 's,
    {
        let wanted = size.saturating_sub(first);
        let stream = (wanted.saturating_mul(LOOKUP) >= size).then(|| {
            let (to, texts) = sync_channel(AHEAD);
            scope.spawn(move || stream(source, &to));
            texts
        });
        Self::new(source, stream, (WINDOW, size))
    }

    /// The texts of a log of `size` records, in a window that is full with so many bytes.
    pub(crate) fn new(
        source: Source<'a>,
        stream: Option<Receiver<Text>>,
        (full, size): (usize, u64),
    ) -> Self {
        Self { source, stream, window: BTreeMap::new(), bytes: 0, full, size }
    }

    /// The text of a record; afterwards those of later records alone can be asked for.
    ///
    /// # Errors
    /// There is none that is the log's, or index or server do not answer.
    pub(crate) fn take(&mut self, index: u64) -> Result<Text, ExportError> {
        loop {
            if let Some(text) = self.window.remove(&index) {
                self.bytes = self.bytes.saturating_sub(text.bytes());
                return Ok(text);
            }
            let has_room = self.bytes < self.full;
            match self.stream.as_ref().filter(|_| has_room).and_then(|stream| stream.recv().ok()) {
                Some(text) => self.keep(text, index)?,
                None => self.look_up(index)?,
            }
        }
    }

    /// Keeps a text of the stream when it is one of the log's that is still to come; anybody may have put others there.
    fn keep(&mut self, text: Text, next: u64) -> Result<(), ExportError> {
        if text.index < next || text.index >= self.size || !self.is_of_log(&text)? {
            return Ok(());
        }
        self.put(text);
        Ok(())
    }

    fn is_of_log(&self, text: &Text) -> Result<bool, ExportError> {
        let position = Position { level: 0, index: text.index };
        Ok(text.leaf == Index(self.source.store).node(position)?)
    }

    fn put(&mut self, text: Text) {
        self.bytes = self.bytes.saturating_add(text.bytes());
        if let Some(before) = self.window.insert(text.index, text) {
            self.bytes = self.bytes.saturating_sub(before.bytes());
        }
    }

    /// Looks a record's text up, and with it those behind it that are not there either.
    fn look_up(&mut self, first: u64) -> Result<(), ExportError> {
        let count = self.size.saturating_sub(first).min(BATCH);
        let ids = Index(self.source.store).records(first, count)?;
        let missing = (first..).zip(ids).filter(|(index, _)| !self.window.contains_key(index));
        let missing: Vec<(u64, TransactionId)> = missing.collect();
        if missing.first().is_none_or(|(index, _)| *index != first) {
            return Err(damaged(&format!("the log has no record {first}")).into());
        }
        let names: Vec<String> = missing.iter().map(|(_, id)| id.to_string()).collect();
        let Source { documents, runtime, .. } = self.source;
        let found = runtime.block_on(documents.get(Collection::Transactions, &names))?;
        for (((index, _), name), found) in missing.iter().zip(&names).zip(found) {
            let found = found.ok_or_else(|| changed(name, "is missing"))?;
            let text = Text::from(Place::read(name, &found)?);
            if text.index != *index || !self.is_of_log(&text)? {
                return Err(changed(name, "is not the record that the log has").into());
            }
            self.put(text);
        }
        Ok(())
    }
}

/// Reads the server's stream to its end. Where it breaks off, the rest is looked up: whether that works says what is
/// wrong.
fn stream(source: Source<'_>, to: &SyncSender<Text>) {
    let read = async {
        let mut documents = source.documents.stream(Collection::Transactions, &FIELDS);
        while let Some(document) = documents.try_next().await? {
            let Some(text) = Text::read(document) else { continue };
            if to.send(text).is_err() {
                break;
            }
        }
        Ok::<(), DocumentsError>(())
    };
    if let Err(error) = source.runtime.block_on(read) {
        warn!(%error, "texts are looked up one by one");
    }
}

fn changed(id: &str, what: &str) -> DocumentsError {
    DocumentsError::Changed { collection: Collection::Transactions, id: id.into(), what: what.into() }
}
