//! One node as this library sees it: the few calls of CometBFT's RPC that are used, with plain types.

use async_trait::async_trait;
use sirius_primitives::{Hash, Height};
use sirius_store::ProofOp;
use tendermint::{
    Time,
    abci::types::ExecTxResult,
    block::{Block, Header, signed_header::SignedHeader},
    validator,
};
use thiserror::Error;

/// A node's RPC. Implemented for `tendermint_rpc::HttpClient`; tests bring nodes of their own.
///
/// Each call fails with [`NodeError::Refused`] when the node answered with an error, and with [`NodeError::Silent`]
/// when there was no usable answer: only then it is unknown whether the node received anything.
#[async_trait]
pub trait Node: Send + Sync {
    /// `status`: who and where the node is.
    async fn status(&self) -> Result<NodeStatus, NodeError>;
    /// `abci_info`: the height the application has committed.
    async fn committed(&self) -> Result<Height, NodeError>;
    /// `abci_query`: a question to the application.
    async fn abci_query(&self, question: AbciQuestion) -> Result<AbciAnswer, NodeError>;
    /// `broadcast_tx_sync`: hands a transaction over and waits for CheckTx.
    async fn broadcast(&self, tx: Vec<u8>) -> Result<Checked, NodeError>;
    /// `tx`: a transaction in a block; `None` when the node's index has none of this hash.
    async fn tx(&self, hash: Hash) -> Result<Option<Found>, NodeError>;
    /// `block`: the block at a height, or the latest.
    async fn block(&self, height: Option<Height>) -> Result<Block, NodeError>;
    /// `block_results`: what came of the transactions of a block.
    async fn block_results(&self, height: Height) -> Result<BlockResults, NodeError>;
    /// `commit`: a header with its signatures.
    async fn commit(&self, height: Height) -> Result<SignedHeader, NodeError>;
    /// `validators`: one page of them, counted from 1, 100 a page.
    async fn validators(&self, height: Height, page: u32) -> Result<ValidatorPage, NodeError>;
    /// `blockchain`: at most 20 headers of a span, the last ones first.
    async fn headers(&self, least: Height, most: Height) -> Result<Vec<Header>, NodeError>;
}

/// Why a call to one node came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NodeError {
    /// The node answered: no.
    #[error("{0}")]
    Refused(String),
    /// No usable answer came: the connection failed, or what came is not CometBFT's.
    #[error("{0}")]
    Silent(String),
}

/// Who a node is and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeStatus {
    /// What its operator calls it.
    pub moniker: String,
    /// Its address in the peer-to-peer network.
    pub id: String,
    /// CometBFT's version.
    pub version: String,
    /// The chain id.
    pub network: String,
    /// Its latest block.
    pub height: Height,
    /// That block's time.
    pub time: Time,
    /// That block's hash; upper-case hexadecimal, empty before the first block.
    pub block_hash: String,
    /// The app hash in that block's header; upper-case hexadecimal.
    pub app_hash: String,
    /// Whether it is still fetching blocks that others have.
    pub catching_up: bool,
    /// Its share in consensus; 0 for a node that does not vote.
    pub voting_power: u64,
}

/// A question to the application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AbciQuestion {
    /// What is asked.
    pub path: String,
    /// The request, or the key.
    pub data: Vec<u8>,
    /// The state of which height is asked; `None` is the latest committed.
    pub height: Option<Height>,
    /// Whether a proof is wanted.
    pub prove: bool,
}

/// What the application answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AbciAnswer {
    /// 0, or the code of the refusal.
    pub code: u32,
    /// Whose code it is.
    pub codespace: String,
    /// The refusal in words.
    pub log: String,
    /// The answer.
    pub value: Vec<u8>,
    /// The height it holds for.
    pub height: Height,
    /// The proof's steps, none where no proof was asked for.
    pub proof: Vec<ProofOp>,
}

/// What CheckTx says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// 0, or the code of the refusal.
    pub code: u32,
    /// Whose code it is.
    pub codespace: String,
    /// The refusal in words.
    pub log: String,
}

/// A transaction in a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Which block.
    pub height: Height,
    /// Its place there, from 0.
    pub index: u32,
    /// What came of it.
    pub result: ExecTxResult,
    /// Its bytes.
    pub tx: Vec<u8>,
}

/// What came of a block's transactions, in their order.
pub type BlockResults = Vec<ExecTxResult>;

/// A page of validators.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidatorPage {
    /// Those of the page.
    pub validators: Vec<validator::Info>,
    /// How many there are on all pages.
    pub total: usize,
}
