//! What the test lanes share: the wire code generator, whose output `tidy` compares with what is committed.

pub mod bench;
pub mod wire;
