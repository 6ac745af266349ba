//! Blocks of transfers over many accounts, as the ledger writes them: each changes the sender's account and balance and
//! the receiver's balance. Everything follows from a seed.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sirius_primitives::sha256;
use sirius_store::{
    Changes, Disk, DiskOptions, Fault, Memory, Options, Prepared, Store,
    backend::{Backend, Batch, View},
};

use crate::redb::Redb;

/// Accounts that are made with one block while a store is filled.
const FILL: u64 = 25_000;

/// The databases that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Memory,
    Fjall,
    Redb,
}

impl Engine {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Fjall => "fjall",
            Self::Redb => "redb",
        }
    }

    pub(crate) fn open(self, folder: &Path) -> Arc<dyn Backend> {
        match self {
            Self::Memory => Arc::new(Memory::new()),
            Self::Fjall => Arc::new(Disk::open(folder, DiskOptions::default()).unwrap()),
            Self::Redb => Arc::new(Redb::open(&folder.join("redb")).unwrap()),
        }
    }
}

/// A backend that counts the bytes of what is committed.
pub(crate) struct Counted {
    inner: Arc<dyn Backend>,
    pub(crate) bytes: AtomicU64,
}

impl Counted {
    pub(crate) fn new(inner: Arc<dyn Backend>) -> Arc<Self> {
        Arc::new(Self { inner, bytes: AtomicU64::new(0) })
    }
}

impl Backend for Counted {
    fn view(&self) -> Result<Arc<dyn View>, Fault> {
        self.inner.view()
    }

    fn commit(&self, batch: Batch) -> Result<(), Fault> {
        let size = |record: sirius_store::backend::Record<'_>| {
            record.key.len() + record.value.map_or(0, <[u8]>::len)
        };
        self.bytes.fetch_add(batch.records().map(size).sum::<usize>() as u64, Ordering::Relaxed);
        self.inner.commit(batch)
    }
}

/// A chain of which blocks are made.
pub(crate) struct Chain {
    pub(crate) store: Store,
    accounts: u64,
    random: u64,
}

/// How long the two halves of a block took.
pub(crate) struct Cost {
    pub(crate) prepare: Duration,
    pub(crate) commit: Duration,
}

pub(crate) fn account(number: u64) -> Vec<u8> {
    [b"auth/account/".as_slice(), &sha256(&number.to_be_bytes()).as_bytes()[..20]].concat()
}

pub(crate) fn balance(number: u64) -> Vec<u8> {
    [b"bank/balance/".as_slice(), &sha256(&number.to_be_bytes()).as_bytes()[..20], b"/uxpx"].concat()
}

impl Chain {
    /// What `backend` holds, with so many accounts.
    pub(crate) fn open(backend: Arc<dyn Backend>, accounts: u64) -> Self {
        let store = Store::open(backend, Options::default()).unwrap();
        Self { store, accounts, random: 0x9e37_79b9_7f4a_7c15 }
    }

    /// The same, and the accounts are made.
    pub(crate) fn filled(backend: Arc<dyn Backend>, accounts: u64) -> Self {
        let chain = Self::open(backend, accounts);
        for first in (0..accounts).step_by(FILL as usize) {
            let numbers = first..(first + FILL).min(accounts);
            let pairs = numbers.flat_map(|number| {
                [(account(number), Some(vec![1; 46])), (balance(number), Some(vec![2; 16]))]
            });
            chain.store.commit(chain.prepare(&pairs.collect()), Vec::new()).unwrap();
        }
        chain
    }

    pub(crate) fn prepare(&self, changes: &Changes) -> Prepared {
        self.store.prepare(self.store.committed().height.next(), changes).unwrap()
    }

    /// What the next `transfers` transfers change.
    pub(crate) fn transfers(&mut self, transfers: u64) -> Changes {
        let mut changes = Changes::new();
        for _ in 0..transfers {
            let [from, to] = [self.draw(), self.draw()].map(|number| number % self.accounts);
            let [sequence, paid, got] = [self.draw(), self.draw(), self.draw()].map(u64::to_be_bytes);
            changes.insert(account(from), Some([&[0; 38], sequence.as_slice()].concat()));
            changes.insert(balance(from), Some([&[0; 8], paid.as_slice()].concat()));
            changes.insert(balance(to), Some([&[0; 8], got.as_slice()].concat()));
        }
        changes
    }

    /// Makes and commits `blocks` blocks of `transfers` transfers.
    pub(crate) fn blocks(&mut self, blocks: u64, transfers: u64) {
        for _ in 0..blocks {
            self.block(transfers);
        }
    }

    /// Makes and commits a block of `transfers` transfers.
    pub(crate) fn block(&mut self, transfers: u64) -> Cost {
        let changes = self.transfers(transfers);
        let start = Instant::now();
        let prepared = self.prepare(&changes);
        let prepare = start.elapsed();
        let start = Instant::now();
        self.store.commit(prepared, Vec::new()).unwrap();
        Cost { prepare, commit: start.elapsed() }
    }

    /// Xorshift: the same numbers in every run.
    fn draw(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}
