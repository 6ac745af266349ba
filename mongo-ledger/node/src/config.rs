//! `mongo-ledger.toml`: where the process listens, where the documents are, and how long things are kept.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer};
use sirius_host::Endpoint;
use sirius_primitives::Blocks;
use thiserror::Error;

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
    /// Where HTTP is served.
    #[serde(default)]
    pub http: Http,
    /// Where the stream of transactions is served.
    #[serde(default)]
    pub websocket: WebSocket,
    /// Where CometBFT is.
    #[serde(default)]
    pub cometbft: CometBft,
    /// Where metrics are shown.
    #[serde(default)]
    pub metrics: Metrics,
    /// What is written to the log.
    #[serde(default)]
    pub log: Log,
    /// The folder of the file, from which relative paths begin.
    #[serde(skip)]
    home: PathBuf,
}

/// Section `abci`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abci {
    /// `unix:///path` or `tcp://127.0.0.1:port`.
    #[serde(deserialize_with = "parsed")]
    pub listen: Endpoint,
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
    /// How many records a second are compared with their documents all the time; 0 compares none. Each costs some five
    /// look-ups.
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
}

impl Default for Index {
    fn default() -> Self {
        Self { path: "data".into(), keep_versions: Blocks(1000) }
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
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9984)), pose_as_bigchaindb: false }
    }
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

/// Section `cometbft`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CometBft {
    /// Its RPC, to which transactions are handed on.
    pub rpc: String,
    /// Its home folder: blocks to repair from, and the key that proposes elections.
    pub home: Option<PathBuf>,
}

impl Default for CometBft {
    fn default() -> Self {
        Self { rpc: "http://127.0.0.1:27657".into(), home: None }
    }
}

/// Section `metrics`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// A loopback address.
    pub listen: SocketAddr,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 27661)) }
    }
}

/// Section `log`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or a filter.
    pub level: String,
    /// How a line looks.
    pub format: Format,
    /// The file of the ABCI call log; none when left out.
    pub calls: Option<PathBuf>,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".into(), format: Format::Text, calls: None }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why `mongo-ledger.toml` cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("reading {path} failed: {cause}; give the folder that holds {FILE} with --home")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file does not say what it must.
    #[error("{path} is not a valid configuration: {cause}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The field and what is wrong with it.
        cause: Box<toml::de::Error>,
    },
}

impl Config {
    /// Reads the file in `home`.
    ///
    /// # Errors
    /// A file that cannot be read, or the field that is wrong.
    pub fn load(home: &Path) -> Result<Self, ConfigError> {
        let path = home.join(FILE);
        let text = std::fs::read_to_string(&path)
            .map_err(|cause| ConfigError::Unreadable { path: path.clone(), cause })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|cause| ConfigError::Invalid { path: path.clone(), cause: Box::new(cause) })?;
        config.home = home.into();
        Ok(config)
    }

    /// The folder of the index.
    pub fn data(&self) -> PathBuf {
        self.home.join(&self.index.path)
    }

    /// The file of the call log.
    pub fn calls(&self) -> Option<PathBuf> {
        self.log.calls.as_ref().map(|path| self.home.join(path))
    }
}

fn parsed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Endpoint, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}
