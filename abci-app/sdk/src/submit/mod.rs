//! Transactions of one account: numbered, paid, sent, and followed until a block has them or never will.
//!
//! ```text
//! Account::submit   number → simulate → price → sign → broadcast ──▶ Pending
//! Pending::confirm  look it up, send the same bytes again ──▶ Receipt, or why there is none
//! ```
//!
//! # Never paid twice
//! A transaction has a timeout height and is signed once. Whatever the network does, the *same bytes* are sent again,
//! and the chain takes one account sequence once. A transaction counts as failed only when
//!
//! * a node refused it in CheckTx, and no other node may have received it before;
//! * or a block has it with a code other than 0;
//! * or the chain has passed its timeout height, and none of the committed blocks up to there has it.
//!
//! A broken connection, a full mempool and "tx already exists in cache" are none of these. Where the network stays
//! away longer than the caller waits, the answer is [`SubmitError::Unconfirmed`], which says until which height the
//! transaction may still appear.
//!
//! This holds against nodes that fail. A node that lies about an account's sequence could have a second transaction
//! signed; whoever sends through a stranger's node should compare receipts with [`crate::prove`].

mod account;
mod broadcast;
mod checked;
mod confirm;
mod error;
mod options;
mod receipt;
mod sender;
#[cfg(test)]
mod tests;

pub use account::Account;
pub use broadcast::Broadcast;
pub use confirm::Pending;
pub use error::SubmitError;
pub use options::{Fee, GasLimit, Options};
pub use receipt::{Attribute, Event, Receipt};
pub use sender::Sender;
