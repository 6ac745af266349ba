//! `app.toml`: where the process listens, where it keeps things and for how long.

mod face;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sirius_host::settings::{self, Abci, CometBft, Health, Log, Metrics, SettingsError, Snapshots};
use sirius_primitives::{Blocks, Height};
use thiserror::Error;

/// The name of the file in the home folder.
pub const FILE: &str = "app.toml";

pub use face::Face;

/// The whole file. Every field has a default but `abci.listen`; unknown fields are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How CometBFT reaches the process.
    pub abci: Abci,
    /// Where state is kept.
    #[serde(default)]
    pub store: Store,
    /// What other nodes may begin from.
    #[serde(default)]
    pub snapshots: Snapshots,
    /// How long results of transactions are kept.
    #[serde(default)]
    pub receipts: Receipts,
    /// Where CometBFT is: `rest` and `grpc` ask it for what it alone has.
    #[serde(default)]
    pub cometbft: CometBft,
    /// Where metrics are shown.
    #[serde(default = "default_metrics")]
    pub metrics: Metrics,
    /// When the node calls itself ill.
    #[serde(default)]
    pub health: Health,
    /// Where JSON over HTTP is served.
    #[serde(default)]
    pub rest: Face,
    /// Where gRPC is served.
    #[serde(default)]
    pub grpc: Face,
    /// What is written to the log.
    #[serde(default)]
    pub log: Log,
    /// The folder of the file, from which relative paths begin.
    #[serde(skip)]
    home: PathBuf,
    /// The last height to commit, which the command line gives.
    #[serde(skip)]
    last: Option<Height>,
}

fn default_metrics() -> Metrics {
    Metrics::at(26661)
}

/// Section `store`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// The folder of the database.
    pub path: PathBuf,
    /// Where it is kept.
    pub backend: Backend,
    /// How many heights before the latest can be asked and proven.
    pub keep_versions: Blocks,
    /// How many blocks CometBFT is to keep at least; 0 keeps them all. It keeps more where evidence or snapshots need
    /// them.
    pub retain_blocks: Blocks,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            path: "data".into(),
            backend: Backend::Disk,
            keep_versions: Blocks(1000),
            retain_blocks: Blocks(0),
        }
    }
}

/// What keeps the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Files; the only choice for a validator.
    Disk,
    /// Memory, lost when the process ends: for measuring what the disk costs.
    Memory,
}

/// Section `receipts`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Receipts {
    /// For how many blocks a transaction can be looked up by its hash.
    pub keep_blocks: Blocks,
}

impl Default for Receipts {
    fn default() -> Self {
        Self { keep_blocks: Blocks(1_000_000) }
    }
}

/// Why `app.toml` cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A listener without TLS and login would be open to others.
    #[error(
        "app.toml, {field} = {address} can be reached by others and has neither TLS nor a login; listen on 127.0.0.1 \
         behind a proxy that has both, or write insecure = true in its section"
    )]
    Exposed {
        /// The field.
        field: &'static str,
        /// What it says.
        address: SocketAddr,
    },
}

impl Config {
    /// Reads the file in `home`.
    ///
    /// # Errors
    /// A file that cannot be read, or the field that is wrong.
    pub fn load(home: &Path) -> Result<Self, ConfigError> {
        let config: Self = settings::load(&home.join(FILE))?;
        let exposed = [("rest.listen", config.rest.exposed()), ("grpc.listen", config.grpc.exposed())];
        match exposed.into_iter().find_map(|(field, address)| Some((field, address?))) {
            Some((field, address)) => Err(ConfigError::Exposed { field, address }),
            None => Ok(Self { home: home.into(), ..config }),
        }
    }

    /// The same for a node that stops after the block of `last`; `None` is without end.
    #[must_use]
    pub fn until(self, last: Option<Height>) -> Self {
        Self { last, ..self }
    }

    /// The last height to commit; `None` is without end.
    pub fn last_height(&self) -> Option<Height> {
        self.last
    }

    /// The address of the RPC of the CometBFT beside this process.
    pub fn rpc(&self) -> &str {
        self.cometbft.rpc.as_deref().unwrap_or("http://127.0.0.1:26657")
    }

    /// CometBFT's home folder, where it is known.
    pub fn cometbft(&self) -> Option<PathBuf> {
        self.cometbft.home.as_ref().map(|home| self.home.join(home))
    }

    /// The folder of the database.
    pub fn data(&self) -> PathBuf {
        self.home.join(&self.store.path)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use sirius_host::settings::Format;

    use super::*;

    fn load(text: &str) -> Result<Config, String> {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("app.toml"), text).unwrap();
        Config::load(home.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn fills_in_defaults() {
        let config = load("[abci]\nlisten = 'unix:///run/sirius/abci.sock'").unwrap();
        assert_eq!(config.store.keep_versions, Blocks(1000));
        assert_eq!(config.log.format, Format::Text);
        assert!(config.calls().is_none());
    }

    #[test]
    fn names_the_field_that_is_wrong() {
        let check = |text: &str, field: &str| {
            let error = load(text).unwrap_err();
            assert!(error.contains(field), "{error} names {field}");
        };
        check("", "abci");
        check("[abci]\nlisten = 'ftp://x'", "listen");
        check("[abci]\nlisten = 'unix:///x'\n[store]\nbackend = 'tape'", "tape");
        check("[abci]\nlisten = 'unix:///x'\n[stores]\n", "stores");
        check("[abci]\nlisten = 'unix:///x'\n[health]\nempty_block = true", "empty_block");
        check("[abci]\nlisten = 'unix:///x'\n[snapshots]\nkeep = 11", "keep is 11");
        check("[abci]\nlisten = 'unix:///x'\n[rest]\nlisten = '0.0.0.0:1317'", "rest.listen");
        check("[abci]\nlisten = 'unix:///x'\n[grpc]\nlisten = '[::]:9090'", "insecure = true");
    }

    #[test]
    fn listens_where_others_are_only_when_that_is_spelt_out() {
        let open = "[abci]\nlisten = 'unix:///x'\n[rest]\nlisten = '0.0.0.0:1317'\ninsecure = true";
        assert!(load(open).unwrap().rest.insecure);
        let closed = "[abci]\nlisten = 'unix:///x'\n[grpc]\nlisten = '0.0.0.0:9090'\nenabled = false";
        assert!(!load(closed).unwrap().grpc.enabled);
    }

    #[test]
    fn says_which_file_is_missing() {
        let error = Config::load(Path::new("nowhere")).unwrap_err().to_string();
        assert!(error.contains("nowhere/app.toml"), "{error}");
    }
}
