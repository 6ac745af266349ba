//! A node of the chain that misbehaves as told.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use cosmrs::proto::cosmos::{
    base::abci::v1beta1::GasInfo,
    tx::v1beta1::{SimulateRequest, SimulateResponse},
};
use prost::Message as _;
use sirius_primitives::{Hash, Height, sha256};
use sirius_runtime::QueryContext;
use tendermint::block::{Block, Header, signed_header::SignedHeader};

use super::{
    FakeChain,
    chain::{CHAIN_ID, State},
};
use crate::client::{
    AbciAnswer, AbciQuestion, BlockResults, Checked, Client, Found, Node, NodeError, NodeStatus,
    ValidatorPage,
};

/// What goes wrong with one broadcast.
#[derive(Debug, Clone)]
pub(crate) enum Mishap {
    /// The bytes never arrive, and no answer comes.
    Lost,
    /// The bytes arrive, and no answer comes.
    Unanswered,
    /// The bytes arrive, and the answer takes for ever.
    Hangs,
    /// The mempool is full.
    Full,
    /// The node takes the bytes and nobody else hears of them.
    Swallowed,
    /// The bytes never arrive, and the node says that it has had them.
    Cached,
    /// CheckTx says this.
    Says(u32, &'static str),
}

/// A node.
pub(crate) struct FakeNode {
    chain: Arc<FakeChain>,
    mishaps: Mutex<VecDeque<Mishap>>,
    /// Whether it answers nothing at all.
    pub(crate) down: AtomicBool,
    /// Whether it takes calls and never answers.
    pub(crate) hangs: AtomicBool,
    /// The height at which it stands still, for all but transactions.
    pub(crate) stale: Mutex<Option<Height>>,
    /// Whether it keeps no index of transactions.
    pub(crate) unindexed: AtomicBool,
    /// How many transactions were handed to it.
    pub(crate) broadcasts: AtomicUsize,
    /// Changes an answer before it is sent.
    pub(crate) forge: Mutex<Option<fn(&mut AbciAnswer)>>,
}

impl FakeNode {
    pub(crate) fn new(chain: &Arc<FakeChain>) -> Arc<Self> {
        Arc::new(Self {
            chain: Arc::clone(chain),
            mishaps: Mutex::default(),
            down: AtomicBool::new(false),
            hangs: AtomicBool::new(false),
            stale: Mutex::default(),
            unindexed: AtomicBool::new(false),
            broadcasts: AtomicUsize::new(0),
            forge: Mutex::default(),
        })
    }

    /// What goes wrong with the next broadcasts, in order.
    pub(crate) fn plan(&self, mishaps: impl IntoIterator<Item = Mishap>) {
        self.mishaps.lock().unwrap().extend(mishaps);
    }

    /// A client of these nodes.
    pub(crate) fn client(nodes: &[&Arc<Self>]) -> Client {
        let named = nodes.iter().enumerate().map(|(index, node)| {
            let node: Arc<dyn Node> = Arc::<Self>::clone(node);
            // No address: a watch has nowhere to connect to and asks instead.
            (format!("fake{index}"), node)
        });
        Client::with_nodes(named.collect()).unwrap()
    }

    fn up(&self) -> Result<(), NodeError> {
        if self.down.load(Ordering::Relaxed) {
            return Err(NodeError::Silent("connection refused".into()));
        }
        Ok(())
    }

    fn with<T>(&self, answer: impl FnOnce(&mut State) -> T) -> Result<T, NodeError> {
        self.up()?;
        Ok(answer(&mut self.chain.state()))
    }
}

fn none(height: Height) -> NodeError {
    NodeError::Refused(format!("height {height} must be less than or equal to the current blockchain height"))
}

fn place(height: Height) -> usize {
    usize::try_from(height.0).unwrap().wrapping_sub(1)
}

fn take(state: &mut State, tx: Vec<u8>) -> Result<Checked, NodeError> {
    match state.check(&Bytes::from(tx)) {
        Some((code, codespace, log)) => Ok(Checked { code, codespace, log }),
        None => Err(NodeError::Refused("Internal error: tx already exists in cache (code: -32603)".into())),
    }
}

fn answer(state: &State, question: &AbciQuestion) -> Result<AbciAnswer, sirius_runtime::Error> {
    let snapshot = match question.height {
        Some(height) => state.store.at(height).unwrap(),
        None => state.store.latest(),
    };
    let height = snapshot.height();
    let answered = |value| AbciAnswer { value, height, ..AbciAnswer::default() };
    match question.path.as_str() {
        "/store/ledger/key" => {
            let proof = snapshot.prove(&question.data)?;
            let ops = proof.to_ops().to_vec();
            Ok(AbciAnswer { proof: ops, ..answered(proof.value.unwrap_or_default()) })
        }
        "/cosmos.tx.v1beta1.Service/Simulate" => {
            let request = SimulateRequest::decode(question.data.as_slice()).unwrap();
            let gas_used = state.simulate(&Bytes::from(request.tx_bytes))?;
            let gas_info = Some(GasInfo { gas_wanted: 0, gas_used });
            Ok(answered(SimulateResponse { gas_info, result: None }.encode_to_vec()))
        }
        path => {
            let (chain, registry) = (&state.chain, state.app.registry());
            let ctx = QueryContext { state: &snapshot, chain, height, registry };
            registry.answer(&ctx, path, &question.data).map(answered)
        }
    }
}

#[async_trait]
impl Node for FakeNode {
    async fn status(&self) -> Result<NodeStatus, NodeError> {
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let stale = *self.stale.lock().unwrap();
        self.with(|state| {
            let height = stale.unwrap_or(Height(state.blocks.len() as u64));
            let header = &state.blocks.get(place(height)).unwrap().header;
            NodeStatus {
                moniker: "fake".into(),
                id: "00".into(),
                version: "0.38.0".into(),
                network: CHAIN_ID.into(),
                height: Height(header.height.value()),
                time: header.time,
                block_hash: header.hash().to_string(),
                app_hash: header.app_hash.to_string(),
                catching_up: false,
                voting_power: 10,
            }
        })
    }

    async fn committed(&self) -> Result<Height, NodeError> {
        let stale = *self.stale.lock().unwrap();
        self.with(|state| stale.unwrap_or(state.store.committed().height))
    }

    async fn abci_query(&self, mut question: AbciQuestion) -> Result<AbciAnswer, NodeError> {
        question.height = question.height.or(*self.stale.lock().unwrap());
        let mut answered = self.with(|state| match answer(state, &question) {
            Ok(answer) => answer,
            Err(sirius_runtime::Error::Refusal(refusal)) => AbciAnswer {
                code: refusal.code,
                codespace: refusal.space.into(),
                log: refusal.text,
                ..AbciAnswer::default()
            },
            Err(sirius_runtime::Error::Fault(fault)) => panic!("{fault}"),
        })?;
        if let Some(forge) = *self.forge.lock().unwrap() {
            forge(&mut answered);
        }
        Ok(answered)
    }

    async fn broadcast(&self, tx: Vec<u8>) -> Result<Checked, NodeError> {
        self.up()?;
        self.broadcasts.fetch_add(1, Ordering::Relaxed);
        let mishap = self.mishaps.lock().unwrap().pop_front();
        let silent = || Err(NodeError::Silent("connection reset".into()));
        match mishap {
            None => take(&mut self.chain.state(), tx),
            Some(Mishap::Lost) => silent(),
            Some(Mishap::Unanswered) => {
                let _ = take(&mut self.chain.state(), tx);
                silent()
            }
            Some(Mishap::Hangs) => {
                let _ = take(&mut self.chain.state(), tx);
                std::future::pending().await
            }
            Some(Mishap::Swallowed) => Ok(Checked::default()),
            Some(Mishap::Cached) => Err(NodeError::Refused("tx already exists in cache".into())),
            Some(Mishap::Full) => {
                Err(NodeError::Refused("mempool is full: number of txs 5000 (max: 5000)".into()))
            }
            Some(Mishap::Says(code, log)) => Ok(Checked { code, codespace: "sdk".into(), log: log.into() }),
        }
    }

    async fn tx(&self, hash: Hash) -> Result<Option<Found>, NodeError> {
        self.with(|state| {
            if self.unindexed.load(Ordering::Relaxed) {
                return None;
            }
            state.blocks.iter().find_map(|block| {
                let index = block.txs.iter().position(|tx| sha256(tx) == hash)?;
                Some(Found {
                    height: Height(block.header.height.value()),
                    index: u32::try_from(index).unwrap(),
                    result: block.results.get(index).unwrap().clone(),
                    tx: block.txs.get(index).unwrap().to_vec(),
                })
            })
        })
    }

    async fn block(&self, height: Option<Height>) -> Result<Block, NodeError> {
        self.with(|state| {
            let height = height.unwrap_or(Height(state.blocks.len() as u64));
            let block = state.blocks.get(place(height)).ok_or_else(|| none(height))?;
            let txs = block.txs.iter().map(|tx| tx.to_vec()).collect();
            Ok(Block::new(block.header.clone(), txs, Default::default(), None))
        })?
    }

    async fn block_results(&self, height: Height) -> Result<BlockResults, NodeError> {
        self.with(|state| Ok(state.blocks.get(place(height)).ok_or_else(|| none(height))?.results.clone()))?
    }

    async fn commit(&self, height: Height) -> Result<SignedHeader, NodeError> {
        self.with(|state| {
            let block = state.blocks.get(place(height)).ok_or_else(|| none(height))?;
            Ok(SignedHeader::new(block.header.clone(), block.commit.clone()).unwrap())
        })?
    }

    async fn validators(&self, height: Height, page: u32) -> Result<ValidatorPage, NodeError> {
        self.with(|state| {
            let validators = match state.blocks.get(place(height)) {
                Some(block) => block.validators.clone(),
                None if place(height) == state.blocks.len() => state.announced(),
                None => return Err(none(height)),
            };
            let all = validators.set().validators().clone();
            let total = all.len();
            // Three a page, so that pages are walked through.
            let skip = usize::try_from(page.saturating_sub(1)).unwrap() * 3;
            Ok(ValidatorPage { validators: all.into_iter().skip(skip).take(3).collect(), total })
        })?
    }

    async fn headers(&self, least: Height, most: Height) -> Result<Vec<Header>, NodeError> {
        self.with(|state| {
            let wanted = |header: &&Header| (least.0..=most.0).contains(&header.height.value());
            state.blocks.iter().rev().map(|block| &block.header).filter(wanted).take(20).cloned().collect()
        })
    }
}
