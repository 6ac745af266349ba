//! The other candidate: a copy-on-write B-tree (crate `redb`), behind the same trait, for comparison only.

use std::{ops::ControlFlow, path::Path, sync::Arc};

use redb::{Database, Durability, ReadTransaction, ReadableDatabase, TableDefinition};
use sirius_store::{
    Fault, Order, Span, Visit,
    backend::{Backend, Batch, Record, Space, View},
};

type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

fn table(space: Space) -> Table {
    TableDefinition::new(space.name())
}

/// Bytes of its cache: as much as the other candidate uses for blocks and buffers together.
const CACHE: usize = 64 << 20;

/// A database in one file.
pub(crate) struct Redb {
    database: Database,
}

struct RedbView {
    transaction: ReadTransaction,
}

fn refused(action: &'static str, error: impl std::fmt::Display) -> Fault {
    Fault::Disk { action, cause: error.to_string() }
}

impl Redb {
    /// Opens the file, or makes it.
    pub(crate) fn open(file: &Path) -> Result<Self, Fault> {
        let database = redb::Builder::new()
            .set_cache_size(CACHE)
            .create(file)
            .map_err(|error| refused("opening the database", error))?;
        let write = database.begin_write().map_err(|error| refused("making the tables", error))?;
        for space in Space::ALL {
            write.open_table(table(space)).map_err(|error| refused("making a table", error))?;
        }
        write.commit().map_err(|error| refused("making the tables", error))?;
        Ok(Self { database })
    }
}

impl Backend for Redb {
    fn view(&self) -> Result<Arc<dyn View>, Fault> {
        let transaction = self.database.begin_read().map_err(|error| refused("beginning to read", error))?;
        Ok(Arc::new(RedbView { transaction }))
    }

    fn commit(&self, batch: Batch) -> Result<(), Fault> {
        let mut write = self.database.begin_write().map_err(|error| refused("beginning a block", error))?;
        write.set_durability(Durability::Immediate).map_err(|error| refused("beginning a block", error))?;
        for space in Space::ALL {
            let mut records: Vec<_> = batch.records().filter(|record| record.space == space).collect();
            records.sort_by(|one, other| one.key.cmp(other.key));
            let mut table =
                write.open_table(table(space)).map_err(|error| refused("opening a table", error))?;
            for Record { key, value, .. } in records {
                match value {
                    Some(value) => table.insert(key, value).map(drop),
                    None => table.remove(key).map(drop),
                }
                .map_err(|error| refused("writing a record", error))?;
            }
        }
        write.commit().map_err(|error| refused("writing a block", error))
    }
}

impl View for RedbView {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let table =
            self.transaction.open_table(table(space)).map_err(|error| refused("opening a table", error))?;
        let found = table.get(key).map_err(|error| refused("reading a value", error))?;
        Ok(found.map(|value| value.value().to_vec()))
    }

    fn scan(&self, space: Space, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        if span.is_empty() {
            return Ok(());
        }
        let table =
            self.transaction.open_table(table(space)).map_err(|error| refused("opening a table", error))?;
        let mut pairs = match &span.to {
            Some(to) => table.range(span.from.as_slice()..to.as_slice()),
            None => table.range(span.from.as_slice()..),
        }
        .map_err(|error| refused("reading a range", error))?;
        loop {
            let pair = match order {
                Order::Ascending => pairs.next(),
                Order::Descending => pairs.next_back(),
            };
            let Some(pair) = pair else { return Ok(()) };
            let (key, value) = pair.map_err(|error| refused("reading a range", error))?;
            if visit(key.value(), value.value()) == ControlFlow::Break(()) {
                return Ok(());
            }
        }
    }
}
