//! The whole process without CometBFT: blocks, crashes at every write, documents that somebody changed, and starts upon
//! whatever was left.

mod crash;
mod erasure;
mod order;
mod payloads;
mod sync;
mod tamper;
mod world;
