//! The accounts that send: keys from the seed that funded them in genesis, numbers and sequences from the chain.

use anyhow::{Context as _, Result};
use cosmos_sdk_proto::cosmos::auth::v1beta1::{BaseAccount, QueryAccountRequest, QueryAccountResponse};
use localnet::load::key;
use prost::Message as _;
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::json;
use sirius_primitives::Prefix;
use sirius_sdk::key::{Key, Scheme};

use crate::rpc::{Answer, Rpc};

const ACCOUNT: &str = "/cosmos.auth.v1beta1.Query/Account";
/// CometBFT takes up to 1,000 questions a request.
const BATCH: usize = 500;

/// One account that sends.
#[derive(Debug)]
pub struct Account {
    /// Its key.
    pub key: Key,
    /// Its address as text.
    pub address: String,
    /// The number it is signed with.
    pub number: u64,
    /// The sequence of its next transaction.
    pub sequence: u64,
    /// Whether the chain has its key already, so that a transaction need not carry it.
    pub key_known: bool,
}

/// Accounts that were funded by the manifest's section `load`, as the chain has them now.
#[derive(Debug)]
pub struct Accounts(pub Vec<Account>);

impl Accounts {
    /// Derives the first `count` keys of `seed` and asks the chain for their numbers and sequences.
    ///
    /// # Errors
    /// The chain does not answer, or has no such account.
    pub fn find(rpc: &Rpc, prefix: &Prefix, seed: &str, count: u32, scheme: Scheme) -> Result<Self> {
        let keys = (0..count).into_par_iter().map(|index| key(seed, index, scheme));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        Self::of(rpc, prefix, keys)
    }

    /// Asks the chain for the numbers and sequences of these keys' accounts.
    ///
    /// # Errors
    /// The chain does not answer, or has no such account.
    pub fn of(rpc: &Rpc, prefix: &Prefix, keys: Vec<Key>) -> Result<Self> {
        let addresses: Vec<String> = keys.iter().map(|key| key.address().bech32(prefix)).collect();
        let mut found = Vec::with_capacity(keys.len());
        for addresses in addresses.chunks(BATCH) {
            found.extend(ask(rpc, addresses)?);
        }
        let accounts = keys.into_iter().zip(addresses).zip(found).map(|((key, address), found)| Account {
            key,
            address,
            number: found.account_number,
            sequence: found.sequence,
            key_known: found.pub_key.is_some(),
        });
        Ok(Self(accounts.collect()))
    }
}

#[derive(Deserialize)]
struct Queried {
    response: Answer,
}

fn ask(rpc: &Rpc, addresses: &[String]) -> Result<Vec<BaseAccount>> {
    let questions = addresses.iter().enumerate().map(|(id, address)| {
        let data = QueryAccountRequest { address: address.clone() }.encode_to_vec();
        let params = json!({ "path": ACCOUNT, "data": hex::encode(data), "height": "0", "prove": false });
        json!({ "jsonrpc": "2.0", "id": id, "method": "abci_query", "params": params })
    });
    let body = serde_json::to_vec(&questions.collect::<Vec<_>>())?;
    let answers = rpc.batch::<Queried>("abci_query", body)?;
    addresses.iter().zip(answers).map(|(address, answer)| decode(address, answer?.response)).collect()
}

fn decode(address: &str, answer: Answer) -> Result<BaseAccount> {
    anyhow::ensure!(answer.code == 0, "asking for {address}: {}", answer.log);
    let account = QueryAccountResponse::decode(answer.value.as_slice())?.account;
    let account = account.with_context(|| format!("the answer for {address} has no account"))?;
    Ok(BaseAccount::decode(account.value.as_slice())?)
}
