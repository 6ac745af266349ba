//! The description of a network that the files are rendered from, and what CometBFT accepts of it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use crate::{Error, Seed};

/// The most bytes a unix socket path may have here. Linux allows 107; some systems fewer (104 on BSD), and CometBFT
/// says only "invalid argument" beyond that.
pub const SOCKET_PATH_LIMIT: usize = 99;

/// CometBFT's own limit (`types.MaxChainIDLen`).
const CHAIN_ID_LIMIT: usize = 50;
/// CometBFT's own limit (`types.MaxBlockSizeBytes`).
const BLOCK_BYTES_LIMIT: u64 = 100 << 20;
/// The default of `evidence.max_bytes`, which a block must be able to carry.
const EVIDENCE_BYTES: u64 = 1 << 20;
/// CometBFT's own limit on the sum of all voting power (`types.MaxTotalVotingPower`).
const POWER_LIMIT: u64 = i64::MAX.unsigned_abs() / 8;
/// The default of `max_tx_bytes`: 64 KiB, enough for a message of any module and too little to crowd out others.
pub const TX_BYTES: u64 = 64 << 10;
/// Above this a person who looks at the chain takes it for dead.
const TIMEOUT_COMMIT_LIMIT: Duration = Duration::from_secs(3600);

/// Everything the nodes of one network agree on, and the nodes.
#[derive(Debug, Clone)]
pub struct Network {
    /// The name that every signature is bound to, 1 to 50 visible ASCII characters.
    pub chain_id: String,
    /// When the chain begins: the time in its first header.
    pub genesis_time: OffsetDateTime,
    /// Limits of a block.
    pub block: Block,
    /// The state the application starts from, handed to it in `InitChain`. `Value::Null` leaves it out.
    pub app_state: Value,
    /// How long a node waits for late votes after a block is decided; with empty blocks this sets the pace of the chain.
    pub timeout_commit: Duration,
    /// Whether blocks are made while nobody sends anything.
    ///
    /// Without them a chain makes its first block at once, one more after each block that changed the state (the next
    /// header carries the app hash), and then waits for a transaction, for an hour at most.
    pub create_empty_blocks: bool,
    /// The most bytes of one transaction.
    pub max_tx_bytes: u64,
    /// How many blocks a starting validator looks back for its own signature; 0 looks at none.
    ///
    /// A validator that finds one refuses to start. It protects an operator who started the same key on a second
    /// machine, and it also refuses an ordinary restart until that many blocks went by without this validator.
    pub double_sign_check_height: u64,
    /// Web origins whose pages may call the RPC, such as `http://127.0.0.1:8080`; none by default.
    pub cors_origins: Vec<String>,
    /// The nodes; each is a validator from the first block.
    pub nodes: Vec<Node>,
}

/// Limits of a block, part of consensus from the first block on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// The most bytes of a block, header and evidence included.
    pub max_bytes: u64,
    /// The most gas the transactions of a block may ask for together.
    pub max_gas: u64,
}

impl Default for Block {
    /// 4 MiB and 400,000,000 gas.
    ///
    /// CometBFT's 21 MiB takes over four seconds to send at its own peer-to-peer rate of 5 MB/s, which is longer than
    /// a round waits for a proposal; 4 MiB takes 0.8 s and holds 16,000 transfers.
    fn default() -> Self {
        Self { max_bytes: 4 << 20, max_gas: 400_000_000 }
    }
}

/// One node: its keys, its ports, its application and the peers it dials.
#[derive(Debug, Clone)]
pub struct Node {
    /// The name the node shows to its peers.
    pub moniker: String,
    /// The seed of the key that signs votes and blocks.
    pub validator_seed: Seed,
    /// The seed of the key that names the node on the peer-to-peer network.
    pub node_seed: Seed,
    /// Voting power, at least 1.
    pub power: u64,
    /// What executes the blocks.
    pub application: Application,
    /// Where the node listens.
    pub listen: Listen,
    /// The peers this node dials and dials again; a link needs only one of its two ends to dial.
    pub peers: Vec<Peer>,
}

/// What executes the blocks of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Application {
    /// A process that serves ABCI on the unix socket at this absolute path.
    Socket(PathBuf),
    /// CometBFT's built-in key-value store, without signatures or a state tree: what benchmarks compare with.
    Kvstore,
}

/// The ports of a node, all on 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// Peer-to-peer.
    pub p2p: u16,
    /// JSON-RPC and WebSocket.
    pub rpc: u16,
    /// Prometheus metrics.
    pub metrics: u16,
}

/// A peer to dial: who must answer, and at which local port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Index of the node that must answer.
    pub node: usize,
    /// The port on 127.0.0.1 that leads to it: its own, or that of a forwarder before it.
    pub port: u16,
}

impl Network {
    pub(crate) fn node(&self, index: usize) -> Result<&Node, Error> {
        self.nodes.get(index).ok_or(Error::NoSuchNode { index, nodes: self.nodes.len() })
    }

    /// Refuses what CometBFT would refuse at its start, or accept and then misbehave.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.check_chain()?;
        self.check_keys()?;
        self.check_ports()?;
        for (index, node) in self.nodes.iter().enumerate() {
            self.check_node(index, node)?;
        }
        Ok(())
    }

    fn check_chain(&self) -> Result<(), Error> {
        let chain_id = &self.chain_id;
        if !(1..=CHAIN_ID_LIMIT).contains(&chain_id.len()) || !is_visible(chain_id) {
            return Err(Error::field(
                "chain_id",
                format!("{chain_id:?}"),
                "use 1 to 50 visible ASCII characters",
            ));
        }
        if !(EVIDENCE_BYTES..=BLOCK_BYTES_LIMIT).contains(&self.block.max_bytes) {
            return Err(Error::field(
                "block.max_bytes",
                self.block.max_bytes,
                "use 1 MiB (the evidence) to 100 MiB",
            ));
        }
        if i64::try_from(self.block.max_gas).is_err() {
            return Err(Error::field("block.max_gas", self.block.max_gas, "use at most 2^63 - 1"));
        }
        let too_short = Duration::from_millis(1) > self.timeout_commit;
        if too_short || self.timeout_commit > TIMEOUT_COMMIT_LIMIT {
            return Err(Error::field(
                "timeout_commit",
                format!("{:?}", self.timeout_commit),
                "use at least 1 ms and at most 1 h",
            ));
        }
        if !(1..=self.block.max_bytes).contains(&self.max_tx_bytes) {
            return Err(Error::field("max_tx_bytes", self.max_tx_bytes, "use 1 to the bytes of a block"));
        }
        for (index, origin) in self.cors_origins.iter().enumerate() {
            if origin.is_empty() || !is_visible(origin) {
                let field = format!("cors_origins[{index}]");
                return Err(Error::field(
                    field,
                    format!("{origin:?}"),
                    "use an origin such as http://127.0.0.1:8080",
                ));
            }
        }
        Ok(())
    }

    fn check_keys(&self) -> Result<(), Error> {
        if self.nodes.is_empty() {
            return Err(Error::field("nodes", "empty", "a network needs at least one"));
        }
        let mut power: u64 = 0;
        let mut known: Vec<&Seed> = Vec::with_capacity(2 * self.nodes.len());
        for (index, node) in self.nodes.iter().enumerate() {
            power = power.saturating_add(node.power);
            if node.power == 0 || power > POWER_LIMIT {
                let expected = "use at least 1, and at most 2^60 - 1 over all nodes";
                return Err(Error::field(format!("nodes[{index}].power"), node.power, expected));
            }
            for (name, seed) in [("validator_seed", &node.validator_seed), ("node_seed", &node.node_seed)] {
                if known.contains(&seed) {
                    let expected = "every key needs a seed of its own";
                    return Err(Error::field(format!("nodes[{index}].{name}"), "used twice", expected));
                }
                known.push(seed);
            }
        }
        Ok(())
    }

    fn check_ports(&self) -> Result<(), Error> {
        let mut taken = BTreeSet::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let Listen { p2p, rpc, metrics } = node.listen;
            for (name, port) in [("p2p", p2p), ("rpc", rpc), ("metrics", metrics)] {
                if port == 0 || !taken.insert(port) {
                    let field = format!("nodes[{index}].listen.{name}");
                    return Err(Error::field(
                        field,
                        port,
                        "every listener needs a port of its own, from 1 on",
                    ));
                }
            }
        }
        Ok(())
    }

    fn check_node(&self, index: usize, node: &Node) -> Result<(), Error> {
        if node.moniker.is_empty() || !is_visible(&node.moniker) {
            let found = format!("{:?}", node.moniker);
            return Err(Error::field(
                format!("nodes[{index}].moniker"),
                found,
                "use visible ASCII characters",
            ));
        }
        if let Application::Socket(path) = &node.application {
            let fits = path.as_os_str().len() <= SOCKET_PATH_LIMIT;
            let plain =
                path.to_str().is_some_and(|text| text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            if !fits || !plain || !path.is_absolute() {
                let expected = "use an absolute path of at most 99 printable ASCII characters";
                return Err(Error::field(format!("nodes[{index}].application"), path.display(), expected));
            }
        }
        for (position, peer) in node.peers.iter().enumerate() {
            let field = |name| format!("nodes[{index}].peers[{position}].{name}");
            if peer.node == index || peer.node >= self.nodes.len() {
                return Err(Error::field(field("node"), peer.node, "name another node of this network"));
            }
            if peer.port == 0 {
                return Err(Error::field(field("port"), peer.port, "use a port from 1 on"));
            }
        }
        Ok(())
    }
}

/// Whether `text` has only ASCII characters that leave a mark on paper.
fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}
