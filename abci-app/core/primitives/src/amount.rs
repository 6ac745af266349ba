//! How much of something: a whole number of a denomination's smallest unit.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A count of the smallest unit of one denomination, 0 to 2^128 - 1. Text and JSON are decimal digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Amount(u128);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// That many units.
    pub const fn new(units: u128) -> Self {
        Self(units)
    }

    /// The number of units.
    pub const fn units(self) -> u128 {
        self.0
    }

    /// Whether there is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` beyond 2^128 - 1.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// The difference, or `None` below zero.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }

    /// `self × numerator ÷ denominator`, rounded down; `None` when the product or a zero denominator does not fit.
    pub const fn checked_share(self, numerator: u128, denominator: u128) -> Option<Self> {
        match self.0.checked_mul(numerator) {
            Some(product) => match product.checked_div(denominator) {
                Some(units) => Some(Self(units)),
                None => None,
            },
            None => None,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        // `u128::from_str` would take "+1" and "007"; one amount must have one text.
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits || (text.len() > 1 && text.starts_with('0')) {
            return Err(AmountError::NotDigits(text.chars().take(60).collect()));
        }
        text.parse().map(Self).map_err(|_| AmountError::TooLarge)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AmountError {
    /// Something but digits, or a leading zero.
    #[error("amount {0:?} is not a whole number in plain decimal digits")]
    NotDigits(String),
    /// More than 2^128 - 1.
    #[error("the amount is larger than 2^128 - 1")]
    TooLarge,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn reads_plain_digits_only() {
        assert_eq!("0".parse(), Ok(Amount::ZERO));
        assert_eq!(u128::MAX.to_string().parse(), Ok(Amount::new(u128::MAX)));
        for text in ["", "+1", "-1", "01", "1.5", "1e3", " 1", "１"] {
            assert!(matches!(text.parse::<Amount>(), Err(AmountError::NotDigits(_))), "{text}");
        }
        assert_eq!(format!("{}0", u128::MAX).parse::<Amount>(), Err(AmountError::TooLarge));
    }

    #[test]
    fn arithmetic_never_wraps() {
        let most = Amount::new(u128::MAX);
        assert_eq!(most.checked_add(Amount::new(1)), None);
        assert_eq!(Amount::ZERO.checked_sub(Amount::new(1)), None);
        assert_eq!(most.checked_share(2, 2), None);
        assert_eq!(Amount::new(7).checked_share(1, 2), Some(Amount::new(3)));
        assert_eq!(Amount::new(7).checked_share(1, 0), None);
    }
}
