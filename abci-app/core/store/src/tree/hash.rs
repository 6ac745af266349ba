//! The three hashes of the tree, as crate `jmt` 0.12 defines them.

use sha2::{Digest, Sha256};
use sirius_primitives::Hash;

/// What stands before a leaf's two hashes.
pub(crate) const LEAF_PREFIX: &[u8; 13] = b"JMT::LeafNode";

/// What stands before an inner node's two hashes.
pub(crate) const INNER_PREFIX: &[u8; 16] = b"JMT::IntrnalNode";

/// The hash of a subtree without leaves.
pub(crate) const EMPTY: Hash = Hash::new(*b"SPARSE_MERKLE_PLACEHOLDER_HASH__");

/// SHA-256("JMT::LeafNode" ‖ SHA-256(key) ‖ SHA-256(value)).
pub(crate) fn leaf_hash(key_hash: &Hash, value_hash: &Hash) -> Hash {
    let leaf = Sha256::new()
        .chain_update(LEAF_PREFIX)
        .chain_update(key_hash.as_bytes())
        .chain_update(value_hash.as_bytes());
    Hash::new(leaf.finalize().into())
}

/// SHA-256("JMT::IntrnalNode" ‖ left ‖ right).
pub(crate) fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    let node =
        Sha256::new().chain_update(INNER_PREFIX).chain_update(left.as_bytes()).chain_update(right.as_bytes());
    Hash::new(node.finalize().into())
}

/// The bit of `hash` that decides at `depth` levels below the root: `false` is left.
pub(crate) fn bit(hash: &Hash, depth: usize) -> bool {
    let byte = hash.as_bytes().get(depth / 8).copied().unwrap_or_default();
    byte >> (7 - depth % 8) & 1 == 1
}
