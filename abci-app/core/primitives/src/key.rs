//! Public keys, the addresses they own, and the one rule by which a signature counts.

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::VerifyingKey;
use ripemd::{Digest, Ripemd160};
use secp256k1::{Message, ecdsa::Signature};
use thiserror::Error;

use crate::{Address, sha256};

/// A key that can sign for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum PublicKey {
    /// A compressed point on secp256k1 (SEC 1, 33 bytes).
    Secp256k1([u8; 33]),
    /// An Ed25519 key (RFC 8032, 32 bytes).
    Ed25519([u8; 32]),
}

impl PublicKey {
    /// Checks that `bytes` have the compressed form of a point of secp256k1. Whether there is such a point costs a square
    /// root; [`PublicKey::verify`] takes it, and finds no signature of a key that is none.
    ///
    /// # Errors
    /// Another length, or a first byte that is neither 2 nor 3.
    pub fn secp256k1(bytes: &[u8]) -> Result<Self, PublicKeyError> {
        let compressed: [u8; 33] =
            bytes.try_into().map_err(|_| PublicKeyError::Length { expected: 33, found: bytes.len() })?;
        match compressed {
            [2 | 3, ..] => Ok(Self::Secp256k1(compressed)),
            _ => Err(PublicKeyError::NoPoint),
        }
    }

    /// Checks that `bytes` are an Ed25519 key that is not of small order.
    ///
    /// # Errors
    /// Another length, no point of the curve, or one of the eight weak points, for which anyone can sign.
    pub fn ed25519(bytes: &[u8]) -> Result<Self, PublicKeyError> {
        let compressed: [u8; 32] =
            bytes.try_into().map_err(|_| PublicKeyError::Length { expected: 32, found: bytes.len() })?;
        match VerifyingKey::from_bytes(&compressed) {
            Ok(key) if !key.is_weak() => Ok(Self::Ed25519(compressed)),
            _ => Err(PublicKeyError::NoPoint),
        }
    }

    /// The key's bytes: 33 or 32.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Secp256k1(bytes) => bytes,
            Self::Ed25519(bytes) => bytes,
        }
    }

    /// The address that this key owns when the account has never changed its key.
    ///
    /// secp256k1: RIPEMD-160(SHA-256(key)), as Cosmos and Bitcoin do. Ed25519: the first 20 bytes of SHA-256(key),
    /// as CometBFT does.
    pub fn address(&self) -> Address {
        let digest = sha256(self.as_bytes());
        let mut bytes = [0; Address::LENGTH];
        match self {
            Self::Secp256k1(_) => bytes.copy_from_slice(&Ripemd160::digest(digest.as_bytes())),
            Self::Ed25519(_) => bytes.copy_from_slice(digest.as_bytes().split_at(Address::LENGTH).0),
        }
        Address::new(bytes)
    }

    /// Whether `signature` is this key's over `message`. The rule is part of consensus:
    ///
    /// * secp256k1: ECDSA over SHA-256(message), 64 bytes `r ‖ s` big-endian, `s` in the lower half of the order
    ///   (so that nobody else can write a second signature), as libsecp256k1 decides;
    /// * Ed25519: `verify_strict` of ed25519-dalek: canonical `s`, no small-order key or `R`, and the equation without
    ///   cofactor. Never verified in batches, which would follow another equation.
    ///
    /// # Errors
    /// Says what is wrong with the signature.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        if signature.len() != 64 {
            return Err(SignatureError::Length(signature.len()));
        }
        match self {
            Self::Secp256k1(bytes) => verify_secp256k1(bytes, message, signature),
            Self::Ed25519(bytes) => verify_ed25519(bytes, message, signature),
        }
    }
}

fn verify_secp256k1(key: &[u8; 33], message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let key = secp256k1::PublicKey::from_slice(key).map_err(|_| SignatureError::Mismatch)?;
    let signature = Signature::from_compact(signature).map_err(|_| SignatureError::Malformed)?;
    let mut low = signature;
    low.normalize_s();
    if low != signature {
        return Err(SignatureError::HighS);
    }
    let digest = Message::from_digest(*sha256(message).as_bytes());
    secp256k1::global::SECP256K1.verify_ecdsa(&digest, &signature, &key).map_err(|_| SignatureError::Mismatch)
}

fn verify_ed25519(key: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let key = VerifyingKey::from_bytes(key).map_err(|_| SignatureError::Mismatch)?;
    let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| SignatureError::Malformed)?;
    key.verify_strict(message, &signature).map_err(|_| SignatureError::Mismatch)
}

/// Why bytes are not a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PublicKeyError {
    /// Too short or too long.
    #[error("a key of this kind has {expected} bytes, got {found}")]
    Length {
        /// Bytes a key of this kind has.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// Not on the curve, or weak.
    #[error("the bytes are not a usable point of the key's curve")]
    NoPoint,
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// Not 64 bytes.
    #[error("a signature has 64 bytes, got {0}")]
    Length(usize),
    /// A part is out of range.
    #[error("the signature's bytes are out of range")]
    Malformed,
    /// The twin signature that anyone can compute from a valid one.
    #[error("the signature has a high s; normalise it to the lower half of the curve order")]
    HighS,
    /// Made by another key or over other bytes.
    #[error("the signature is not this key's over these bytes")]
    Mismatch,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use ed25519_dalek::Signer;
    use secp256k1::{SecretKey, global::SECP256K1};

    use super::*;

    /// The order of secp256k1 (SEC 2, section 2.4.1).
    const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

    fn secp(message: &[u8]) -> (PublicKey, [u8; 64]) {
        let secret = SecretKey::from_slice(&[7; 32]).unwrap();
        let digest = Message::from_digest(*sha256(message).as_bytes());
        let signature = SECP256K1.sign_ecdsa(&digest, &secret).serialize_compact();
        (PublicKey::secp256k1(&secret.public_key(SECP256K1).serialize()).unwrap(), signature)
    }

    /// `order - s`, big-endian.
    fn negate(s: &[u8]) -> Vec<u8> {
        let order = hex::decode(ORDER).unwrap();
        let mut borrow = 0i16;
        let mut out: Vec<u8> = order
            .iter()
            .zip(s)
            .rev()
            .map(|(o, s)| {
                let mut digit = i16::from(*o) - i16::from(*s) - borrow;
                borrow = i16::from(digit < 0);
                digit += 256 * borrow;
                u8::try_from(digit).unwrap()
            })
            .collect();
        out.reverse();
        out
    }

    #[test]
    fn accepts_its_own_signature_and_no_other() {
        let (key, signature) = secp(b"pay");
        assert_eq!(key.verify(b"pay", &signature), Ok(()));
        assert_eq!(key.verify(b"pat", &signature), Err(SignatureError::Mismatch));
        assert_eq!(key.verify(b"pay", signature.split_at(63).0), Err(SignatureError::Length(63)));
        assert_eq!(key.verify(b"pay", &[0xff; 64]), Err(SignatureError::Malformed));

        let secret = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let key = PublicKey::ed25519(secret.verifying_key().as_bytes()).unwrap();
        let signature = secret.sign(b"pay").to_bytes();
        assert_eq!(key.verify(b"pay", &signature), Ok(()));
        assert_eq!(key.verify(b"pat", &signature), Err(SignatureError::Mismatch));
        assert_eq!(key.verify(b"pay", &[0xff; 64]), Err(SignatureError::Mismatch));
    }

    #[test]
    fn refuses_the_twin_with_a_high_s() {
        let (key, signature) = secp(b"pay");
        let (r, s) = signature.split_at(32);
        let twin = [r, &negate(s)].concat();
        assert_eq!(key.verify(b"pay", &twin), Err(SignatureError::HighS));
    }

    #[test]
    fn refuses_weak_and_broken_keys() {
        assert_eq!(PublicKey::ed25519(&[0; 32]), Err(PublicKeyError::NoPoint));
        let mut one = [0; 32];
        one[0] = 1;
        assert_eq!(PublicKey::ed25519(&one), Err(PublicKeyError::NoPoint));
        assert_eq!(PublicKey::secp256k1(&[2; 32]), Err(PublicKeyError::Length { expected: 33, found: 32 }));
        assert_eq!(PublicKey::secp256k1(&[0; 33]), Err(PublicKeyError::NoPoint));
        // x = 5 lies on no point of the curve: the key exists, but nothing is its signature.
        let mut five = [0; 33];
        (five[0], five[32]) = (2, 5);
        let (_, signature) = secp(b"pay");
        let key = PublicKey::secp256k1(&five).unwrap();
        assert_eq!(key.verify(b"pay", &signature), Err(SignatureError::Mismatch));
    }
}
