//! Crypto-conditions: who must sign. The part of draft-thomas-crypto-conditions-03 that BigchainDB uses, which is
//! Ed25519 keys and thresholds over them, in DER of one form only.
//!
//! [`Condition`] is the tree in an output's `details`; [`Digest`] is what is left of it in a URI; [`Fulfillment`] is the
//! signed tree that spends it. Not here: preimages, prefixes and RSA.

mod der;
mod details;
mod digest;
mod fulfillment;

use thiserror::Error;

use crate::key::{PublicKey, SecretKey};

pub use digest::{Digest, Kind};
pub use fulfillment::{Fulfillment, FulfillmentError};

/// How many thresholds may stand inside each other.
pub const MAX_DEPTH: usize = 24;
/// How many subconditions a threshold may have; as many as its number can be.
pub const MAX_WIDTH: usize = 100;
/// How many parts a condition may have in all: keys and thresholds.
pub const MAX_PARTS: usize = 1_000;

/// Who must sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The holder of a key.
    Ed25519(PublicKey),
    /// At least `threshold` of `subconditions`.
    Threshold {
        /// From 1 to the number of subconditions.
        threshold: u32,
        /// In the order of `details`, which the digest does not depend on.
        subconditions: Vec<Condition>,
    },
}

/// Why a condition is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConditionError {
    /// Not of the shape of `details`.
    #[error("condition details: {0}")]
    Shape(String),
    /// Larger than the bounds.
    #[error(
        "a condition has at most {MAX_DEPTH} thresholds inside each other, {MAX_WIDTH} subconditions each and {MAX_PARTS} parts"
    )]
    TooDeep,
}

impl Condition {
    /// A threshold over other conditions.
    ///
    /// # Errors
    /// The threshold is 0 or more than the subconditions, or the tree is larger than the bounds.
    pub fn threshold(threshold: u32, subconditions: Vec<Self>) -> Result<Self, ConditionError> {
        let condition = Self::Threshold { threshold, subconditions };
        condition.check()?;
        Ok(condition)
    }

    /// Every key, in order of appearance; one that stands twice is given twice.
    pub fn keys(&self) -> Vec<PublicKey> {
        match self {
            Self::Ed25519(key) => vec![*key],
            Self::Threshold { subconditions, .. } => subconditions.iter().flat_map(Self::keys).collect(),
        }
    }

    /// What a URI says of it.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Ed25519(key) => Digest::ed25519(key),
            Self::Threshold { threshold, subconditions } => {
                Digest::threshold(*threshold, subconditions.iter().map(Self::digest).collect())
            }
        }
    }

    /// SHA-256 of what is fixed about it.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.digest().fingerprint
    }

    /// The draft's measure of what its check costs: 131,072 a key; for a threshold the sum of the dearest that it needs
    /// and 1,024 for each subcondition.
    pub fn cost(&self) -> u64 {
        self.digest().cost
    }

    /// The `uri` of an output with this condition.
    pub fn uri(&self) -> String {
        self.digest().uri()
    }

    /// Signs `message` for as many keys as the condition needs; of more than enough, the cheapest.
    ///
    /// `None` if `secrets` do not suffice.
    pub fn fulfill(&self, message: &[u8; 32], secrets: &[&SecretKey]) -> Option<Fulfillment> {
        match self {
            Self::Ed25519(key) => {
                let secret = secrets.iter().find(|secret| secret.public() == *key)?;
                Some(Fulfillment::Ed25519 { public_key: *key, signature: Box::new(secret.sign(message)) })
            }
            Self::Threshold { threshold, subconditions } => {
                let (mut fulfilled, mut hidden) = (Vec::new(), Vec::new());
                for condition in subconditions {
                    match condition.fulfill(message, secrets) {
                        Some(fulfillment) => fulfilled.push(fulfillment),
                        None => hidden.push(condition.digest()),
                    }
                }
                fulfilled.sort_by_key(|fulfillment| fulfillment.digest().cost);
                let needed = usize::try_from(*threshold).ok().filter(|needed| *needed <= fulfilled.len())?;
                hidden.extend(fulfilled.split_off(needed).iter().map(Fulfillment::digest));
                Some(Fulfillment::Threshold { fulfilled, hidden })
            }
        }
    }

    /// Holds the tree to its bounds without going deeper than they allow.
    fn check(&self) -> Result<(), ConditionError> {
        let mut parts = 0;
        self.check_at(0, &mut parts)
    }

    fn check_at(&self, depth: usize, parts: &mut usize) -> Result<(), ConditionError> {
        *parts = parts.saturating_add(1);
        let Self::Threshold { threshold, subconditions } = self else { return Ok(()) };
        if depth >= MAX_DEPTH || subconditions.len() > MAX_WIDTH || *parts > MAX_PARTS {
            return Err(ConditionError::TooDeep);
        }
        if *threshold == 0
            || usize::try_from(*threshold).map_or(true, |threshold| threshold > subconditions.len())
        {
            return Err(ConditionError::Shape(format!(
                "a threshold is from 1 to the number of subconditions, found {threshold} of {}",
                subconditions.len()
            )));
        }
        for condition in subconditions {
            condition.check_at(depth.saturating_add(1), parts)?;
        }
        if *parts > MAX_PARTS { Err(ConditionError::TooDeep) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
