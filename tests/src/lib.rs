//! What the test lanes share: the wire code generator, whose output `tidy` compares with what is committed.

pub mod bed;
pub mod bench;
pub mod history;
pub mod lane;
pub mod load;
pub mod rpc;
pub mod wire;
