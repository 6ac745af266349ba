//! The client library of Sirius: keys and where they are kept, and transactions built and signed offline.
//!
//! Nothing in these modules talks to a network or reads a clock; [`keystore`] alone touches the disk.

pub mod key;
pub mod keystore;
pub mod sign;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
