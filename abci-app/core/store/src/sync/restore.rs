//! Putting a shipped state back: every chunk is proven against the trusted app hash before a byte of it is written, and
//! nothing counts before the last one.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use sirius_primitives::{Hash, Height, sha256};
use thiserror::Error;

use super::{MOST_CHUNK, Manifest, chunk::Chunk};
use crate::{
    Fault, Row, Snapshot, Store,
    history::Past,
    tree::{
        Pages,
        hash::{EMPTY, bit, inner_hash, leaf_hash},
        page::Page,
        path::Path,
        update::{Change, update},
        walk::Tree,
    },
};

/// A restoration under way: which snapshot, and how far it has come. The store holds what was written; losing this
/// value loses the restoration, and the next one, or the next opening of the store, clears what it left.
#[derive(Debug)]
pub struct Restore {
    manifest: Manifest,
    /// The root that the chunks have to come to.
    goal: Hash,
    /// The chunk that is next.
    next: usize,
    /// The root over the pairs so far.
    root: Option<Hash>,
    /// The hash of the last key so far.
    last: Option<Hash>,
    /// Whether the owner has more to put back before the state counts.
    held: bool,
}

/// Why a snapshot, or a chunk of it, is not taken. Nothing was written.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// There is a state already.
    #[error("this node has the state of height {0}; a snapshot is taken by an empty one alone")]
    NotEmpty(Height),
    /// The snapshot is of another state than the one that is trusted.
    #[error("the snapshot's roots come to the app hash {found}, the trusted one is {trusted}")]
    OtherAppHash {
        /// What the manifest comes to.
        found: Hash,
        /// What it was to come to.
        trusted: Hash,
    },
    /// The snapshot is of a state with other stores.
    #[error(
        "the snapshot has the stores {found}, this program has {expected}; use the program it was taken by"
    )]
    OtherStores {
        /// The names in the manifest.
        found: String,
        /// This store's name.
        expected: String,
    },
    /// The chunk is not the one that the manifest names: whoever sent it is to blame.
    #[error("chunk {index} hashes to {found}, the manifest says {expected}")]
    WrongChunk {
        /// Which chunk, counted from 0.
        index: usize,
        /// What came.
        found: Hash,
        /// What was to come.
        expected: Hash,
    },
    /// The chunk is the manifest's, but not part of the trusted state: the snapshot is a forgery.
    #[error("chunk {index} is not of the trusted state: {cause}")]
    Forged {
        /// Which chunk, counted from 0.
        index: usize,
        /// What contradicts it.
        cause: &'static str,
    },
    /// This node is ill.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Restore {
    /// The number of the chunk that is next, counted from 0.
    pub fn next(&self) -> usize {
        self.next
    }

    /// How many chunks there are.
    pub fn chunks(&self) -> usize {
        self.manifest.chunks.len()
    }

    /// The height of the state.
    pub fn height(&self) -> Height {
        self.manifest.height
    }

    /// Keeps the state from counting with its last chunk: the owner has more to put back, and ends with
    /// [`Store::finish_restore`].
    #[must_use]
    pub fn hold(self) -> Self {
        Self { held: true, ..self }
    }

    /// Whether every chunk is there.
    pub fn is_complete(&self) -> bool {
        self.next == self.manifest.chunks.len()
    }

    fn is_last(&self) -> bool {
        self.next.saturating_add(1) == self.manifest.chunks.len()
    }
}

impl Store {
    /// Begins to take a snapshot of the state whose app hash is `trusted`. What another restoration left is cleared.
    ///
    /// # Errors
    /// There is a state already, the manifest is of another one, or the disk refuses.
    pub fn begin_restore(&self, manifest: Manifest, trusted: &Hash) -> Result<Restore, RestoreError> {
        let committed = self.committed().height;
        if committed != Height::ZERO || manifest.height == Height::ZERO {
            return Err(RestoreError::NotEmpty(committed));
        }
        let found = manifest.app_hash();
        if found != *trusted {
            return Err(RestoreError::OtherAppHash { found, trusted: *trusted });
        }
        let goal = match manifest.roots.iter().collect::<Vec<_>>().as_slice() {
            [(name, root)] if *name == self.name() => **root,
            _ => {
                let found = manifest.roots.keys().cloned().collect::<Vec<_>>().join(", ");
                return Err(RestoreError::OtherStores { found, expected: self.name().to_owned() });
            }
        };
        self.abandon_restore()?;
        Ok(Restore { manifest, goal, next: 0, root: None, last: None, held: false })
    }

    /// Takes the next chunk, and says whether it was the last: then the state is there, whole and durable, and the
    /// store goes on from its height, unless the restoration is [held](Restore::hold).
    ///
    /// # Errors
    /// The chunk is not taken; nothing of it was written, and another may be tried in its place.
    pub fn restore_chunk(&self, restore: &mut Restore, bytes: &[u8]) -> Result<bool, RestoreError> {
        let index = restore.next;
        let forged = |cause| RestoreError::Forged { index, cause };
        let expected =
            *restore.manifest.chunks.get(index).ok_or_else(|| forged("there are no more chunks"))?;
        let found = sha256(bytes);
        if found != expected {
            return Err(RestoreError::WrongChunk { index, found, expected });
        }
        if bytes.len() > MOST_CHUNK {
            return Err(forged("it is longer than a chunk can be"));
        }
        let chunk = Chunk::parse(bytes).ok_or_else(|| forged("it cannot be read"))?;
        let changes = in_order(&chunk, restore.last).ok_or_else(|| forged("its pairs are not in order"))?;
        let view = self.backend().view()?;
        let past = Past { view: &*view, cache: self.cache(), height: Height::ZERO, latest: Height::ZERO };
        let pages = Built { past, made: Mutex::default() };
        let (root, mut outcome) = update(&pages, restore.root.as_ref(), &changes)?;
        let last = changes.last().map(|change| (change.key, change.key_hash));
        if restore.is_last() {
            if root != Some(restore.goal) {
                return Err(forged("the last pairs do not come to the root"));
            }
        } else if !proven(&pages, root, last, &chunk.way, &restore.goal)? {
            return Err(forged("its pairs and its way do not lead to the root"));
        }
        let done = restore.is_last();
        let finished = (done && !restore.held).then_some((restore.manifest.height, root));
        self.write_restored(&mut outcome, finished)?;
        restore.next = index.saturating_add(1);
        restore.root = root;
        restore.last = last.map(|(_, hash)| hash);
        Ok(done)
    }

    /// The state of a held restoration that has every chunk, before it counts.
    ///
    /// # Errors
    /// Chunks are missing, or the disk refuses.
    pub fn restored(&self, restore: &Restore) -> Result<Snapshot, Fault> {
        match restore.is_complete() {
            true => self.uncounted(restore.manifest.height, restore.root),
            false => Err(incomplete(restore)),
        }
    }

    /// Writes rows of the owner that come with a held restoration; they count with its end, and go with it.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn restore_rows(&self, _: &Restore, rows: Vec<Row>) -> Result<(), Fault> {
        self.write_uncounted(rows)
    }

    /// Ends a held restoration: from here on state and rows count.
    ///
    /// # Errors
    /// Chunks are missing, or the disk refuses.
    pub fn finish_restore(&self, restore: &Restore) -> Result<(), Fault> {
        match restore.is_complete() {
            true => self.count(restore.manifest.height, restore.root),
            false => Err(incomplete(restore)),
        }
    }
}

fn incomplete(restore: &Restore) -> Fault {
    let (next, chunks) = (restore.next, restore.manifest.chunks.len());
    Fault::Contradiction(format!("a restoration was to end with {next} of its {chunks} chunks"))
}

/// The pairs as changes; `None` unless each key's hash is above the one before it.
fn in_order<'a>(chunk: &Chunk<'a>, last: Option<Hash>) -> Option<Vec<Change<'a>>> {
    let mut before = last;
    let change = |(key, value): &(&'a [u8], &'a [u8])| {
        let key_hash = sha256(key);
        if before.is_some_and(|before| before >= key_hash) {
            return None;
        }
        before = Some(key_hash);
        Some(Change { key, key_hash, value: Some(value) })
    };
    chunk.pairs.iter().map(change).collect()
}

/// Whether the tree so far is the part up to `last` of the tree whose root is `goal`.
///
/// `way` must lead from the last pair to `goal`; where it turns right, the subtree on its left holds pairs that were
/// all received, and must be ours. Where our tree has ended already, since it lacks what is to come, a subtree on the
/// left holds nothing. Together these subtrees and the last pair are every pair up to here.
fn proven(
    pages: &Built<'_>,
    root: Option<Hash>,
    last: Option<(&[u8], Hash)>,
    way: &[Hash],
    goal: &Hash,
) -> Result<bool, Fault> {
    let (Some(root), Some((key, key_hash))) = (root, last) else { return Ok(false) };
    let Some(found) = (Tree { pages, root }).find(key)? else { return Ok(false) };
    if way.len() < found.siblings.len() {
        return Ok(false);
    }
    let mut hash = leaf_hash(&key_hash, &found.value);
    for (depth, sibling) in way.iter().enumerate().rev() {
        if bit(&key_hash, depth) {
            if *sibling != found.siblings.get(depth).copied().unwrap_or(EMPTY) {
                return Ok(false);
            }
            hash = inner_hash(sibling, &hash);
        } else {
            hash = inner_hash(&hash, sibling);
        }
    }
    Ok(hash == *goal)
}

/// The tree that the chunks so far have built, with the pages of the present one, which are not written yet. They are
/// few: a chunk is bounded.
struct Built<'a> {
    past: Past<'a>,
    made: Mutex<BTreeMap<Hash, Page>>,
}

impl Pages for Built<'_> {
    fn page(&self, path: &Path, hash: &Hash) -> Result<Page, Fault> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned();
        made.map_or_else(|| self.past.page(path, hash), Ok)
    }

    fn made(&self, hash: Hash, page: Page) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, page);
    }
}
