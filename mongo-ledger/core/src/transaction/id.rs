//! Names of transactions, assets and outputs.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

/// SHA3-256 of a transaction's canonical text with `id: null`; written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct TransactionId([u8; 32]);

/// An asset is named by the transaction that made it.
pub type AssetId = TransactionId;

impl TransactionId {
    /// An id of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for TransactionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TransactionId({self})")
    }
}

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an id is 64 lower-case hexadecimal digits")]
pub struct TransactionIdError;

impl FromStr for TransactionId {
    type Err = TransactionIdError;

    fn from_str(text: &str) -> Result<Self, TransactionIdError> {
        let mut bytes = [0; 32];
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) if lower => Ok(Self(bytes)),
            _ => Err(TransactionIdError),
        }
    }
}

/// An output of a transaction; written `transaction:index`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct OutputRef {
    /// Whose output.
    pub transaction_id: TransactionId,
    /// Which, from 0.
    pub output_index: u32,
}

impl fmt::Display for OutputRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.transaction_id, self.output_index)
    }
}

impl FromStr for OutputRef {
    type Err = OutputRefError;

    fn from_str(text: &str) -> Result<Self, OutputRefError> {
        let (transaction_id, output_index) = text.split_once(':').ok_or(OutputRefError)?;
        let transaction_id = transaction_id.parse().map_err(|_| OutputRefError)?;
        let output = Self { transaction_id, output_index: output_index.parse().map_err(|_| OutputRefError)? };
        // Neither a sign nor leading zeros: an output has one name.
        if output.to_string() == text { Ok(output) } else { Err(OutputRefError) }
    }
}

/// Why a text is not the name of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an output is written as transaction:index")]
pub struct OutputRefError;
