//! The description of a network, as a person writes it and as the program uses it.
//!
//! A manifest is TOML; `networks/` has examples, the crate's README every field. Parsing refuses unknown fields, so that
//! a misspelt one is never silently a default.

mod wire;

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Coins, Denom, Prefix};
use sirius_sdk::key::{Mnemonic, Scheme};
use sirius_sdk::keystore::Name;

use crate::{Error, Layers, Ports};

/// The network that `localnet up` starts when no file is named.
const LOCAL: &str = include_str!("../../networks/local.toml");
/// A network of one host.
const SINGLE: &str = include_str!("../../networks/single.toml");
/// A network whose database asks for roles.
const PERMISSIONED: &str = include_str!("../../networks/permissioned.toml");

/// A network: what the hosts agree on, how many there are, and who is funded.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The name that every signature is bound to.
    pub chain_id: String,
    /// What every address begins with.
    pub prefix: Prefix,
    /// How many hosts there are, 1 to 10; each is a validator.
    pub hosts: usize,
    /// What executes the blocks.
    pub application: Application,
    /// How long the nodes wait for late votes after each block.
    pub timeout_commit: Duration,
    /// Where everything listens.
    pub ports: Ports,
    /// The most gas of a block.
    pub max_gas: u64,
    /// Web origins whose pages may call the RPC.
    pub cors_origins: Vec<String>,
    /// How the application keeps its state.
    pub store: Store,
    /// What hosts that join later may begin from.
    pub snapshots: Snapshots,
    /// How many blocks back the application answers for transactions.
    pub receipt_blocks: u64,
    /// Kinds of coins; the first one pays fees.
    pub denominations: Vec<Denomination>,
    /// Accounts that exist from the first block on.
    pub accounts: Vec<Account>,
    /// Many more accounts, for load tests.
    pub load: Option<Load>,
    /// What is merged into the application's genesis state: objects by key, anything else replaced.
    pub app_state: serde_json::Value,
    /// The second chain, whose ledger is documents; a network without it has a ledger only.
    pub database: Option<Database>,
    /// The text all this was parsed from.
    text: String,
}

/// What the nodes of the database agree on, where it differs from the ledger's.
#[derive(Debug, Clone)]
pub struct Database {
    /// The name of its chain.
    pub chain_id: String,
    /// How long its nodes wait for late votes after each block.
    pub timeout_commit: Duration,
    /// The most bytes of one of its transactions.
    pub max_tx_bytes: u64,
    /// How many of the last versions of its state can be asked for with a proof.
    pub keep_versions: u64,
    /// Every how many blocks its headers are posted to the ledger, by the accounts in their order; 0 is never.
    pub anchor_every: u64,
    /// Whom its nodes answer over HTTP.
    pub read: Readers,
    /// The application's genesis state.
    pub app_state: serde_json::Value,
}

/// Whom the nodes of the database answer over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Readers {
    /// Everybody.
    #[default]
    Open,
    /// Those who hold a role on its chain.
    Roles,
}

/// What executes the blocks of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Application {
    /// The ledger, one process `abci-app` beside each CometBFT.
    #[default]
    #[serde(rename = "abci-app")]
    Ledger,
    /// CometBFT's built-in key-value store in memory: what benchmarks compare the ledger with.
    #[serde(rename = "kvstore")]
    Kvstore,
}

/// How the application keeps its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// `disk` or `memory`.
    pub backend: String,
    /// How many of the last versions of the state can be asked for.
    pub keep_versions: u64,
    /// How many blocks CometBFT keeps at least; 0 keeps them all.
    pub retain_blocks: u64,
}

impl Default for Store {
    fn default() -> Self {
        Self { backend: "disk".to_owned(), keep_versions: 1_000, retain_blocks: 0 }
    }
}

/// The snapshots that the application takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Snapshots {
    /// One is taken at every height that this divides; 0 takes none.
    pub every_blocks: u64,
    /// How many are kept, the newest; 1 to 10.
    pub keep: u64,
}

impl Default for Snapshots {
    fn default() -> Self {
        Self { every_blocks: 50, keep: 2 }
    }
}

/// A kind of coin and how people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Denomination {
    /// The smallest unit, which amounts count.
    pub base: Denom,
    /// The unit that people see.
    pub display: Denom,
    /// How many decimal places lie between them: one `display` is 10^exponent `base`.
    pub exponent: u32,
    /// The full name.
    pub name: String,
    /// The short name.
    pub symbol: String,
    /// What it is for.
    pub description: String,
}

/// An account that exists from the first block on.
#[derive(Debug, Clone)]
pub struct Account {
    /// What its key is called in the keystore.
    pub name: Name,
    /// Where its key comes from.
    pub source: Source,
    /// Which kind of key it has.
    pub scheme: Scheme,
    /// What it owns.
    pub balances: Coins,
    /// The sequence that its first transaction must carry.
    pub sequence: u64,
}

/// Where the key of an account comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Somebody else has the key.
    Address(Address),
    /// These words.
    Mnemonic(Mnemonic),
    /// New words, made when the network is set up.
    Fresh,
}

/// Many accounts of equal balances.
#[derive(Debug, Clone)]
pub struct Load {
    /// What each owns.
    pub balances: Coins,
    /// Their addresses.
    pub addresses: Vec<Address>,
}

impl Manifest {
    /// Reads a manifest file; paths in it are relative to its folder.
    ///
    /// # Errors
    /// The file cannot be read, or is not a manifest: says which field is wrong.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(Error::io("read the manifest", path))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        wire::parse(&path.display().to_string(), &text, folder)
    }

    /// Reads a manifest from memory; paths in it are relative to the current folder.
    ///
    /// # Errors
    /// The text is not a manifest: says which field is wrong.
    pub fn parse(text: &str) -> Result<Self, Error> {
        wire::parse("given as text", text, Path::new("."))
    }

    /// The network of `make localnet`: four hosts.
    ///
    /// # Errors
    /// None: the built-in text is a manifest, and a test says so.
    pub fn local() -> Result<Self, Error> {
        wire::parse("networks/local.toml", LOCAL, Path::new("."))
    }

    /// A network of one host.
    ///
    /// # Errors
    /// None: the built-in text is a manifest, and a test says so.
    pub fn single() -> Result<Self, Error> {
        wire::parse("networks/single.toml", SINGLE, Path::new("."))
    }

    /// The network of `make localnet` with a database that asks for roles.
    ///
    /// # Errors
    /// None: the built-in text is a manifest, and a test says so.
    pub fn permissioned() -> Result<Self, Error> {
        wire::parse("networks/permissioned.toml", PERMISSIONED, Path::new("."))
    }

    /// The same network without its database.
    pub fn ledger_only(self) -> Self {
        Self { database: None, ..self }
    }

    /// The layers that it describes.
    pub fn layers(&self) -> Layers {
        Layers::of(self.database.is_some())
    }

    /// The same network on ports where nothing listens now, for tests that run side by side.
    ///
    /// # Errors
    /// All ports are taken.
    pub fn on_free_ports(self) -> Result<Self, Error> {
        Ok(Self { ports: Ports::free(self.hosts, &self.layers())?, ..self })
    }

    /// The text this was parsed from. Fields that were changed since are not in it.
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests;
