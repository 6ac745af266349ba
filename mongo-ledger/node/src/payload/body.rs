//! A body with its salt, and its document.

use mongo_ledger_core::payload::{Commitment, MOST_BYTES};
use mongodb::bson::{Binary, Bson, Document, doc, spec::BinarySubtype};
use thiserror::Error;

/// A body and the salt of its commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    salt: [u8; 32],
    bytes: Vec<u8>,
}

/// Why bytes are no body.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BodyError {
    /// Too long, or empty.
    #[error("a payload has from 1 to {MOST_BYTES} bytes, found {0}")]
    Length(usize),
    /// The salt is none.
    #[error("the salt of a payload is 64 hexadecimal digits")]
    Salt,
}

impl Body {
    /// A body with its salt in hexadecimal digits.
    ///
    /// # Errors
    /// Either is out of its bounds.
    pub fn new(salt: &str, bytes: Vec<u8>) -> Result<Self, BodyError> {
        let length = bytes.len();
        if length == 0 || u32::try_from(length).map_or(true, |length| length > MOST_BYTES) {
            return Err(BodyError::Length(length));
        }
        let mut read = [0; 32];
        hex::decode_to_slice(salt, &mut read).map_err(|_| BodyError::Salt)?;
        Ok(Self { salt: read, bytes })
    }

    /// Reads a document of `payloads`; `None` when it is not what this program writes under that name.
    pub fn read(commitment: &Commitment, document: &Document) -> Option<Self> {
        let Some(Bson::Binary(Binary { bytes, .. })) = document.get("body") else { return None };
        let body = Self::new(document.get_str("salt").ok()?, bytes.clone()).ok()?;
        (body.commitment() == *commitment && body.document() == *document).then_some(body)
    }

    /// What the chain has of it.
    pub fn commitment(&self) -> Commitment {
        Commitment::of(&self.salt, &self.bytes)
    }

    /// The body.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The body alone.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The salt in hexadecimal digits.
    pub fn salt(&self) -> String {
        hex::encode(self.salt)
    }

    /// Its document in `payloads`.
    pub fn document(&self) -> Document {
        let body = Binary { subtype: BinarySubtype::Generic, bytes: self.bytes.clone() };
        doc! {
            "_id": self.commitment().to_string(),
            "salt": self.salt(),
            "bytes": i64::try_from(self.bytes.len()).unwrap_or(i64::MAX),
            "body": body,
        }
    }
}
