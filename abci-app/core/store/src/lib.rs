//! The ledger's state: typed keys over ordered bytes, forks of it, and a proven history of its versions on disk.

pub mod backend;
mod cursor;
mod disk;
mod fault;
mod history;
mod index;
mod memory;
mod overlay;
mod proof;
pub mod roots;
mod snapshot;
mod state;
mod store;
pub mod sync;
mod tree;

pub use disk::{Disk, DiskOptions};
pub use fault::Fault;
pub use memory::Memory;
pub use overlay::{Changes, Overlay};
pub use proof::{Proof, ProofError, ProofOp, ROOT_OP, STATE_OP, state_spec, verify_absence, verify_value};
pub use snapshot::Snapshot;
pub use state::{Key, Order, Read, Span, Visit, Write};
pub use store::{Committed, LONGEST_KEY, LONGEST_VALUE, Options, Prepared, Row, Store, Unavailable};
