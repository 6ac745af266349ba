//! Lane `tidy`: the rules of the house that a program can hold. Each test says what to do when it fails.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod architecture;
mod changelog;
mod crates;
mod files;
mod fuzz;
mod generated;
mod ledger;
mod makefile;
mod names;
mod operations;
mod security;
mod tree;
