//! The ledger's state: typed keys over ordered bytes, forks of it, and a proven history of its versions on disk.

mod fault;
mod overlay;
mod state;

pub use fault::Fault;
pub use overlay::{Changes, Overlay};
pub use state::{Key, Order, Read, Span, Visit, Write};
