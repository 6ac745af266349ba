//! What anybody who can read the folder may know of its keys.

use sirius_primitives::{Address, PublicKey};

use super::{Group, KeystoreError, Name};
use crate::key::{Path, Scheme};

/// One key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What its owner calls it.
    pub name: Name,
    /// Where it lies below its mnemonic; `None` for a key made from raw bytes.
    pub path: Option<Path>,
    /// What others verify its signatures with.
    pub public_key: PublicKey,
}

impl Entry {
    /// The scheme it signs with.
    pub const fn scheme(&self) -> Scheme {
        Scheme::of(&self.public_key)
    }

    /// The address of an account whose first key this is.
    pub fn address(&self) -> Address {
        self.public_key.address()
    }
}

/// The content of a folder.
#[derive(Debug, Default)]
pub struct Listing {
    /// The keys, sorted by name.
    pub keys: Vec<Entry>,
    /// The multisigs, sorted by name.
    pub groups: Vec<Group>,
    /// Why each remaining key file could not be read.
    pub unreadable: Vec<KeystoreError>,
}
