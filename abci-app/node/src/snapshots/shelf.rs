//! The folder with the snapshots that this node offers.
//!
//! ```text
//! snapshots/1000/manifest 0 1 2 …     a whole snapshot: the height, its manifest, its chunks
//! snapshots/2000.partial/             one under way, or left by a crash; removed at the start
//! ```
//!
//! A snapshot gets its name when every byte of it is on disk, so a folder with a height for a name is whole. What the
//! disk does to it later is found when a chunk is asked for, since it no longer hashes to what the manifest says.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sirius_primitives::{Height, sha256};
use sirius_store::{
    Fault, Snapshot,
    sync::{FORMAT, Manifest},
};
use tendermint_proto::v0_38::abci;
use thiserror::Error;

use super::MOST_OFFERED;

const MANIFEST: &str = "manifest";
const PARTIAL: &str = "partial";

/// Why a snapshot could not be kept.
#[derive(Debug, Error)]
pub enum ShelfError {
    /// A file or folder.
    #[error("{action} {path} failed: {cause}; check the disk's space and permissions")]
    File {
        /// What was tried.
        action: &'static str,
        /// With which.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The thread that takes snapshots.
    #[error("starting the thread that takes snapshots failed: {0}")]
    Thread(String),
    /// The state cannot be read.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// See the module's documentation. Clones are handles to one.
#[derive(Clone)]
pub(super) struct Shelf {
    folder: PathBuf,
    keep: usize,
    held: Arc<Mutex<BTreeMap<Height, Arc<Manifest>>>>,
}

fn file<T>(action: &'static str, path: &Path, result: io::Result<T>) -> Result<T, ShelfError> {
    result.map_err(|cause| ShelfError::File { action, path: path.display().to_string(), cause })
}

impl Shelf {
    /// Opens the folder, which is made when it is not there, and removes what is no whole snapshot.
    pub(super) fn open(folder: PathBuf, keep: usize) -> Result<Self, ShelfError> {
        file("making the folder", &folder, fs::create_dir_all(&folder))?;
        let shelf = Self { folder, keep, held: Arc::default() };
        for entry in file("listing", &shelf.folder, fs::read_dir(&shelf.folder))? {
            let path = file("listing", &shelf.folder, entry)?.path();
            match manifest_in(&path) {
                Some(manifest) => drop(shelf.held().insert(manifest.height, Arc::new(manifest))),
                None => {
                    tracing::warn!(path = %path.display(), "removing what is no whole snapshot");
                    remove(&path)?;
                }
            }
        }
        shelf.prune()?;
        Ok(shelf)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Height, Arc<Manifest>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, height: Height) -> PathBuf {
        self.folder.join(height.to_string())
    }

    /// The height of the oldest snapshot.
    pub(super) fn oldest(&self) -> Option<Height> {
        self.held().keys().next().copied()
    }

    /// The newest snapshots, newest first.
    pub(super) fn list(&self) -> Vec<abci::Snapshot> {
        let held: Vec<_> = self.held().values().rev().take(MOST_OFFERED).cloned().collect();
        held.iter().map(|manifest| offer(manifest)).collect()
    }

    /// A chunk, if it is here and whole.
    pub(super) fn chunk(&self, height: Height, format: u32, index: u32) -> Option<Vec<u8>> {
        let manifest = self.held().get(&height).filter(|_| format == FORMAT)?.clone();
        let expected = *manifest.chunks.get(usize::try_from(index).ok()?)?;
        let path = self.path(height).join(index.to_string());
        // Removed meanwhile, as newer ones came, or damaged: either way it is not to be had here.
        let bytes = fs::read(&path).ok()?;
        if sha256(&bytes) == expected {
            return Some(bytes);
        }
        tracing::warn!(path = %path.display(), "a chunk is damaged on this disk; its snapshot is no longer offered");
        self.held().remove(&height);
        None
    }

    /// Takes the snapshot of a state, in chunks of `chunk` bytes, and removes those that are too old then. Returns how
    /// many chunks it has.
    pub(super) fn put(&self, state: &Snapshot, chunk: usize) -> Result<usize, ShelfError> {
        let path = self.path(state.height());
        let partial = path.with_extension(PARTIAL);
        remove(&partial)?;
        let written = self.write(state, chunk, &partial);
        let manifest = match written {
            Ok(manifest) => manifest,
            Err(error) => {
                // The next start removes it otherwise; what went wrong first is worth more than this.
                let _ = remove(&partial);
                return Err(error);
            }
        };
        // A replayed block is taken again, to the same bytes.
        remove(&path)?;
        file("renaming", &partial, fs::rename(&partial, &path))?;
        sync_folder(&self.folder)?;
        let chunks = manifest.chunks.len();
        self.held().insert(state.height(), Arc::new(manifest));
        self.prune()?;
        Ok(chunks)
    }

    fn write(&self, state: &Snapshot, chunk: usize, folder: &Path) -> Result<Manifest, ShelfError> {
        file("making the folder", folder, fs::create_dir_all(folder))?;
        let mut export = state.export(chunk)?;
        for (index, bytes) in export.by_ref().enumerate() {
            write(&folder.join(index.to_string()), &bytes?)?;
        }
        let manifest = export.manifest();
        write(&folder.join(MANIFEST), &manifest.encode())?;
        sync_folder(folder)?;
        Ok(manifest)
    }

    /// Removes all but the newest. They are first no longer offered, so that a crash leaves only what the next start
    /// finds too many of.
    fn prune(&self) -> Result<(), ShelfError> {
        loop {
            let oldest = {
                let mut held = self.held();
                if held.len() <= self.keep.max(1) {
                    return Ok(());
                }
                held.pop_first()
            };
            if let Some((height, _)) = oldest {
                remove(&self.path(height))?;
            }
        }
    }
}

/// A snapshot as peers are told of it.
fn offer(manifest: &Manifest) -> abci::Snapshot {
    abci::Snapshot {
        height: manifest.height.0,
        format: FORMAT,
        chunks: u32::try_from(manifest.chunks.len()).unwrap_or(u32::MAX),
        hash: manifest.hash().as_bytes().to_vec().into(),
        metadata: manifest.encode().into(),
    }
}

/// The manifest of the snapshot in a folder, if that is one.
fn manifest_in(path: &Path) -> Option<Manifest> {
    let manifest = Manifest::decode(&fs::read(path.join(MANIFEST)).ok()?).ok()?;
    (path.file_name()?.to_str()? == manifest.height.to_string()).then_some(manifest)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ShelfError> {
    let mut created = file("creating", path, File::create(path))?;
    file("writing", path, created.write_all(bytes).and_then(|()| created.sync_all()))
}

fn sync_folder(path: &Path) -> Result<(), ShelfError> {
    file("syncing", path, File::open(path).and_then(|folder| folder.sync_all()))
}

/// Removes a file or a folder with all that is in it; nothing happens when there is none.
fn remove(path: &Path) -> Result<(), ShelfError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        other => file("removing", path, other),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]
    use sirius_store::{Changes, Memory, Options, Store};

    use super::*;

    fn store() -> Store {
        Store::open(Arc::new(Memory::new()), Options::default()).unwrap()
    }

    /// Commits a block that changes all of 200 keys.
    fn commit(store: &Store) {
        let height = store.committed().height.next();
        let pair = |number: u64| (sha256(&number.to_be_bytes()).as_bytes().to_vec(), Some(vec![1; 50]));
        let mut changes: Changes = (0..200).map(pair).collect();
        changes.insert(b"height".to_vec(), Some(height.0.to_be_bytes().to_vec()));
        store.commit(store.prepare(height, &changes).unwrap(), Vec::new()).unwrap();
    }

    #[test]
    fn keeps_the_newest_and_finds_them_again() {
        let folder = tempfile::tempdir().unwrap();
        let (store, shelf) = (store(), Shelf::open(folder.path().into(), 2).unwrap());
        for _ in 0..4 {
            commit(&store);
            assert!(shelf.put(&store.latest(), 4_000).unwrap() > 3);
        }
        let listed = shelf.list();
        assert_eq!(listed.iter().map(|snapshot| snapshot.height).collect::<Vec<_>>(), [4, 3]);
        assert!(shelf.chunk(Height(4), FORMAT, 0).is_some());
        for (height, format, index) in [(2, FORMAT, 0), (4, FORMAT + 1, 0), (4, FORMAT, listed[0].chunks)] {
            assert_eq!(shelf.chunk(Height(height), format, index), None);
        }
        fs::create_dir(folder.path().join("5.partial")).unwrap();
        fs::write(folder.path().join("note"), "x").unwrap();
        let again = Shelf::open(folder.path().into(), 1).unwrap();
        assert_eq!(again.list(), listed[..1]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "everything else is removed");
    }

    #[test]
    fn a_damaged_chunk_is_not_given_and_its_snapshot_no_longer_offered() {
        let folder = tempfile::tempdir().unwrap();
        let (store, shelf) = (store(), Shelf::open(folder.path().into(), 2).unwrap());
        commit(&store);
        shelf.put(&store.latest(), 4_000).unwrap();
        let path = folder.path().join("1/1");
        let mut bytes = fs::read(&path).unwrap();
        bytes[7] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(shelf.chunk(Height(1), FORMAT, 0).is_some());
        assert_eq!(shelf.chunk(Height(1), FORMAT, 1), None);
        assert!(shelf.list().is_empty());
    }

    #[test]
    fn nothing_is_offered_of_a_snapshot_that_could_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let (store, shelf) = (store(), Shelf::open(folder.path().into(), 2).unwrap());
        commit(&store);
        fs::remove_dir(folder.path()).unwrap();
        fs::write(folder.path(), "a file where the folder was").unwrap();
        let error = shelf.put(&store.latest(), 4_000).unwrap_err().to_string();
        assert!(error.contains("check the disk"), "{error}");
        assert!(shelf.list().is_empty());
    }
}
