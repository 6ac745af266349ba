//! The chain of records: an append-only Merkle tree (RFC 6962, section 2.1) over everything that was ever accepted.
//!
//! ```text
//! leaf   = SHA-256(0x00 ‖ borsh(Record))
//! parent = SHA-256(0x01 ‖ left ‖ right)
//! ```
//!
//! The state keeps the [`Head`] alone, whose peaks suffice to append. Whoever serves proofs keeps the nodes that each
//! append completes.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};
use sirius_primitives::Hash;
use sirius_store::Fault;
use thiserror::Error;

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

/// Where the nodes of a log are kept.
pub trait Nodes {
    /// The hash of a complete subtree.
    ///
    /// # Errors
    /// The node cannot be read, or is not there although the log is long enough.
    fn node(&self, position: Position) -> Result<Hash, Fault>;
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
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(bytes);
    Hash::new(hasher.finalize().into())
}

fn parent(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left.as_bytes());
    hasher.update(right.as_bytes());
    Hash::new(hasher.finalize().into())
}

/// The hash of a log without records: that of no bytes (RFC 6962, section 2.1).
fn empty() -> Hash {
    Hash::new(Sha256::digest([]).into())
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

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (63_u32.saturating_sub(size.saturating_sub(1).leading_zeros()))
}

/// The root over `size` leaves from `start` on, which begin a subtree as large as the next power of two.
fn root_over(nodes: &impl Nodes, start: u64, size: u64) -> Result<Hash, Fault> {
    if size.is_power_of_two() {
        let level = u8::try_from(size.trailing_zeros()).unwrap_or(LEVELS);
        return nodes.node(Position { level, index: start >> level });
    }
    let left = split(size);
    let right = root_over(nodes, start.saturating_add(left), size.saturating_sub(left))?;
    Ok(parent(&root_over(nodes, start, left)?, &right))
}

/// The path that proves record `index` within the first `size` records, from the leaf upward (RFC 6962, section 2.1.1).
///
/// # Errors
/// A node cannot be read; or there is no such record, which is a [`Fault::Contradiction`].
pub fn inclusion(nodes: &impl Nodes, index: u64, size: u64) -> Result<Vec<Hash>, Fault> {
    if index >= size {
        return Err(Fault::Contradiction(LogError::Beyond { index, size }.to_string()));
    }
    let (mut start, mut size, mut path) = (0_u64, size, Vec::new());
    while size > 1 {
        let left = split(size);
        let middle = start.saturating_add(left);
        let right = size.saturating_sub(left);
        if index < middle {
            path.push(root_over(nodes, middle, right)?);
            size = left;
        } else {
            path.push(root_over(nodes, start, left)?);
            (start, size) = (middle, right);
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the log of `new` records begins with the log of `old` records (RFC 6962, section 2.1.2).
///
/// # Errors
/// A node cannot be read; or the older log is empty or longer, which is a [`Fault::Contradiction`].
pub fn consistency(nodes: &impl Nodes, old: u64, new: u64) -> Result<Vec<Hash>, Fault> {
    if old == 0 || old > new {
        return Err(Fault::Contradiction(LogError::Shrunk { old, new }.to_string()));
    }
    let (mut start, mut size, mut rest, mut whole, mut path) = (0_u64, new, old, true, Vec::new());
    while rest != size {
        let left = split(size);
        let middle = start.saturating_add(left);
        let right = size.saturating_sub(left);
        if rest <= left {
            path.push(root_over(nodes, middle, right)?);
            size = left;
        } else {
            path.push(root_over(nodes, start, left)?);
            (start, size, rest, whole) = (middle, right, rest.saturating_sub(left), false);
        }
    }
    if !whole {
        path.push(root_over(nodes, start, size)?);
    }
    path.reverse();
    Ok(path)
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

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "a test that panics fails"
    )]
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Default)]
    struct Kept(BTreeMap<Position, Hash>);

    impl Nodes for Kept {
        fn node(&self, position: Position) -> Result<Hash, Fault> {
            self.0.get(&position).copied().ok_or_else(|| Fault::Contradiction(format!("{position:?}")))
        }
    }

    fn grown(size: u64) -> (Vec<Head>, Kept) {
        let (mut head, mut kept, mut heads) = (Head::default(), Kept::default(), vec![Head::default()]);
        for index in 0..size {
            head.append(leaf(&index.to_be_bytes()), |node| {
                assert!(kept.0.insert(node.position, node.hash).is_none(), "a node is completed once");
            });
            heads.push(head.clone());
        }
        (heads, kept)
    }

    /// The definition of RFC 6962, word by word.
    fn tree_hash(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty(),
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
                parent(&tree_hash(left), &tree_hash(right))
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        let (heads, _) = grown(70);
        for (size, head) in heads.iter().enumerate() {
            let leaves: Vec<Hash> = (0..size as u64).map(|index| leaf(&index.to_be_bytes())).collect();
            assert_eq!(head.root(), tree_hash(&leaves), "{size}");
            assert_eq!(head.size, size as u64);
        }
        // RFC 6962's own value of a tree without leaves.
        assert!(heads[0].root().to_string().starts_with("E3B0C44298FC1C14"));
    }

    #[test]
    fn every_record_is_proven_in_every_log_and_nothing_else() {
        let (heads, kept) = grown(40);
        for size in 1..=40_u64 {
            let root = heads[size as usize].root();
            for index in 0..size {
                let path = inclusion(&kept, index, size).unwrap();
                let this = leaf(&index.to_be_bytes());
                verify_inclusion(this, index, &path, size, &root).unwrap();
                assert!(verify_inclusion(leaf(b"other"), index, &path, size, &root).is_err());
                assert!(verify_inclusion(this, index ^ 1, &path, size, &root).is_err() || size == 1);
                let longer = [path.as_slice(), &[root]].concat();
                assert!(verify_inclusion(this, index, &longer, size, &root).is_err());
                if let Some((_, shorter)) = path.split_last() {
                    assert!(verify_inclusion(this, index, shorter, size, &root).is_err());
                }
            }
            assert!(inclusion(&kept, size, size).is_err());
        }
    }

    #[test]
    fn every_log_is_proven_to_have_grown_from_every_older_one() {
        let (heads, kept) = grown(40);
        for new in 1..=40_u64 {
            for old in 1..=new {
                let path = consistency(&kept, old, new).unwrap();
                let (before, after) = (heads[old as usize].root(), heads[new as usize].root());
                verify_consistency((old, &before), (new, &after), &path).unwrap();
                let forged = leaf(b"forged");
                assert!(verify_consistency((old, &forged), (new, &after), &path).is_err());
                assert!(verify_consistency((old, &before), (new, &forged), &path).is_err());
                if let Some((_, shorter)) = path.split_last() {
                    assert!(verify_consistency((old, &before), (new, &after), shorter).is_err());
                }
            }
        }
        assert!(consistency(&kept, 0, 4).is_err() && consistency(&kept, 5, 4).is_err());
    }

    proptest! {
        #[test]
        fn no_path_proves_what_it_was_not_made_for(size in 2..40_u64, index in 0..40_u64, flip in 0..7_usize) {
            let index = index % size;
            let (heads, kept) = grown(size);
            let mut path = inclusion(&kept, index, size).unwrap();
            let place = flip % path.len();
            path[place] = leaf(b"changed");
            prop_assert_eq!(
                verify_inclusion(leaf(&index.to_be_bytes()), index, &path, size, &heads[size as usize].root()),
                Err(LogError::Root)
            );
        }
    }
}
