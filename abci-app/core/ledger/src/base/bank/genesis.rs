//! The section `bank` of genesis: what denominations are called, and who has how many from the beginning.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Amount, Coin, Coins};
use sirius_runtime::{Context, Error, QueryContext, rows::each_row};
use sirius_store::{Fault, Write};

use super::{Hold, Metadata, Refused, hold, keys, mint, state::denom_at};

/// See the module's documentation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// Who has what; the supply is the sum.
    pub balances: Vec<GenesisBalance>,
    /// What is set aside, over and above the balances.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<GenesisHold>,
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

/// What one module holds of one account's coins for one purpose.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisHold {
    /// The owner's address as text.
    pub address: String,
    /// The module that holds.
    pub module: String,
    /// What it calls the purpose.
    pub purpose: String,
    /// What is held.
    pub coin: Coin,
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
            let address = owner("balance's", &balance.address, ctx)?;
            mint(ctx, state, &address, &balance.coins)?;
        }
        for held in self.holds {
            let address = owner("hold's", &held.address, ctx)?;
            if [&held.module, &held.purpose].iter().any(|text| text.is_empty() || text.contains('\0')) {
                return Err(Refused::BadHold { address: held.address }.into());
            }
            mint(ctx, state, &address, &Coins::from(held.coin.clone()))?;
            let purpose = Hold { module: &held.module, purpose: &held.purpose };
            hold(state, &address, &purpose, &held.coin)?;
        }
        // Nobody reads the events of genesis.
        ctx.take_events();
        Ok(())
    }

    pub(super) fn read(ctx: &QueryContext<'_>) -> Result<Self, Fault> {
        let mut balances = BTreeMap::<Address, Vec<Coin>>::new();
        each_row(ctx.state, keys::BALANCES, |rest, amount: Amount| {
            let (address, denom) = address_at(rest)?;
            let coin = Coin { denom: denom_at(Some(denom))?, amount };
            balances.entry(address).or_default().push(coin);
            Ok(ControlFlow::Continue(()))
        })?;
        let mut holds = Vec::new();
        each_row(ctx.state, keys::HOLDS, |rest, amount: Amount| {
            let (address, rest) = address_at(rest)?;
            holds.push(held(address.bech32(&ctx.chain.prefix), rest, amount)?);
            Ok(ControlFlow::Continue(()))
        })?;
        let mut denoms = Vec::new();
        each_row(ctx.state, keys::DENOMS, |_, metadata: Metadata| {
            denoms.push(metadata);
            Ok(ControlFlow::Continue(()))
        })?;
        let balance = |(address, coins): (Address, Vec<Coin>)| {
            let coins = Coins::new(coins).map_err(|error| damaged(&error.to_string()))?;
            Ok(GenesisBalance { address: address.bech32(&ctx.chain.prefix), coins })
        };
        Ok(Self { balances: balances.into_iter().map(balance).collect::<Result<_, Fault>>()?, holds, denoms })
    }
}

fn owner(what: &'static str, text: &str, ctx: &Context<'_>) -> Result<Address, Refused> {
    Address::parse(text, &ctx.chain.prefix)
        .map_err(|error| Refused::BadAddress { what, cause: format!("{text}: {error}") })
}

/// Splits a key's rest into the address it begins with and what follows.
fn address_at(rest: &[u8]) -> Result<(Address, &[u8]), Fault> {
    let (address, rest) = rest.split_first_chunk().ok_or_else(|| damaged("a key holds no address"))?;
    Ok((Address::new(*address), rest))
}

/// Reads `<module> 0x00 <purpose> 0x00 <denom>`.
fn held(address: String, rest: &[u8], amount: Amount) -> Result<GenesisHold, Fault> {
    let mut parts = rest.splitn(3, |byte| *byte == 0);
    let mut text = || {
        let part = parts.next().and_then(|part| std::str::from_utf8(part).ok());
        part.map(str::to_owned).ok_or_else(|| damaged("a hold's key is no text"))
    };
    let (module, purpose) = (text()?, text()?);
    Ok(GenesisHold { address, module, purpose, coin: Coin { denom: denom_at(parts.next())?, amount } })
}

fn damaged(detail: &str) -> Fault {
    Fault::Damaged { what: "bank", detail: detail.into() }
}
