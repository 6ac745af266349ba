//! What the test lanes and the benchmarks share: networks, who uses them and how they are looked at; what a figure leaves
//! behind; and the generator of wire code, whose output `tidy` compares with what is committed.

mod agent;
pub mod bed;
pub mod bench;
mod books;
pub mod database;
pub mod history;
pub mod kills;
pub mod lane;
pub mod load;
pub mod outside;
pub mod payer;
pub mod rpc;
pub mod signer;
pub mod solo;
pub mod trade;
pub mod usage;
pub mod wire;

pub use agent::agent;
