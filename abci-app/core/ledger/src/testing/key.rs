//! Keys whose secrets are fixed, so that every run signs the same bytes.

use ed25519_dalek::Signer as _;
use secp256k1::{Message, Secp256k1, SecretKey};
use sirius_primitives::{Address, PublicKey, sha256};

/// A secret key of either scheme.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    /// ECDSA over secp256k1.
    Secp256k1(SecretKey),
    /// Ed25519.
    Ed25519(ed25519_dalek::SigningKey),
}

/// Has an account, coins of two kinds, and authority over the parameters.
pub(crate) fn alice() -> Key {
    Key::secp256k1(1)
}

/// Has an account and coins.
pub(crate) fn bob() -> Key {
    Key::secp256k1(2)
}

/// Has an account and coins, and an Ed25519 key.
pub(crate) fn carol() -> Key {
    Key::ed25519(3)
}

/// Has no account.
pub(crate) fn dave() -> Key {
    Key::secp256k1(4)
}

/// Has no account, and an Ed25519 key.
pub(crate) fn eve() -> Key {
    Key::ed25519(5)
}

impl Key {
    pub(crate) fn secp256k1(seed: u8) -> Self {
        Self::Secp256k1(SecretKey::from_byte_array(&[seed; 32]).unwrap())
    }

    pub(crate) fn ed25519(seed: u8) -> Self {
        Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
    }

    pub(crate) fn public(&self) -> PublicKey {
        match self {
            Self::Secp256k1(secret) => {
                PublicKey::Secp256k1(secret.public_key(&Secp256k1::signing_only()).serialize())
            }
            Self::Ed25519(secret) => PublicKey::Ed25519(secret.verifying_key().to_bytes()),
        }
    }

    pub(crate) fn address(&self) -> Address {
        self.public().address()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Secp256k1(secret) => {
                let digest = Message::from_digest(*sha256(message).as_bytes());
                Secp256k1::signing_only().sign_ecdsa(&digest, secret).serialize_compact().to_vec()
            }
            Self::Ed25519(secret) => secret.sign(message).to_bytes().to_vec(),
        }
    }
}
