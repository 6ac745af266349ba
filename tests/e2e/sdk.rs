//! The client library against real nodes: many payments of one account at once, and connections that drop answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, anyhow, ensure};
use async_trait::async_trait;
use cosmos_sdk_proto::Any;
use cosmos_sdk_proto::cosmos::bank::v1beta1::{MsgSend, QueryBalanceRequest, QueryBalanceResponse};
use cosmos_sdk_proto::cosmos::base::v1beta1::Coin;
use prost::Message as _;
use sirius_primitives::{Hash, Height};
use sirius_sdk::client::{
    AbciAnswer, AbciQuestion, BlockResults, Checked, Client, Found, Node, NodeError, NodeStatus,
    ValidatorPage,
};
use sirius_sdk::config::Config;
use sirius_sdk::submit::{Account, Options};
use tendermint::block::signed_header::SignedHeader;
use tendermint::block::{Block, Header};
use tendermint_rpc::HttpClient;

use crate::setting::Setting;

/// Payments under way at the same time.
const AT_ONCE: u32 = 20;
/// Payments over a connection that drops answers.
const DROPPED: u32 = 6;

fn address(number: u32) -> [u8; 20] {
    let mut address = [7; 20];
    address[..4].copy_from_slice(&number.to_be_bytes());
    address
}

fn payment(from: &str, to: &str, amount: u32) -> Any {
    let coin = Coin { denom: "uxpx".into(), amount: amount.to_string() };
    let send = MsgSend { from_address: from.into(), to_address: to.into(), amount: vec![coin] };
    Any { type_url: "/cosmos.bank.v1beta1.MsgSend".into(), value: send.encode_to_vec() }
}

fn balance(setting: &Setting, address: &str) -> Result<u128> {
    let question = QueryBalanceRequest { address: address.into(), denom: "uxpx".into() };
    let answer: QueryBalanceResponse =
        setting.bed.rpc(0).ask("/cosmos.bank.v1beta1.Query/Balance", &question)?;
    Ok(answer.balance.context("no balance")?.amount.parse()?)
}

fn config(setting: &Setting) -> Result<Config> {
    Ok(Config::load(setting.bed.dir())?)
}

pub(crate) fn at_once(setting: &mut Setting) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (config, key, prefix) = (config(setting)?, setting.bed.key("carol")?, setting.bed.prefix()?);
    let from = key.address().bech32(&prefix);
    let before = balance(setting, &from)?;
    let account = Arc::new(Account::new(config.client()?, config.chain.clone(), key));
    let receipts = runtime.block_on(async {
        let sends = (0..AT_ONCE).map(|number| {
            let to = sirius_primitives::Address::new(address(number)).bech32(&prefix);
            let (account, message) = (Arc::clone(&account), payment(&from, &to, 1_000 + number));
            tokio::spawn(async move { account.send(vec![message], &Options::default()).await })
        });
        let sends: Vec<_> = sends.collect();
        let mut receipts = Vec::new();
        for send in sends {
            receipts.push(send.await??);
        }
        anyhow::Ok(receipts)
    })?;
    ensure!(receipts.iter().all(|receipt| receipt.succeeded()), "{receipts:?}");
    let mut sequences = Vec::new();
    for receipt in &receipts {
        let place = (receipt.height, receipt.index);
        let counted = receipt.events.iter().flat_map(|event| &event.attributes);
        let counted = counted.filter(|attribute| attribute.key == "acc_seq");
        let sequence = counted.filter_map(|attribute| attribute.value.rsplit_once('/')).next();
        sequences.push((place, sequence.context("no sequence")?.1.parse::<u64>()?));
    }
    sequences.sort_unstable();
    let in_order = sequences.iter().map(|(_, sequence)| *sequence).eq(0..u64::from(AT_ONCE));
    ensure!(in_order, "the payments are not in the order of their sequences: {sequences:?}");
    let mut sum = 0;
    for number in 0..AT_ONCE {
        let to = sirius_primitives::Address::new(address(number)).bech32(&prefix);
        let amount = u128::from(1_000 + number);
        ensure!(balance(setting, &to)? == amount, "{to} did not get {amount} once");
        sum += amount;
    }
    let fees: u128 =
        receipts.iter().flat_map(|receipt| receipt.fee.iter()).map(|coin| coin.amount.units()).sum();
    ensure!(balance(setting, &from)? == before - sum - fees, "the sender's balance does not add up");
    Ok(())
}

/// A node behind a connection that breaks after every other transaction was handed over, before the answer is there.
struct Dropping {
    node: HttpClient,
    calls: AtomicU32,
}

#[async_trait]
impl Node for Dropping {
    async fn status(&self) -> Result<NodeStatus, NodeError> {
        Node::status(&self.node).await
    }
    async fn committed(&self) -> Result<Height, NodeError> {
        Node::committed(&self.node).await
    }
    async fn abci_query(&self, question: AbciQuestion) -> Result<AbciAnswer, NodeError> {
        Node::abci_query(&self.node, question).await
    }
    async fn broadcast(&self, tx: Vec<u8>) -> Result<Checked, NodeError> {
        let answer = Node::broadcast(&self.node, tx).await;
        match self.calls.fetch_add(1, Ordering::SeqCst) % 2 {
            0 => Err(NodeError::Silent("the connection broke".into())),
            _ => answer,
        }
    }
    async fn tx(&self, hash: Hash) -> Result<Option<Found>, NodeError> {
        Node::tx(&self.node, hash).await
    }
    async fn block(&self, height: Option<Height>) -> Result<Block, NodeError> {
        Node::block(&self.node, height).await
    }
    async fn block_results(&self, height: Height) -> Result<BlockResults, NodeError> {
        Node::block_results(&self.node, height).await
    }
    async fn commit(&self, height: Height) -> Result<SignedHeader, NodeError> {
        Node::commit(&self.node, height).await
    }
    async fn validators(&self, height: Height, page: u32) -> Result<ValidatorPage, NodeError> {
        Node::validators(&self.node, height, page).await
    }
    async fn headers(&self, least: Height, most: Height) -> Result<Vec<Header>, NodeError> {
        Node::headers(&self.node, least, most).await
    }
}

pub(crate) fn dropped_answers(setting: &mut Setting) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (config, prefix) = (config(setting)?, setting.bed.prefix()?);
    let sender = setting.sender("teller")?;
    let (from, before) = (sender.address.clone(), balance(setting, &sender.address)?);
    let mut nodes: Vec<(String, Arc<dyn Node>)> = Vec::new();
    for rpc in setting.bed.rpcs() {
        let node = HttpClient::new(rpc.url()).map_err(|error| anyhow!("{error}"))?;
        nodes.push((rpc.url().to_owned(), Arc::new(Dropping { node, calls: AtomicU32::new(0) })));
    }
    let account = Account::new(Client::with_nodes(nodes)?, config.chain.clone(), sender.key);
    let to = sirius_primitives::Address::new([9; 20]).bech32(&prefix);
    let mut fees = 0;
    for _ in 0..DROPPED {
        // Always the same payment: one that was made twice would differ from nothing else.
        let receipt = runtime.block_on(account.send(vec![payment(&from, &to, 500)], &Options::default()))?;
        ensure!(receipt.succeeded(), "{receipt:?}");
        fees += receipt.fee.iter().map(|coin| coin.amount.units()).sum::<u128>();
    }
    let sum = u128::from(DROPPED) * 500;
    let (got, left) = (balance(setting, &to)?, balance(setting, &from)?);
    ensure!((got, left) == (sum, before - sum - fees), "paid {sum}: {got} came, {left} is left of {before}");
    let after = setting.sender("teller")?;
    ensure!(after.sequence == u64::from(DROPPED), "{} transactions instead of {DROPPED}", after.sequence);
    Ok(())
}
