//! The hashes of the tree, as crate `jmt` 0.12 defines them, and how two subtrees become one.

use sha2::{Digest, Sha256};
use sirius_primitives::{Hash, sha256};

/// What stands before a leaf's two hashes.
pub(crate) const LEAF_PREFIX: &[u8; 13] = b"JMT::LeafNode";

/// What stands before an inner node's two hashes.
pub(crate) const INNER_PREFIX: &[u8; 16] = b"JMT::IntrnalNode";

/// The hash of a subtree without leaves.
pub(crate) const EMPTY: Hash = Hash::new(*b"SPARSE_MERKLE_PLACEHOLDER_HASH__");

/// A subtree, as far as its parent cares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Node {
    /// Without leaves.
    #[default]
    Empty,
    /// With one leaf, whose hash this is.
    Leaf(Hash),
    /// With two leaves or more.
    Inner(Hash),
}

impl Node {
    /// The subtree's hash.
    pub(crate) fn hash(&self) -> Hash {
        match self {
            Self::Empty => EMPTY,
            Self::Leaf(hash) | Self::Inner(hash) => *hash,
        }
    }

    /// The subtree of all `nodes`, which are a power of two in number, side by side at the same depth.
    pub(crate) fn over(nodes: &[Self]) -> Self {
        match nodes {
            [] => Self::Empty,
            [node] => *node,
            _ => {
                let (left, right) = nodes.split_at(nodes.len() / 2);
                Self::join(Self::over(left), Self::over(right))
            }
        }
    }

    fn join(left: Self, right: Self) -> Self {
        match (left, right) {
            (Self::Empty, only @ (Self::Empty | Self::Leaf(_))) | (only @ Self::Leaf(_), Self::Empty) => only,
            (left, right) => Self::Inner(inner_hash(&left.hash(), &right.hash())),
        }
    }
}

/// SHA-256("JMT::LeafNode" ‖ SHA-256(key) ‖ SHA-256(value)).
pub(crate) fn leaf_hash(key_hash: &Hash, value: &[u8]) -> Hash {
    let leaf = Sha256::new()
        .chain_update(LEAF_PREFIX)
        .chain_update(key_hash.as_bytes())
        .chain_update(sha256(value).as_bytes());
    Hash::new(leaf.finalize().into())
}

/// SHA-256("JMT::IntrnalNode" ‖ left ‖ right).
pub(crate) fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    let node =
        Sha256::new().chain_update(INNER_PREFIX).chain_update(left.as_bytes()).chain_update(right.as_bytes());
    Hash::new(node.finalize().into())
}

/// The bit of `hash` that decides `depth` levels below the root: `false` is left.
pub(crate) fn bit(hash: &Hash, depth: usize) -> bool {
    let byte = hash.as_bytes().get(depth / 8).copied().unwrap_or_default();
    byte >> (7 - depth % 8) & 1 == 1
}
