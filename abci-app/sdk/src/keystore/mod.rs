//! A folder of encrypted keys, one file a key, opened with a passphrase.
//!
//! ```text
//! folder  0700   alice.json  0600   one key: a header that anyone may read, and its encrypted secret
//!                team.json   0600   a multisig: its members' public keys and its threshold
//!                .lock       0600   held by whoever is changing the folder
//!                .alice.tmp  0600   a file being written; a left-over of a crash is replaced
//! ```
//!
//! The secret is encrypted by XChaCha20-Poly1305 under a key that Argon2id makes from the passphrase; the header (name,
//! scheme, path, public key, cost, salt, nonce) is authenticated with it. A file is complete or absent, whenever the
//! machine stops.
//!
//! What it is not: a guard against somebody who can write in the folder. They cannot read or replace a secret unseen,
//! but [`Keystore::list`] needs no passphrase and therefore shows headers as they stand; [`Keystore::load`] is the
//! judge. Unix only. A forgotten passphrase is not recoverable: keep the mnemonic on paper.

mod entry;
mod error;
mod folder;
mod group;
mod kdf;
mod name;
mod passphrase;
mod sealed;
mod secret;

use std::path::Path as FilePath;

pub use entry::{Entry, Listing};
pub use error::{KeystoreError, Unreadable};
pub use group::Group;
pub use name::{Name, NameError};
pub use passphrase::{Passphrase, PassphraseError};
pub use secret::Secret;

use crate::key::{Key, Mnemonic};
use folder::Folder;
use sealed::Sealed;

/// An open folder of keys. Each method reads the folder anew, so that several processes may share one.
#[derive(Debug)]
pub struct Keystore {
    folder: Folder,
}

impl Keystore {
    /// The most keys one folder holds: a listing stays a matter of milliseconds.
    pub const MAX_KEYS: usize = folder::MAX_KEYS;

    /// Opens the folder at `path` and makes it, for its owner alone, where it is missing.
    ///
    /// # Errors
    /// Something else stands there, others can enter it, or it cannot be made.
    pub fn open(path: &FilePath) -> Result<Self, KeystoreError> {
        Ok(Self { folder: Folder::open(path)? })
    }

    /// Encrypts and keeps a secret under a new name. It is on the disk when this returns.
    ///
    /// # Errors
    /// The name is taken, the folder is full or busy, or it cannot be written.
    pub fn add(&self, name: &Name, secret: &Secret, passphrase: &Passphrase) -> Result<Entry, KeystoreError> {
        let sealed = Sealed::seal(name, secret, passphrase)?;
        let lock = self.folder.lock()?;
        self.folder.create(&lock, name, &sealed.to_bytes())?;
        Ok(sealed.entry())
    }

    /// Keeps a multisig under a new name; there is nothing to encrypt.
    ///
    /// # Errors
    /// As [`Keystore::add`].
    pub fn add_group(&self, group: &Group) -> Result<(), KeystoreError> {
        let lock = self.folder.lock()?;
        self.folder.create(&lock, &group.name, &group.to_bytes())
    }

    /// What is in the folder, by name; needs no passphrase. A file that cannot be read does not hide the others.
    ///
    /// # Errors
    /// The folder cannot be read or holds more than [`Keystore::MAX_KEYS`] files.
    pub fn list(&self) -> Result<Listing, KeystoreError> {
        let mut listing = Listing::default();
        for name in self.folder.names()? {
            match name.and_then(|name| self.stored(&name)) {
                Ok(Stored::Key(sealed)) => listing.keys.push(sealed.entry()),
                Ok(Stored::Group(group)) => listing.groups.push(group),
                Err(error) => listing.unreadable.push(error),
            }
        }
        Ok(listing)
    }

    /// The key of this name, ready to sign.
    ///
    /// # Errors
    /// No such key, a wrong passphrase, or a file that is not what was written.
    pub fn load(&self, name: &Name, passphrase: &Passphrase) -> Result<Key, KeystoreError> {
        Ok(self.read(name)?.open(passphrase)?.1)
    }

    /// The mnemonic behind the key of this name.
    ///
    /// # Errors
    /// As [`Keystore::load`]; and [`KeystoreError::NoMnemonic`] for a key made from raw bytes.
    pub fn export_mnemonic(&self, name: &Name, passphrase: &Passphrase) -> Result<Mnemonic, KeystoreError> {
        let (secret, _) = self.read(name)?.open(passphrase)?;
        secret.into_mnemonic().ok_or_else(|| KeystoreError::NoMnemonic(name.clone()))
    }

    /// Encrypts the key of this name anew, with a new salt and nonce. Old copies of the file keep the old passphrase.
    ///
    /// # Errors
    /// As [`Keystore::load`] and [`Keystore::add`]; the old file stays unless this returns `Ok`.
    pub fn change_passphrase(
        &self,
        name: &Name,
        old: &Passphrase,
        new: &Passphrase,
    ) -> Result<(), KeystoreError> {
        let lock = self.folder.lock()?;
        let (secret, _) = self.read(name)?.open(old)?;
        let sealed = Sealed::seal(name, &secret, new)?;
        self.folder.replace(&lock, name, &sealed.to_bytes())
    }

    /// Deletes the key of this name for good; needs no passphrase, as deleting the file needs none.
    ///
    /// # Errors
    /// No such key, or the folder cannot be written.
    pub fn remove(&self, name: &Name) -> Result<(), KeystoreError> {
        let lock = self.folder.lock()?;
        self.folder.delete(&lock, name)
    }

    fn read(&self, name: &Name) -> Result<Sealed, KeystoreError> {
        match self.stored(name)? {
            Stored::Key(sealed) => Ok(*sealed),
            Stored::Group(_) => Err(KeystoreError::IsMultisig(name.clone())),
        }
    }

    fn stored(&self, name: &Name) -> Result<Stored, KeystoreError> {
        let bytes = self.folder.read(name)?;
        let unreadable = |reason| KeystoreError::Unreadable { path: self.folder.file(name), reason };
        let stored = match Group::parse(&bytes) {
            Some(group) => Stored::Group(group.map_err(unreadable)?),
            None => Stored::Key(Box::new(Sealed::parse(&bytes).map_err(unreadable)?)),
        };
        let holds = match &stored {
            Stored::Key(sealed) => sealed.name(),
            Stored::Group(group) => &group.name,
        };
        if holds == name {
            Ok(stored)
        } else {
            Err(KeystoreError::Renamed { path: self.folder.file(name), holds: holds.clone() })
        }
    }
}

/// What a file of the folder holds.
enum Stored {
    Key(Box<Sealed>),
    Group(Group),
}

#[cfg(test)]
mod tests;
