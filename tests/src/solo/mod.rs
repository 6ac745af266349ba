//! One node of the database without CometBFT: its programs, and the calls of consensus and of state sync that CometBFT
//! would make.

mod consensus;
mod node;
mod program;

pub use consensus::{Consensus, Shipped};
pub use node::{Node, Store};
pub use program::{Running, child};
