//! Whether the chain has each payment once, and every unit is where it must be.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result, ensure};
use cosmos_sdk_proto::cosmos::bank::v1beta1::{
    QueryBalanceRequest, QueryBalanceResponse, QuerySupplyOfRequest, QuerySupplyOfResponse,
};
use cosmos_sdk_proto::cosmos::tx::v1beta1::{GetTxRequest, GetTxResponse};
use prost::Message as _;
use serde::Deserialize;
use serde_json::json;
use sirius_primitives::{Prefix, sha256};
use sirius_sdk::key::Scheme;

use crate::bed::LOAD_SEED;
use crate::load::{Account, Accounts};
use crate::payer::{GET_TX, Payment};
use crate::rpc::{Answer, Rpc};

/// What is paid with.
const DENOM: &str = "uxpx";
/// How many questions go into one request.
const BATCH: usize = 200;

/// What accounts have, by address: balance and sequence.
type Purses = BTreeMap<String, (u128, u64)>;

/// What a host says of the first accounts for load and of all units, at a moment when nobody pays.
#[derive(Debug)]
pub(crate) struct Books {
    /// The last block that is in them.
    height: u64,
    prefix: Prefix,
    purses: Purses,
    supply: u128,
}

impl Books {
    /// Reads them. Nothing may be on its way.
    pub(crate) fn read(rpc: &Rpc, prefix: Prefix, accounts: u32) -> Result<Self> {
        let height = rpc.status()?.height;
        let purses = purses(rpc, &prefix, accounts)?;
        Ok(Self { height, prefix, purses, supply: supply(rpc)? })
    }

    /// The last block that is in them.
    pub(crate) fn height(&self) -> u64 {
        self.height
    }

    /// Whether every host has each payment in one block, with its receipt, no block up to `height` holds anything else,
    /// and balances, sequences and supply are what payments and `burned` units make of these books.
    pub(crate) fn hold(&self, hosts: &[Rpc], payments: &[Payment], height: u64, burned: u128) -> Result<()> {
        let first = hosts.first().context("a network has a host")?;
        self.in_blocks(first, payments, height)?;
        let expected = self.after(payments)?;
        let count = u32::try_from(expected.len())?;
        for rpc in hosts {
            let host = rpc.url();
            for payments in payments.chunks(BATCH) {
                in_receipts(rpc, payments).with_context(|| host.to_owned())?;
            }
            for (address, found) in purses(rpc, &self.prefix, count)? {
                let expected = expected.get(&address);
                ensure!(
                    expected == Some(&found),
                    "{host}: {address} has {found:?}, the payments make {expected:?}"
                );
            }
            let (now, before) = (supply(rpc)?, self.supply);
            ensure!(
                now + burned == before,
                "{host}: there were {before}{DENOM}, {burned} are burned, now there are {now}"
            );
        }
        Ok(())
    }

    /// Every payment is in exactly one block, and no block since these books holds anything else.
    fn in_blocks(&self, rpc: &Rpc, payments: &[Payment], height: u64) -> Result<()> {
        let mut waiting: HashMap<[u8; 32], u64> =
            payments.iter().map(|payment| (payment.hash, payment.height)).collect();
        ensure!(waiting.len() == payments.len(), "a payment was acknowledged twice");
        for height in self.height + 1..=height {
            for tx in rpc.block(Some(height))?.txs {
                let hash = *sha256(&tx).as_bytes();
                let acknowledged = waiting.remove(&hash);
                let name = hex::encode(hash);
                ensure!(
                    acknowledged == Some(height),
                    "{name} is in block {height}, acknowledged in {acknowledged:?}: doubled, or never acknowledged"
                );
            }
        }
        ensure!(waiting.is_empty(), "acknowledged, but in no block: {:?}", waiting.into_iter().next());
        Ok(())
    }

    /// What the accounts have when all payments are made.
    fn after(&self, payments: &[Payment]) -> Result<Purses> {
        let mut purses = self.purses.clone();
        for payment in payments {
            let (balance, sequence) = purses.get_mut(&payment.from).context("an unknown payer")?;
            let left = balance.checked_sub(payment.amount + payment.fee);
            *balance = left.context("more was paid than there was")?;
            *sequence += 1;
            purses.get_mut(&payment.to).context("an unknown receiver")?.0 += payment.amount;
        }
        Ok(purses)
    }
}

/// Every payment has its receipt in the application, which is committed with the state.
fn in_receipts(rpc: &Rpc, payments: &[Payment]) -> Result<()> {
    #[derive(Deserialize)]
    struct Queried {
        response: Answer,
    }
    let questions = payments.iter().enumerate().map(|(id, payment)| {
        let data = GetTxRequest { hash: hex::encode_upper(payment.hash) }.encode_to_vec();
        let params = json!({ "path": GET_TX, "data": hex::encode(data), "height": "0", "prove": false });
        json!({ "jsonrpc": "2.0", "id": id, "method": "abci_query", "params": params })
    });
    let body = serde_json::to_vec(&questions.collect::<Vec<_>>())?;
    for (payment, answer) in payments.iter().zip(rpc.batch::<Queried>(GET_TX, body)?) {
        let Queried { response } = answer?;
        let name = hex::encode(payment.hash);
        ensure!(response.code == 0, "{name} of block {} has no receipt: {}", payment.height, response.log);
        let receipt = GetTxResponse::decode(response.value.as_slice())?.tx_response.context("no receipt")?;
        let height = u64::try_from(receipt.height)?;
        ensure!((height, receipt.code) == (payment.height, 0), "{name}: {receipt:?}");
    }
    Ok(())
}

/// All units that there are.
fn supply(rpc: &Rpc) -> Result<u128> {
    let question = QuerySupplyOfRequest { denom: DENOM.to_owned() };
    let answer: QuerySupplyOfResponse = rpc.ask("/cosmos.bank.v1beta1.Query/SupplyOf", &question)?;
    Ok(answer.amount.context("no supply")?.amount.parse()?)
}

fn balance(rpc: &Rpc, address: &str) -> Result<u128> {
    let question = QueryBalanceRequest { address: address.to_owned(), denom: DENOM.to_owned() };
    let answer: QueryBalanceResponse = rpc.ask("/cosmos.bank.v1beta1.Query/Balance", &question)?;
    Ok(answer.balance.context("no balance")?.amount.parse()?)
}

fn purses(rpc: &Rpc, prefix: &Prefix, accounts: u32) -> Result<Purses> {
    let accounts = Accounts::find(rpc, prefix, LOAD_SEED, accounts, Scheme::Secp256k1)?.0;
    let purse = |account: Account| {
        let balance = balance(rpc, &account.address)?;
        Ok((account.address, (balance, account.sequence)))
    };
    accounts.into_iter().map(purse).collect()
}
