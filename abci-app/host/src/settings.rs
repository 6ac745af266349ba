//! The settings that every process of a node has, in its TOML file: where it listens and shows metrics, what it logs,
//! when it calls itself ill, and where its CometBFT is.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use sirius_primitives::Blocks;
use thiserror::Error;

use crate::Endpoint;

/// Section `abci`: how CometBFT reaches the process.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abci {
    /// `unix:///path` or `tcp://127.0.0.1:port`.
    #[serde(deserialize_with = "parsed")]
    pub listen: Endpoint,
}

/// Section `metrics`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// A loopback address.
    pub listen: SocketAddr,
}

impl Metrics {
    /// At a port of 127.0.0.1.
    pub fn at(port: u16) -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], port)) }
    }
}

/// Section `log`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,sirius_store=debug`.
    pub level: String,
    /// How a line looks.
    pub format: Format,
    /// The file of the ABCI call log, relative to the file; none when left out.
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

/// Section `health`: when `/health` says that the node is ill.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Health {
    /// Whether CometBFT makes blocks while nobody sends anything (its `create_empty_blocks`): then a missing block is
    /// an illness, otherwise only one that a transaction waits for. What the chain usually does, when left out.
    pub empty_blocks: Option<bool>,
    /// The least free space, in MiB, of each volume that the node writes to. Below it CometBFT may stop making blocks
    /// at any moment while it stays up.
    pub least_free_mib: u64,
}

impl Default for Health {
    fn default() -> Self {
        Self { empty_blocks: None, least_free_mib: 256 }
    }
}

/// Section `cometbft`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CometBft {
    /// The address of its RPC; the usual port of 127.0.0.1 when left out.
    pub rpc: Option<String>,
    /// Its home folder, for whatever reads its files.
    pub home: Option<PathBuf>,
}

/// Section `snapshots`: what other nodes may begin from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Snapshots {
    /// The folder in which they are kept.
    pub path: PathBuf,
    /// A snapshot is taken at every height that this divides; 0 takes none. Nodes of one network should agree on it, so
    /// that a peer finds the same snapshot at many of them.
    pub every_blocks: Blocks,
    /// How many are kept, the newest; 1 to 10, as CometBFT shows a peer no more.
    #[serde(deserialize_with = "kept")]
    pub keep: u64,
}

impl Default for Snapshots {
    fn default() -> Self {
        Self { path: "snapshots".into(), every_blocks: Blocks(1000), keep: 2 }
    }
}

fn kept<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let keep = u64::deserialize(deserializer)?;
    match keep {
        1..=10 => Ok(keep),
        _ => Err(serde::de::Error::custom(format!("keep is {keep}: use 1 to 10"))),
    }
}

/// Why a file of settings cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("reading {path} failed: {cause}; give the folder that holds it with --home")]
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

/// Reads the settings in a file.
///
/// # Errors
/// A file that cannot be read, or the field that is wrong.
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<T, SettingsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| SettingsError::Unreadable { path: path.into(), cause })?;
    toml::from_str(&text)
        .map_err(|cause| SettingsError::Invalid { path: path.into(), cause: Box::new(cause) })
}

fn parsed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Endpoint, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        abci: Abci,
        #[serde(default)]
        health: Health,
        #[serde(default)]
        cometbft: CometBft,
        #[serde(default)]
        log: Log,
    }

    fn read(text: &str) -> Result<File, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn everything_but_the_socket_has_a_default() {
        let file = read("[abci]\nlisten = 'unix:///run/sirius/abci.sock'").unwrap();
        assert_eq!(file.abci.listen.to_string(), "unix:///run/sirius/abci.sock");
        assert_eq!(Metrics::at(26661).listen.to_string(), "127.0.0.1:26661");
        assert_eq!(file.health, Health { empty_blocks: None, least_free_mib: 256 });
        assert_eq!((file.cometbft.rpc, file.cometbft.home), (None, None));
        assert_eq!((file.log.level.as_str(), file.log.format), ("info", Format::Text));
    }

    #[test]
    fn a_wrong_field_is_named() {
        let check = |more: &str, named: &str| {
            let error = read(&format!("[abci]\nlisten = 'unix:///x'\n{more}")).unwrap_err();
            assert!(error.contains(named), "{error} names {named}");
        };
        check("[health]\nleast_free = 1", "least_free");
        check("[log]\nformat = 'prose'", "prose");
        check("[cometbft]\nrcp = ''", "rcp");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load::<toml::Table>(Path::new("nowhere/app.toml")).unwrap_err().to_string();
        assert!(error.contains("nowhere/app.toml"), "{error}");
    }
}
