//! What the chain has of a body: a salted commitment.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

const LABEL: &[u8] = b"ml/payload/1";

/// What the chain has of a body; written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Commitment([u8; 32]);

impl Commitment {
    /// A commitment of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// That of a body with its salt, 32 random bytes.
    pub fn of(salt: &[u8; 32], body: &[u8]) -> Self {
        Self(Sha256::new().chain_update(LABEL).chain_update(salt).chain_update(body).finalize().into())
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Commitment({self})")
    }
}

/// Why a text is no commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a commitment is 64 lower-case hexadecimal digits")]
pub struct CommitmentError;

impl FromStr for Commitment {
    type Err = CommitmentError;

    fn from_str(text: &str) -> Result<Self, CommitmentError> {
        let mut bytes = [0; 32];
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) if lower => Ok(Self(bytes)),
            _ => Err(CommitmentError),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_commitment_is_the_hash_of_label_salt_and_body() {
        // Python: hashlib.sha256(b"ml/payload/1" + b"\x07" * 32 + b"body").hexdigest()
        let expected = "e38953474ff1c295a651db7be89b4e40f7e3860dc7f96e4e5f8a8d2b6c37b13a";
        assert_eq!(Commitment::of(&[7; 32], b"body").to_string(), expected);
        assert_eq!(expected.parse(), Ok(Commitment::of(&[7; 32], b"body")));
        for text in ["", "AB", &expected.to_uppercase(), &format!("{expected}0"), "é"] {
            assert_eq!(text.parse::<Commitment>(), Err(CommitmentError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn bodies_and_salts_do_not_run_into_each_other(salt: [u8; 32], body: Vec<u8>, cut in 0_usize..64) {
            let commitment = Commitment::of(&salt, &body);
            let mut longer = body.clone();
            longer.push(0);
            prop_assert_ne!(commitment, Commitment::of(&salt, &longer));
            let mut other = salt;
            if let Some(byte) = other.get_mut(cut) {
                *byte ^= 1;
                prop_assert_ne!(commitment, Commitment::of(&other, &body));
            }
            prop_assert_eq!(commitment.to_string().parse(), Ok(commitment));
        }
    }
}
