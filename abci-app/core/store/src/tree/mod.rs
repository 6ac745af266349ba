//! The Merkle tree that is the state: which hashes it is made of, how a block changes it, how a way through it proves.
//!
//! The hashing is that of the Jellyfish Merkle tree with SHA-256 (crate `jmt` 0.12), so the root is a pure function of
//! the pairs: a binary tree over the bits of SHA-256(key), first bit first, where a subtree without a leaf is
//! [`hash::EMPTY`] and a subtree with one leaf is that leaf.
//!
//! How it lies on disk is ours: a [`page::Page`] holds four levels, keys and values lie in the page of their leaf and
//! nowhere else, and a block reads, hashes and writes each page once ([`update`]).

pub(crate) mod cache;
pub(crate) mod hash;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod update;
pub(crate) mod walk;

use sirius_primitives::Hash;

use crate::Fault;

/// Where the pages of one version of the tree come from.
pub(crate) trait Pages: Sync {
    /// The page at `path`, which hashes to `hash`.
    fn page(&self, path: &path::Path, hash: &Hash) -> Result<page::Page, Fault>;

    /// Takes note of a page that is made now and probably asked for soon.
    fn made(&self, hash: Hash, page: page::Page);
}
