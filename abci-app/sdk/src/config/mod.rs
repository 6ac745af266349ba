//! A client's home: a folder with `client.toml`, the keys, and what the light client trusts.
//!
//! ```toml
//! chain_id = "sirius-local-1"
//! prefix = "sirius"
//! rpc = ["http://127.0.0.1:26657", "http://127.0.0.1:26667"]
//! fee_denom = "uxpx"
//! keys = "keys"                                        # relative paths begin at this file's folder
//! passphrase_file = "keys/passphrase"                  # optional, mode 0600
//! genesis = "genesis.json"                             # optional, for proofs
//! trusted = { height = 1000, hash = "AB…" }            # optional, in place of genesis
//! trusting_days = 14                                   # optional
//!
//! database = "http://127.0.0.1:9984"                   # optional, one address or several; this is the default
//! database_rpc = "http://127.0.0.1:27657"              # optional, likewise: CometBFT of the database, for proofs
//! database_genesis = "database-genesis.json"           # optional, for proofs
//! database_trusted = { chain_id = "d-1", height = 1000, hash = "AB…" }   # optional, in place of its genesis
//!
//! [contacts]                                           # optional
//! shop = "sirius1…"
//! ```

mod database;
mod error;
mod home;
mod passphrase;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use sirius_primitives::{Address, Denom, Hash, Height, Prefix};
use sirius_runtime::Chain;

pub use database::DatabaseConfig;
pub use error::ConfigError;
pub use home::{FILE, Surroundings, find};

use database::Addresses;

use crate::{
    client::{Client, ClientError},
    keystore::{Keystore, KeystoreError, Name, Passphrase},
    trust::{Anchor, Genesis, Settings, TRUSTING_PERIOD, TrustError},
};

/// The most bytes of the file: thousands of contacts.
const MOST_BYTES: u64 = 1024 * 1024;

/// What `client.toml` says, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The folder.
    pub home: PathBuf,
    /// The chain.
    pub chain: Chain,
    /// Where nodes are reached.
    pub rpc: Vec<String>,
    /// In which denomination fees are paid, and what questions about one denomination mean when they name none.
    pub fee_denom: Denom,
    /// The folder of keys.
    pub keys: PathBuf,
    /// The file with the passphrase of the keys.
    pub passphrase_file: Option<PathBuf>,
    /// The chain's genesis file.
    pub genesis: Option<PathBuf>,
    /// A header that somebody vouches for.
    pub trusted: Option<(Height, Hash)>,
    /// How long a header is trusted.
    pub trusting_period: Duration,
    /// Addresses by the names that the owner gave them.
    pub contacts: BTreeMap<Name, Address>,
    /// The database chain.
    pub database: DatabaseConfig,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    chain_id: String,
    prefix: String,
    rpc: Vec<String>,
    fee_denom: Denom,
    keys: PathBuf,
    passphrase_file: Option<PathBuf>,
    genesis: Option<PathBuf>,
    trusted: Option<Trusted>,
    trusting_days: Option<u32>,
    database: Option<Addresses>,
    database_rpc: Option<Addresses>,
    database_genesis: Option<PathBuf>,
    database_trusted: Option<DatabaseTrusted>,
    #[serde(default)]
    contacts: BTreeMap<Name, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trusted {
    height: Height,
    hash: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DatabaseTrusted {
    chain_id: String,
    height: Height,
    hash: String,
}

impl Config {
    /// Reads `client.toml` in `home`.
    ///
    /// # Errors
    /// There is none, or a field is wrong; the text names it.
    pub fn load(home: &Path) -> Result<Self, ConfigError> {
        let path = home.join(FILE);
        let failed = |reason: String| ConfigError::Read { path: path.clone(), reason };
        let metadata = fs::metadata(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ConfigError::Missing { home: home.into() },
            _ => failed(error.to_string()),
        })?;
        if metadata.len() > MOST_BYTES {
            return Err(failed(format!("it has {} bytes, at most {MOST_BYTES} are read", metadata.len())));
        }
        let text = fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
        Self::parse(home, &text)
    }

    /// Reads the text of a `client.toml` that lies in `home`.
    ///
    /// # Errors
    /// A field that is wrong; the text names it.
    pub fn parse(home: &Path, text: &str) -> Result<Self, ConfigError> {
        let path = home.join(FILE);
        let file: ConfigFile = toml::from_str(text)
            .map_err(|error| ConfigError::Read { path: path.clone(), reason: error.to_string() })?;
        let wrong = |field: &str, reason: String| ConfigError::Field {
            path: path.clone(),
            field: field.into(),
            reason,
        };
        let prefix = Prefix::new(&file.prefix).map_err(|error| wrong("prefix", error.to_string()))?;
        tendermint::chain::Id::try_from(file.chain_id.clone()).map_err(|_| {
            wrong("chain_id", format!("{:?} is not 1 to 50 letters, digits, - and _", file.chain_id))
        })?;
        let trusted = file.trusted.map(|trusted| {
            let hash = trusted.hash.parse().map_err(|error| wrong("trusted.hash", format!("{error}")))?;
            Ok((trusted.height, hash))
        });
        let vouched = file.database_trusted.map(|trusted| {
            let hash = trusted.hash.parse();
            let hash = hash.map_err(|error| wrong("database_trusted.hash", format!("{error}")))?;
            Ok((trusted.chain_id, trusted.height, hash))
        });
        let database = DatabaseConfig {
            genesis: file.database_genesis.map(|path| home.join(path)),
            trusted: vouched.transpose()?,
            ..DatabaseConfig::new(file.database, file.database_rpc)
        };
        let contacts = file.contacts.into_iter().map(|(name, text)| {
            let address = Address::parse(&text, &prefix)
                .map_err(|error| wrong(&format!("contacts.{name}"), error.to_string()))?;
            Ok((name, address))
        });
        let contacts = contacts.collect::<Result<_, ConfigError>>()?;
        let days = |days: u32| Duration::from_secs(u64::from(days).saturating_mul(86_400));
        Ok(Self {
            home: home.into(),
            rpc: file.rpc,
            fee_denom: file.fee_denom,
            keys: home.join(file.keys),
            passphrase_file: file.passphrase_file.map(|path| home.join(path)),
            genesis: file.genesis.map(|path| home.join(path)),
            trusted: trusted.transpose()?,
            trusting_period: file.trusting_days.map_or(TRUSTING_PERIOD, days),
            contacts,
            database,
            chain: Chain { id: file.chain_id, prefix },
        })
    }

    /// A client of the nodes; nothing is sent yet.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn client(&self) -> Result<Client, ClientError> {
        Client::new(&self.rpc)
    }

    /// The keys.
    ///
    /// # Errors
    /// As [`Keystore::open`].
    pub fn keystore(&self) -> Result<Keystore, KeystoreError> {
        Keystore::open(&self.keys)
    }

    /// The passphrase in the file, where one is named.
    ///
    /// # Errors
    /// A file that others can read, or that holds no passphrase.
    pub fn passphrase(&self) -> Result<Option<Passphrase>, ConfigError> {
        self.passphrase_file.as_deref().map(passphrase::read).transpose()
    }

    /// What a light client of this home trusts: the header that somebody vouches for, or else genesis.
    ///
    /// # Errors
    /// Neither is named, or the genesis file is of no use.
    pub fn trust(&self) -> Result<Settings, TrustError> {
        let anchor = match (&self.trusted, &self.genesis) {
            (Some((height, hash)), _) => Anchor::Header { height: *height, hash: *hash },
            (None, Some(path)) => Anchor::Genesis(Genesis::read(path)?),
            (None, None) => return Err(TrustError::NoAnchor { path: self.home.join(FILE) }),
        };
        Ok(Settings {
            chain_id: self.chain.id.clone(),
            anchor,
            period: self.trusting_period,
            file: Some(self.home.join("trust.json")),
        })
    }
}

/// Reads a passphrase from the first line of a file that its owner alone can read.
///
/// # Errors
/// A file that others can read, or that holds no passphrase.
pub fn read_passphrase(path: &Path) -> Result<Passphrase, ConfigError> {
    passphrase::read(path)
}
