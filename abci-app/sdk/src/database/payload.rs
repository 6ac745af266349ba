//! Bodies beside the chain that can be erased: put at nodes before their transaction, and read from whichever has them.

use mongo_ledger_core::payload::{Commitment, Declared, MOST_BYTES};
use rand::{RngCore as _, rngs::OsRng};
use thiserror::Error;

use super::{ANSWER, Database, DatabaseError};
use crate::{Cause, client::Attempt};

/// A body with the salt of its commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    salt: [u8; 32],
    body: Vec<u8>,
}

/// Why bytes are no body.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PayloadError {
    /// Too long, or empty.
    #[error("an erasable body has from 1 to {MOST_BYTES} bytes, found {0}; divide it, or leave it out")]
    Length(usize),
    /// There is no randomness for a salt.
    #[error("the system gives no random bytes: {0}")]
    Randomness(String),
}

impl PayloadError {
    /// Whether this is a refusal or a failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Length(_) => Cause::Refused,
            Self::Randomness(_) => Cause::Broken,
        }
    }
}

impl Payload {
    /// A body with a new salt.
    ///
    /// # Errors
    /// It is empty or too long, or there is no randomness.
    pub fn new(body: Vec<u8>) -> Result<Self, PayloadError> {
        let mut salt = [0; 32];
        OsRng.try_fill_bytes(&mut salt).map_err(|error| PayloadError::Randomness(error.to_string()))?;
        Self::with_salt(salt, body)
    }

    /// A body with a salt that is known.
    ///
    /// # Errors
    /// It is empty or too long.
    pub fn with_salt(salt: [u8; 32], body: Vec<u8>) -> Result<Self, PayloadError> {
        match u32::try_from(body.len()) {
            Ok(1..=MOST_BYTES) => Ok(Self { salt, body }),
            _ => Err(PayloadError::Length(body.len())),
        }
    }

    /// What the chain has of it.
    pub fn commitment(&self) -> Commitment {
        Commitment::of(&self.salt, &self.body)
    }

    /// What a document says of it.
    pub fn declared(&self) -> Declared {
        Declared {
            commitment: self.commitment(),
            bytes: u32::try_from(self.body.len()).unwrap_or(MOST_BYTES),
        }
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl Database {
    /// Puts a body at every node that takes it, and gives how many did: each fetches from the others what it misses.
    ///
    /// # Errors
    /// No node takes it.
    pub async fn put_payload(&self, payload: &Payload) -> Result<usize, DatabaseError> {
        let (mut taken, mut attempts) = (0_usize, Vec::new());
        let salt = hex::encode(payload.salt);
        for (_, endpoint) in self.in_order() {
            let url = format!("{endpoint}/api/v1/payloads");
            let reason = match self.http.put_bytes(&url, &salt, &payload.body, ANSWER).await {
                Ok(answer) if answer.status == 202 => {
                    taken = taken.saturating_add(1);
                    continue;
                }
                Ok(answer) => answer.words(),
                Err(silence) => silence.reason,
            };
            attempts.push(Attempt { endpoint: endpoint.into(), reason });
        }
        match taken {
            0 => Err(DatabaseError::Unreachable {
                what: format!("room for payload {}", payload.commitment()),
                attempts,
            }),
            taken => Ok(taken),
        }
    }

    /// The body behind a commitment, from the first node that has it. What a node gives is compared with the commitment.
    ///
    /// # Errors
    /// It was erased, or no node has it.
    pub async fn payload(&self, commitment: &Commitment) -> Result<Payload, DatabaseError> {
        let (what, mut attempts) = (format!("payload {commitment}"), Vec::new());
        for (_, endpoint) in self.in_order() {
            let url = format!("{endpoint}/api/v1/payloads/{commitment}");
            let reason = match self.http.get(&url, &[], ANSWER).await {
                Ok(answer) if answer.status == 410 => {
                    let (endpoint, reason) = (endpoint.into(), answer.words());
                    return Err(DatabaseError::Refused { what, endpoint, reason });
                }
                Ok(answer) if answer.status == 200 => match read(answer.salt.as_deref(), answer.body) {
                    Some(payload) if payload.commitment() == *commitment => return Ok(payload),
                    _ => "what it gave does not match the commitment; do not believe it".into(),
                },
                Ok(answer) => answer.words(),
                Err(silence) => silence.reason,
            };
            attempts.push(Attempt { endpoint: endpoint.into(), reason });
        }
        Err(DatabaseError::Unreachable { what, attempts })
    }
}

fn read(salt: Option<&str>, body: Vec<u8>) -> Option<Payload> {
    let salt = hex::decode(salt?).ok()?.try_into().ok()?;
    Payload::with_salt(salt, body).ok()
}
