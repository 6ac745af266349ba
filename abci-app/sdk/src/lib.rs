//! The client library of Sirius: keys and where they are kept, transactions built, signed, sent and followed, questions
//! to the chain, and answers that prove themselves.
//!
//! [`key`], [`keystore`] and [`sign`] need no network. [`client`] talks to nodes; [`ask`], [`submit`] and [`watch`] build
//! on it and believe the node; [`trust`] and [`prove`] do not. [`database`] is the same for the database chain, and
//! [`identity`] says by which key that knows an account or a name of the ledger, [`anchored`] proves its records to those
//! who trust the ledger alone. [`catalogue`] and [`units`] are for programs that speak with people, [`config`] reads their
//! settings. No module reads a clock but to wait.

pub mod anchored;
pub mod ask;
pub mod catalogue;
mod cause;
pub mod client;
pub mod config;
pub mod database;
#[cfg(test)]
mod fake;
pub mod identity;
pub mod key;
pub mod keystore;
pub mod prove;
pub mod sign;
pub mod submit;
pub mod trust;
pub mod units;
pub mod watch;

pub use cause::Cause;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
