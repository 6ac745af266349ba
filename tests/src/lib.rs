//! What the test lanes share: the wire code generator, whose output `tidy` compares with what is committed.

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
