//! What people are shown of a denomination.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sirius_primitives::Denom;

use super::{Refused, wire::bank as wire};

/// A denomination's names. The chain counts in `base`; people read `display`, which is 10^`exponent` of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The smallest unit, under which balances are kept.
    pub base: Denom,
    /// The unit that people read.
    pub display: Denom,
    /// How many decimals the display unit has: 0 to 18.
    pub exponent: u32,
    /// Its full name.
    pub name: String,
    /// Its short name.
    pub symbol: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
}

impl Metadata {
    /// Most decimals, and most bytes of a text.
    const MOST_EXPONENT: u32 = 18;
    const MOST_TEXT: usize = 512;

    /// Whether the metadata make sense.
    ///
    /// # Errors
    /// What does not.
    pub(super) fn check(&self) -> Result<(), Refused> {
        let refuse =
            |cause: &str| Err(Refused::BadMetadata { denom: self.base.clone(), cause: cause.into() });
        if self.exponent > Self::MOST_EXPONENT {
            return refuse("exponent is beyond 18");
        }
        if (self.base == self.display) != (self.exponent == 0) {
            return refuse("exponent is 0 exactly when base and display are the same");
        }
        if [&self.name, &self.symbol, &self.description].iter().any(|text| text.len() > Self::MOST_TEXT) {
            return refuse("name, symbol or description is longer than 512 bytes");
        }
        Ok(())
    }

    /// The metadata as Cosmos clients know them.
    pub(super) fn to_wire(&self) -> wire::Metadata {
        let unit = |denom: &Denom, exponent| wire::DenomUnit {
            denom: denom.to_string(),
            exponent,
            aliases: Vec::new(),
        };
        let mut denom_units = vec![unit(&self.base, 0)];
        if self.exponent > 0 {
            denom_units.push(unit(&self.display, self.exponent));
        }
        wire::Metadata {
            description: self.description.clone(),
            denom_units,
            base: self.base.to_string(),
            display: self.display.to_string(),
            name: self.name.clone(),
            symbol: self.symbol.clone(),
        }
    }
}
