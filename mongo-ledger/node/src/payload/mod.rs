//! Bodies beside the chain: taken in before the transaction that names them, kept while the chain does, removed when it
//! says so, and fetched from other nodes where this one misses them.
//!
//! One lock, the gate, is held while it is looked up whether a body may be kept and while it is written, and while
//! erased ones are removed. So none is written after it was removed, in whatever order requests and blocks come.

mod body;
mod fetch;
mod keep;
mod room;
mod stock;
mod sweep;

pub use body::{Body, BodyError};
pub(crate) use fetch::SALT;
pub use fetch::{CaError, Key, MOST_PEERS, Peers, fetch, watch};
pub use keep::KeepError;
pub(crate) use keep::{keep, look_up};
pub use room::Full;
pub(crate) use stock::Payloads;
#[cfg(test)]
pub(crate) use sweep::inventory;
pub(crate) use sweep::pages;
pub use sweep::{SweepError, sweep};
