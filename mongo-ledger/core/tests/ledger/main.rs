//! What counts and what does not, block by block, on a state in memory.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod access;
mod decisions;
mod erase;
mod rules;
mod world;
