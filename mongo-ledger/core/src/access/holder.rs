//! Whom a role is given to.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{Hash, sha256};
use thiserror::Error;

use crate::{
    condition::{Condition, Digest, Fulfillment},
    key::PublicKey,
};

/// Whoever meets a condition: the holder of a key, or as many of a group as a threshold needs. It is named by the
/// condition's URI.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Holder(String);

/// Why a text names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a role is given to a key in base58, or to a condition by the `uri` that an output with it has")]
pub struct HolderError;

impl Holder {
    /// Whoever signed so.
    pub fn of(fulfillment: &Fulfillment) -> Self {
        Self(fulfillment.condition_uri())
    }

    /// The condition's URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the URI: how keys of the state name it.
    pub fn hash(&self) -> Hash {
        sha256(self.0.as_bytes())
    }
}

impl From<&PublicKey> for Holder {
    fn from(key: &PublicKey) -> Self {
        Self::from(&Condition::Ed25519(*key))
    }
}

impl From<&Condition> for Holder {
    fn from(condition: &Condition) -> Self {
        Self(condition.uri())
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Holder {
    type Err = HolderError;

    fn from_str(text: &str) -> Result<Self, HolderError> {
        if let Ok(key) = text.parse::<PublicKey>() {
            return Ok(Self::from(&key));
        }
        Digest::parse(text).map(|digest| Self(digest.uri())).ok_or(HolderError)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn a_key_and_its_uri_name_the_same_and_other_texts_nobody() {
        let key = PublicKey::new([7; 32]);
        let holder = Holder::from(&key);
        assert_eq!(key.to_string().parse(), Ok(holder.clone()));
        assert_eq!(holder.as_str().parse(), Ok(holder.clone()));
        let keys = [7, 8].map(|byte| Condition::Ed25519(PublicKey::new([byte; 32])));
        let group = Holder::from(&Condition::threshold(1, keys.to_vec()).unwrap());
        assert_eq!(group.as_str().parse(), Ok(group.clone()));
        for wrong in [
            String::new(),
            "alice".into(),
            format!("{holder} "),
            holder.as_str().replace("cost=131072", "cost=131073"),
            holder.as_str().replace("cost=131072", "cost=0131072"),
            holder.as_str().replace("ed25519-sha-256", "preimage-sha-256"),
            group.as_str().replace("&subtypes=ed25519-sha-256", ""),
            group.as_str().replace("ni:///", "ni://"),
        ] {
            assert_eq!(wrong.parse::<Holder>(), Err(HolderError), "{wrong}");
        }
    }
}
