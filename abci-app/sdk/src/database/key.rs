//! The key with which a person signs on the database chain: always ed25519.
//!
//! An ed25519 key of the keystore is that key itself. A secp256k1 key that came from words has a sibling on the same
//! account and index (see [`crate::key`]), which needs the passphrase to be known.

use mongo_ledger_core::key::{PublicKey, SecretKey};
use sirius_primitives::PublicKey as AccountKey;
use thiserror::Error;

use crate::{
    key::{Key, KeyError, Scheme},
    keystore::{Entry, Keystore, KeystoreError, Name, Passphrase},
};

/// Why a key of the keystore has none for the database.
#[derive(Debug, Error)]
pub enum DatabaseKeyError {
    /// A secp256k1 key without words.
    #[error(
        "the database needs an ed25519 key, and {0} is a secp256k1 key without words; make one with `sirius keys add \
         NAME --scheme ed25519`"
    )]
    NoWords(Name),
    /// It cannot be opened.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// It cannot be derived.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The database's public key of an entry, where it is known without the passphrase.
pub fn public_key(entry: &Entry) -> Option<PublicKey> {
    match &entry.public_key {
        AccountKey::Ed25519(bytes) => Some(PublicKey::new(*bytes)),
        AccountKey::Secp256k1(_) => None,
    }
}

/// The ed25519 key of an entry, by which the database knows its owner.
///
/// # Errors
/// The entry cannot be opened, or is a secp256k1 key made from raw bytes.
pub fn ed25519_key(
    keystore: &Keystore,
    entry: &Entry,
    passphrase: &Passphrase,
) -> Result<Key, DatabaseKeyError> {
    match (entry.scheme(), entry.path) {
        (Scheme::Ed25519, _) => Ok(keystore.load(&entry.name, passphrase)?),
        (Scheme::Secp256k1, Some(path)) => {
            let mnemonic = keystore.export_mnemonic(&entry.name, passphrase)?;
            Ok(Key::derive_at(&mnemonic, Scheme::Ed25519, path.account(), path.index())?)
        }
        (Scheme::Secp256k1, None) => Err(DatabaseKeyError::NoWords(entry.name.clone())),
    }
}

/// The same as the database's own type.
///
/// # Errors
/// As [`ed25519_key`].
pub fn signing_key(
    keystore: &Keystore,
    entry: &Entry,
    passphrase: &Passphrase,
) -> Result<SecretKey, DatabaseKeyError> {
    let key = ed25519_key(keystore, entry, passphrase)?;
    let seed = key.ed25519_seed().ok_or_else(|| DatabaseKeyError::NoWords(entry.name.clone()))?;
    Ok(SecretKey::new(&seed))
}
