//! Why a transaction cannot be built or signed.

use sirius_ledger::ante::amino::AminoError;
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
    /// A message that only protobuf can say.
    #[error("the transaction has no amino-JSON: {0}; sign it in the mode direct")]
    NoAmino(AminoError),
    /// One signature for an account of several keys.
    #[error("signer {0} is a multisig; put its members' signatures together first")]
    Multisig(usize),
    /// Somebody who is no member.
    #[error("the key {0} is no member of the multisig; give signatures of its members")]
    NoMember(String),
    /// One member twice.
    #[error("the key {0} signed twice; give one signature a member")]
    MemberTwice(String),
    /// Too few members.
    #[error("the multisig needs {threshold} signatures, got {signed}; collect the missing ones")]
    TooFew {
        /// How many must sign.
        threshold: usize,
        /// How many did.
        signed: usize,
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
