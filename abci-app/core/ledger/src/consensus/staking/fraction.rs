//! Parts of a whole with 18 decimals, as Cosmos clients write them: text of a whole number of 10^-18.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sirius_primitives::Amount;

use super::wide::{share, share_up};

/// A part of a whole, from nothing to all of it, in units of 10^-18.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Fraction(u64);

impl Fraction {
    /// Everything.
    pub const ALL: Self = Self(1_000_000_000_000_000_000);
    /// What one basis point, a ten-thousandth, is.
    const BASIS_POINT: u64 = 100_000_000_000_000;

    /// That many ten-thousandths, at most all of them.
    pub const fn of_basis_points(count: u64) -> Self {
        let units = count.saturating_mul(Self::BASIS_POINT);
        if units > Self::ALL.0 { Self::ALL } else { Self(units) }
    }

    /// Reads a whole number of 10^-18 as the wire has it; `None` for anything else, or more than all.
    pub fn parse(text: &str) -> Option<Self> {
        // The same digits that amounts have: one number has one text.
        let units = text.parse::<Amount>().ok()?.units();
        u64::try_from(units).ok().filter(|units| *units <= Self::ALL.0).map(Self)
    }

    /// Which part of `whole` `part` is, rounded up; `None` when that is no part of it.
    pub(super) fn between(part: Amount, whole: Amount) -> Option<Self> {
        let units = share_up(Self::ALL.0.into(), part.units(), whole.units())?;
        u64::try_from(units).ok().filter(|units| *units <= Self::ALL.0).map(Self)
    }

    /// This part of `amount`, rounded down.
    pub fn of(self, amount: Amount) -> Amount {
        // A part of a whole is never more than the whole.
        Amount::new(share(amount.units(), self.0.into(), Self::ALL.0.into()).unwrap_or(0))
    }

    /// By how much `self` is above `other`; nothing when it is not.
    pub fn above(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl TryFrom<String> for Fraction {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no whole number of 10^-18, up to 10^18"))
    }
}

impl From<Fraction> for String {
    fn from(fraction: Fraction) -> Self {
        fraction.to_string()
    }
}

impl std::fmt::Display for Fraction {
    /// As the wire has it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// An amount as the wire writes one that could have decimals: in units of 10^-18.
pub(super) fn with_decimals(amount: Amount) -> String {
    if amount.is_zero() { "0".into() } else { format!("{amount}000000000000000000") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_a_whole_number_of_parts() {
        let check =
            |text: &str, units: Option<u64>| assert_eq!(Fraction::parse(text), units.map(Fraction), "{text}");
        check("0", Some(0));
        check("100000000000000000", Some(100_000_000_000_000_000));
        check("1000000000000000000", Some(Fraction::ALL.0));
        check("1000000000000000001", None);
        check("0.1", None);
        check("-1", None);
        check("", None);
        check("340282366920938463463374607431768211455", None);
    }

    #[test]
    fn a_part_is_rounded_down() {
        let check = |points, amount, part| {
            assert_eq!(Fraction::of_basis_points(points).of(Amount::new(amount)), Amount::new(part));
        };
        check(500, 100, 5);
        check(500, 19, 0);
        check(10_000, 19, 19);
        check(u64::MAX, 19, 19);
        check(9_999, u128::MAX, u128::MAX / 10_000 * 9_999 + (u128::MAX % 10_000) * 9_999 / 10_000);
        assert_eq!(with_decimals(Amount::new(12)), "12000000000000000000");
        assert_eq!(with_decimals(Amount::ZERO), "0");
        assert_eq!(Fraction(5).above(Fraction(7)), Fraction(0));
    }
}
