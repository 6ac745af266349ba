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
use tendermint_proto::v0_38::abci;
use thiserror::Error;

use super::{MOST_OFFERED, Manifest};

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
}

/// See the module's documentation. Clones are handles to one.
pub struct Shelf<M> {
    folder: PathBuf,
    keep: usize,
    held: Arc<Mutex<BTreeMap<Height, Arc<M>>>>,
}

impl<M> Clone for Shelf<M> {
    fn clone(&self) -> Self {
        Self { folder: self.folder.clone(), keep: self.keep, held: Arc::clone(&self.held) }
    }
}

/// The folder of a snapshot that is being written.
#[derive(Debug)]
pub struct Folder {
    own: PathBuf,
    /// Where whole snapshots are.
    shelf: PathBuf,
}

fn file<T>(action: &'static str, path: &Path, result: io::Result<T>) -> Result<T, ShelfError> {
    result.map_err(|cause| ShelfError::File { action, path: path.display().to_string(), cause })
}

impl Folder {
    /// Writes a chunk, counted from 0, durably.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write(&self, index: usize, bytes: &[u8]) -> Result<(), ShelfError> {
        write(&self.own.join(index.to_string()), bytes)
    }

    /// Takes over a chunk of another snapshot on the shelf, whose bytes are the same, without writing them again.
    ///
    /// # Errors
    /// It is not there any more, or the disk refuses.
    pub fn take_over(&self, index: usize, height: Height, from: usize) -> Result<(), ShelfError> {
        let source = self.shelf.join(height.to_string()).join(from.to_string());
        file("linking", &source, fs::hard_link(&source, self.own.join(index.to_string())))
    }
}

impl<M: Manifest> Shelf<M> {
    /// Opens the folder, which is made when it is not there, and removes what is no whole snapshot.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn open(folder: PathBuf, keep: usize) -> Result<Self, ShelfError> {
        file("making the folder", &folder, fs::create_dir_all(&folder))?;
        let shelf = Self { folder, keep, held: Arc::default() };
        for entry in file("listing", &shelf.folder, fs::read_dir(&shelf.folder))? {
            let path = file("listing", &shelf.folder, entry)?.path();
            match manifest_in::<M>(&path) {
                Some(manifest) => drop(shelf.held().insert(manifest.height(), Arc::new(manifest))),
                None => {
                    tracing::warn!(path = %path.display(), "removing what is no whole snapshot");
                    remove(&path)?;
                }
            }
        }
        shelf.prune()?;
        Ok(shelf)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Height, Arc<M>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, height: Height) -> PathBuf {
        self.folder.join(height.to_string())
    }

    /// The height of the oldest snapshot.
    pub fn oldest(&self) -> Option<Height> {
        self.held().keys().next().copied()
    }

    /// The height of the newest snapshot.
    pub fn newest(&self) -> Option<Height> {
        self.held().keys().next_back().copied()
    }

    /// The manifest of the newest snapshot.
    pub fn newest_manifest(&self) -> Option<Arc<M>> {
        self.held().values().next_back().cloned()
    }

    /// The newest snapshots, newest first.
    pub fn list(&self) -> Vec<abci::Snapshot> {
        let held: Vec<_> = self.held().values().rev().take(MOST_OFFERED).cloned().collect();
        held.iter().map(|manifest| offer(&**manifest)).collect()
    }

    /// A chunk, if it is here and whole.
    pub fn chunk(&self, height: Height, format: u32, index: u32) -> Option<Vec<u8>> {
        let manifest = self.held().get(&height).filter(|_| format == M::FORMAT)?.clone();
        let expected = manifest.chunk(usize::try_from(index).ok()?)?;
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

    /// Keeps the snapshot of a height, whose chunks `fill` writes, and removes those that are too old then. Returns how
    /// many chunks it has.
    ///
    /// # Errors
    /// The disk refuses, or whatever `fill` fails with: then nothing is kept.
    pub fn put<E: From<ShelfError>>(
        &self,
        height: Height,
        fill: impl FnOnce(&Folder) -> Result<M, E>,
    ) -> Result<usize, E> {
        let path = self.path(height);
        let partial = path.with_extension(PARTIAL);
        remove(&partial)?;
        let written = fill_partial(&Folder { own: partial.clone(), shelf: self.folder.clone() }, fill);
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
        let chunks = manifest.chunks();
        self.held().insert(height, Arc::new(manifest));
        self.prune()?;
        Ok(chunks)
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

fn fill_partial<M: Manifest, E: From<ShelfError>>(
    folder: &Folder,
    fill: impl FnOnce(&Folder) -> Result<M, E>,
) -> Result<M, E> {
    let path = &folder.own;
    file("making the folder", path, fs::create_dir_all(path))?;
    let manifest = fill(folder)?;
    write(&path.join(MANIFEST), &manifest.encode())?;
    sync_folder(path)?;
    Ok(manifest)
}

/// A snapshot as peers are told of it.
fn offer<M: Manifest>(manifest: &M) -> abci::Snapshot {
    let metadata = manifest.encode();
    abci::Snapshot {
        height: manifest.height().0,
        format: M::FORMAT,
        chunks: u32::try_from(manifest.chunks()).unwrap_or(u32::MAX),
        hash: sha256(&metadata).as_bytes().to_vec().into(),
        metadata: metadata.into(),
    }
}

/// The manifest of the snapshot in a folder, if that is one.
fn manifest_in<M: Manifest>(path: &Path) -> Option<M> {
    let manifest = M::decode(&fs::read(path.join(MANIFEST)).ok()?).ok()?;
    (path.file_name()?.to_str()? == manifest.height().to_string()).then_some(manifest)
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

    use sirius_primitives::Hash;

    use super::*;

    /// A height, then the hashes of chunks.
    #[derive(Debug)]
    struct Plain(u64, Vec<Hash>);

    impl Manifest for Plain {
        const FORMAT: u32 = 3;

        fn height(&self) -> Height {
            Height(self.0)
        }

        fn chunks(&self) -> usize {
            self.1.len()
        }

        fn chunk(&self, index: usize) -> Option<Hash> {
            self.1.get(index).copied()
        }

        fn encode(&self) -> Vec<u8> {
            let hashes = self.1.iter().flat_map(|hash| hash.as_bytes().to_vec());
            self.0.to_be_bytes().into_iter().chain(hashes).collect()
        }

        fn decode(bytes: &[u8]) -> Result<Self, String> {
            let (height, rest) = bytes.split_first_chunk().ok_or("too short")?;
            let hashes = rest.as_chunks().0.iter().map(|hash| Hash::new(*hash)).collect();
            Ok(Self(u64::from_be_bytes(*height), hashes))
        }
    }

    fn open(folder: &Path, keep: usize) -> Shelf<Plain> {
        Shelf::open(folder.into(), keep).unwrap()
    }

    /// Puts a snapshot of three chunks.
    fn put(shelf: &Shelf<Plain>, height: u64) -> Result<usize, ShelfError> {
        shelf.put(Height(height), |folder| {
            let chunks = [0, 1, 2].map(|index| format!("{height}/{index}"));
            for (index, chunk) in chunks.iter().enumerate() {
                folder.write(index, chunk.as_bytes())?;
            }
            Ok(Plain(height, chunks.iter().map(|chunk| sha256(chunk.as_bytes())).collect()))
        })
    }

    #[test]
    fn keeps_the_newest_and_finds_them_again() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = open(folder.path(), 2);
        for height in 1..=4 {
            assert_eq!(put(&shelf, height).unwrap(), 3);
        }
        let listed = shelf.list();
        assert_eq!(listed.iter().map(|snapshot| snapshot.height).collect::<Vec<_>>(), [4, 3]);
        assert!(shelf.chunk(Height(4), Plain::FORMAT, 0).is_some());
        for (height, format, index) in [(2, 3, 0), (4, 4, 0), (4, 3, 3)] {
            assert_eq!(shelf.chunk(Height(height), format, index), None);
        }
        fs::create_dir(folder.path().join("5.partial")).unwrap();
        fs::write(folder.path().join("note"), "x").unwrap();
        let again = open(folder.path(), 1);
        assert_eq!(again.list(), listed[..1]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "everything else is removed");
    }

    #[test]
    fn a_damaged_chunk_is_not_given_and_its_snapshot_no_longer_offered() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = open(folder.path(), 2);
        put(&shelf, 1).unwrap();
        fs::write(folder.path().join("1/1"), "damaged").unwrap();
        assert!(shelf.chunk(Height(1), Plain::FORMAT, 0).is_some());
        assert_eq!(shelf.chunk(Height(1), Plain::FORMAT, 1), None);
        assert!(shelf.list().is_empty());
    }

    #[test]
    fn a_chunk_is_taken_over_from_a_snapshot_that_may_go_then() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = open(folder.path(), 1);
        put(&shelf, 1).unwrap();
        let same = sha256(b"1/2");
        let taken = shelf.put::<ShelfError>(Height(2), |folder| {
            folder.take_over(0, Height(1), 2)?;
            Ok(Plain(2, vec![same]))
        });
        assert_eq!(taken.unwrap(), 1);
        assert_eq!(shelf.chunk(Height(2), Plain::FORMAT, 0).unwrap(), b"1/2");
        assert_eq!(shelf.list().len(), 1, "the other is gone");
        let gone = shelf.put::<ShelfError>(Height(3), |folder| {
            folder.take_over(0, Height(1), 2)?;
            Ok(Plain(3, vec![same]))
        });
        assert!(gone.is_err());
    }

    #[test]
    fn nothing_is_offered_of_a_snapshot_that_could_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = open(folder.path(), 2);
        fs::remove_dir(folder.path()).unwrap();
        fs::write(folder.path(), "a file where the folder was").unwrap();
        let error = put(&shelf, 1).unwrap_err().to_string();
        assert!(error.contains("check the disk"), "{error}");
        assert!(shelf.list().is_empty());
    }
}
