//! Why a text is no amount.

use sirius_primitives::{CoinError, Denom, DenomError};
use thiserror::Error;

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnitError {
    /// Not a number and a unit.
    #[error("amount {0:?} is not a decimal number and a unit; write it as 1.5xpx or 1500000uxpx")]
    Form(String),
    /// A number alone.
    #[error("amount {0:?} names no unit; write it as 1.5xpx or 1500000uxpx")]
    NoUnit(String),
    /// Finer than the smallest unit.
    #[error(
        "amount {text:?} has {found} decimals, a {unit} has {most}; give a whole number of {base} at the finest"
    )]
    Decimals {
        /// What was given.
        text: String,
        /// The unit in it.
        unit: String,
        /// Decimals given, without zeros at the end.
        found: usize,
        /// Decimals the unit has.
        most: u32,
        /// The smallest unit.
        base: Denom,
    },
    /// More than can be counted.
    #[error("amount {0:?} is larger than 2^128 - 1 of the smallest unit")]
    TooLarge(String),
    /// The unit cannot be a denomination.
    #[error(transparent)]
    Denom(#[from] DenomError),
    /// The amounts are no set.
    #[error(transparent)]
    Coins(#[from] CoinError),
}
