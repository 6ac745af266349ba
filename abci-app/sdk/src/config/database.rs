//! Where the database chain is, and what of it is trusted.

use std::path::PathBuf;

use serde::Deserialize;
use sirius_primitives::{Hash, Height};

use super::{Config, FILE};
use crate::{
    client::{Client, ClientError},
    database::{Database, DatabaseError},
    trust::{Anchor, Genesis, Settings, TrustError},
};

/// Where a network on this machine has the database.
const HTTP: &str = "http://127.0.0.1:9984";
const RPC: &str = "http://127.0.0.1:27657";
/// The newest trusted header of the database chain.
const TRUST_FILE: &str = "database-trust.json";
/// The token for a closed database, for the owner's eyes.
const TOKEN_FILE: &str = "database-token";

/// What `client.toml` says of the database chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// Where its nodes serve HTTP.
    pub http: Vec<String>,
    /// Where their CometBFT answers, for headers.
    pub rpc: Vec<String>,
    /// The chain's genesis file.
    pub genesis: Option<PathBuf>,
    /// The chain's name, and a header of it that somebody vouches for.
    pub trusted: Option<(String, Height, Hash)>,
}

/// One address, or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Addresses {
    One(String),
    Several(Vec<String>),
}

impl Addresses {
    /// The addresses; where none is named, those of a network on this machine.
    pub(super) fn or(addresses: Option<Self>, default: &str) -> Vec<String> {
        match addresses {
            None => vec![default.into()],
            Some(Self::One(address)) => vec![address],
            Some(Self::Several(addresses)) => addresses,
        }
    }
}

impl DatabaseConfig {
    /// Where the addresses are those of a network on this machine when none is named.
    pub(super) fn new(http: Option<Addresses>, rpc: Option<Addresses>) -> Self {
        let (http, rpc) = (Addresses::or(http, HTTP), Addresses::or(rpc, RPC));
        Self { http, rpc, genesis: None, trusted: None }
    }
}

impl Config {
    /// A client of the database, with the token of the home where there is one; nothing is sent yet.
    ///
    /// # Errors
    /// As [`Database::new`].
    pub fn database(&self) -> Result<Database, DatabaseError> {
        let database = Database::new(&self.database.http)?;
        // Without one, nodes that ask for a token say so.
        Ok(match std::fs::read_to_string(self.database_token()) {
            Ok(token) => database.with_token(token.trim()),
            Err(_) => database,
        })
    }

    /// Where the token for a closed database is kept.
    pub fn database_token(&self) -> PathBuf {
        self.home.join(TOKEN_FILE)
    }

    /// A client of the database's CometBFT; nothing is sent yet.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn database_rpc(&self) -> Result<Client, ClientError> {
        Client::new(&self.database.rpc)
    }

    /// What a light client of the database chain trusts: the header that somebody vouches for, or else genesis.
    ///
    /// # Errors
    /// Neither is named, or the genesis file is of no use.
    pub fn database_trust(&self) -> Result<Settings, TrustError> {
        let (chain_id, anchor) = match (&self.database.trusted, &self.database.genesis) {
            (Some((chain_id, height, hash)), _) => {
                (chain_id.clone(), Anchor::Header { height: *height, hash: *hash })
            }
            (None, Some(path)) => {
                let genesis = Genesis::read(path)?;
                (genesis.chain_id().to_owned(), Anchor::Genesis(genesis))
            }
            (None, None) => return Err(TrustError::NoDatabaseAnchor { path: self.home.join(FILE) }),
        };
        let file = Some(self.home.join(TRUST_FILE));
        Ok(Settings { chain_id, anchor, period: self.trusting_period, file })
    }
}
