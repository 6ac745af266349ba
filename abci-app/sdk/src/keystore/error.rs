//! Why a keystore refuses.

use std::{io, path::PathBuf};

use sirius_primitives::{MultisigError, PublicKeyError};
use thiserror::Error;

use super::{Keystore, Name};
use crate::key::{KeyError, Scheme};

/// Why a keystore cannot do what was asked.
#[derive(Debug, Error)]
pub enum KeystoreError {
    /// The system refused an operation on a file.
    #[error("{action} {path} failed: {error}")]
    Io {
        /// What was tried, such as `reading`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The path of the folder leads to something else.
    #[error("{0} is not a folder; name a folder for the keys, or a path where one can be made")]
    NotAFolder(PathBuf),
    /// Others can enter the folder.
    #[error("key folder {path} has mode {mode:04o}, open to others; run: chmod 700 {path}")]
    FolderOpen {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others can read or change a key file.
    #[error(
        "key file {path} has mode {mode:04o}, open to others; run: chmod 600 {path} \
         (and change the passphrase if others may have copied it)"
    )]
    FileOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A link, a folder or a device where a file should be.
    #[error("{0} is not a regular file; a key is kept in one")]
    NotAFile(PathBuf),
    /// Not written by a keystore.
    #[error("key file {path} has {bytes} bytes or more; a key file has at most {most}")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What was read before giving up.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// A file whose name cannot be a key's.
    #[error(
        "{path} cannot be a key file: its name must be 1 to 64 characters of a-z, 0-9, _ and - before .json"
    )]
    StrangeName {
        /// The file.
        path: PathBuf,
    },
    /// The content is not a key file's.
    #[error("key file {path} cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: Unreadable,
    },
    /// The file was sealed under another name.
    #[error("key file {path} holds the key {holds}; give the file its own name back: {holds}.json")]
    Renamed {
        /// The file.
        path: PathBuf,
        /// The name inside.
        holds: Name,
    },
    /// The name is taken.
    #[error("a key named {0} exists already; choose another name or remove that key first")]
    Exists(Name),
    /// No key of this name.
    #[error("there is no key named {name} in {folder}")]
    Missing {
        /// The name asked for.
        name: Name,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// A multisig where a key with a secret is needed.
    #[error("{0} is a multisig and signs nothing by itself; name one of its members")]
    IsMultisig(Name),
    /// The folder holds as many keys as it may.
    #[error("key folder {0} is full: it may hold {max} keys; use a second folder", max = Keystore::MAX_KEYS)]
    Full(PathBuf),
    /// Another process keeps changing the folder.
    #[error("key folder {0} is in use by another process; try again when that process has ended")]
    Busy(PathBuf),
    /// The passphrase does not open the file.
    #[error("the passphrase does not open key {0}: it is wrong, or the file was altered")]
    WrongPassphrase(Name),
    /// Decrypted, yet not the secret of the header's public key.
    #[error("key {0} opens but does not belong to the public key in its file; restore the file from a copy")]
    Inconsistent(Name),
    /// A key made from raw bytes has none.
    #[error("key {0} was made from raw bytes and has no mnemonic; keep a copy of its file instead")]
    NoMnemonic(Name),
    /// The secret gives no key, or the system no random bytes.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl KeystoreError {
    /// Tells `path` and what was tried about an error of the system; for `map_err`.
    pub(super) fn io<P: Into<PathBuf>>(action: &'static str, path: P) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { action, path: path.into(), error }
    }
}

/// What is wrong with the content of a key file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// Not JSON, or a field is missing, unknown or badly written.
    #[error("{0}")]
    Json(String),
    /// Written by another version of this program.
    #[error("it has format version {found} and this program reads version {known}; use a newer program")]
    Version {
        /// The version in the file.
        found: u32,
        /// The version read here.
        known: u32,
    },
    /// The cost of opening it is out of bounds.
    #[error("its Argon2id {part} is {found}, outside {least} to {most}")]
    Cost {
        /// `memory` (KiB), `passes` or `lanes`.
        part: &'static str,
        /// What the file asks for.
        found: u32,
        /// The smallest that is safe.
        least: u32,
        /// The largest that is allowed.
        most: u32,
    },
    /// The path belongs to the other scheme.
    #[error("its path does not lead to a key of its scheme, {0}")]
    Scheme(Scheme),
    /// The members make no multisig.
    #[error("its members are unusable: {0}")]
    Multisig(#[from] MultisigError),
    /// The public key is none.
    #[error("its public key is unusable: {0}")]
    PublicKey(#[from] PublicKeyError),
}

impl Unreadable {
    // The parser's error names a line, a column and a field; it never quotes the ciphertext.
    pub(super) fn json(error: serde_json::Error) -> Self {
        Self::Json(error.to_string())
    }
}
