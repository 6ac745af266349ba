//! Whether every unit is where it must be.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use cosmos_sdk_proto::cosmos::bank::v1beta1::{
    QueryBalanceRequest, QueryBalanceResponse, QuerySupplyOfRequest, QuerySupplyOfResponse,
};
use sirius_primitives::Prefix;
use sirius_sdk::key::Scheme;
use sirius_tests::bed::{Bed, LOAD_BALANCE, LOAD_SEED};
use sirius_tests::load::Accounts;
use sirius_tests::rpc::Rpc;

use crate::payer::Payment;

const DENOM: &str = "uxpx";

/// All units that there are.
pub(crate) fn supply(rpc: &Rpc) -> Result<u128> {
    let question = QuerySupplyOfRequest { denom: DENOM.to_owned() };
    let answer: QuerySupplyOfResponse = rpc.ask("/cosmos.bank.v1beta1.Query/SupplyOf", &question)?;
    Ok(answer.amount.context("no supply")?.amount.parse()?)
}

fn balance(rpc: &Rpc, address: &str) -> Result<u128> {
    let question = QueryBalanceRequest { address: address.to_owned(), denom: DENOM.to_owned() };
    let answer: QueryBalanceResponse = rpc.ask("/cosmos.bank.v1beta1.Query/Balance", &question)?;
    Ok(answer.balance.context("no balance")?.amount.parse()?)
}

/// What the payments make of the balances and sequences of genesis is what every host has, and no unit is gone.
pub(crate) fn add_up(bed: &Bed, addresses: &[String], payments: &[Payment], before: u128) -> Result<()> {
    let mut expected: BTreeMap<&str, (u128, u64)> =
        addresses.iter().map(|address| (address.as_str(), (LOAD_BALANCE, 0))).collect();
    for payment in payments {
        let (have, sequence) = expected.get_mut(payment.from.as_str()).context("an unknown payer")?;
        *have -= payment.amount + payment.fee;
        *sequence += 1;
        expected.get_mut(payment.to.as_str()).context("an unknown receiver")?.0 += payment.amount;
    }
    for (host, rpc) in bed.rpcs().iter().enumerate() {
        let found = sequences(rpc, &bed.prefix()?, addresses)?;
        for (address, sequence) in addresses.iter().zip(found) {
            let found = (balance(rpc, address)?, sequence);
            let expected = expected[address.as_str()];
            ensure!(found == expected, "host{host}: {address} has {found:?}, the payments make {expected:?}");
        }
        let now = supply(rpc)?;
        ensure!(now == before, "host{host}: there were {before}{DENOM}, now there are {now}");
    }
    Ok(())
}

fn sequences(rpc: &Rpc, prefix: &Prefix, addresses: &[String]) -> Result<Vec<u64>> {
    let count = u32::try_from(addresses.len())?;
    let accounts = Accounts::find(rpc, prefix, LOAD_SEED, count, Scheme::Secp256k1)?;
    Ok(accounts.0.iter().map(|account| account.sequence).collect())
}
