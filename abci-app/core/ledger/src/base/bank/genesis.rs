//! The section `bank` of genesis: what denominations are called, and who has how many from the beginning.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Coins};
use sirius_runtime::{Context, Error};
use sirius_store::Write;

use super::{Metadata, Refused, keys, mint};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// Who has what; the supply is the sum.
    pub balances: Vec<GenesisBalance>,
    /// What denominations are called.
    pub denoms: Vec<Metadata>,
}

/// What one account has.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisBalance {
    /// Its address as text.
    pub address: String,
    /// Its coins, sorted by denomination.
    pub coins: Coins,
}

impl Genesis {
    pub(super) fn write(self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        let mut described = BTreeSet::new();
        for metadata in self.denoms {
            metadata.check()?;
            if !described.insert(metadata.base.clone()) {
                return Err(Refused::DenomTwice { denom: metadata.base }.into());
            }
            keys::denom(&metadata.base).set(state, &metadata);
        }
        for balance in self.balances {
            let address = Address::parse(&balance.address, &ctx.chain.prefix).map_err(|error| {
                Refused::BadAddress { what: "balance's", cause: format!("{}: {error}", balance.address) }
            })?;
            mint(ctx, state, &address, &balance.coins)?;
        }
        // Nobody reads the events of genesis.
        ctx.take_events();
        Ok(())
    }
}
