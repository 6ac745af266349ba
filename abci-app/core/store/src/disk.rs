//! The backend that lasts: a log-structured tree (crate `fjall`) in one folder.

use std::{collections::BTreeMap, ops::ControlFlow, path::Path, sync::Arc};

use fjall::{
    Database, Guard, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode, Readable, Snapshot,
    config::{
        BloomConstructionPolicy, CompressionPolicy, FilterPolicy, FilterPolicyEntry, PartitioningPolicy,
        PinningPolicy,
    },
};

use crate::{
    Fault, Order, Span, Visit,
    backend::{Backend, Batch, Record, Space, View},
};

/// The least that the database accepts as [`DiskOptions::journal`].
const LEAST_JOURNAL: u64 = 64 << 20;

/// Threads that write out and merge tables: one writes while the other merges.
const WORKERS: usize = 1;

/// How much memory and disk the database may use beyond what it stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskOptions {
    /// Bytes of recently read blocks that are kept in memory.
    pub cache: u64,
    /// Bytes that each space gathers in memory before they are written out as a table.
    pub buffer: u64,
    /// Bytes of journal after which the oldest spaces are written out; opening reads this much again. At least 64 MiB.
    pub journal: u64,
}

impl Default for DiskOptions {
    fn default() -> Self {
        Self { cache: 32 << 20, buffer: 16 << 20, journal: 64 << 20 }
    }
}

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
    /// The disk refuses, another process has it open, or what is there is no database of this kind.
    pub fn open(folder: &Path, options: DiskOptions) -> Result<Self, Fault> {
        let database = Database::builder(folder)
            .cache_size(std::env::var("BC").map_or(16u64, |v| v.parse().unwrap())<<20)
            .max_journaling_size(options.journal.max(LEAST_JOURNAL))
            .worker_threads(std::env::var("WT").map_or(WORKERS, |v| v.parse().unwrap()))
            .open()
            .map_err(|error| refused("opening the database", &error))?;
        let mut spaces = BTreeMap::new();
        for space in Space::ALL {
            let keyspace = database.keyspace(space.name(), || layout(space, &options));
            spaces.insert(space, keyspace.map_err(|error| refused("opening a space", &error))?);
        }
        Ok(Self { database, spaces: Arc::new(spaces) })
    }
}

/// How a space lies on disk.
fn layout(space: Space, options: &DiskOptions) -> KeyspaceCreateOptions {
    let env = |n: &str, d: u64| std::env::var(n).map_or(d, |v| v.parse().unwrap());
    let common = KeyspaceCreateOptions::default().max_memtable_size(env("MT", 4) << 20);
    let asked_by_key = FilterPolicyEntry::Bloom(BloomConstructionPolicy::BitsPerKey(10.0));
    let leveled = |t: &str, d| Arc::new(fjall::compaction::Leveled::default().with_l0_threshold(env(t, d) as u8).with_table_target_size(env("TS", 32) << 20));
    match space {
        // Random look-ups decide how fast a block is: what tells where a page lies stays in memory, a page that is
        // asked for is nearly always there, and hashes do not compress.
        Space::Pages => common
            .max_memtable_size(env("MP", 24) << 20)
            .compaction_strategy(leveled("LP", 8))
            .data_block_compression_policy(CompressionPolicy::disabled())
            .filter_policy(FilterPolicy::all(asked_by_key))
            .filter_block_pinning_policy(PinningPolicy::all(true))
            .filter_block_partitioning_policy(PartitioningPolicy::all(false))
            .index_block_pinning_policy(PinningPolicy::all(true))
            .index_block_partitioning_policy(PartitioningPolicy::all(false))
            .expect_point_read_hits(true),
        Space::Rows => common.filter_policy(FilterPolicy::all(asked_by_key)),
        // These are only ever walked through.
        Space::PageUndo | Space::Keys | Space::KeyUndo | Space::Changed | Space::Meta => {
            common.filter_policy(FilterPolicy::disabled()).max_memtable_size(env("MU", 16) << 20)
            .compaction_strategy(leveled("LU", 8))
        }
    }
}

fn refused(action: &'static str, error: &fjall::Error) -> Fault {
    Fault::Disk { action, cause: error.to_string() }
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
        Ok(found.map_err(|error| refused("reading a value", &error))?.map(|value| value.to_vec()))
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
        let mut show = |pair: Guard| -> Result<ControlFlow<()>, Fault> {
            let (key, value) = pair.into_inner().map_err(|error| refused("reading a range", &error))?;
            Ok(visit(&key, &value))
        };
        let mut walk = |pairs: &mut dyn Iterator<Item = Guard>| {
            for pair in pairs {
                if show(pair)? == ControlFlow::Break(()) {
                    break;
                }
            }
            Ok(())
        };
        match order {
            Order::Ascending => walk(&mut { pairs }),
            Order::Descending => walk(&mut pairs.rev()),
        }
    }
}
