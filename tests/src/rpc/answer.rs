//! What CometBFT answers, as far as the lanes look at it. 64-bit numbers are text there, bytes base64 or hexadecimal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Deserialize)]
pub(super) struct Envelope<T> {
    #[serde(default = "Option::default")]
    pub(super) result: Option<T>,
    pub(super) error: Option<WireError>,
}

#[derive(Deserialize)]
pub(super) struct WireError {
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) data: String,
}

/// Where a node stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The chain.
    pub network: String,
    /// CometBFT's version.
    pub version: String,
    /// The last block it has.
    pub height: u64,
    /// The state after the block before that one, upper-case hexadecimal.
    pub app_hash: String,
    /// Whether it is still fetching blocks that others have.
    pub catching_up: bool,
}

#[derive(Deserialize)]
pub(super) struct WireStatus {
    node_info: NodeInfo,
    sync_info: SyncInfo,
}

#[derive(Deserialize)]
struct NodeInfo {
    network: String,
    version: String,
}

#[derive(Deserialize)]
struct SyncInfo {
    #[serde(deserialize_with = "number")]
    latest_block_height: u64,
    latest_app_hash: String,
    catching_up: bool,
}

impl From<WireStatus> for Status {
    fn from(WireStatus { node_info, sync_info }: WireStatus) -> Self {
        Self {
            network: node_info.network,
            version: node_info.version,
            height: sync_info.latest_block_height,
            app_hash: sync_info.latest_app_hash,
            catching_up: sync_info.catching_up,
        }
    }
}

/// The part of a header that the lanes compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its block's height.
    pub height: u64,
    /// When the block before was decided: the median of its validators' clocks, in nanoseconds since 1970.
    pub nanos: i128,
    /// The state after the block before, upper-case hexadecimal.
    pub app_hash: String,
    /// The hash of this block, upper-case hexadecimal.
    pub block_hash: String,
    /// How many transactions the block holds.
    pub txs: u64,
}

#[derive(Deserialize)]
pub(super) struct Metas {
    block_metas: Vec<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    block_id: BlockId,
    header: WireHeader,
    #[serde(deserialize_with = "number")]
    num_txs: u64,
}

#[derive(Deserialize)]
struct BlockId {
    hash: String,
}

#[derive(Deserialize)]
struct WireHeader {
    #[serde(deserialize_with = "number")]
    height: u64,
    #[serde(deserialize_with = "nanos")]
    time: i128,
    app_hash: String,
}

impl From<Metas> for Vec<Header> {
    fn from(metas: Metas) -> Self {
        let header = |Meta { block_id, header, num_txs }: Meta| Header {
            height: header.height,
            nanos: header.time,
            app_hash: header.app_hash,
            block_hash: block_id.hash,
            txs: num_txs,
        };
        metas.block_metas.into_iter().map(header).collect()
    }
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its height.
    pub height: u64,
    /// When the block before was decided, in nanoseconds since 1970.
    pub nanos: i128,
    /// The state after the block before, upper-case hexadecimal.
    pub app_hash: String,
    /// Its transactions.
    pub txs: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
pub(super) struct WireBlock {
    #[serde(deserialize_with = "block")]
    pub(super) block: Block,
}

fn block<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Block, D::Error> {
    #[derive(Deserialize)]
    struct Wire {
        header: WireHeader,
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        txs: Vec<Bytes>,
    }
    let Wire { header, data } = Wire::deserialize(deserializer)?;
    Ok(Block {
        height: header.height,
        nanos: header.time,
        app_hash: header.app_hash,
        txs: data.txs.into_iter().map(|bytes| bytes.0).collect(),
    })
}

#[derive(Deserialize)]
pub(super) struct Results {
    #[serde(deserialize_with = "or_default")]
    txs_results: Vec<TxResult>,
}

impl Results {
    pub(super) fn codes(self) -> Vec<u32> {
        self.txs_results.into_iter().map(|result| result.code).collect()
    }
}

/// What became of a transaction in a block.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TxResult {
    /// 0 when it was executed.
    #[serde(default)]
    pub code: u32,
    /// Who refused it.
    #[serde(default)]
    pub codespace: String,
    /// Why.
    #[serde(default)]
    pub log: String,
}

/// What the mempool thinks of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Checked {
    /// 0 when it was taken.
    pub code: u32,
    /// Who refused it.
    pub codespace: String,
    /// Why.
    pub log: String,
    /// Its SHA-256, upper-case hexadecimal.
    pub hash: String,
}

/// A transaction in a block.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Found {
    /// Its SHA-256, upper-case hexadecimal.
    pub hash: String,
    /// The block's height.
    #[serde(deserialize_with = "number")]
    pub height: u64,
    /// Its place in the block.
    pub index: u32,
    /// What became of it.
    pub tx_result: TxResult,
}

#[derive(Deserialize)]
pub(super) struct TxList {
    pub(super) txs: Vec<Found>,
}

/// What the application answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Answer {
    /// 0 when it answers.
    #[serde(default)]
    pub code: u32,
    /// Who refuses.
    #[serde(default)]
    pub codespace: String,
    /// Why.
    #[serde(default)]
    pub log: String,
    /// The answer.
    #[serde(default, deserialize_with = "bytes")]
    pub value: Vec<u8>,
    /// The height that it holds for.
    #[serde(default, deserialize_with = "number")]
    pub height: u64,
    /// The way from the answer to the app hash; empty when none was asked for.
    #[serde(default, rename = "proofOps", deserialize_with = "ops")]
    pub proof: Vec<ProofOp>,
}

/// A step of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ProofOp {
    /// Which kind of tree.
    #[serde(rename = "type")]
    pub kind: String,
    /// The key in that tree.
    #[serde(deserialize_with = "bytes")]
    pub key: Vec<u8>,
    /// An encoded `CommitmentProof`.
    #[serde(deserialize_with = "bytes")]
    pub data: Vec<u8>,
}

#[derive(Deserialize)]
pub(super) struct WireQuery {
    pub(super) response: Answer,
}

fn ops<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ProofOp>, D::Error> {
    #[derive(Deserialize)]
    struct Wire {
        ops: Vec<ProofOp>,
    }
    Ok(Option::<Wire>::deserialize(deserializer)?.map_or_else(Vec::new, |wire| wire.ops))
}

fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

fn nanos<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i128, D::Error> {
    let text = String::deserialize(deserializer)?;
    OffsetDateTime::parse(&text, &Rfc3339).map(OffsetDateTime::unix_timestamp_nanos).map_err(D::Error::custom)
}

/// Bytes as base64; Go writes none as `null`.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bytes(deserializer).map(Self)
    }
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    STANDARD.decode(text).map_err(D::Error::custom)
}
