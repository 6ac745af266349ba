//! What the process' connections share: the state machine, the disk, and one lock each for blocks and the mempool.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use sirius_host::{
    health::Pulse,
    snapshots::{Pace, ShelfError},
};
use sirius_ledger::consensus::upgrade::{Misfit, misfit};
use sirius_primitives::{Blocks, Height};
use sirius_runtime::{App, Chain};
use sirius_store::{Disk, DiskOptions, Fault, Memory, Options, Store, backend::Backend};
use thiserror::Error;

use crate::{
    check::CheckState,
    config::{self, Config},
    halt::Halts,
    pending::BlockState,
    snapshots::Snapshots,
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
    /// The folder of snapshots cannot be used.
    #[error("app.toml, snapshots.path: {0}")]
    Snapshots(#[from] ShelfError),
    /// This program is not the one for this state.
    #[error(transparent)]
    Misfit(#[from] Misfit),
}

/// See the module's documentation.
///
/// Blocks and the mempool have a lock each and never take the other's while holding their own, except a commit, which
/// ends with making the mempool's state anew; CometBFT keeps the mempool quiet meanwhile. Queries take neither.
pub(crate) struct Shared {
    pub(crate) app: App,
    pub(crate) store: Store,
    pub(crate) snapshots: Snapshots,
    pub(crate) halts: Halts,
    pub(crate) keep_receipts: Blocks,
    pub(crate) retain_blocks: Blocks,
    pub(crate) counts: Counts,
    pub(crate) pulse: Arc<Pulse>,
    chain: RwLock<Option<Arc<Chain>>>,
    block: Mutex<BlockState>,
    check: Mutex<Option<CheckState>>,
}

impl Shared {
    pub(crate) fn open(config: &Config) -> Result<Self, OpenError> {
        Self::over(backend(config)?, config, Pace::Aside)
    }

    pub(crate) fn over(backend: Arc<dyn Backend>, config: &Config, pace: Pace) -> Result<Self, OpenError> {
        let refuse = |fault| refused(config, fault);
        let store = over_backend(backend, config)?;
        let (app, latest) = (App::new(sirius_ledger::registry()), store.latest());
        let chain = Chain::load(&latest).map_err(refuse)?.map(Arc::new);
        if latest.height() != Height::ZERO
            && let Some(misfit) = misfit(app.registry(), &latest, latest.height().next()).map_err(refuse)?
        {
            return Err(misfit.into());
        }
        Ok(Self {
            app,
            store,
            snapshots: Snapshots::open(config, pace)?,
            halts: Halts::new(config.last_height(), config.data()),
            keep_receipts: config.receipts.keep_blocks,
            retain_blocks: config.store.retain_blocks,
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

/// Opens the state alone, for a look at it.
pub(crate) fn open_store(config: &Config) -> Result<Store, OpenError> {
    over_backend(backend(config)?, config)
}

fn backend(config: &Config) -> Result<Arc<dyn Backend>, OpenError> {
    Ok(match config.store.backend {
        config::Backend::Disk => {
            let disk = Disk::open(&config.data(), DiskOptions::default());
            Arc::new(disk.map_err(|fault| refused(config, fault))?)
        }
        config::Backend::Memory => Arc::new(Memory::new()),
    })
}

fn over_backend(backend: Arc<dyn Backend>, config: &Config) -> Result<Store, OpenError> {
    let options = Options { keep_versions: config.store.keep_versions, ..Options::default() };
    Store::open(backend, options).map_err(|fault| refused(config, fault))
}

fn refused(config: &Config, fault: Fault) -> OpenError {
    OpenError::Store { path: config.data().display().to_string(), fault }
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
