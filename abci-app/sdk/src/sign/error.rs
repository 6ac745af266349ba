//! Why a transaction cannot be built or signed.

use sirius_primitives::SignatureError;
use thiserror::Error;

/// Why a transaction cannot be built or signed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignError {
    /// A transaction that would do nothing.
    #[error("the transaction has no message; add at least one")]
    NoMessages,
    /// A transaction of nobody.
    #[error("the transaction has no signer; add at least one")]
    NoSigners,
    /// One key in two places.
    #[error("the key {0} signs twice; name each signer once")]
    SignerTwice(String),
    /// A signer whose key or signature was not given.
    #[error("signer {position} has not signed; the key {public_key} is missing")]
    Unsigned {
        /// Which signer, counted from 1.
        position: usize,
        /// Its public key in hexadecimal.
        public_key: String,
    },
    /// A key that the transaction does not ask for.
    #[error("the key {0} is no signer of this transaction")]
    Stranger(String),
    /// As many signatures as signers are needed.
    #[error(
        "the transaction has {signers} signers and got {signatures} signatures; give one a signer, in order"
    )]
    Count {
        /// Signers named.
        signers: usize,
        /// Signatures given.
        signatures: usize,
    },
    /// A signature that was not made for this transaction.
    #[error("the signature of signer {position} does not count: {reason}")]
    Signature {
        /// Which signer, counted from 1.
        position: usize,
        /// What is wrong with it.
        reason: SignatureError,
    },
}
