//! Parts of a validator's stake, and what they are worth.
//!
//! A delegation is a number of *shares* of its validator. The first unit that is staked makes [`Shares::SCALE`] of them;
//! a slash takes tokens and leaves shares, so that all of a validator's delegators lose alike and none of their records
//! is touched. Every rounding is to the disadvantage of whoever delegates or withdraws, never of those who stay.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sirius_primitives::Amount;

use super::wide::{share, share_up};

/// A number of shares in units of 10^-18, as Cosmos clients show them.
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
#[serde(transparent)]
pub struct Shares(#[serde(with = "super::digits")] pub(super) u128);

impl Shares {
    /// None.
    pub const ZERO: Self = Self(0);
    /// What the first unit of stake becomes.
    pub const SCALE: u128 = 1_000_000_000_000_000_000;

    /// The number in units of 10^-18.
    pub const fn units(self) -> u128 {
        self.0
    }

    /// Whether there are none.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` beyond 2^128 - 1.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` below zero.
    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

/// What a validator's shares stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stake {
    /// The validator's tokens.
    pub(super) tokens: Amount,
    /// All shares of them.
    pub(super) shares: Shares,
}

impl Stake {
    /// The shares that `amount` more tokens make, rounded down. `None` when tokens are worth nothing here any more, or
    /// when there would be too many shares.
    pub(super) fn issue(&self, amount: Amount) -> Option<Shares> {
        let units = if self.shares.is_zero() {
            amount.units().checked_mul(Shares::SCALE)?
        } else {
            share(self.shares.0, amount.units(), self.tokens.units())?
        };
        (units > 0).then_some(Shares(units))
    }

    /// What `shares` are worth, rounded down. Those of everybody are worth everything.
    pub(super) fn worth(&self, shares: Shares) -> Amount {
        // There are never more shares than all, so that the quotient is at most the tokens.
        Amount::new(share(shares.0, self.tokens.units(), self.shares.0).unwrap_or(0))
    }

    /// The shares out of `held` that must go for `amount` tokens, rounded up; `None` when `held` are worth less. Where the
    /// rest would be worth nothing, it goes too.
    pub(super) fn redeem(&self, amount: Amount, held: Shares) -> Option<Shares> {
        if amount.is_zero() || amount > self.worth(held) {
            return None;
        }
        let needed = share_up(self.shares.0, amount.units(), self.tokens.units())?;
        let rest = Shares(held.0.saturating_sub(needed));
        Some(if self.worth(rest).is_zero() { held } else { Shares(needed) })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use proptest::prelude::*;

    use super::*;

    fn stake(tokens: u128, shares: u128) -> Stake {
        Stake { tokens: Amount::new(tokens), shares: Shares(shares) }
    }

    #[test]
    fn the_first_stake_makes_the_scale_and_nothing_worthless_is_sold() {
        assert_eq!(stake(0, 0).issue(Amount::new(3)), Some(Shares(3 * Shares::SCALE)));
        assert_eq!(stake(0, 5).issue(Amount::new(3)), None);
        assert_eq!(stake(0, 0).issue(Amount::new(u128::MAX)), None);
        assert_eq!(stake(10, 10 * Shares::SCALE).redeem(Amount::new(11), Shares(10 * Shares::SCALE)), None);
        assert_eq!(stake(0, 5).worth(Shares(5)), Amount::ZERO);
        assert_eq!(stake(0, 5).redeem(Amount::new(1), Shares(5)), None);
        // Half was slashed: two shares' worth is one token.
        let slashed = stake(5, 10 * Shares::SCALE);
        assert_eq!(
            slashed.redeem(Amount::new(1), Shares(10 * Shares::SCALE)),
            Some(Shares(2 * Shares::SCALE))
        );
        assert_eq!(
            slashed.redeem(Amount::new(1), Shares(3 * Shares::SCALE)),
            Some(Shares(3 * Shares::SCALE))
        );
    }

    proptest! {
        /// Whoever delegates and withdraws at once has never more than before, and the others never less.
        #[test]
        fn going_in_and_out_never_pays(
            tokens in 1..1u128 << 60, lost in 0..100u128, amount in 1..1u128 << 60,
        ) {
            let before = stake(tokens - tokens * lost / 100, tokens * Shares::SCALE);
            prop_assume!(!before.tokens.is_zero());
            let issued = before.issue(Amount::new(amount)).unwrap();
            let within = stake(before.tokens.units() + amount, before.shares.0 + issued.0);
            let worth = within.worth(issued);
            prop_assert!(worth <= Amount::new(amount));
            prop_assert!(within.worth(before.shares) >= before.tokens);
            if !worth.is_zero() {
                let sold = within.redeem(worth, issued).unwrap();
                prop_assert!(sold <= issued);
                let left = stake(within.tokens.units() - worth.units(), within.shares.0 - sold.0);
                prop_assert!(left.worth(before.shares) >= before.tokens);
            }
        }
    }
}
