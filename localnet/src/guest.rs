//! A host that joins a running ledger or database: a node without a vote, set up like host 0 and, if so wished, begun from a snapshot.
//!
//! Its files are host 0's with other ports, as an operator would copy them from a neighbour; keys it makes itself.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::host::{Host, Plan, order_each};
use crate::keeper::{Keeper, Order};
use crate::ports::MAX_HOSTS;
use crate::{Error, HostFiles, Layer, Layers, Layout, Ports, Rpc, file};

/// Ports of a host lie this far behind those of the host before it.
const STEP: u16 = 10;
/// How long a node looks for snapshots among its peers; CometBFT takes no less.
const DISCOVERY: &str = "5s";
/// How often a host that joins is asked how far it is.
const POLL: Duration = Duration::from_millis(100);
/// How many lines of its log an error shows.
const TAIL_LINES: usize = 12;

/// How a host begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Beginning {
    /// From the first block, executing every one.
    Blocks,
    /// From a snapshot that the others offer, whose app hash light clients trust.
    StateSync,
}

/// A host that joined with every layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// Its number.
    pub host: usize,
    /// The layers that began from their first block though a snapshot was asked for: they are too young to have one.
    pub without_snapshot: Vec<Layer>,
}

/// See the module's documentation. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Guest {
    index: usize,
    host: Host,
    rpc: Rpc,
    files: HostFiles,
    layer: Layer,
}

impl Guest {
    /// Sets up the host `index` of a layer unless its files are there, and starts it. `others` are at least one host of
    /// it.
    pub(crate) fn join(
        plan: &Plan<'_>,
        (layer, index): (Layer, usize),
        beginning: Beginning,
        others: &[Rpc],
    ) -> Result<Self, Error> {
        if index >= MAX_HOSTS {
            return Err(Error::Pointless(format!("a network has at most {MAX_HOSTS} hosts")));
        }
        plan.ports.check_free_host(layer, index)?;
        let files = plan.layout.chain(layer, index);
        if !files.cometbft.join("config/config.toml").exists() {
            set_up(plan.layout, plan.ports, (layer, index), beginning, others)?;
        }
        let host = Plan { layers: &Layers::only(layer), ..*plan }.host(index)?;
        order_each(host.keepers(), Order::Start)?;
        order_each(host.keepers(), Order::Keep)?;
        let rpc = Rpc::new(format!("http://127.0.0.1:{}", plan.ports.chain_rpc(layer, index)));
        Ok(Self { index, host, rpc, files, layer })
    }

    /// Its number; a host that joined several layers has one.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    pub(crate) fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    pub(crate) fn layer(&self) -> Layer {
        self.layer
    }

    pub(crate) fn files(&self) -> &HostFiles {
        &self.files
    }

    pub(crate) fn keepers(&self) -> impl Iterator<Item = &Keeper> {
        self.host.keepers()
    }

    /// The keeper of its chain.
    pub(crate) fn chain(&self) -> Option<&Keeper> {
        self.host.chain(self.layer)
    }

    /// The keeper of its own document server.
    pub(crate) fn documents(&self) -> Option<&Keeper> {
        self.host.documents()
    }

    /// Waits until the host has the block at `height` and follows the others.
    pub(crate) fn wait(&self, height: u64, timeout: Duration) -> Result<(), Error> {
        let begin = Instant::now();
        loop {
            let node = self.rpc.status().ok();
            if node.as_ref().is_some_and(|node| node.height >= height && !node.catching_up) {
                return Ok(());
            }
            let given_up = self.keepers().find_map(|keeper| keeper.state().given_up());
            if let Some(trouble) = given_up {
                return Err(Error::Refused(trouble));
            }
            if begin.elapsed() >= timeout {
                return Err(Error::TooSlow {
                    what: format!("{} is not at height {height}", self.files.name),
                    seconds: begin.elapsed().as_secs(),
                    heights: format!(
                        "it is at {}; a snapshot must have been taken before one can begin from it; the end of {} is\n{}",
                        node.map_or_else(|| "no height yet".to_owned(), |node| node.height.to_string()),
                        self.files.cometbft_log.display(),
                        file::tail(&self.files.cometbft_log, TAIL_LINES)
                    ),
                });
            }
            std::thread::sleep(POLL);
        }
    }
}

/// Writes the files of the host `index`, the configuration of CometBFT last: it stands for them all.
fn set_up(
    layout: &Layout,
    ports: Ports,
    (layer, index): (Layer, usize),
    beginning: Beginning,
    others: &[Rpc],
) -> Result<(), Error> {
    let (model, files) = (layout.chain(layer, 0), layout.chain(layer, index));
    let shift = u16::try_from(index).unwrap_or(u16::MAX).saturating_mul(STEP);
    let genesis = Path::new("config/genesis.json");
    let text =
        fs::read(model.cometbft.join(genesis)).map_err(Error::io("read", &model.cometbft.join(genesis)))?;
    file::write(&files.cometbft.join(genesis), &text, 0o644)?;
    file::create_dir(&files.cometbft.join("data"))?;
    let socket = format!("unix://{}", files.socket.display());
    let mut config = read(&model.cometbft.join("config/config.toml"))?;
    move_ports(&mut config, shift);
    config.insert("moniker".to_owned(), files.name.clone().into());
    // CometBFT's own application has no files.
    let name = match layer {
        Layer::Ledger => "app.toml",
        Layer::Database => "mongo-ledger.toml",
    };
    if model.app.join(name).exists() {
        let mut app = read(&model.app.join(name))?;
        move_ports(&mut app, shift);
        set(&mut app, "abci", "listen", socket.clone());
        set(&mut app, "cometbft", "home", files.cometbft.display().to_string());
        own_database(&mut app, index);
        // Headers are posted by those who were there before, each from an account of its own.
        app.remove("anchor");
        // The address of a document server may hold a password.
        write(&files.app.join(name), &app, 0o600)?;
        config.insert("proxy_app".to_owned(), socket.into());
    }
    set(&mut config, "p2p", "persistent_peers", peers((layer, ports), others)?);
    if beginning == Beginning::StateSync {
        state_sync(&mut config, others)?;
    }
    write(&files.cometbft.join("config/config.toml"), &config, 0o644)
}

/// On a document server for all, each host has a database of its own, called by its number.
fn own_database(app: &mut Table, index: usize) {
    let name = app.get("documents").and_then(|documents| documents.get("database")).and_then(Value::as_str);
    if let Some(shared) = name.and_then(|name| name.strip_suffix('0')).map(str::to_owned) {
        set(app, "documents", "database", format!("{shared}{index}"));
    }
}

/// Every host, by the name that its node answers with.
fn peers((layer, ports): (Layer, Ports), others: &[Rpc]) -> Result<String, Error> {
    let peer = |(index, rpc): (usize, &Rpc)| {
        Ok(format!("{}@127.0.0.1:{}", rpc.node_id()?, ports.chain_p2p(layer, index)))
    };
    Ok(others.iter().enumerate().map(peer).collect::<Result<Vec<_>, Error>>()?.join(","))
}

/// What CometBFT needs to trust a snapshot: two hosts to ask for headers, and a block that both of them have.
fn state_sync(config: &mut Table, others: &[Rpc]) -> Result<(), Error> {
    let [first, second] = match others {
        [first, second, ..] => [first, second],
        // Alone, it is asked twice: nobody could contradict it anyway.
        [only] => [only, only],
        [] => return Err(Error::Pointless("there is no host to begin from".to_owned())),
    };
    let height = first.earliest()?.max(second.earliest()?);
    let (hash, other) = (first.block_hashes(height)?.0, second.block_hashes(height)?.0);
    if hash != other {
        return Err(Error::Refused(format!(
            "{} and {} have different blocks at height {height}: {hash} and {other}",
            first.url(),
            second.url()
        )));
    }
    let height = i64::try_from(height).unwrap_or(i64::MAX);
    set(config, "statesync", "enable", true);
    set(config, "statesync", "rpc_servers", format!("{},{}", first.url(), second.url()));
    set(config, "statesync", "trust_height", height);
    set(config, "statesync", "trust_hash", hash);
    set(config, "statesync", "discovery_time", DISCOVERY);
    Ok(())
}

fn read(path: &Path) -> Result<Table, Error> {
    let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
    toml::from_str(&text)
        .map_err(|error| Error::Manifest { name: path.display().to_string(), reason: error.to_string() })
}

fn write(path: &Path, table: &Table, mode: u32) -> Result<(), Error> {
    let text = toml::to_string(table).expect("what was read as TOML is TOML");
    file::write(path, text.as_bytes(), mode)
}

fn set(table: &mut Table, section: &str, field: &str, value: impl Into<Value>) {
    let section = table.entry(section).or_insert_with(|| Table::new().into());
    if let Value::Table(section) = section {
        section.insert(field.to_owned(), value.into());
    }
}

/// Moves every listener of 127.0.0.1, in whatever section it stands.
fn move_ports(table: &mut Table, shift: u16) {
    for (_, value) in table.iter_mut() {
        match value {
            Value::Table(section) => move_ports(section, shift),
            Value::String(text) => {
                let moved = text.rsplit_once("127.0.0.1:").and_then(|(front, port)| {
                    let port: u16 = port.parse().ok()?;
                    Some(format!("{front}127.0.0.1:{}", port.checked_add(shift)?))
                });
                if let Some(moved) = moved {
                    *text = moved;
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

    use super::*;
    use crate::{Manifest, Network};

    #[test]
    fn is_set_up_like_host_0_on_ports_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path()).unwrap();
        let manifest = Manifest::local().unwrap().ledger_only();
        drop(Network::prepare(&manifest, &layout).unwrap());
        // Without hosts to ask there are no peers, but everything else.
        set_up(&layout, manifest.ports, (Layer::Ledger, 4), Beginning::Blocks, &[]).unwrap();
        let files = layout.host(4);
        let config = read(&files.cometbft.join("config/config.toml")).unwrap();
        assert_eq!(config["moniker"].as_str(), Some("host4"));
        assert_eq!(config["rpc"]["laddr"].as_str(), Some("tcp://127.0.0.1:26697"));
        assert_eq!(config["p2p"]["laddr"].as_str(), Some("tcp://127.0.0.1:26696"));
        assert_eq!(config["instrumentation"]["prometheus_listen_addr"].as_str(), Some("127.0.0.1:26700"));
        assert_eq!(config["p2p"]["persistent_peers"].as_str(), Some(""));
        assert_eq!(config["statesync"]["enable"].as_bool(), Some(false));
        let app = read(&files.app.join("app.toml")).unwrap();
        assert_eq!(app["metrics"]["listen"].as_str(), Some("127.0.0.1:26701"));
        assert!(app["abci"]["listen"].as_str().unwrap().contains("host4"));
        let genesis = |index| fs::read(layout.host(index).cometbft.join("config/genesis.json")).unwrap();
        assert_eq!(genesis(0), genesis(4));
    }

    #[test]
    fn moves_listeners_and_nothing_else() {
        let mut table: Table = toml::from_str(
            "a = '127.0.0.1:1'\nb = 'tcp://127.0.0.1:65530'\nc = '0.0.0.0:1'\n[d]\ne = 'tcp://127.0.0.1:20'\nf = '127.0.0.1:x'",
        )
        .unwrap();
        move_ports(&mut table, 10);
        assert_eq!(table["a"].as_str(), Some("127.0.0.1:11"));
        assert_eq!(table["b"].as_str(), Some("tcp://127.0.0.1:65530"), "there is no such port");
        assert_eq!(table["c"].as_str(), Some("0.0.0.0:1"));
        assert_eq!(table["d"]["e"].as_str(), Some("tcp://127.0.0.1:30"));
        assert_eq!(table["d"]["f"].as_str(), Some("127.0.0.1:x"));
    }
}
