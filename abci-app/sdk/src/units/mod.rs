//! Amounts as people write them: `1.5xpx` is `1500000uxpx`. Exact decimal arithmetic in both directions.

mod error;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use sirius_ledger::base::bank::wire::bank::Metadata;
use sirius_primitives::{Amount, Coin, Coins, Denom};

pub use error::UnitError;

/// Decimals a unit may have: 10^38 is the largest power of ten below 2^128.
const MOST_DECIMALS: u32 = 38;

/// The units of each denomination that the chain describes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Units {
    /// By each name of a unit: what it is 10^decimals of.
    by_name: BTreeMap<String, Unit>,
    /// By base denomination: how it is shown.
    shown: BTreeMap<Denom, Shown>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Unit {
    base: Denom,
    decimals: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    label: String,
    decimals: u32,
}

impl Units {
    /// The units that these descriptions name. What does not make sense is left out: then amounts stay in base units.
    pub fn new(denominations: &[Metadata]) -> Self {
        let mut units = Self::default();
        for metadata in denominations {
            let Ok(base) = metadata.base.parse::<Denom>() else { continue };
            for unit in metadata.denom_units.iter().filter(|unit| unit.exponent <= MOST_DECIMALS) {
                let known = Unit { base: base.clone(), decimals: unit.exponent };
                for name in unit.aliases.iter().chain([&unit.denom]) {
                    // The first description of a name stands: a later denomination cannot take over `xpx`.
                    units.by_name.entry(name.clone()).or_insert_with(|| known.clone());
                }
                if unit.denom == metadata.display {
                    let label = if metadata.symbol.is_empty() { &metadata.display } else { &metadata.symbol };
                    units
                        .shown
                        .entry(base.clone())
                        .or_insert(Shown { label: label.clone(), decimals: unit.exponent });
                }
            }
        }
        units
    }

    /// Reads `1.5xpx`, `3 uatom` or `1500000uxpx`. A unit that no description names is taken as a denomination, of
    /// which there are only whole numbers.
    ///
    /// # Errors
    /// No number, no unit, more decimals than the unit has, or more than 2^128 - 1 of the smallest unit.
    pub fn parse(&self, text: &str) -> Result<Coin, UnitError> {
        let trimmed = text.trim();
        let end = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
        let (number, name) = trimmed.split_at(end);
        let name = name.trim_start();
        let bad = || UnitError::Form(text.chars().take(80).collect());
        if name.is_empty() {
            return Err(UnitError::NoUnit(text.chars().take(80).collect()));
        }
        let unit = match self.by_name.get(name) {
            Some(unit) => unit.clone(),
            None => Unit { base: name.parse()?, decimals: 0 },
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || number.ends_with('.') {
            return Err(bad());
        }
        let kept = fraction.trim_end_matches('0');
        let (found, most) = (kept.len(), unit.decimals);
        let missing =
            usize::try_from(most).ok().and_then(|most| most.checked_sub(found)).ok_or_else(|| {
                UnitError::Decimals {
                    text: trimmed.into(),
                    unit: name.into(),
                    found,
                    most,
                    base: unit.base.clone(),
                }
            })?;
        let all = format!("{whole}{kept}{}", "0".repeat(missing));
        let plain = all.trim_start_matches('0');
        let amount: Amount =
            if plain.is_empty() { Amount::ZERO } else { plain.parse().map_err(|_| bad_size(text))? };
        Ok(Coin { denom: unit.base, amount })
    }

    /// Reads several amounts separated by commas, in any order.
    ///
    /// # Errors
    /// As [`Units::parse`]; also an amount of zero, and one denomination twice.
    pub fn parse_all(&self, text: &str) -> Result<Coins, UnitError> {
        if text.trim().is_empty() {
            return Ok(Coins::default());
        }
        let mut coins = text.split(',').map(|part| self.parse(part)).collect::<Result<Vec<_>, _>>()?;
        coins.sort_by(|one, other| one.denom.cmp(&other.denom));
        Ok(Coins::new(coins)?)
    }

    /// The amount as people read it, such as `1.5 XPX`; `None` where the chain does not describe the denomination.
    pub fn show(&self, coin: &Coin) -> Option<String> {
        let Shown { label, decimals } = self.shown.get(&coin.denom)?;
        Some(format!("{} {label}", decimal(coin.amount, *decimals)))
    }
}

fn bad_size(text: &str) -> UnitError {
    UnitError::TooLarge(text.chars().take(80).collect())
}

/// `units ÷ 10^decimals`, exactly, without needless zeros.
fn decimal(amount: Amount, decimals: u32) -> String {
    let decimals = usize::try_from(decimals).unwrap_or(usize::MAX);
    // At least one digit stands before the point.
    let digits = format!("{:0>width$}", amount.units(), width = decimals.saturating_add(1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}
