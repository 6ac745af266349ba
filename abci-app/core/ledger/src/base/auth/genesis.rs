//! The section `auth` of genesis: accounts that exist from the beginning, in the order of their numbers.

use serde::{Deserialize, Serialize};
use sirius_primitives::Address;
use sirius_runtime::{Context, Error, genesis::number};
use sirius_store::Write;

use super::{Refused, account, open, save};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// The accounts.
    pub accounts: Vec<GenesisAccount>,
}

/// One account.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisAccount {
    /// Its address as text.
    pub address: String,
    /// How many transactions it has had on the chain it comes from.
    #[serde(default, with = "number")]
    pub sequence: u64,
}

impl Genesis {
    pub(super) fn write(self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        for genesis in self.accounts {
            let address = Address::parse(&genesis.address, &ctx.chain.prefix)
                .map_err(|error| Refused::BadAddress { cause: format!("{}: {error}", genesis.address) })?;
            // Accounts are the first that genesis opens, so one that is there was in this list before.
            if account(state, &address)?.is_some() {
                return Err(Refused::AccountTwice { address: genesis.address }.into());
            }
            let mut account = open(state, &address)?;
            account.sequence = genesis.sequence;
            save(state, &address, &account);
        }
        Ok(())
    }
}
