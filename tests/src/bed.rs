//! A network for a lane: real programs on free ports in a folder of its own, stopped when the test ends, however it ends.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use localnet::{Layer, Layout, Manifest, Network, Options, Running};
use sirius_primitives::Prefix;
use sirius_sdk::key::Key;
use sirius_sdk::keystore::{Keystore, Passphrase};
use tempfile::TempDir;

use crate::rpc::Rpc;

/// How many lines of each log a failed test shows.
const TAIL_LINES: usize = 6;
/// How many characters of each line.
const TAIL_WIDTH: usize = 240;
/// What each account for load owns in genesis, in the smallest unit.
pub const LOAD_BALANCE: u128 = 1_000_000_000;
/// The seed of their keys.
pub const LOAD_SEED: &str = "tests";

/// A running network.
#[derive(Debug)]
pub struct Bed {
    running: Running,
    dir: TempDir,
}

/// Four hosts of the ledger with fast blocks: the accounts of `make localnet` and `load_accounts` more, on ports that nobody uses.
///
/// # Errors
/// All ports are taken.
pub fn manifest(load_accounts: u32) -> Result<Manifest> {
    let mut text = Manifest::local()?.text().to_owned();
    if load_accounts > 0 {
        text += &format!(
            "\n[load]\naccounts = {load_accounts}\nseed = \"{LOAD_SEED}\"\nbalances = [\"{LOAD_BALANCE}uxpx\"]\n"
        );
    }
    let mut manifest = Manifest::parse(&text)?;
    manifest.timeout_commit = Duration::from_millis(200);
    // As seldom as on a real host: `make localnet` takes them for whoever tries to join.
    manifest.snapshots.every_blocks = 1_000;
    Ok(manifest.ledger_only().on_free_ports()?)
}

/// Four hosts of the ledger and the database with fast blocks, on ports that nobody uses.
///
/// # Errors
/// All ports are taken.
pub fn database_manifest() -> Result<Manifest> {
    fast(Manifest::local()?)
}

/// The same with a database that asks for roles.
///
/// # Errors
/// All ports are taken.
pub fn permissioned_manifest() -> Result<Manifest> {
    fast(Manifest::permissioned()?)
}

fn fast(mut manifest: Manifest) -> Result<Manifest> {
    manifest.timeout_commit = Duration::from_millis(200);
    if let Some(database) = &mut manifest.database {
        database.timeout_commit = Duration::from_millis(200);
        // Lanes that look at balances want nobody else to pay.
        database.anchor_every = 0;
    }
    Ok(manifest.on_free_ports()?)
}

impl Bed {
    /// Starts a network and waits until every layer is ready on every host.
    ///
    /// # Errors
    /// A program is missing or does not start: says which, why, and what its log says.
    pub fn start(manifest: &Manifest) -> Result<Self> {
        Self::start_with(manifest, |_| Ok(()))
    }

    /// The same, with options that `change` has had.
    ///
    /// # Errors
    /// Those of [`Bed::start`], and whatever `change` refuses.
    pub fn start_with(manifest: &Manifest, change: impl FnOnce(&mut Options) -> Result<()>) -> Result<Self> {
        Self::launch(manifest, change, |_| Ok(()))
    }

    /// The same as [`Bed::start`], with files that `edit` has had when they lay ready.
    ///
    /// # Errors
    /// Those of [`Bed::start`], and whatever `edit` refuses.
    pub fn start_edited(manifest: &Manifest, edit: impl FnOnce(&Layout) -> Result<()>) -> Result<Self> {
        Self::launch(manifest, |_| Ok(()), edit)
    }

    fn launch(
        manifest: &Manifest,
        change: impl FnOnce(&mut Options) -> Result<()>,
        edit: impl FnOnce(&Layout) -> Result<()>,
    ) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut options = Options::new(dir.path())?;
        change(&mut options)?;
        let network = Network::prepare(manifest, &options.layout)?;
        edit(&options.layout)?;
        let running = network.launch(&options)?;
        running.wait_ready()?;
        Ok(Self { running, dir })
    }

    /// The network itself.
    pub fn network(&self) -> &Running {
        &self.running
    }

    /// The folder of the network.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The chain's name.
    pub fn chain_id(&self) -> &str {
        &self.running.record().chain_id
    }

    /// What the chain's addresses begin with.
    ///
    /// # Errors
    /// None: the network started with it.
    pub fn prefix(&self) -> Result<Prefix> {
        Ok(Prefix::new(&self.running.record().prefix)?)
    }

    /// A client of a host.
    pub fn rpc(&self, host: usize) -> Rpc {
        Rpc::new(format!("http://127.0.0.1:{}", self.running.ports().rpc(host)))
    }

    /// A client of each host.
    pub fn rpcs(&self) -> Vec<Rpc> {
        (0..self.running.hosts()).map(|host| self.rpc(host)).collect()
    }

    /// A client of each host on a layer.
    pub fn chain_rpcs(&self, layer: Layer) -> Vec<Rpc> {
        let port = |host| self.running.ports().chain_rpc(layer, host);
        (0..self.running.hosts()).map(|host| Rpc::new(format!("http://127.0.0.1:{}", port(host)))).collect()
    }

    /// The address of an account with a name.
    ///
    /// # Errors
    /// There is none.
    pub fn address(&self, name: &str) -> Result<String> {
        let accounts = &self.running.record().accounts;
        let account = accounts.iter().find(|account| account.name == name);
        Ok(account.with_context(|| format!("genesis has no account {name}"))?.address.clone())
    }

    /// The keystore of the accounts with a name, and its passphrase.
    ///
    /// # Errors
    /// A file is missing.
    pub fn keystore(&self) -> Result<(Keystore, Passphrase)> {
        let layout = self.running.layout();
        let passphrase = std::fs::read_to_string(layout.passphrase())?;
        Ok((Keystore::open(&layout.keys())?, Passphrase::new(passphrase.trim_end().to_owned())?))
    }

    /// The key of an account with a name.
    ///
    /// # Errors
    /// There is none.
    pub fn key(&self, name: &str) -> Result<Key> {
        let (keystore, passphrase) = self.keystore()?;
        Ok(keystore.load(&name.parse()?, &passphrase)?)
    }

    /// The last lines that each program wrote.
    pub fn logs(&self) -> String {
        let layout = self.running.layout();
        let logs = (0..self.running.hosts()).flat_map(|host| {
            let chains = self.running.layers().iter().map(move |layer| layout.chain(layer, host));
            let logs = chains.flat_map(|files| [files.app_log, files.cometbft_log]);
            logs.chain([layout.documents(host).log])
        });
        let logs = logs.filter(|log| log.exists());
        logs.map(|log| format!("--- {}\n{}\n", log.display(), tail(&log))).collect()
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}\nthe ends of the logs:\n{}", self.running.status(), self.logs());
        }
    }
}

/// The end of a file; what cannot be read says so.
fn tail(path: &Path) -> String {
    let text = match std::fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => return format!("(cannot be read: {error})"),
    };
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.split_at(lines.len().saturating_sub(TAIL_LINES)).1;
    let cut: Vec<String> = last.iter().map(|line| line.chars().take(TAIL_WIDTH).collect()).collect();
    cut.join("\n")
}
