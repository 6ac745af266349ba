//! A chain in memory for tests: the real ledger and store under real headers, signatures and proofs, with nodes that
//! misbehave as told. Only consensus and the network are missing.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod chain;
mod node;
mod validators;

pub(crate) use chain::{CHAIN_ID, FakeBlock, FakeChain, GENESIS, key, prefix};
pub(crate) use node::{FakeNode, Mishap};
pub(crate) use validators::Validators;
