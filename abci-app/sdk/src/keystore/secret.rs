//! What a key file protects.

use std::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::key::{Key, KeyError, Mnemonic, Path, Scheme};

/// A mnemonic with the path of one key, or the raw bytes of a key; wiped when dropped, never in debug output.
pub struct Secret(Kind);

enum Kind {
    Mnemonic(Mnemonic, Path),
    Bytes(Scheme, Box<Zeroizing<[u8; 32]>>),
}

impl Secret {
    /// The key of `mnemonic` at `path`. The file will hold the whole mnemonic, so that it can be exported again.
    pub const fn from_mnemonic(mnemonic: Mnemonic, path: Path) -> Self {
        Self(Kind::Mnemonic(mnemonic, path))
    }

    /// The key whose secret is exactly these bytes; see [`Key::from_secret_bytes`].
    pub fn from_secret_bytes(scheme: Scheme, bytes: &[u8; 32]) -> Self {
        Self(Kind::Bytes(scheme, Box::new(Zeroizing::new(*bytes))))
    }

    /// The key itself.
    ///
    /// # Errors
    /// As [`Key::derive_at`] and [`Key::from_secret_bytes`].
    pub fn key(&self) -> Result<Key, KeyError> {
        match &self.0 {
            Kind::Mnemonic(mnemonic, path) => {
                Key::derive_at(mnemonic, path.scheme(), path.account(), path.index())
            }
            Kind::Bytes(scheme, bytes) => Key::from_secret_bytes(*scheme, bytes),
        }
    }

    pub(super) const fn path(&self) -> Option<Path> {
        match &self.0 {
            Kind::Mnemonic(_, path) => Some(*path),
            Kind::Bytes(..) => None,
        }
    }

    pub(super) fn into_mnemonic(self) -> Option<Mnemonic> {
        match self.0 {
            Kind::Mnemonic(mnemonic, _) => Some(mnemonic),
            Kind::Bytes(..) => None,
        }
    }

    /// What is encrypted: the mnemonic's entropy (the length of its words would tell something of them), or the bytes.
    pub(super) fn plaintext(&self) -> Zeroizing<Vec<u8>> {
        match &self.0 {
            Kind::Mnemonic(mnemonic, _) => mnemonic.entropy(),
            Kind::Bytes(_, bytes) => Zeroizing::new(bytes.to_vec()),
        }
    }

    /// The inverse of [`Secret::plaintext`]; `None` when the bytes have a length that it never gives.
    pub(super) fn from_plaintext(scheme: Scheme, path: Option<Path>, plaintext: &[u8]) -> Option<Self> {
        match path {
            Some(path) => {
                Mnemonic::from_entropy(plaintext).ok().map(|words| Self::from_mnemonic(words, path))
            }
            None => plaintext.try_into().ok().map(|bytes| Self::from_secret_bytes(scheme, bytes)),
        }
    }
}

impl ZeroizeOnDrop for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Mnemonic(mnemonic, path) => write!(f, "Secret({mnemonic:?} at {path})"),
            Kind::Bytes(scheme, _) => write!(f, "Secret({scheme} bytes)"),
        }
    }
}
