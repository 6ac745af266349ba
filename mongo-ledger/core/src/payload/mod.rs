//! Bodies that travel beside the chain, so that they can be erased: the chain has a salted commitment of each alone.
//!
//! A document says of which, in its member `erasable`, at its top level:
//!
//! ```text
//! {"erasable": [{"commitment": 64 hexadecimal digits, "bytes": length of the body}, …], …}
//! commitment = SHA-256("ml/payload/1" ‖ salt: 32 bytes ‖ body)
//! ```
//!
//! The salt travels and is erased with its body: a commitment alone tells nothing, not even to who guesses the body.

mod commitment;
mod declared;

pub use commitment::{Commitment, CommitmentError};
pub use declared::{Declared, ERASE, MEMBER, MOST, MOST_BYTES, MOST_TOTAL, member};
pub(crate) use declared::{declared, erased};
