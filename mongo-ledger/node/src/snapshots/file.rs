//! A snapshot as one file.
//!
//! ```text
//! "SIRIUSDB" ‖ (length of a chunk: u32, big-endian ‖ chunk)… ‖ manifest ‖ length of the manifest: u32 ‖ SHA-256 of all that
//! ```
//!
//! The digest tells a file that was damaged or cut from a whole one; what is in it is believed no further than a snapshot
//! of a peer.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use sirius_host::snapshots::Manifest as _;
use sirius_primitives::Hash;
use sirius_store::sync::MOST_MANIFEST;
use thiserror::Error;

use super::{
    Contents, ExportError, Source,
    export::{Earlier, Piece},
};

const MAGIC: &[u8; 8] = b"SIRIUSDB";
/// Bytes of a length.
const LENGTH: u64 = 4;
/// Bytes of a chunk at most, of either kind.
const MOST_CHUNK: u32 = 16 << 20;
/// Bytes read at a time.
const BUFFER: usize = 1 << 20;

/// Why a file is not taken.
#[derive(Debug, Error)]
pub(crate) enum FileError {
    /// It cannot be read.
    #[error("reading {path} failed: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// It is damaged, cut, or something else.
    #[error("{path} is no whole export of a database: {what}; export it again, or copy it again")]
    NotWhole {
        /// The file.
        path: PathBuf,
        /// What contradicts it.
        what: String,
    },
}

/// What is written, and the digest of it.
struct Digesting<W> {
    to: W,
    digest: Sha256,
}

impl<W: Write> Digesting<W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.to.write_all(bytes)
    }
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// Writes a database into a file, which is there when every byte of it is on disk. Gives what it holds and its digest.
///
/// # Errors
/// The database cannot be read, or the file not written.
pub(crate) fn write(source: &Source<'_>, bytes: usize, path: &Path) -> Result<(Contents, Hash), ExportError> {
    let partial = path.with_extension("partial");
    let file = File::create(&partial)?;
    let mut to = Digesting { to: BufWriter::new(file), digest: Sha256::new() };
    to.put(MAGIC)?;
    let contents = source.export(bytes, Earlier::default(), |piece| {
        // Of no earlier one there is a piece.
        let Piece::Bytes(chunk) = piece else { return Ok(()) };
        to.put(&length(chunk))?;
        Ok(to.put(chunk)?)
    })?;
    let manifest = contents.encode();
    to.put(&manifest)?;
    to.put(&length(&manifest))?;
    let digest = Hash::new(to.digest.finalize().into());
    to.to.write_all(digest.as_bytes())?;
    to.to.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    std::fs::rename(&partial, path)?;
    Ok((contents, digest))
}

/// A file whose digest is right, before its chunks are taken.
pub(crate) struct Export {
    path: PathBuf,
    file: BufReader<File>,
    contents: Contents,
    digest: Hash,
    next: usize,
}

impl Export {
    /// Reads a file once to compare its digest, and what it holds.
    ///
    /// # Errors
    /// See [`FileError`].
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        let unreadable = |cause| FileError::Unreadable { path: path.into(), cause };
        let wrong = |what: String| FileError::NotWhole { path: path.into(), what };
        let mut file = BufReader::with_capacity(BUFFER, File::open(path).map_err(unreadable)?);
        let size = file.get_ref().metadata().map_err(unreadable)?.len();
        let tail = LENGTH.saturating_add(Hash::LENGTH as u64);
        let body = size.checked_sub(Hash::LENGTH as u64);
        let body = body.filter(|_| size > tail.saturating_add(MAGIC.len() as u64));
        let body = body.ok_or_else(|| wrong(format!("it has {size} bytes")))?;
        let digest = digest(&mut file, body).map_err(unreadable)?;
        let mut said = [0; Hash::LENGTH];
        file.read_exact(&mut said).map_err(unreadable)?;
        if said != *digest.as_bytes() {
            return Err(wrong(format!("it hashes to {digest}, its end says {}", Hash::new(said))));
        }
        file.seek(SeekFrom::Start(size.saturating_sub(tail))).map_err(unreadable)?;
        let bytes = u64::from(number(&mut file).map_err(unreadable)?);
        let place = size.saturating_sub(tail).checked_sub(bytes);
        let place = place.filter(|_| bytes <= MOST_MANIFEST as u64);
        let place = place.ok_or_else(|| wrong("its manifest is too long".into()))?;
        file.seek(SeekFrom::Start(place)).map_err(unreadable)?;
        let manifest = take(&mut file, bytes).map_err(unreadable)?;
        let contents = Contents::decode(&manifest).map_err(wrong)?;
        file.rewind().map_err(unreadable)?;
        match take(&mut file, MAGIC.len() as u64).map_err(unreadable)? == MAGIC {
            true => Ok(Self { path: path.into(), file, contents, digest, next: 0 }),
            false => Err(wrong("it does not begin as one".into())),
        }
    }

    /// What it holds.
    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// SHA-256 of everything before its last 32 bytes, which it is.
    pub(crate) fn digest(&self) -> Hash {
        self.digest
    }

    /// The next chunk; `None` behind the last.
    ///
    /// # Errors
    /// See [`FileError`].
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, FileError> {
        if self.next == self.contents.chunks() {
            return Ok(None);
        }
        self.next = self.next.saturating_add(1);
        let unreadable = |cause| FileError::Unreadable { path: self.path.clone(), cause };
        let bytes = number(&mut self.file).map_err(unreadable)?;
        if bytes > MOST_CHUNK {
            let what = format!("it has a chunk of {bytes} bytes");
            return Err(FileError::NotWhole { path: self.path.clone(), what });
        }
        take(&mut self.file, bytes.into()).map(Some).map_err(unreadable)
    }
}

/// The digest of the first `body` bytes.
fn digest(file: &mut impl Read, body: u64) -> io::Result<Hash> {
    let (mut digest, mut left, mut buffer) = (Sha256::new(), body, vec![0; BUFFER]);
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
        let part = buffer.get_mut(..wanted).unwrap_or_default();
        file.read_exact(part)?;
        digest.update(&*part);
        left = left.saturating_sub(wanted as u64);
    }
    Ok(Hash::new(digest.finalize().into()))
}

fn number(file: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    file.read_exact(&mut bytes)?;
    Ok(u32::from_be_bytes(bytes))
}

fn take(file: &mut impl Read, bytes: u64) -> io::Result<Vec<u8>> {
    let mut taken = Vec::new();
    match file.take(bytes).read_to_end(&mut taken)? as u64 == bytes {
        true => Ok(taken),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
