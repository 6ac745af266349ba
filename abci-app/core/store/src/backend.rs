//! What the store asks of whatever keeps its bytes: a snapshot to read, and one atomic durable write a block.

use std::sync::Arc;

use crate::{Fault, Order, Span, Visit};

/// A table of the database below. Each is ordered by its keys' bytes and knows nothing of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// The latest state: path of a page of the tree → its sixteen children, keys and values among them.
    Pages,
    /// What a block replaced in the pages: group of pages and height → the children before.
    PageUndo,
    /// The latest keys in their own order, with nothing under them.
    Keys,
    /// What a block changed among the keys: key and height → whether it was there before.
    KeyUndo,
    /// Height → the records of both kinds of undo that this block wrote, for pruning.
    Changed,
    /// The committed height and the root of every kept height.
    Meta,
    /// Rows of the store's owner, outside the proven state: receipts, for instance.
    Rows,
}

impl Space {
    /// Every space.
    pub const ALL: [Self; 7] =
        [Self::Pages, Self::PageUndo, Self::Keys, Self::KeyUndo, Self::Changed, Self::Meta, Self::Rows];

    /// The table's name on disk.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::PageUndo => "page_undo",
            Self::Keys => "keys",
            Self::KeyUndo => "key_undo",
            Self::Changed => "changed",
            Self::Meta => "meta",
            Self::Rows => "rows",
        }
    }
}

/// Everything that one commit writes. Of two records with the same space and key the later one counts.
///
/// The bytes of all records lie one after the other, so that a block of many small records costs few allocations.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    chunks: Vec<Chunk>,
}

/// What becomes of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where the key lies.
    pub space: Space,
    /// The key.
    pub key: &'a [u8],
    /// Its new bytes, or `None` where it is removed.
    pub value: Option<&'a [u8]>,
}

#[derive(Debug, Clone, Default)]
struct Chunk {
    bytes: Vec<u8>,
    records: Vec<Extent>,
}

/// The lengths of one record, which begins where the one before ends.
#[derive(Debug, Clone, Copy)]
struct Extent {
    space: Space,
    key: usize,
    value: Option<usize>,
}

impl Batch {
    /// An empty batch with room for so many records and bytes.
    pub fn with_capacity(records: usize, bytes: usize) -> Self {
        let chunk = Chunk { bytes: Vec::with_capacity(bytes), records: Vec::with_capacity(records) };
        Self { chunks: vec![chunk] }
    }

    /// Puts `value` under `key`.
    pub fn put(&mut self, space: Space, key: &[u8], value: &[u8]) {
        self.put_with(space, |bytes| bytes.extend_from_slice(key), |bytes| bytes.extend_from_slice(value));
    }

    /// Puts what `value` appends under what `key` appends.
    pub fn put_with(
        &mut self,
        space: Space,
        key: impl FnOnce(&mut Vec<u8>),
        value: impl FnOnce(&mut Vec<u8>),
    ) {
        let Chunk { bytes, records } = self.chunk();
        let key = appended(bytes, key);
        let value = Some(appended(bytes, value));
        records.push(Extent { space, key, value });
    }

    /// Removes what is under `key`; nothing happens when there is nothing.
    pub fn remove(&mut self, space: Space, key: &[u8]) {
        let Chunk { bytes, records } = self.chunk();
        bytes.extend_from_slice(key);
        records.push(Extent { space, key: key.len(), value: None });
    }

    /// Adds everything of another batch behind what is here.
    pub fn append(&mut self, other: Self) {
        self.chunks.extend(other.chunks);
    }

    /// The records, in the order in which they were added.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.chunks.iter().flat_map(|chunk| {
            let mut rest = chunk.bytes.as_slice();
            chunk.records.iter().map(move |extent| {
                let Extent { space, key, value } = *extent;
                let key = take(&mut rest, key);
                Record { space, key, value: value.map(|length| take(&mut rest, length)) }
            })
        })
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.records.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn chunk(&mut self) -> &mut Chunk {
        if self.chunks.is_empty() {
            self.chunks.push(Chunk::default());
        }
        self.chunks.last_mut().expect("there is one by now")
    }
}

/// How many bytes `append` appends.
fn appended(bytes: &mut Vec<u8>, append: impl FnOnce(&mut Vec<u8>)) -> usize {
    let start = bytes.len();
    append(bytes);
    bytes.len().saturating_sub(start)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (front, rest) = bytes.split_at_checked(length).unwrap_or_default();
    *bytes = rest;
    front
}

/// A place that keeps bytes.
pub trait Backend: Send + Sync + 'static {
    /// What is committed now. Later commits do not change a view; they may stay in memory until it is dropped, so that none
    /// is to be kept for long.
    ///
    /// # Errors
    /// The disk refuses.
    fn view(&self) -> Result<Arc<dyn View>, Fault>;

    /// Writes the whole batch or nothing of it. When this returns without error the batch survives a loss of power.
    ///
    /// # Errors
    /// The disk refuses; whether the batch is there is then known only after opening the database again.
    fn commit(&self, batch: Batch) -> Result<(), Fault>;
}

/// The bytes as they were at one moment.
pub trait View: Send + Sync {
    /// The bytes under `key`.
    ///
    /// # Errors
    /// The disk refuses.
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// Shows each pair of `span` in `order` to `visit` until it breaks. `visit` may read from this view.
    ///
    /// # Errors
    /// The disk refuses.
    fn scan(&self, space: Space, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault>;
}

/// The view before anything counts, which nothing that is written has to be kept for.
pub(crate) struct Nothing;

impl View for Nothing {
    fn get(&self, _: Space, _: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(None)
    }

    fn scan(&self, _: Space, _: &Span, _: Order, _: &mut Visit<'_>) -> Result<(), Fault> {
        Ok(())
    }
}
