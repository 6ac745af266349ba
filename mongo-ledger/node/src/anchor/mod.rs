//! Posting this chain's headers to the ledger, from which then everybody can prove what the documents say.
//!
//! A thread of its own asks the ledger for the chain's newest anchored header, and when its own chain is far enough ahead
//! of it, posts the newest it has, signed by the operator's ledger account. It remembers nothing: a ledger that was away,
//! or a node that was, is caught up with by one header. Every member may run it. Whose turn it is goes around by height, and
//! the others wait, so that a header is posted once.
//!
//! Blocks never wait for any of this.

mod claim;
mod error;
mod light;
mod link;
mod plan;
mod poster;
mod progress;

pub use error::AnchorError;
pub(crate) use light::Own;
pub use link::Link;
pub(crate) use poster::start;
pub(crate) use progress::Progress;

pub use claim::record as record_claim;
