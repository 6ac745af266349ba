//! What can be owned: denominations, one coin, and a sorted set of coins.

use std::{fmt, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::{Amount, AmountError};

/// The name of a kind of coin, as in Cosmos SDK: `[a-zA-Z][a-zA-Z0-9/:._-]{2,127}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Denom(String);

impl Denom {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Denom {
    type Err = DenomError;

    fn from_str(text: &str) -> Result<Self, DenomError> {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        let rest = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/:._-".contains(&b));
        if first && rest && (3..=128).contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err(DenomError(text.chars().take(130).collect()))
        }
    }
}

impl fmt::Display for Denom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Denom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Denom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that names no denomination.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid denom {0:?}: use 3 to 128 letters, digits and /:._- beginning with a letter")]
pub struct DenomError(String);

/// An amount of one denomination. Text is `1500000uxpx`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
pub struct Coin {
    /// Of what.
    pub denom: Denom,
    /// How many of its smallest units.
    pub amount: Amount,
}

impl fmt::Display for Coin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.amount, self.denom)
    }
}

impl FromStr for Coin {
    type Err = CoinError;

    fn from_str(text: &str) -> Result<Self, CoinError> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (amount, denom) = text.split_at(digits);
        Ok(Self { amount: amount.parse()?, denom: denom.parse()? })
    }
}

/// Coins sorted by denomination, each denomination once, each amount positive; may be empty.
/// Text joins the coins by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, BorshSerialize, BorshDeserialize)]
pub struct Coins(Vec<Coin>);

impl Coins {
    /// Checks and keeps coins, which must come sorted: on the wire one set has one form.
    ///
    /// # Errors
    /// A zero amount, a denomination twice, or denominations out of order.
    pub fn new(coins: Vec<Coin>) -> Result<Self, CoinError> {
        if let Some(coin) = coins.iter().find(|coin| coin.amount.is_zero()) {
            return Err(CoinError::Zero(coin.denom.clone()));
        }
        for pair in coins.windows(2) {
            let [first, second] = pair else { continue };
            if first.denom == second.denom {
                return Err(CoinError::Twice(first.denom.clone()));
            }
            if first.denom > second.denom {
                return Err(CoinError::Unsorted(second.denom.clone()));
            }
        }
        Ok(Self(coins))
    }

    /// The coins, sorted by denomination.
    pub fn as_slice(&self) -> &[Coin] {
        &self.0
    }

    /// The coins one by one, sorted by denomination.
    pub fn iter(&self) -> std::slice::Iter<'_, Coin> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much of one denomination there is.
    pub fn amount_of(&self, denom: &Denom) -> Amount {
        self.0.iter().find(|coin| coin.denom == *denom).map_or(Amount::ZERO, |coin| coin.amount)
    }

    /// The set with `coin` added; `None` when the sum of one denomination passes 2^128 - 1.
    pub fn checked_add(mut self, coin: &Coin) -> Option<Self> {
        if coin.amount.is_zero() {
            return Some(self);
        }
        match self.0.binary_search_by(|held| held.denom.cmp(&coin.denom)) {
            Ok(at) => {
                let held = self.0.get_mut(at)?;
                held.amount = held.amount.checked_add(coin.amount)?;
            }
            Err(at) => self.0.insert(at, coin.clone()),
        }
        Some(self)
    }
}

impl<'a> IntoIterator for &'a Coins {
    type Item = &'a Coin;
    type IntoIter = std::slice::Iter<'a, Coin>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl From<Coin> for Coins {
    /// A set of one coin; empty when its amount is zero.
    fn from(coin: Coin) -> Self {
        Self(if coin.amount.is_zero() { Vec::new() } else { vec![coin] })
    }
}

impl fmt::Display for Coins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, coin) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            coin.fmt(f)?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Coins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(<Vec<Coin> as Deserialize>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Why coins are not a valid set.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CoinError {
    /// The number in front is no amount.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// What follows is no denomination.
    #[error(transparent)]
    Denom(#[from] DenomError),
    /// Nothing of something.
    #[error("the amount of {0} is zero; leave the coin out or give a positive amount")]
    Zero(Denom),
    /// The same denomination more than once.
    #[error("denomination {0} stands twice; add its amounts up")]
    Twice(Denom),
    /// Not in ascending order of denomination.
    #[error("coins are not sorted: {0} comes too late; sort them by denomination")]
    Unsorted(Denom),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    fn coin(text: &str) -> Coin {
        text.parse().unwrap()
    }

    #[test]
    fn coins_have_one_form() {
        let check = |texts: &[&str]| Coins::new(texts.iter().map(|text| coin(text)).collect());
        assert!(check(&[]).unwrap().is_empty());
        assert_eq!(check(&["1aaa", "2bbb"]).unwrap().to_string(), "1aaa,2bbb");
        assert!(matches!(check(&["0aaa"]), Err(CoinError::Zero(_))));
        assert!(matches!(check(&["1aaa", "2aaa"]), Err(CoinError::Twice(_))));
        assert!(matches!(check(&["1bbb", "2aaa"]), Err(CoinError::Unsorted(_))));
    }

    #[test]
    fn adding_keeps_order_and_never_wraps() {
        let coins = Coins::default().checked_add(&coin("2bbb")).unwrap().checked_add(&coin("1aaa")).unwrap();
        assert_eq!(coins.checked_add(&coin("3bbb")).unwrap().to_string(), "1aaa,5bbb");
        let most = Coins::from(Coin { denom: "aaa".parse().unwrap(), amount: Amount::new(u128::MAX) });
        assert_eq!(most.checked_add(&coin("1aaa")), None);
    }

    #[test]
    fn refuses_bad_denominations() {
        for text in ["", "ab", "1ab", "a b", "a$b", &"a".repeat(129)] {
            assert!(text.parse::<Denom>().is_err(), "{text}");
        }
        assert!("ibc/ABC-1:x._".parse::<Denom>().is_ok());
    }
}
