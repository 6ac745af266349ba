//! Transactions built and signed offline, as `cosmos.tx.v1beta1` defines them: `SIGN_MODE_DIRECT`, one or more signers.
//!
//! ```text
//! TxBuilder ── build ──▶ Unsigned ── sign ──▶ Signed { bytes, hash }
//! messages, memo,        body_bytes,          TxRaw, ready to broadcast
//! timeout, fee,          auth_info_bytes
//! signers
//! ```
//!
//! What a signer signs is the encoded `SignDoc { body_bytes, auth_info_bytes, chain_id, account_number }`. Nothing here
//! knows what a message means or whether the chain will accept it.

mod build;
mod direct;
mod error;
mod public_key;
mod signer;
mod unsigned;

pub use build::TxBuilder;
pub use direct::{sign_bytes, sign_direct, tx_raw};
pub use error::SignError;
pub use public_key::public_key_any;
pub use signer::{AccountNumber, Sequence, Signer};
pub use unsigned::{Signed, Unsigned};

#[cfg(test)]
mod tests;
