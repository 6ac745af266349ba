//! An append-only Merkle tree (RFC 6962, section 2.1) of which only the head is kept: how it grows, and how it is checked
//! that something is in it and that it only ever grew.
//!
//! ```text
//! leaf   = SHA-256(0x00 ‖ bytes)
//! parent = SHA-256(0x01 ‖ left ‖ right)
//! ```
//!
//! The [`Head`]'s peaks suffice to append. Whoever makes proofs keeps the nodes that each append completes; whoever checks
//! them, such as a ledger that knows of another chain no more than a header, needs nothing but this.

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::{
    Hash,
    merkle::{inner_hash as parent, leaf_hash},
    sha256,
};

/// How high the tree can get: more leaves than that are never counted.
pub const LEVELS: u8 = 63;

/// The log after some block: how long it is and what it commits to.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Head {
    /// How many records there are.
    pub size: u64,
    /// The roots of the complete subtrees from left to right: one for each bit that is set in `size`, the highest first.
    pub peaks: Vec<Hash>,
}

/// The root of a complete subtree: of the leaves from `index · 2^level` on, `2^level` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// 0 for a leaf.
    pub level: u8,
    /// Counted within the level, from the left.
    pub index: u64,
}

/// A complete subtree and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Which.
    pub position: Position,
    /// Its root.
    pub hash: Hash,
}

/// Why a proof about the log does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LogError {
    /// The leaf would lie beyond the log's end.
    #[error("record {index} is not in a log of {size} records")]
    Beyond {
        /// Which record.
        index: u64,
        /// How long the log is.
        size: u64,
    },
    /// An older log is longer than the newer.
    #[error("a log of {old} records cannot have grown to {new}")]
    Shrunk {
        /// The size before.
        old: u64,
        /// The size after.
        new: u64,
    },
    /// The path has another length than this leaf of this log needs.
    #[error("the path has {found} hashes; this log needs another number")]
    Length {
        /// How many there are.
        found: usize,
    },
    /// The path leads to another root.
    #[error("the path leads to another root than the header's")]
    Root,
}

/// The hash of a leaf with these bytes.
pub fn leaf(bytes: &[u8]) -> Hash {
    leaf_hash(bytes)
}

/// The hash of a log without records: that of no bytes (RFC 6962, section 2.1).
fn empty() -> Hash {
    sha256(&[])
}

impl Head {
    /// Appends a leaf; `completed` is told of every subtree that is complete from now on, the leaf first.
    pub fn append(&mut self, leaf: Hash, mut completed: impl FnMut(Node)) {
        let (mut level, mut index, mut hash) = (0, self.size, leaf);
        completed(Node { position: Position { level, index }, hash });
        // Every bit that is set at the end of the size is a subtree that this one completes.
        while index & 1 == 1 {
            let left = self.peaks.pop().expect("there is a peak for each bit that is set");
            hash = parent(&left, &hash);
            index >>= 1;
            level = level.saturating_add(1);
            completed(Node { position: Position { level, index }, hash });
        }
        self.peaks.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// What the log commits to.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().copied();
        let last = peaks.next().unwrap_or_else(empty);
        peaks.fold(last, |right, left| parent(&left, &right))
    }
}

/// Checks that `leaf` is record `index` of the log with `root` and `size` records (RFC 9162, section 2.1.3.2).
///
/// # Errors
/// Says what does not hold.
pub fn verify_inclusion(
    leaf: Hash,
    index: u64,
    path: &[Hash],
    size: u64,
    root: &Hash,
) -> Result<(), LogError> {
    if index >= size {
        return Err(LogError::Beyond { index, size });
    }
    let wrong_length = LogError::Length { found: path.len() };
    let (mut place, mut last, mut hash) = (index, size.saturating_sub(1), leaf);
    for sibling in path {
        if last == 0 {
            return Err(wrong_length);
        }
        if place & 1 == 1 || place == last {
            hash = parent(sibling, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = parent(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    match (last, hash == *root) {
        (0, true) => Ok(()),
        (0, false) => Err(LogError::Root),
        _ => Err(wrong_length),
    }
}

/// Checks that the log `new` began as the log `old`: nothing was changed or left out (RFC 9162, section 2.1.4.2).
///
/// Each is a size and a root.
///
/// # Errors
/// Says what does not hold.
pub fn verify_consistency(old: (u64, &Hash), new: (u64, &Hash), path: &[Hash]) -> Result<(), LogError> {
    let ((old, old_root), (new, new_root)) = (old, new);
    if old == 0 || old > new {
        return Err(LogError::Shrunk { old, new });
    }
    if old == new {
        return match (path, old_root == new_root) {
            ([], true) => Ok(()),
            ([], false) => Err(LogError::Root),
            _ => Err(LogError::Length { found: path.len() }),
        };
    }
    let wrong_length = LogError::Length { found: path.len() };
    let mut path = path.iter();
    // A complete older log is a subtree of the newer one: its root is the first hash and needs no repetition.
    let first = if old.is_power_of_two() { old_root } else { path.next().ok_or(wrong_length)? };
    let (mut place, mut last) = (old.saturating_sub(1), new.saturating_sub(1));
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (mut before, mut after) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return Err(wrong_length);
        }
        if place & 1 == 1 || place == last {
            before = parent(sibling, &before);
            after = parent(sibling, &after);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            after = parent(&after, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(wrong_length);
    }
    match before == *old_root && after == *new_root {
        true => Ok(()),
        false => Err(LogError::Root),
    }
}
