//! Who owns something: a 20-byte address and its bech32 text under a network's prefix.

use std::fmt;

use bech32::{Bech32, Hrp};
use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::sha256;

/// An account's address: 20 bytes. A person sees it as bech32 under the network's [`Prefix`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Address([u8; Address::LENGTH]);

impl Address {
    /// Length in bytes.
    pub const LENGTH: usize = 20;

    /// The address made of these bytes.
    pub const fn new(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// The address of an account that belongs to the chain itself, such as the fee collector.
    ///
    /// It is the first 20 bytes of SHA-256 of the name, as in Cosmos SDK modules
    /// (`x/auth/types.NewModuleAddress`); nobody has a key to it.
    pub fn of_module(name: &str) -> Self {
        let digest = sha256(name.as_bytes());
        let mut bytes = [0; Self::LENGTH];
        bytes.copy_from_slice(digest.as_bytes().split_at(Self::LENGTH).0);
        Self(bytes)
    }

    /// The 20 bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// Reads bech32 text, which must carry `prefix`.
    ///
    /// # Errors
    /// Text that is not bech32, has another prefix, or does not hold exactly 20 bytes.
    pub fn parse(text: &str, prefix: &Prefix) -> Result<Self, AddressError> {
        // The length is bounded before decoding: bech32 allows 90 characters.
        if text.len() > 90 {
            return Err(AddressError::Length(text.len()));
        }
        let (found, data) = bech32::decode(text).map_err(|e| AddressError::Bech32(e.to_string()))?;
        if found.as_str() != prefix.as_str() {
            return Err(AddressError::Prefix { expected: prefix.to_string(), found: found.to_string() });
        }
        // `decode` accepts bech32m too; one address must have one text.
        let bytes: [u8; Self::LENGTH] =
            data.try_into().map_err(|data: Vec<u8>| AddressError::Length(data.len()))?;
        let address = Self(bytes);
        if address.bech32(prefix) != text.to_ascii_lowercase() {
            return Err(AddressError::Bech32("the checksum is not bech32's".into()));
        }
        Ok(address)
    }

    /// The bech32 text under `prefix`.
    pub fn bech32(&self, prefix: &Prefix) -> String {
        bech32::encode::<Bech32>(prefix.0, &self.0).expect("20 bytes and a checked prefix fit into bech32")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", hex::encode(self.0))
    }
}

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Not bech32 at all.
    #[error("decoding bech32 failed: {0}")]
    Bech32(String),
    /// An address of another network.
    #[error("invalid Bech32 prefix; expected {expected}, got {found}")]
    Prefix {
        /// What this network uses.
        expected: String,
        /// What the text has.
        found: String,
    },
    /// Not 20 bytes.
    #[error("an address has 20 bytes, this text holds {0}")]
    Length(usize),
}

/// The human-readable part of a network's addresses, such as `sirius`: 1 to 30 lower-case letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix(Hrp);

impl Prefix {
    /// Checks and keeps a prefix.
    ///
    /// # Errors
    /// Anything but 1 to 30 characters out of `a-z` and `0-9`.
    pub fn new(text: &str) -> Result<Self, PrefixError> {
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        match Hrp::parse(text) {
            Ok(hrp) if plain && text.len() <= 30 => Ok(Self(hrp)),
            _ => Err(PrefixError(text.into())),
        }
    }

    /// The prefix of another role of the same network, such as `siriusvaloper` for the operators of validators.
    ///
    /// `role` is at most 20 lower-case letters.
    pub fn of_role(&self, role: &'static str) -> Self {
        Self(Hrp::parse(&format!("{self}{role}")).expect("50 letters and digits are within bech32's 83"))
    }

    /// The prefix as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that cannot be an address prefix.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("address prefix {0:?} is not 1 to 30 lower-case letters and digits")]
pub struct PrefixError(String);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn text_and_bytes_agree() {
        let prefix = Prefix::new("cosmos").unwrap();
        let text = "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4";
        let address = Address::parse(text, &prefix).unwrap();
        assert_eq!(address.bech32(&prefix), text);
    }

    #[test]
    fn refuses_what_is_no_address() {
        let prefix = Prefix::new("sirius").unwrap();
        let check = |text: &str| Address::parse(text, &prefix).unwrap_err();
        assert!(matches!(check(""), AddressError::Bech32(_)));
        assert!(matches!(check("sirius1qqqq"), AddressError::Bech32(_)));
        assert!(matches!(check(&"a".repeat(91)), AddressError::Length(91)));
        assert!(matches!(
            check("cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4"),
            AddressError::Prefix { .. }
        ));
        let hrp = Hrp::parse("sirius").unwrap();
        let short = bech32::encode::<Bech32>(hrp, &[1; 19]).unwrap();
        assert_eq!(check(&short), AddressError::Length(19));
        let modern = bech32::encode::<bech32::Bech32m>(hrp, &[1; 20]).unwrap();
        assert!(matches!(check(&modern), AddressError::Bech32(_)));
    }

    #[test]
    fn refuses_a_bad_prefix() {
        for text in ["", "Sirius", "si rius", &"a".repeat(31)] {
            assert!(Prefix::new(text).is_err(), "{text}");
        }
    }
}
