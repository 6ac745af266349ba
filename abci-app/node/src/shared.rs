//! What the process' connections share: the state machine, the disk, and one lock each for blocks and the mempool.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use sirius_host::health::Pulse;
use sirius_primitives::Blocks;
use sirius_runtime::{App, Chain};
use sirius_store::{Disk, DiskOptions, Fault, Memory, Options, Store};
use thiserror::Error;

use crate::{
    block::BlockState,
    config::{Backend, Config},
    mempool::CheckState,
};

/// Why the state cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The store does not open.
    #[error("app.toml, store.path = {path}: {fault}")]
    Store {
        /// The folder.
        path: String,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// See the module's documentation.
///
/// Blocks and the mempool have a lock each and never take the other's while holding their own, except a commit, which
/// ends with making the mempool's state anew; CometBFT keeps the mempool quiet meanwhile. Queries take neither.
pub(crate) struct Shared {
    pub(crate) app: App,
    pub(crate) store: Store,
    pub(crate) keep_receipts: Blocks,
    pub(crate) counts: Counts,
    pub(crate) pulse: Arc<Pulse>,
    chain: RwLock<Option<Arc<Chain>>>,
    block: Mutex<BlockState>,
    check: Mutex<Option<CheckState>>,
}

impl Shared {
    pub(crate) fn open(config: &Config) -> Result<Self, OpenError> {
        let path = config.data();
        let refuse = |fault| OpenError::Store { path: path.display().to_string(), fault };
        let options = Options { keep_versions: config.store.keep_versions, ..Options::default() };
        let backend: Arc<dyn sirius_store::backend::Backend> = match config.store.backend {
            Backend::Disk => Arc::new(Disk::open(&path, DiskOptions::default()).map_err(refuse)?),
            Backend::Memory => Arc::new(Memory::new()),
        };
        let store = Store::open(backend, options).map_err(refuse)?;
        let chain = Chain::load(&store.latest()).map_err(refuse)?.map(Arc::new);
        Ok(Self {
            app: App::new(sirius_ledger::registry()),
            store,
            keep_receipts: config.receipts.keep_blocks,
            counts: Counts::default(),
            pulse: Arc::default(),
            chain: RwLock::new(chain),
            block: Mutex::default(),
            check: Mutex::default(),
        })
    }

    /// The chain; `None` before genesis.
    pub(crate) fn chain(&self) -> Option<Arc<Chain>> {
        self.chain.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The chain, of which CometBFT has told before it asks for anything else.
    pub(crate) fn known_chain(&self) -> Result<Arc<Chain>, Fault> {
        self.chain().ok_or_else(|| Fault::Contradiction("a call came before InitChain".into()))
    }

    pub(crate) fn set_chain(&self, chain: Chain) {
        *self.chain.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(chain));
    }

    /// A panic stops the process, so a poisoned lock is never met by anyone who goes on.
    pub(crate) fn block(&self) -> MutexGuard<'_, BlockState> {
        self.block.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn check(&self) -> MutexGuard<'_, Option<CheckState>> {
        self.check.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Numbers for the metrics.
#[derive(Default)]
pub(crate) struct Counts {
    txs: AtomicU64,
    refused: AtomicU64,
    reused: AtomicU64,
}

impl Counts {
    pub(crate) fn committed(&self, txs: usize, refused: usize, reused: bool) {
        let add = |counter: &AtomicU64, count: usize| {
            counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
        };
        add(&self.txs, txs);
        add(&self.refused, refused);
        add(&self.reused, usize::from(reused));
    }

    pub(crate) fn txs(&self) -> u64 {
        self.txs.load(Ordering::Relaxed)
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    pub(crate) fn reused(&self) -> u64 {
        self.reused.load(Ordering::Relaxed)
    }
}
