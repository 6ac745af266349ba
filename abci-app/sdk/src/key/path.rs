//! Which of a mnemonic's many keys is meant.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::Scheme;

/// BIP-44's registered coin type of Cosmos (SLIP-44, entry 118), which wallets use for every chain of this kind.
const COIN_TYPE: u32 = 118;

/// A derivation path of BIP-44: `m/44'/118'/account'/0/index` for secp256k1 and `m/44'/118'/account'/0'/index'` for
/// ed25519. Account and index are at most 2^31 - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Path {
    scheme: Scheme,
    account: u32,
    index: u32,
}

impl Path {
    /// The largest account and index.
    pub const MAX: u32 = (1 << 31) - 1;

    /// The path to `index` of `account`.
    ///
    /// # Errors
    /// A number above [`Path::MAX`].
    pub fn new(scheme: Scheme, account: u32, index: u32) -> Result<Self, PathError> {
        for (part, number) in [("account", account), ("index", index)] {
            if number > Self::MAX {
                return Err(PathError::TooLarge { part, number });
            }
        }
        Ok(Self { scheme, account, index })
    }

    /// The path that wallets try first: account 0, index 0.
    pub const fn first(scheme: Scheme) -> Self {
        Self { scheme, account: 0, index: 0 }
    }

    /// The scheme whose keys lie on this path.
    pub const fn scheme(self) -> Scheme {
        self.scheme
    }

    /// BIP-44's account.
    pub const fn account(self) -> u32 {
        self.account
    }

    /// BIP-44's address index.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// The five steps below the root without their hardening marks: purpose, coin type, account, change, index.
    pub(super) const fn steps(self) -> [u32; 5] {
        [44, COIN_TYPE, self.account, 0, self.index]
    }

    /// How many of [`Path::steps`] are hardened, from the first on.
    pub(super) const fn hardened_steps(self) -> usize {
        match self.scheme {
            Scheme::Secp256k1 => 3,
            Scheme::Ed25519 => 5,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("m")?;
        for (position, step) in self.steps().into_iter().enumerate() {
            let mark = if position < self.hardened_steps() { "'" } else { "" };
            write!(f, "/{step}{mark}")?;
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let unknown = || PathError::Unknown(text.chars().take(60).collect());
        let number = |step: &str| step.trim_end_matches('\'').parse().ok();
        let steps: Vec<&str> = text.splitn(7, '/').collect();
        let [_, _, _, account, change, index] = steps.as_slice() else { return Err(unknown()) };
        let scheme = if change.ends_with('\'') { Scheme::Ed25519 } else { Scheme::Secp256k1 };
        let (Some(account), Some(index)) = (number(account), number(index)) else { return Err(unknown()) };
        // A path has one text; whatever reads alike but is written otherwise is refused here.
        let path = Self::new(scheme, account, index)?;
        if path.to_string() == text { Ok(path) } else { Err(unknown()) }
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Why there is no such path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// Beyond BIP-32's range.
    #[error("{part} {number} is too large; the largest is {max}", max = Path::MAX)]
    TooLarge {
        /// `account` or `index`.
        part: &'static str,
        /// The number given.
        number: u32,
    },
    /// Not a path of this form.
    #[error("path {0:?} is neither m/44'/118'/account'/0/index nor m/44'/118'/account'/0'/index'")]
    Unknown(String),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_has_one_text() {
        let check = |scheme, account, index, text: &str| {
            let path = Path::new(scheme, account, index).unwrap();
            assert_eq!(path.to_string(), text);
            assert_eq!(text.parse(), Ok(path));
        };
        check(Scheme::Secp256k1, 0, 0, "m/44'/118'/0'/0/0");
        check(Scheme::Ed25519, 0, 0, "m/44'/118'/0'/0'/0'");
        check(Scheme::Secp256k1, 2, 7, "m/44'/118'/2'/0/7");
        check(Scheme::Ed25519, Path::MAX, Path::MAX, "m/44'/118'/2147483647'/0'/2147483647'");
    }

    #[test]
    fn refuses_every_other_text() {
        for text in [
            "",
            "m",
            "m/44'/118'/0'/0",
            "m/44'/118'/0'/0/0/0",
            "m/44'/60'/0'/0/0",
            "m/44'/118'/0/0/0",
            "m/44'/118'/0'/1/0",
            "m/44'/118'/0'/0/0'",
            "m/44'/118'/0'/0'/0",
            "m/44'/118'/+1'/0/0",
            "m/44'/118'/00'/0/0",
            "M/44'/118'/0'/0/0",
            "m/44'/118'/0''/0/0",
            "m/44'/118'/4294967296'/0/0",
        ] {
            assert!(matches!(text.parse::<Path>(), Err(PathError::Unknown(_))), "{text}");
        }
        let too_large = PathError::TooLarge { part: "index", number: 1 << 31 };
        assert_eq!("m/44'/118'/0'/0/2147483648".parse::<Path>(), Err(too_large));
        assert!(Path::new(Scheme::Ed25519, u32::MAX, 0).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[m0-9'/]{0,40}") {
            if let Ok(path) = text.parse::<Path>() {
                prop_assert_eq!(path.to_string(), text);
            }
        }
    }
}
