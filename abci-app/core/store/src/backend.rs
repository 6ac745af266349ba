//! What the store asks of whatever keeps its bytes: a snapshot to read, and one atomic durable write a block.

use std::{collections::BTreeMap, sync::Arc};

use crate::{Fault, Order, Span, Visit};

/// A table of the database below. Each is ordered by its keys' bytes and knows nothing of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// The latest state: key → value.
    Values,
    /// The latest tree: path of a page → its sixteen children.
    Pages,
    /// What a block replaced among the values: key and height → the value before, or that there was none.
    ValueUndo,
    /// What a block replaced in the tree: group of pages and height → the children before.
    PageUndo,
    /// Height → the records of both kinds of undo that this block wrote, for pruning.
    Changed,
    /// The committed height, what is kept, and the root of every kept height.
    Meta,
    /// Rows of the store's owner, outside the proven state: receipts, for instance.
    Rows,
}

impl Space {
    /// Every space.
    pub const ALL: [Self; 7] =
        [Self::Values, Self::Pages, Self::ValueUndo, Self::PageUndo, Self::Changed, Self::Meta, Self::Rows];

    /// The table's name on disk.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Pages => "pages",
            Self::ValueUndo => "value_undo",
            Self::PageUndo => "page_undo",
            Self::Changed => "changed",
            Self::Meta => "meta",
            Self::Rows => "rows",
        }
    }
}

/// What becomes of one key: its new bytes, or `None` where it is removed.
pub type Record = (Vec<u8>, Option<Vec<u8>>);

/// Everything that one commit writes. Of two records with the same space and key the later one counts.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    records: BTreeMap<Space, Vec<Record>>,
}

impl Batch {
    /// Puts `value` under `key`.
    pub fn put(&mut self, space: Space, key: Vec<u8>, value: Vec<u8>) {
        self.push(space, (key, Some(value)));
    }

    /// Removes what is under `key`; nothing happens when there is nothing.
    pub fn remove(&mut self, space: Space, key: Vec<u8>) {
        self.push(space, (key, None));
    }

    /// Adds a record.
    pub fn push(&mut self, space: Space, record: Record) {
        self.records.entry(space).or_default().push(record);
    }

    /// The records of each space, in the order they were added.
    pub fn into_records(self) -> BTreeMap<Space, Vec<Record>> {
        self.records
    }

    /// The records of each space, in the order they were added.
    pub fn records(&self) -> &BTreeMap<Space, Vec<Record>> {
        &self.records
    }
}

/// A place that keeps bytes.
pub trait Backend: Send + Sync + 'static {
    /// What is committed now. Later commits do not change a view.
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
