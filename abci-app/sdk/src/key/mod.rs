//! Secret keys: made from a mnemonic or from raw bytes, they sign and are wiped from memory when dropped.
//!
//! One [`Mnemonic`] gives a key of each [`Scheme`]:
//!
//! ```text
//! secp256k1   BIP-39 → BIP-32   m/44'/118'/account'/0/index      what Cosmos wallets derive
//! ed25519     BIP-39 → SLIP-10  m/44'/118'/account'/0'/index'    SLIP-10 knows hardened steps only
//! ```
//!
//! Not here: BIP-39's optional passphrase (its "25th word"), word lists other than the English one, and hardware keys.
//! Wiping covers the values that these types own; copies that a compiler or a library leaves on the stack for the
//! length of one call are beyond its reach.

mod derive;
mod error;
mod mnemonic;
mod path;
mod scheme;
mod secret;

pub use error::KeyError;
pub use mnemonic::Mnemonic;
pub use path::{Path, PathError};
pub use scheme::{Scheme, SchemeError};
pub use secret::Key;
