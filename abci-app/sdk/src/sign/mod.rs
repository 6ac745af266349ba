//! Transactions built and signed offline, as `cosmos.tx.v1beta1` defines them: one or more signers, who sign the protobuf
//! bytes (`SIGN_MODE_DIRECT`) or the transaction as JSON (`SIGN_MODE_LEGACY_AMINO_JSON`).
//!
//! ```text
//! TxBuilder ── build ──▶ Unsigned ── sign ──▶ Signed { bytes, hash }
//! messages, memo,        body_bytes,          TxRaw, ready to broadcast
//! timeout, fee,          auth_info_bytes
//! signers
//! ```
//!
//! What a signer signs in the mode direct is the encoded `SignDoc { body_bytes, auth_info_bytes, chain_id,
//! account_number }`; a multisig's members sign the JSON, and [`combine`] makes one signature of theirs. Nothing here knows
//! what a message means or whether the chain will accept it.

mod build;
mod direct;
mod error;
mod multisig;
mod signer;
mod unsigned;

pub use build::TxBuilder;
pub use direct::{sign_bytes, sign_direct, tx_raw};
pub use error::SignError;
pub use multisig::combine;
pub use signer::{AccountNumber, Sequence, Signer};
pub use sirius_runtime::tx::SignMode;
pub use unsigned::{Signed, Unsigned};

#[cfg(test)]
mod tests;
