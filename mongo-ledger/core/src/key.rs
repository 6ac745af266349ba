//! Ed25519 keys as BigchainDB's drivers write them: base58 of 32 bytes.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use thiserror::Error;
use zeroize::Zeroizing;

/// The longest base58 text of 32 bytes.
const LONGEST: usize = 44;

/// The 32 bytes of a public key. They need not be a point of the curve: the address of an election is none, and what is
/// sent there stays there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// A key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `signature` is this key's over `message`, by `verify_strict` of ed25519-dalek: canonical `s`, neither a
    /// key nor an `R` of small order, the equation without cofactor. The rule is part of consensus.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&bs58::encode(self.0).into_string())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Ok(Self(*decode(text)?))
    }
}

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a key is the base58 text of 32 bytes")]
pub struct KeyError;

fn decode(text: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    // Base58 takes quadratic time, so that the length is looked at first.
    if text.len() > LONGEST {
        return Err(KeyError);
    }
    let mut bytes = Zeroizing::new([0; 32]);
    match bs58::decode(text).onto(bytes.as_mut_slice()) {
        Ok(32) => Ok(bytes),
        _ => Err(KeyError),
    }
}

/// A private key: the seed of RFC 8032. It is wiped when it is dropped, and never printed.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key of a seed, which must come from a cryptographic source of randomness.
    pub fn new(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads what the drivers call a private key.
    ///
    /// # Errors
    /// The text is not base58 of 32 bytes.
    pub fn from_base58(text: &str) -> Result<Self, KeyError> {
        decode(text).map(|seed| Self::new(&seed))
    }

    /// As the drivers write it; wiped when dropped.
    pub fn to_base58(&self) -> Zeroizing<String> {
        Zeroizing::new(bs58::encode(Zeroizing::new(self.0.to_bytes())).into_string())
    }

    /// Its public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs the 32-byte digest of an input.
    pub fn sign(&self, message: &[u8; 32]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretKey(of {})", self.public())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn reading_undoes_writing(bytes: [u8; 32]) {
            let key = PublicKey::new(bytes);
            prop_assert_eq!(key.to_string().parse::<PublicKey>().unwrap(), key);
            let secret = SecretKey::new(&bytes);
            prop_assert_eq!(SecretKey::from_base58(&secret.to_base58()).unwrap().public(), secret.public());
        }
    }

    #[test]
    fn refuses_other_lengths_and_letters() {
        let text = PublicKey::new([7; 32]).to_string();
        let cases = [
            String::new(),
            "1".repeat(31),
            "1".repeat(33),
            "1".repeat(45),
            "0".repeat(44),
            format!("1{text}"),
        ];
        for text in
            cases.iter().map(String::as_str).chain([" US517G5965aydkZ46HS38QLi7UQiSojurfbQfKCELFx", "é"])
        {
            assert_eq!(text.parse::<PublicKey>(), Err(KeyError), "{text}");
        }
        assert_eq!("1".repeat(32).parse::<PublicKey>().unwrap(), PublicKey::new([0; 32]));
    }

    #[test]
    fn a_signature_counts_for_its_key_and_message_alone() {
        let secret = SecretKey::new(&[1; 32]);
        let signature = secret.sign(&[2; 32]);
        assert!(secret.public().verify(&[2; 32], &signature));
        assert!(!secret.public().verify(&[3; 32], &signature));
        assert!(!SecretKey::new(&[4; 32]).public().verify(&[2; 32], &signature));
        // A key of small order would let anybody sign.
        let mut weak = [0; 64];
        weak[0] = 1;
        assert!(!PublicKey::new(std::array::from_fn(|place| u8::from(place == 0))).verify(b"any", &weak));
        assert!(!format!("{secret:?}").contains(&*secret.to_base58()));
    }
}
