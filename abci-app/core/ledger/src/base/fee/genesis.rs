//! The section `fee` of genesis: in what fees are paid, and their first price.

use serde::{Deserialize, Serialize};
use sirius_primitives::Denom;
use sirius_runtime::Error;
use sirius_store::Write;

use super::{
    Refused, keys,
    params::{LEAST_BASE, MOST_BASE},
};

/// See the module's documentation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// In which denomination fees are paid.
    pub denom: Denom,
    /// The first price of 1,000,000 gas; the least one when left out.
    #[serde(default)]
    pub base_fee: Option<u64>,
}

impl Default for Genesis {
    fn default() -> Self {
        let denom = "uxpx".parse().expect("uxpx is a denomination");
        Self { denom, base_fee: None }
    }
}

impl Genesis {
    pub(super) fn write(self, state: &mut dyn Write) -> Result<(), Error> {
        let (least, most) = (LEAST_BASE.get(state)?, MOST_BASE.get(state)?);
        let base = self.base_fee.unwrap_or(least);
        if !(least..=most).contains(&base) {
            return Err(Refused::BadBaseFee { found: base, least, most }.into());
        }
        keys::denom().set(state, &self.denom);
        keys::base().set(state, &base);
        Ok(())
    }
}
