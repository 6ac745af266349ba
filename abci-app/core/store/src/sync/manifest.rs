//! What a snapshot says of itself before any of it is fetched.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{Hash, Height, sha256};
use thiserror::Error;

use crate::roots::{self, Roots};

/// How chunks and manifest are laid out; raised with any change of either, so that nodes of two versions never mix.
pub const FORMAT: u32 = 1;

/// Chunks that a snapshot has at most: what CometBFT takes by default (`statesync.max_snapshot_chunks`).
pub const MOST_CHUNKS: usize = 100_000;

/// Bytes of a manifest at most: CometBFT's peers take 4,000,000 for the whole message about a snapshot.
pub const MOST_MANIFEST: usize = 3_900_000;

/// Roots under one app hash at most, many times what there are stores.
const MOST_ROOTS: usize = 64;

/// The contents of a snapshot: which state it is, and the SHA-256 of each chunk. The same bytes on every node.
///
/// ```text
/// height: u64 ‖ (name of a store ‖ its root)… ‖ (SHA-256 of a chunk)…        as borsh
/// ```
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Manifest {
    /// The block that left this state.
    pub height: Height,
    /// The root of every store under the app hash, by name.
    pub roots: Roots,
    /// SHA-256 of each chunk, in order.
    pub chunks: Vec<Hash>,
}

/// Why bytes are no manifest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ManifestError {
    /// More bytes than a manifest has.
    #[error("the manifest has {0} bytes, at most {MOST_MANIFEST} are taken")]
    TooLong(usize),
    /// Bytes of another form.
    #[error("the manifest cannot be read: {0}")]
    Malformed(String),
    /// No chunk, or too many.
    #[error("the manifest names {0} chunks, 1 to {MOST_CHUNKS} are taken")]
    Chunks(usize),
    /// No root, or too many.
    #[error("the manifest names {0} stores, 1 to {MOST_ROOTS} are taken")]
    Roots(usize),
}

impl Manifest {
    /// The app hash of the state.
    pub fn app_hash(&self) -> Hash {
        roots::app_hash(&self.roots)
    }

    /// The manifest as it travels.
    pub fn encode(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to memory cannot fail")
    }

    /// SHA-256 of the manifest as it travels: equal only for equal snapshots.
    pub fn hash(&self) -> Hash {
        sha256(&self.encode())
    }

    /// Reads what [`Manifest::encode`] gives, and whatever a stranger sends.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() > MOST_MANIFEST {
            return Err(ManifestError::TooLong(bytes.len()));
        }
        let manifest =
            Self::try_from_slice(bytes).map_err(|error| ManifestError::Malformed(error.to_string()))?;
        let (chunks, roots) = (manifest.chunks.len(), manifest.roots.len());
        if !(1..=MOST_CHUNKS).contains(&chunks) {
            return Err(ManifestError::Chunks(chunks));
        }
        if !(1..=MOST_ROOTS).contains(&roots) {
            return Err(ManifestError::Roots(roots));
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    fn manifest(chunks: usize) -> Manifest {
        Manifest {
            height: Height(7),
            roots: Roots::from([("ledger".to_owned(), sha256(b"root"))]),
            chunks: vec![sha256(b"chunk"); chunks],
        }
    }

    #[test]
    fn the_largest_one_fits_into_a_message() {
        let largest = manifest(MOST_CHUNKS).encode();
        assert!(largest.len() < MOST_MANIFEST, "{}", largest.len());
        assert_eq!(Manifest::decode(&largest).unwrap().encode(), largest);
    }

    #[test]
    fn names_what_is_wrong() {
        let check = |bytes: &[u8], expected: &ManifestError| {
            assert_eq!(&Manifest::decode(bytes).unwrap_err(), expected);
        };
        check(&manifest(0).encode(), &ManifestError::Chunks(0));
        check(&manifest(MOST_CHUNKS + 1).encode(), &ManifestError::Chunks(MOST_CHUNKS + 1));
        check(&vec![0; MOST_MANIFEST + 1], &ManifestError::TooLong(MOST_MANIFEST + 1));
        let rootless = Manifest { roots: Roots::new(), ..manifest(1) };
        check(&rootless.encode(), &ManifestError::Roots(0));
        assert!(matches!(Manifest::decode(b"nonsense"), Err(ManifestError::Malformed(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(manifest) = Manifest::decode(&bytes) {
                prop_assert_eq!(manifest.encode(), bytes);
            }
        }
    }
}
