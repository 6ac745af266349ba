//! The keys of those who read sealed documents.

use std::{fmt, str::FromStr};

use hpke::{Deserializable as _, Kem, Serializable as _, kem::X25519HkdfSha256};
use mongo_ledger_core::key::PublicKey;
use zeroize::Zeroizing;

use super::ReaderKeyError;

/// What stands before the text of a reader's key, so that none is taken for a key that signs.
const KIND: &str = "x25519:";
/// What the secret is derived for.
const LABEL: &[u8] = b"sirius/database/reader/1";

/// Whom a document can be sealed to: an X25519 public key, written `x25519:` and its base58 text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReaderKey([u8; 32]);

impl ReaderKey {
    /// A key of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes: the u-coordinate of RFC 7748, little-endian.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn point(&self) -> Option<<X25519HkdfSha256 as Kem>::PublicKey> {
        <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&self.0).ok()
    }
}

impl fmt::Display for ReaderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The chain's base58 text of 32 bytes.
        write!(f, "{KIND}{}", PublicKey::new(self.0))
    }
}

impl fmt::Debug for ReaderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReaderKey({self})")
    }
}

impl FromStr for ReaderKey {
    type Err = ReaderKeyError;

    fn from_str(text: &str) -> Result<Self, ReaderKeyError> {
        let digits = text.strip_prefix(KIND).ok_or_else(|| ReaderKeyError::Kind(text.into()))?;
        let key: PublicKey = digits.parse().map_err(|_| ReaderKeyError::Bytes(text.into()))?;
        Ok(Self(*key.as_bytes()))
    }
}

/// The secret that opens what is sealed to its [`ReaderKey`]; wiped when dropped, never in debug output.
///
/// It comes from the seed of the key that signs on the database, by RFC 9180's `DeriveKeyPair` over a label and that
/// seed: one key file and one backup, and yet two keys. The signing key is not converted to X25519, so that neither use
/// weighs on the other and a leaked reader's secret signs nothing.
pub struct ReaderSecret {
    secret: <X25519HkdfSha256 as Kem>::PrivateKey,
    public: ReaderKey,
}

impl ReaderSecret {
    /// The reader's secret beside the signing key of this seed (RFC 8032).
    pub fn derive(seed: &[u8; 32]) -> Self {
        Self::of(&Zeroizing::new([LABEL, seed].concat()))
    }

    /// `DeriveKeyPair` of RFC 9180, section 7.1.3.
    pub(super) fn of(material: &[u8]) -> Self {
        let (secret, public) = X25519HkdfSha256::derive_keypair(material);
        let public = ReaderKey(public.to_bytes().into());
        Self { secret, public }
    }

    /// Whom to seal to.
    pub const fn public(&self) -> ReaderKey {
        self.public
    }

    pub(super) const fn secret(&self) -> &<X25519HkdfSha256 as Kem>::PrivateKey {
        &self.secret
    }
}

impl fmt::Debug for ReaderSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReaderSecret(of {})", self.public)
    }
}
