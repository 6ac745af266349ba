//! The three questions about a node that this crate asks CometBFT's RPC.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::Agent;

use crate::Error;

/// How long an answer may take. A paused node never answers, and a busy one answers within tens of milliseconds.
const TIMEOUT: Duration = Duration::from_secs(2);
/// For how long a connection that nobody uses is kept. CometBFT closes its own after ten seconds, and a question that meets
/// the closing is not answered.
const KEPT: Duration = Duration::from_secs(5);
/// The most bytes of an answer; these are below 64 KiB.
const MAX_BYTES: u64 = 1 << 20;

/// A client of one node's RPC.
#[derive(Debug, Clone)]
pub struct Rpc {
    agent: Agent,
    url: String,
}

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeStatus {
    /// The last block it has executed.
    pub height: u64,
    /// The application's state after the block before that one, upper-case hexadecimal.
    pub app_hash: String,
    /// Whether it is still fetching blocks that others have.
    pub catching_up: bool,
}

#[derive(Deserialize)]
struct Answer<T> {
    result: T,
}

#[derive(Deserialize)]
struct StatusResult {
    node_info: NodeInfo,
    sync_info: SyncInfo,
}

#[derive(Deserialize)]
struct NodeInfo {
    id: String,
}

#[derive(Deserialize)]
struct SyncInfo {
    latest_block_height: String,
    latest_app_hash: String,
    earliest_block_height: String,
    catching_up: bool,
}

#[derive(Deserialize)]
struct NetInfoResult {
    n_peers: String,
}

#[derive(Deserialize)]
struct BlockchainResult {
    block_metas: Vec<BlockMeta>,
}

#[derive(Deserialize)]
struct BlockMeta {
    block_id: BlockId,
    header: BlockHeader,
}

#[derive(Deserialize)]
struct BlockId {
    hash: String,
}

#[derive(Deserialize)]
struct BlockHeader {
    app_hash: String,
}

impl Rpc {
    /// A client of the node at `url`, such as `http://127.0.0.1:26657`.
    pub fn new(url: String) -> Self {
        let config = Agent::config_builder().timeout_global(Some(TIMEOUT)).max_idle_age(KEPT).build();
        Self { agent: config.into(), url }
    }

    /// The address it asks.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the node stands.
    ///
    /// # Errors
    /// It does not answer within two seconds.
    pub fn status(&self) -> Result<NodeStatus, Error> {
        let SyncInfo { latest_block_height, latest_app_hash, catching_up, .. } =
            self.get::<StatusResult>("status")?.sync_info;
        let height = self.number("status", &latest_block_height)?;
        Ok(NodeStatus { height, app_hash: latest_app_hash, catching_up })
    }

    /// The name by which peers know the node.
    ///
    /// # Errors
    /// It does not answer within two seconds.
    pub fn node_id(&self) -> Result<String, Error> {
        Ok(self.get::<StatusResult>("status")?.node_info.id)
    }

    /// The oldest block that the node still has.
    ///
    /// # Errors
    /// It does not answer within two seconds.
    pub fn earliest(&self) -> Result<u64, Error> {
        let height = self.get::<StatusResult>("status")?.sync_info.earliest_block_height;
        self.number("status", &height)
    }

    /// How many peers the node is connected to.
    ///
    /// # Errors
    /// It does not answer within two seconds.
    pub fn peers(&self) -> Result<u64, Error> {
        let count = self.get::<NetInfoResult>("net_info")?.n_peers;
        self.number("net_info", &count)
    }

    /// The hash of the block at `height` and the app hash in its header: equal on all nodes that agree.
    ///
    /// # Errors
    /// The node does not answer within two seconds, or has no such block.
    pub fn block_hashes(&self, height: u64) -> Result<(String, String), Error> {
        let question = format!("blockchain?minHeight={height}&maxHeight={height}");
        let metas = self.get::<BlockchainResult>(&question)?.block_metas;
        let meta =
            metas.into_iter().next().ok_or_else(|| self.failed(&question, "there is no such block"))?;
        Ok((meta.block_id.hash, meta.header.app_hash))
    }

    fn get<T: DeserializeOwned>(&self, question: &str) -> Result<T, Error> {
        let failed = |error: ureq::Error| self.failed(question, error);
        let mut response = self.agent.get(format!("{}/{question}", self.url)).call().map_err(failed)?;
        let answer: Answer<T> =
            response.body_mut().with_config().limit(MAX_BYTES).read_json().map_err(failed)?;
        Ok(answer.result)
    }

    /// CometBFT writes 64-bit integers as JSON strings.
    fn number(&self, question: &str, text: &str) -> Result<u64, Error> {
        text.parse().map_err(|_| self.failed(question, format!("{text:?} is not a number")))
    }

    fn failed(&self, question: &str, reason: impl ToString) -> Error {
        Error::Rpc { url: format!("{}/{question}", self.url), reason: reason.to_string() }
    }
}
