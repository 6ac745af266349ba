//! Which of the two signature schemes a key belongs to.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sirius_primitives::PublicKey;
use thiserror::Error;

/// A signature scheme that an account's key may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// ECDSA on secp256k1 over SHA-256 of the message: what Cosmos wallets speak.
    Secp256k1,
    /// Ed25519 (RFC 8032).
    Ed25519,
}

impl Scheme {
    /// Every scheme there is.
    pub const ALL: [Self; 2] = [Self::Secp256k1, Self::Ed25519];

    /// The scheme that `key` belongs to.
    pub const fn of(key: &PublicKey) -> Self {
        match key {
            PublicKey::Secp256k1(_) => Self::Secp256k1,
            PublicKey::Ed25519(_) => Self::Ed25519,
        }
    }

    /// The name as people and files write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secp256k1 => "secp256k1",
            Self::Ed25519 => "ed25519",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Scheme {
    type Err = SchemeError;

    fn from_str(text: &str) -> Result<Self, SchemeError> {
        Self::ALL
            .into_iter()
            .find(|scheme| scheme.as_str() == text)
            .ok_or_else(|| SchemeError(text.chars().take(40).collect()))
    }
}

/// A text that names no scheme.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("key scheme {0:?} is unknown; use secp256k1 or ed25519")]
pub struct SchemeError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_value_agree() {
        for scheme in Scheme::ALL {
            assert_eq!(scheme.to_string().parse(), Ok(scheme));
        }
        assert_eq!("Ed25519".parse::<Scheme>(), Err(SchemeError("Ed25519".into())));
    }
}
