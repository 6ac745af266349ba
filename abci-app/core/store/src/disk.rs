//! The backend that lasts: a log-structured tree (crate `fjall`) in one folder.

use std::{collections::BTreeMap, ops::ControlFlow, path::Path, sync::Arc};

use fjall::{
    Database, Guard, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode, Readable, Snapshot,
    compaction::Leveled,
    config::{
        BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry, PartitioningPolicy,
        PinningPolicy,
    },
};

use crate::{
    Fault, Order, Span, Visit,
    backend::{Backend, Batch, Record, Space, View},
};

/// How much memory and disk the database may use beyond what it stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskOptions {
    /// Bytes of recently read blocks that are kept in memory. Little is enough: the store above keeps pages.
    pub cache: u64,
    /// Bytes that the tree, its history and the rows each gather in memory before they are written out as a table;
    /// the other spaces gather a quarter of it.
    pub buffer: u64,
    /// Bytes of journal after which what keeps the oldest part of it needed is written out. Opening reads about this
    /// much again. At least 64 MiB.
    pub journal: u64,
}

impl Default for DiskOptions {
    fn default() -> Self {
        Self { cache: 8 << 20, buffer: 16 << 20, journal: LEAST_JOURNAL }
    }
}

/// The least that the database accepts as [`DiskOptions::journal`].
const LEAST_JOURNAL: u64 = 64 << 20;

/// Threads that write out and merge tables. A second one would spend its time asking for work while the first merges.
const WORKERS: usize = 1;

/// Tables that a space gathers before they are merged into what is there: each merge reads and writes the whole of
/// it again, and a look-up asks each table's filter.
const TABLES: u8 = 8;

/// Bytes of a table after a merge.
const TABLE: u64 = 32 << 20;

/// A database in one folder, which no other process can open meanwhile.
pub struct Disk {
    database: Database,
    spaces: Arc<BTreeMap<Space, Keyspace>>,
}

struct DiskView {
    snapshot: Snapshot,
    spaces: Arc<BTreeMap<Space, Keyspace>>,
}

impl Disk {
    /// Opens the database in `folder`, which is made when it is not there.
    ///
    /// # Errors
    /// The disk refuses, another process has it open, or what is there is no sound database of this kind.
    pub fn open(folder: &Path, options: DiskOptions) -> Result<Self, Fault> {
        let database = Database::builder(folder)
            .cache_size(options.cache)
            .max_journaling_size(options.journal.max(LEAST_JOURNAL))
            .worker_threads(WORKERS)
            .open()
            .map_err(|error| refused("opening the database", &error))?;
        let mut spaces = BTreeMap::new();
        for space in Space::ALL {
            let keyspace = database.keyspace(space.name(), || layout(space, &options));
            spaces.insert(space, keyspace.map_err(|error| refused("opening a space", &error))?);
        }
        Ok(Self { database, spaces: Arc::new(spaces) })
    }

    /// Bytes on disk, the journal included.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn size(&self) -> Result<u64, Fault> {
        self.database.disk_space().map_err(|error| refused("measuring the database", &error))
    }
}

/// How a space lies on disk.
fn layout(space: Space, options: &DiskOptions) -> KeyspaceCreateOptions {
    let merge = Leveled::default().with_l0_threshold(TABLES).with_table_target_size(TABLE);
    let large = KeyspaceCreateOptions::default()
        .max_memtable_size(options.buffer)
        .compaction_strategy(Arc::new(merge));
    let asked_by_key = FilterPolicy::all(FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(10.0)));
    match space {
        // Look-ups in random places decide how fast a block is: what tells where a page lies stays in memory, a page
        // that is asked for is there, and hashes do not compress.
        Space::Pages => large
            .filter_policy(asked_by_key)
            .filter_block_pinning_policy(PinningPolicy::all(true))
            .filter_block_partitioning_policy(PartitioningPolicy::all(false))
            .index_block_pinning_policy(PinningPolicy::all(true))
            .index_block_partitioning_policy(PartitioningPolicy::all(false))
            .data_block_compression_policy(CompressionPolicy::disabled())
            .expect_point_read_hits(true),
        Space::Rows => large.filter_policy(asked_by_key),
        // The rest is only ever walked through.
        Space::PageUndo => large.filter_policy(FilterPolicy::disabled()),
        Space::Keys | Space::KeyUndo | Space::Changed | Space::Meta => {
            large.filter_policy(FilterPolicy::disabled()).max_memtable_size(options.buffer / 4)
        }
    }
}

fn refused(action: &'static str, error: &fjall::Error) -> Fault {
    match error {
        fjall::Error::Locked => Fault::Disk { action, cause: "another process has it open".to_owned() },
        fjall::Error::JournalRecovery(_)
        | fjall::Error::InvalidVersion(_)
        | fjall::Error::Decompress(_)
        | fjall::Error::InvalidTrailer
        | fjall::Error::InvalidTag(_)
        | fjall::Error::Unrecoverable => Fault::Damaged { what: "the database", detail: error.to_string() },
        fjall::Error::Storage(storage) if !matches!(storage, fjall::LsmError::Io(_)) => {
            Fault::Damaged { what: "the database", detail: error.to_string() }
        }
        _ => Fault::Disk { action, cause: error.to_string() },
    }
}

fn keyspace(spaces: &BTreeMap<Space, Keyspace>, space: Space) -> &Keyspace {
    spaces.get(&space).expect("every space was opened")
}

impl Backend for Disk {
    fn view(&self) -> Result<Arc<dyn View>, Fault> {
        Ok(Arc::new(DiskView { snapshot: self.database.snapshot(), spaces: Arc::clone(&self.spaces) }))
    }

    fn commit(&self, batch: Batch) -> Result<(), Fault> {
        let mut write = OwnedWriteBatch::with_capacity(self.database.clone(), batch.len())
            .durability(Some(PersistMode::SyncData));
        for Record { space, key, value } in batch.records() {
            let keyspace = keyspace(&self.spaces, space);
            match value {
                Some(value) => write.insert(keyspace, key, value),
                None => write.remove(keyspace, key),
            }
        }
        write.commit().map_err(|error| refused("writing a block", &error))
    }
}

impl View for DiskView {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let found = self.snapshot.get(keyspace(&self.spaces, space), key);
        Ok(found.map_err(|error| refused("reading a record", &error))?.map(|value| value.to_vec()))
    }

    fn scan(&self, space: Space, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        if span.is_empty() {
            return Ok(());
        }
        let keyspace = keyspace(&self.spaces, space);
        let pairs = match &span.to {
            Some(to) => self.snapshot.range(keyspace, span.from.as_slice()..to.as_slice()),
            None => self.snapshot.range(keyspace, span.from.as_slice()..),
        };
        match order {
            Order::Ascending => show(pairs, visit),
            Order::Descending => show(pairs.rev(), visit),
        }
    }
}

fn show(pairs: impl Iterator<Item = Guard>, visit: &mut Visit<'_>) -> Result<(), Fault> {
    for pair in pairs {
        let (key, value) = pair.into_inner().map_err(|error| refused("reading a range", &error))?;
        if visit(&key, &value) == ControlFlow::Break(()) {
            break;
        }
    }
    Ok(())
}
