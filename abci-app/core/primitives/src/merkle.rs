//! The SHA-256 Merkle tree of RFC 6962, as CometBFT's `crypto/merkle` builds it: over few leaves, such as named roots.

use sha2::{Digest, Sha256};

use crate::{Hash, sha256};

/// The hash of a leaf: SHA-256(0x00 ‖ leaf).
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash::new(Sha256::new().chain_update([0]).chain_update(leaf).finalize().into())
}

/// The hash of two subtrees: SHA-256(0x01 ‖ left ‖ right).
pub fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    let node = Sha256::new().chain_update([1]).chain_update(left.as_bytes()).chain_update(right.as_bytes());
    Hash::new(node.finalize().into())
}

/// A sibling on the way from a leaf to the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sibling {
    /// The sibling stands left of the path.
    Left(Hash),
    /// The sibling stands right of the path.
    Right(Hash),
}

/// The root over `leaves`; SHA-256 of nothing when there are none.
pub fn root(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [leaf] => leaf_hash(leaf),
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            inner_hash(&root(left), &root(right))
        }
    }
}

/// The siblings from leaf `index` up to the root, nearest first; `None` when there is no such leaf.
pub fn path(leaves: &[Vec<u8>], index: usize) -> Option<Vec<Sibling>> {
    match leaves {
        [] => None,
        [_] => (index == 0).then(Vec::new),
        _ => {
            let middle = split(leaves.len());
            let (left, right) = leaves.split_at(middle);
            let (mut siblings, last) = match index.checked_sub(middle) {
                None => (path(left, index)?, Sibling::Right(root(right))),
                Some(index) => (path(right, index)?, Sibling::Left(root(left))),
            };
            siblings.push(last);
            Some(siblings)
        }
    }
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: usize) -> usize {
    let power = count.next_power_of_two();
    if power == count { count / 2 } else { power / 2 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    fn climb(leaf: &[u8], siblings: &[Sibling]) -> Hash {
        siblings.iter().fold(leaf_hash(leaf), |hash, sibling| match sibling {
            Sibling::Left(left) => inner_hash(left, &hash),
            Sibling::Right(right) => inner_hash(&hash, right),
        })
    }

    #[test]
    fn splits_as_rfc_6962_does() {
        for (count, middle) in [(2, 1), (3, 2), (4, 2), (5, 4), (7, 4), (8, 4), (9, 8)] {
            assert_eq!(split(count), middle, "{count} leaves");
        }
    }

    proptest! {
        #[test]
        fn every_path_leads_to_the_root(leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..8), 1..40)) {
            for (index, leaf) in leaves.iter().enumerate() {
                prop_assert_eq!(climb(leaf, &path(&leaves, index).unwrap()), root(&leaves));
            }
            prop_assert!(path(&leaves, leaves.len()).is_none());
        }
    }
}
