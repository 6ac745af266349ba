//! The store of a chain: what is committed, what a block would make of it, and the commit.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{Blocks, Hash, Height, sha256};
use thiserror::Error;

use crate::{
    Changes, Fault, Order, Snapshot, Span, Visit,
    backend::{Backend, Batch, Nothing, Space, View},
    cursor::Cursor,
    history, index, roots,
    snapshot::named,
    tree::{
        Pages,
        cache::PageCache,
        path::Path,
        update::{Change, Outcome, update},
    },
};

/// Bytes that a key of the state may have at most: far above every module's keys, far below what the disk takes.
pub const LONGEST_KEY: usize = 1024;

/// Bytes that a value may have at most. A page is written as a whole, so values are meant to be small; and a value
/// travels in one piece when a state is shipped.
pub const LONGEST_VALUE: usize = 2 << 20;

/// Heights that one commit prunes at most, so that no commit stalls after the window was shortened.
const PRUNED_A_COMMIT: u64 = 2;

/// How a store is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The store's name among the roots under the app hash.
    pub name: String,
    /// How many heights before the latest can still be read and proven: at least 1, which 0 is taken for.
    pub keep_versions: Blocks,
    /// Bytes of the tree, keys and values included, that are kept in memory.
    pub page_cache: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { name: "ledger".to_owned(), keep_versions: Blocks(1000), page_cache: 96 << 20 }
    }
}

/// What has been committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The last committed height; 0 before the first commit.
    pub height: Height,
    /// The app hash after it; that of the empty state before the first commit.
    pub app_hash: Hash,
}

/// Why the state at a height cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unavailable {
    /// That block is still to come.
    #[error("height {asked} is not committed yet: the latest is {latest}")]
    Future {
        /// The height that was asked for.
        asked: Height,
        /// The latest one there is.
        latest: Height,
    },
    /// That state is no longer kept.
    #[error("height {asked} is no longer kept: the oldest is {oldest}; ask a node that keeps more versions")]
    Pruned {
        /// The height that was asked for.
        asked: Height,
        /// The oldest one there is.
        oldest: Height,
    },
}

/// One of the owner's rows: its key, and its bytes or `None` where it is removed.
pub type Row = (Vec<u8>, Option<Vec<u8>>);

/// What a block would make of the committed state. Dropping it changes nothing.
#[derive(Debug)]
pub struct Prepared {
    base: Height,
    height: Height,
    root: Option<Hash>,
    app_hash: Hash,
    batch: Batch,
    /// Pages of the committed tree that are not part of this one.
    stale: Vec<Hash>,
}

impl Prepared {
    /// The height it was prepared for.
    pub fn height(&self) -> Height {
        self.height
    }

    /// The app hash after the block.
    pub fn app_hash(&self) -> Hash {
        self.app_hash
    }
}

/// The proven, versioned state of a chain over a [`Backend`].
///
/// It is not a database for large values, nor one for many writers: one thread prepares and commits, any number read.
pub struct Store {
    backend: Arc<dyn Backend>,
    options: Options,
    cache: Arc<PageCache>,
    current: RwLock<Current>,
}

/// What is committed, as readers find it.
#[derive(Clone)]
struct Current {
    latest: Snapshot,
    /// The root after each kept height, the latest among them.
    roots: Arc<BTreeMap<Height, Option<Hash>>>,
}

/// What the record [`COMMITTED`] holds.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct Meta {
    /// How this version of the program lays its records out.
    format: u32,
    height: Height,
}

/// Raised when older databases can no longer be read.
const FORMAT: u32 = 1;

/// The key of [`Meta`] in [`Space::Meta`].
const COMMITTED: &[u8] = b"committed";

/// The key of [`Space::Meta`] that is there while a shipped state is being put back: what the other spaces hold then
/// does not count.
const RESTORING: &[u8] = b"restoring";

/// Records that one batch removes while the rest of an abandoned restoration is cleared.
const CLEARED_AT_ONCE: usize = 4096;

/// What stands before a height in the key of a root in [`Space::Meta`].
const ROOT: &[u8] = b"root/";

impl Store {
    /// Opens what `backend` keeps, or begins an empty store.
    ///
    /// # Errors
    /// The disk refuses, or what it holds is not what this program writes.
    pub fn open(backend: Arc<dyn Backend>, options: Options) -> Result<Self, Fault> {
        clear_abandoned(&*backend)?;
        let view = backend.view()?;
        let meta = view.get(Space::Meta, COMMITTED)?.map(|bytes| decode::<Meta>("the store's head", &bytes));
        let meta = meta.transpose()?.unwrap_or(Meta { format: FORMAT, height: Height::ZERO });
        if meta.format != FORMAT {
            let detail = format!("its format is {}, this program's is {FORMAT}", meta.format);
            return Err(Fault::Damaged { what: "the store's head", detail });
        }
        let roots = kept_roots(&*view)?;
        let root = roots.get(&meta.height).copied().unwrap_or_default();
        if meta.height != Height::ZERO && !roots.contains_key(&meta.height) {
            let detail = format!("height {} has no root", meta.height);
            return Err(Fault::Damaged { what: "the store's head", detail });
        }
        let cache = Arc::new(PageCache::new(options.page_cache));
        let latest = Snapshot {
            // A restoration may be long, and all the time nothing counts.
            view: if meta.height == Height::ZERO { Arc::new(Nothing) } else { view },
            cache: Arc::clone(&cache),
            latest: meta.height,
            height: meta.height,
            root,
            name: options.name.as_str().into(),
        };
        if let Some(root) = root {
            latest.pages().page(&Path::ROOT, &root)?;
        }
        let current = RwLock::new(Current { latest, roots: Arc::new(roots) });
        Ok(Self { backend, options, cache, current })
    }

    /// What is committed.
    pub fn committed(&self) -> Committed {
        let latest = self.latest();
        Committed { height: latest.height(), app_hash: latest.app_hash() }
    }

    /// The state after the last committed block.
    pub fn latest(&self) -> Snapshot {
        self.current().latest
    }

    /// The oldest height that [`Store::at`] still gives.
    pub fn oldest(&self) -> Height {
        self.current().oldest()
    }

    /// The state after the block of `height`.
    ///
    /// # Errors
    /// The block is still to come, or its state no longer kept.
    pub fn at(&self, height: Height) -> Result<Snapshot, Unavailable> {
        let current = self.current();
        let latest = current.latest.height();
        if height > latest {
            return Err(Unavailable::Future { asked: height, latest });
        }
        if height == latest {
            return Ok(current.latest);
        }
        let oldest = current.oldest();
        let Some(root) = current.roots.get(&height) else {
            return Err(Unavailable::Pruned { asked: height, oldest });
        };
        Ok(Snapshot { height, root: *root, ..current.latest })
    }

    /// Works out what `changes`, made on the committed state, lead to. Nothing is written.
    ///
    /// Genesis is prepared as height 0 for its app hash; its changes are committed with those of the first block.
    ///
    /// # Errors
    /// This node cannot read its own state, `height` is already committed, or a change cannot be proven: ICS-23 knows
    /// neither empty keys nor empty values, and they have at most [`LONGEST_KEY`] and [`LONGEST_VALUE`] bytes.
    pub fn prepare(&self, height: Height, changes: &Changes) -> Result<Prepared, Fault> {
        let base = self.latest();
        if height <= base.height && base.height != Height::ZERO {
            return Err(contradiction(format!("height {height} is to follow {}", base.height)));
        }
        let mut leaves = Vec::with_capacity(changes.len());
        for (key, value) in changes {
            provable(key, value.as_deref())?;
            leaves.push(Change { key, key_hash: sha256(key), value: value.as_deref() });
        }
        leaves.sort_unstable_by_key(|change| change.key_hash);
        let (root, mut outcome) = update(&base.pages(), base.root.as_ref(), &leaves)?;
        // Before the first block there is no state that anybody could ask for.
        let undo = (base.height != Height::ZERO).then_some(height);
        let batch = written(&mut outcome, undo);
        let app_hash = roots::app_hash(&named(&self.options.name, root.as_ref()));
        Ok(Prepared { base: base.height, height, root, app_hash, batch, stale: outcome.stale })
    }

    /// Writes what was prepared, and the owner's rows with it: one atomic batch, safe from a loss of power when this
    /// returns.
    ///
    /// # Errors
    /// The disk refuses, or something else was committed since `prepared` was worked out.
    pub fn commit(&self, prepared: Prepared, rows: Vec<Row>) -> Result<(), Fault> {
        let Prepared { base, height, root, mut batch, stale, .. } = prepared;
        let current = self.current();
        if base != current.latest.height || height == Height::ZERO {
            let found = current.latest.height;
            return Err(contradiction(format!("height {height} was prepared on {base}, not on {found}")));
        }
        let mut roots = Arc::unwrap_or_clone(Arc::clone(&current.roots));
        self.prune(&current, height, &mut roots, &mut batch)?;
        roots.insert(height, root);
        batch.put(Space::Meta, &root_key(height), &encode(&root));
        batch.put(Space::Meta, COMMITTED, &encode(&Meta { format: FORMAT, height }));
        put_rows(&mut batch, &rows);
        self.backend.commit(batch)?;
        stale.iter().for_each(|hash| self.cache.remove(hash));
        let latest = Snapshot { view: self.backend.view()?, latest: height, height, root, ..current.latest };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) =
            Current { latest, roots: Arc::new(roots) };
        Ok(())
    }

    /// Gives up heights that have left the window, the oldest first.
    fn prune(
        &self,
        current: &Current,
        height: Height,
        roots: &mut BTreeMap<Height, Option<Hash>>,
        batch: &mut Batch,
    ) -> Result<(), Fault> {
        let window = height.before(self.options.keep_versions.max(Blocks(1)));
        for _ in 0..PRUNED_A_COMMIT {
            let Some((&oldest, _)) = roots.first_key_value() else { return Ok(()) };
            if oldest >= window {
                return Ok(());
            }
            // The undo of the next height is what made the oldest readable.
            let next = roots.keys().nth(1).copied().unwrap_or(height);
            history::prune(&*current.latest.view, next, batch)?;
            batch.remove(Space::Meta, &root_key(oldest));
            roots.remove(&oldest);
        }
        Ok(())
    }

    /// The owner's row under `key`, as last committed.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn row(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.latest().view.get(Space::Rows, key)
    }

    /// Shows each of the owner's rows within `span` in `order` to `visit` until it breaks.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn scan_rows(&self, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        self.latest().view.scan(Space::Rows, span, order, visit)
    }

    pub(crate) fn name(&self) -> &str {
        &self.options.name
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    pub(crate) fn cache(&self) -> &PageCache {
        &self.cache
    }

    /// Clears what a restoration left that did not come to its end. Nothing happens when there is none.
    ///
    /// # Errors
    /// The disk refuses; the rest is cleared when the store is opened the next time.
    pub fn abandon_restore(&self) -> Result<(), Fault> {
        clear_abandoned(&*self.backend)
    }

    /// Writes a part of a shipped state. With `finished`, height and root, it is the last one, and from the same batch
    /// on the state counts.
    pub(crate) fn write_restored(
        &self,
        outcome: &mut Outcome<'_>,
        finished: Option<(Height, Option<Hash>)>,
    ) -> Result<(), Fault> {
        let mut batch = written(outcome, None);
        match finished {
            Some((height, root)) => self.end_restore(batch, height, root),
            None => {
                batch.put(Space::Meta, RESTORING, &[]);
                self.backend.commit(batch)
            }
        }
    }

    /// Writes rows that do not count yet.
    pub(crate) fn write_uncounted(&self, rows: Vec<Row>) -> Result<(), Fault> {
        let mut batch = Batch::default();
        batch.put(Space::Meta, RESTORING, &[]);
        put_rows(&mut batch, &rows);
        self.backend.commit(batch)
    }

    /// The state with a root that was written and does not count yet.
    pub(crate) fn uncounted(&self, height: Height, root: Option<Hash>) -> Result<Snapshot, Fault> {
        Ok(Snapshot { view: self.backend.view()?, latest: height, height, root, ..self.current().latest })
    }

    /// From here on what was restored counts.
    pub(crate) fn count(&self, height: Height, root: Option<Hash>) -> Result<(), Fault> {
        self.end_restore(Batch::default(), height, root)
    }

    fn end_restore(&self, mut batch: Batch, height: Height, root: Option<Hash>) -> Result<(), Fault> {
        batch.remove(Space::Meta, RESTORING);
        batch.put(Space::Meta, &root_key(height), &encode(&root));
        batch.put(Space::Meta, COMMITTED, &encode(&Meta { format: FORMAT, height }));
        self.backend.commit(batch)?;
        let latest = self.uncounted(height, root)?;
        let roots = Arc::new(BTreeMap::from([(height, root)]));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Current { latest, roots };
        Ok(())
    }

    fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Current {
    fn oldest(&self) -> Height {
        self.roots.first_key_value().map_or(Height::ZERO, |(oldest, _)| *oldest)
    }
}

fn put_rows(batch: &mut Batch, rows: &[Row]) {
    for (key, value) in rows {
        match value {
            Some(value) => batch.put(Space::Rows, key, value),
            None => batch.remove(Space::Rows, key),
        }
    }
}

/// Removes the pages, keys and rows of a restoration that was not finished, and only then the sign that there was one.
fn clear_abandoned(backend: &dyn Backend) -> Result<(), Fault> {
    let view = backend.view()?;
    if view.get(Space::Meta, RESTORING)?.is_none() {
        return Ok(());
    }
    for space in [Space::Pages, Space::Keys, Space::Rows] {
        let mut records = Cursor::new(&*view, space, Span::prefix(&[]), Order::Ascending);
        loop {
            let mut batch = Batch::default();
            for record in records.by_ref().take(CLEARED_AT_ONCE) {
                batch.remove(space, &record?.0);
            }
            if batch.is_empty() {
                break;
            }
            backend.commit(batch)?;
        }
    }
    let mut batch = Batch::default();
    batch.remove(Space::Meta, RESTORING);
    backend.commit(batch)
}

/// What the disk is to hold after `outcome`; `undo` is the height under which what was before is kept, if at all.
fn written(outcome: &mut Outcome<'_>, undo: Option<Height>) -> Batch {
    let mut batch = std::mem::take(&mut outcome.batch);
    let born = outcome.born.iter().map(|key| (*key, true));
    let changed = born.chain(outcome.gone.iter().map(|key| (*key, false)));
    let keys: Vec<_> =
        changed.filter_map(|(key, added)| index::write(&mut batch, key, added, undo)).collect();
    if let Some(height) = undo {
        let pages: Vec<_> = outcome.undo.iter().flat_map(|undo| undo.write(&mut batch, height)).collect();
        history::list(&mut batch, height, &keys, &pages);
    }
    batch
}

/// Refuses what ICS-23 cannot prove. Which keys and values a module writes is decided by its types, so a module that
/// is wrong here fails in its first test.
fn provable(key: &[u8], value: Option<&[u8]>) -> Result<(), Fault> {
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(contradiction(format!("a key has 1 to {LONGEST_KEY} bytes, this one {}", key.len())));
    }
    if let Some(value) = value
        && !(1..=LONGEST_VALUE).contains(&value.len())
    {
        let length = value.len();
        return Err(contradiction(format!(
            "a value has 1 to {LONGEST_VALUE} bytes, that under {key:02x?} has {length}"
        )));
    }
    Ok(())
}

fn contradiction(detail: String) -> Fault {
    Fault::Contradiction(detail)
}

fn root_key(height: Height) -> Vec<u8> {
    [ROOT, &height.0.to_be_bytes()].concat()
}

fn kept_roots(view: &dyn View) -> Result<BTreeMap<Height, Option<Hash>>, Fault> {
    let (mut roots, mut broken) = (BTreeMap::new(), None);
    view.scan(Space::Meta, &Span::prefix(ROOT), Order::Ascending, &mut |key, value| {
        let height = key.strip_prefix(ROOT).and_then(|height| height.try_into().ok()).map(u64::from_be_bytes);
        match (height, decode("a root", value)) {
            (Some(height), Ok(root)) => {
                roots.insert(Height(height), root);
                std::ops::ControlFlow::Continue(())
            }
            (None, _) => {
                broken = Some(Fault::Damaged { what: "a root", detail: format!("its key is {key:02x?}") });
                std::ops::ControlFlow::Break(())
            }
            (_, Err(fault)) => {
                broken = Some(fault);
                std::ops::ControlFlow::Break(())
            }
        }
    })?;
    broken.map_or(Ok(roots), Err)
}

fn encode(value: &impl BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("writing to memory cannot fail")
}

fn decode<V: BorshDeserialize>(what: &'static str, bytes: &[u8]) -> Result<V, Fault> {
    V::try_from_slice(bytes).map_err(|error| Fault::Damaged { what, detail: error.to_string() })
}
