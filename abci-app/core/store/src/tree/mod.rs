//! The Merkle tree over the state: which hashes it is made of, how a block changes it, how a path through it proves.
//!
//! The hashing is that of the Jellyfish Merkle tree with SHA-256 (crate `jmt` 0.12), so the root is a pure function of
//! the pairs: a binary tree over the bits of SHA-256(key), first bit first, where a subtree without a leaf is
//! [`hash::EMPTY`] and a subtree with one leaf is that leaf.
//!
//! How it lies on disk is ours: a [`page::Page`] holds four levels, leaves lie in their page and have no record of
//! their own, and a block reads, hashes and writes each page once ([`update`]).

pub(crate) mod hash;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod update;
pub(crate) mod walk;
