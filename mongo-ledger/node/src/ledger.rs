//! What the process' connections share: the index, the documents, and one lock each for blocks and the mempool.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use mongo_ledger_core::{
    json::Limits,
    settings::Settings,
    state::{self, STORE},
};
use sirius_host::health::Pulse;
use sirius_store::{Disk, DiskOptions, Fault, Options, Read, Store, backend::Backend};
use tokio::{runtime::Handle, sync::broadcast};

use crate::{
    anchor::Progress,
    check::CheckState,
    config::Config,
    documents::{Documents, DocumentsError},
    feed::Committed,
    genesis::{self, Genesis},
    payload::Payloads,
    pending::BlockState,
    seen::Seen,
};

/// How many blocks a reader of the feed may lag behind before it has to read them from the ledger.
const FEED: usize = 256;
/// After which time people are told that the document server has not answered yet.
const SLOW: Duration = Duration::from_secs(3);
/// How long one attempt to write a block may take.
const ATTEMPT: Duration = Duration::from_secs(60);
/// The wait before the second attempt; each next one doubles it.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
/// The longest wait.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// Bytes of the proven state that are kept in memory.
const PAGES: usize = 48 << 20;
/// Bytes that each large space of the index gathers in memory before it writes a table.
const BUFFER: u64 = 8 << 20;

/// See the module's documentation.
///
/// Blocks and the mempool have a lock each; who needs both takes the mempool's first. Questions take neither.
pub struct Ledger {
    /// The proven state and the look-up tables.
    pub(crate) store: Store,
    pub(crate) documents: Arc<dyn Documents>,
    pub(crate) runtime: Handle,
    pub(crate) seen: Seen,
    pub(crate) payloads: Payloads,
    pub(crate) counts: Counts,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) feed: broadcast::Sender<Arc<Committed>>,
    /// What the metrics say of anchoring.
    pub(crate) anchor: Progress,
    /// Set when the process is asked to end.
    pub(crate) stopping: AtomicBool,
    /// What is wrong at the moment and may pass.
    trouble: Mutex<Option<String>>,
    genesis: RwLock<Option<Arc<Genesis>>>,
    block: Mutex<BlockState>,
    check: Mutex<Option<CheckState>>,
}

/// Opens the index in the folder that `config` names.
pub(crate) fn open_store(config: &Config) -> Result<Store, Fault> {
    let backend: Arc<dyn Backend> =
        Arc::new(Disk::open(&config.data(), DiskOptions { buffer: BUFFER, ..DiskOptions::default() })?);
    Store::open(backend, options(config))
}

/// How an index is kept.
pub(crate) fn options(config: &Config) -> Options {
    let keep_versions = config.index.keep_versions;
    Options { name: STORE.into(), keep_versions, page_cache: PAGES }
}

/// How large a transaction may be upon a state, and how deep.
///
/// # Errors
/// The state cannot be read.
pub(crate) fn limits(state: &impl Read) -> Result<Limits, Fault> {
    Ok(allowed(&state::settings().get(state)?.unwrap_or_default()))
}

fn allowed(settings: &Settings) -> Limits {
    Limits { bytes: usize::try_from(settings.transaction_bytes).unwrap_or(usize::MAX), ..Limits::default() }
}

impl Ledger {
    /// A ledger whose index and documents agree.
    pub(crate) fn new(store: Store, documents: Arc<dyn Documents>, runtime: Handle) -> Result<Self, Fault> {
        let genesis = genesis::load(&store)?.map(Arc::new);
        Ok(Self {
            store,
            documents,
            runtime,
            seen: Seen::default(),
            payloads: Payloads::default(),
            counts: Counts::default(),
            pulse: Arc::default(),
            feed: broadcast::channel(FEED).0,
            anchor: Progress::default(),
            stopping: AtomicBool::new(false),
            trouble: Mutex::default(),
            genesis: RwLock::new(genesis),
            block: Mutex::default(),
            check: Mutex::default(),
        })
    }

    /// What the chain began from; `None` before that.
    pub fn genesis(&self) -> Option<Arc<Genesis>> {
        self.genesis.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_genesis(&self, genesis: Arc<Genesis>) {
        *self.genesis.write().unwrap_or_else(PoisonError::into_inner) = Some(genesis);
    }

    /// How large a transaction of the next block may be and how deep.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn limits(&self) -> Result<Limits, Fault> {
        match (self.height(), self.genesis()) {
            // What genesis says is written with the first block.
            (0, Some(genesis)) => Ok(allowed(&genesis.settings)),
            _ => limits(&self.store.latest()),
        }
    }

    /// The last block that counts.
    pub fn height(&self) -> u64 {
        self.store.committed().height.0
    }

    /// What is wrong at the moment and may pass: the node waits for it.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_trouble(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// A panic stops the process, so a poisoned lock is never met by anyone who goes on.
    pub(crate) fn block(&self) -> MutexGuard<'_, BlockState> {
        self.block.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn check(&self) -> MutexGuard<'_, Option<CheckState>> {
        self.check.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the documents until it is done, however long the server is away.
    ///
    /// # Errors
    /// Somebody changed a document, or the process is asked to end meanwhile.
    pub(crate) fn persist<F: Future<Output = Result<(), DocumentsError>>>(
        &self,
        what: &str,
        work: impl Fn() -> F,
    ) -> Result<(), Fault> {
        let mut wait = FIRST_BACKOFF;
        loop {
            let silent = |time: Duration| DocumentsError::Server {
                action: what.into(),
                cause: format!("no answer in {} s", time.as_secs()),
            };
            let attempt = async {
                let mut work = pin!(work());
                if let Ok(outcome) = tokio::time::timeout(SLOW, &mut work).await {
                    return outcome;
                }
                self.set_trouble(Some(silent(SLOW).to_string()));
                let rest = tokio::time::timeout(ATTEMPT.saturating_sub(SLOW), work).await;
                rest.unwrap_or_else(|_| Err(silent(ATTEMPT)))
            };
            match self.runtime.block_on(attempt) {
                Ok(()) => {
                    self.set_trouble(None);
                    return Ok(());
                }
                Err(error) if error.is_passing() => {
                    tracing::warn!(%error, "{what} waits for the document server");
                    self.set_trouble(Some(error.to_string()));
                }
                Err(error) => {
                    return Err(Fault::Damaged { what: "the document database", detail: error.to_string() });
                }
            }
            if self.stopping.load(Ordering::SeqCst) {
                let cause = "the process was asked to end; the block is written at the next start".into();
                return Err(Fault::Disk { action: "waiting for the document server", cause });
            }
            std::thread::sleep(wait);
            wait = wait.saturating_mul(2).min(MAX_BACKOFF);
        }
    }
}

/// Numbers for the metrics.
#[derive(Default)]
pub(crate) struct Counts {
    accepted: AtomicU64,
    refused: AtomicU64,
    writing: AtomicU64,
}

impl Counts {
    pub(crate) fn committed(&self, accepted: u64, refused: u64, writing: Duration) {
        self.accepted.fetch_add(accepted, Ordering::Relaxed);
        self.refused.fetch_add(refused, Ordering::Relaxed);
        self.writing.fetch_add(u64::try_from(writing.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Microseconds spent on writing documents.
    pub(crate) fn writing(&self) -> u64 {
        self.writing.load(Ordering::Relaxed)
    }
}
