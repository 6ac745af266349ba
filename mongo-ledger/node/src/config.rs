//! `mongo-ledger.toml`: where the process listens, where the documents are, and how long things are kept.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sirius_host::{
    doctor,
    settings::{self, Abci, CometBft, Health, Log, Metrics, SettingsError, Snapshots},
};
use sirius_primitives::Blocks;

use crate::peer::Peer;

/// The name of the file in the home folder.
pub const FILE: &str = "mongo-ledger.toml";

/// The whole file. Unknown fields are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How CometBFT reaches the process.
    pub abci: Abci,
    /// Where the documents are.
    pub documents: Documents,
    /// Where the index is kept.
    #[serde(default)]
    pub index: Index,
    /// What other nodes may begin from.
    #[serde(default)]
    pub snapshots: Snapshots,
    /// Where HTTP is served.
    #[serde(default)]
    pub http: Http,
    /// Who may read.
    #[serde(default)]
    pub access: Access,
    /// Where the stream of transactions is served.
    #[serde(default)]
    pub websocket: WebSocket,
    /// Where CometBFT is: its RPC takes transactions, its home has blocks to repair from and the key that proposes
    /// elections.
    #[serde(default)]
    pub cometbft: CometBft,
    /// Where bodies come from that are missing here.
    #[serde(default)]
    pub payloads: Payloads,
    /// Where metrics are shown.
    #[serde(default = "default_metrics")]
    pub metrics: Metrics,
    /// Whether and how headers are posted to a ledger.
    #[serde(default)]
    pub anchor: Option<Anchor>,
    /// When the node calls itself ill.
    #[serde(default)]
    pub health: Health,
    /// What is written to the log.
    #[serde(default)]
    pub log: Log,
    /// The folder of the file, from which relative paths begin.
    #[serde(skip)]
    home: PathBuf,
}

fn default_metrics() -> Metrics {
    Metrics::at(27661)
}

/// Section `documents`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// A MongoDB connection string, or `memory` to keep no documents beyond the process: for measuring alone.
    pub uri: String,
    /// The database's name; each node needs its own.
    #[serde(default = "default_database")]
    pub database: String,
    /// How many of the last records are compared with their documents at the start.
    #[serde(default = "default_scrub")]
    pub scrub_records: u64,
    /// How many records a second are compared with their documents all the time, a tenth of it while blocks bring
    /// transactions; 0 compares none. Each costs some five look-ups.
    #[serde(default = "default_rate")]
    pub scrub_rate: u32,
}

fn default_database() -> String {
    "sirius".into()
}

const fn default_scrub() -> u64 {
    1_000
}

const fn default_rate() -> u32 {
    10
}

/// Section `index`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Index {
    /// The folder of the database.
    pub path: PathBuf,
    /// How many heights before the latest can be proven.
    pub keep_versions: Blocks,
    /// How many blocks CometBFT is to keep at least; 0 keeps them all. It keeps more where snapshots need them. What it
    /// gave up, `repair` and a `verify db` beside the running node need from another node.
    pub retain_blocks: Blocks,
}

impl Default for Index {
    fn default() -> Self {
        Self { path: "data".into(), keep_versions: Blocks(1000), retain_blocks: Blocks(0) }
    }
}

/// Section `http`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Whether `GET /` calls the software `BigchainDB`, for clients that insist on it.
    pub pose_as_bigchaindb: bool,
    /// Where API and stream are served behind TLS, beside the listeners without it.
    pub tls: Option<Tls>,
}

/// Section `http.tls`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Where API and stream listen together.
    pub listen: SocketAddr,
    /// The certificate and those that lead to its authority, in PEM.
    pub cert: PathBuf,
    /// Its key, in PEM; a file that nobody else may read.
    pub key: PathBuf,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9984)), pose_as_bigchaindb: false, tls: None }
    }
}

/// Section `access`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Who is answered over HTTP.
    pub read: Read,
    /// What tokens for this node name; the chain's name when left out, so that a token opens every node of it.
    pub audience: Option<String>,
    /// A file with the ed25519 key by which this node asks others for what it misses, as `cometbft gen-node-key` writes
    /// one; the validator's when left out, which a node does not have whose validator signs elsewhere. It needs a role that
    /// covers what is asked for, such as `auditor` of everything.
    pub key: Option<PathBuf>,
}

/// Who is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Read {
    /// Everybody.
    #[default]
    Open,
    /// Those who hold a role on the chain, by a token or a signature.
    Roles,
}

/// Section `websocket`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebSocket {
    /// Where the stream listens.
    pub listen: SocketAddr,
}

impl Default for WebSocket {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9985)) }
    }
}

/// Section `anchor`; without it no header is posted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The RPCs of nodes of the ledger; one is asked after the other.
    pub ledger: Vec<String>,
    /// The folder of keys, as `sirius keys` makes it, with the operator's ledger account.
    pub keys: PathBuf,
    /// The name of that account's key.
    pub name: String,
    /// A file with the passphrase of the keys, which nobody else may read.
    pub passphrase: PathBuf,
    /// How many blocks are between two headers at least, of this chain or of the ledger, when this chain is registered from
    /// here.
    #[serde(default = "default_every")]
    pub every: u64,
    /// For how many seconds a header is trusted, when this chain is registered from here. A chain that makes no block
    /// for so long is anchored again by a vote of the ledger alone.
    #[serde(default = "default_trusting")]
    pub trusting_seconds: u64,
    /// What is put at stake, when this chain is registered from here.
    #[serde(default = "default_bond")]
    pub bond: String,
    /// What is to pay for headers from then on.
    #[serde(default = "default_deposit")]
    pub deposit: String,
    /// Whether the node registers this chain by itself when nobody has.
    #[serde(default)]
    pub register: bool,
}

const fn default_every() -> u64 {
    20
}

const fn default_trusting() -> u64 {
    1_209_600
}

fn default_bond() -> String {
    "1000000000uxpx".into()
}

fn default_deposit() -> String {
    "100000000uxpx".into()
}

/// Section `payloads`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Payloads {
    /// The HTTP of other nodes of this chain, such as `http://10.0.0.2:9984` or `https://db.example:9986`, asked in this
    /// order for bodies that are missing here; at most [`MOST_PEERS`](crate::payload::MOST_PEERS). What they give is
    /// checked; behind `https` nobody on the way reads it.
    pub peers: Vec<Peer>,
    /// A file in PEM with the certificates of whoever vouches for peers behind `https`; those that browsers believe when
    /// left out.
    pub ca: Option<PathBuf>,
}

impl Config {
    /// Reads the file in `home`.
    ///
    /// # Errors
    /// A file that cannot be read, or the field that is wrong.
    pub fn load(home: &Path) -> Result<Self, SettingsError> {
        let config: Self = settings::load(&home.join(FILE))?;
        Ok(Self { home: home.into(), ..config })
    }

    /// The address of CometBFT's RPC.
    pub fn rpc(&self) -> &str {
        self.cometbft.rpc.as_deref().unwrap_or("http://127.0.0.1:27657")
    }

    /// CometBFT's home folder, where it is known.
    pub fn cometbft(&self) -> Option<PathBuf> {
        self.cometbft.home.as_ref().map(|home| self.home.join(home))
    }

    /// Files that nobody else may read: CometBFT's, the key of the server's certificate, that by which others are asked, and
    /// this one when it names the documents' server with a password.
    pub fn secrets(&self) -> Vec<PathBuf> {
        let password = self.documents.uri.split_once("://").is_some_and(|(_, rest)| rest.contains('@'));
        let own = password.then(|| self.home.join(FILE));
        let passphrase = self.anchor.as_ref().map(|anchor| self.anchor_passphrase(anchor));
        let key = self.tls().map(|tls| tls.key);
        own.into_iter()
            .chain(passphrase)
            .chain(key)
            .chain(self.access_key())
            .chain(self.cometbft().iter().flat_map(|home| doctor::secrets(home)))
            .collect()
    }

    /// The folder of the keys that sign for the ledger.
    pub(crate) fn anchor_keys(&self, anchor: &Anchor) -> PathBuf {
        self.home.join(&anchor.keys)
    }

    /// The file of their passphrase.
    pub(crate) fn anchor_passphrase(&self, anchor: &Anchor) -> PathBuf {
        self.home.join(&anchor.passphrase)
    }

    /// The server's certificate and key, as the process finds them.
    pub fn tls(&self) -> Option<Tls> {
        let Tls { listen, cert, key } = self.http.tls.as_ref()?;
        Some(Tls { listen: *listen, cert: self.home.join(cert), key: self.home.join(key) })
    }

    /// The file of the key by which this node asks others, where one is named.
    pub fn access_key(&self) -> Option<PathBuf> {
        self.access.key.as_ref().map(|path| self.home.join(path))
    }

    /// The file of whoever vouches for peers behind `https`, where one is named.
    pub fn peers_ca(&self) -> Option<PathBuf> {
        self.payloads.ca.as_ref().map(|path| self.home.join(path))
    }

    /// The folder of the index.
    pub fn data(&self) -> PathBuf {
        self.home.join(&self.index.path)
    }

    /// The folder of the snapshots.
    pub fn shelf(&self) -> PathBuf {
        self.home.join(&self.snapshots.path)
    }

    /// The file of the call log.
    pub fn calls(&self) -> Option<PathBuf> {
        self.log.calls.as_ref().map(|path| self.home.join(path))
    }
}
