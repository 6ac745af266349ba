//! A ledger of one validator whose two programs a drill starts and ends one by one, in any order.
//!
//! One validator, because then every block depends on what this host comes back with: there is nobody to catch up from.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use localnet::{Beginning, Binaries, HostFiles, Layer, Layout, Manifest, Network, Options, Running};
use sirius_primitives::Prefix;
use sirius_tests::bed;
use sirius_tests::history;
use sirius_tests::rpc::Rpc;
use tempfile::TempDir;

use crate::gate::{Crash, Gate, Point};
use crate::program::Program;
use crate::setting::ACCOUNTS;

/// How long anything may take: a start, the next block, an end.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long CometBFT may take to end when its application is gone. It often never does.
const ORPHAN: Duration = Duration::from_millis(500);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// The pause after each block.
const PACE: Duration = Duration::from_millis(100);
/// What CometBFT logs when it finds nobody at the application's socket.
const REFUSED: &str = "failed to connect to";

/// In which order the two programs start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The application serves before CometBFT starts.
    AppFirst,
    /// CometBFT has been refused before the application starts.
    CometbftFirst,
    /// Both start at the same moment.
    Together,
}

impl Order {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::AppFirst, Self::CometbftFirst, Self::Together];
}

/// One crash of each program and the way back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Combination {
    /// Where the application ends, and its CometBFT with it.
    pub(crate) point: Point,
    /// The crash point of CometBFT (`FAIL_TEST_INDEX`) at which it ends after the start that follows.
    pub(crate) index: u32,
    /// The order of that start, and of the last one. Where the application starts first it stays for the last one, and
    /// meets a new CometBFT.
    pub(crate) order: Order,
}

/// See the module's documentation. Dropping it ends the programs.
pub(crate) struct Chain {
    // Dropped in this order: CometBFT before its application hangs less often.
    cometbft: Option<Program>,
    gate: Option<Gate>,
    app: Option<Program>,
    rpc: Rpc,
    files: HostFiles,
    /// Where the application serves: `files.socket` is the gate's.
    served: PathBuf,
    manifest: Manifest,
    layout: Layout,
    binaries: Binaries,
    prefix: Prefix,
    _dir: TempDir,
}

impl Chain {
    /// Sets a ledger up and starts it.
    pub(crate) fn start() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut manifest = bed::manifest(ACCOUNTS)?;
        manifest.hosts = 1;
        manifest.timeout_commit = PACE;
        let layout = Layout::new(dir.path())?;
        let network = Network::prepare(&manifest, &layout)?;
        let prefix = Prefix::new(&network.record().prefix)?;
        drop(network);
        let files = layout.host(0);
        let served = files.socket.with_extension("app");
        move_socket(&files, &files.socket, &served)?;
        let rpc = Rpc::new(format!("http://127.0.0.1:{}", manifest.ports.rpc(0)));
        let (cometbft, gate, app, binaries) = (None, None, None, Binaries::find()?);
        let mut chain =
            Self { cometbft, gate, app, rpc, files, served, manifest, layout, binaries, prefix, _dir: dir };
        chain.launch(Order::AppFirst, None)?;
        chain.wait_height(2)?;
        Ok(chain)
    }

    /// A client of its RPC.
    pub(crate) fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// The chain's name.
    pub(crate) fn chain_id(&self) -> &str {
        &self.manifest.chain_id
    }

    /// What its addresses begin with.
    pub(crate) fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// Goes through one combination, and waits until blocks come again.
    pub(crate) fn crash(&mut self, combination: Combination, delay: Duration) -> Result<()> {
        let Combination { point, index, order } = combination;
        let before = self.rpc.status()?.height;
        let process = self.app.as_ref().context("the application runs")?.id();
        self.gate.as_ref().context("the gate is open")?.arm(Crash { point, process, delay });
        let ended = self.app.as_mut().context("the application runs")?.wait(PATIENCE)?;
        ensure!(ended, "the application did not come to the point {point:?}");
        self.end_app();
        self.cometbft.as_mut().context("CometBFT runs")?.wait(ORPHAN)?;
        self.cometbft = None;

        let log = fs::read_to_string(&self.files.cometbft_log)?.len();
        self.launch(order, Some(index))?;
        let ended = self.cometbft.as_mut().context("CometBFT runs")?.wait(PATIENCE)?;
        let said = self.said(log)?;
        ensure!(ended && said.contains(&format!("*** fail-test {index} ***")), "CometBFT did not end there");
        self.cometbft = None;
        if order != Order::AppFirst {
            self.end_app();
        }
        self.launch(order, None)?;
        self.wait_height(before + 2)
    }

    /// Starts what does not run.
    fn launch(&mut self, order: Order, fail: Option<u32>) -> Result<()> {
        match order {
            Order::AppFirst => {
                self.start_app()?;
                self.open_gate()?;
                self.start_cometbft(fail)
            }
            Order::CometbftFirst => {
                let log = fs::read_to_string(&self.files.cometbft_log).map_or(0, |text| text.len());
                self.start_cometbft(fail)?;
                self.wait("CometBFT to be refused", |chain| Ok(chain.said(log)?.contains(REFUSED)))?;
                self.start_app()?;
                self.open_gate()
            }
            Order::Together => {
                self.start_cometbft(fail)?;
                self.start_app()?;
                self.open_gate()
            }
        }
    }

    fn start_app(&mut self) -> Result<()> {
        if self.app.is_none() {
            let (files, binaries) = (&self.files, &self.binaries);
            let program = binaries.abci_app()?;
            self.app = Some(Program::start(binaries, program, &files.app, &files.app_log, None)?);
        }
        Ok(())
    }

    fn start_cometbft(&mut self, fail: Option<u32>) -> Result<()> {
        let (files, binaries) = (&self.files, &self.binaries);
        let variable = fail.map(|index| ("FAIL_TEST_INDEX", index.to_string()));
        let (home, log) = (&files.cometbft, &files.cometbft_log);
        self.cometbft = Some(Program::start(binaries, &binaries.cometbft, home, log, variable)?);
        Ok(())
    }

    /// Opens the gate when the application serves; until then CometBFT finds nobody.
    fn open_gate(&mut self) -> Result<()> {
        if self.gate.is_none() {
            self.wait("the application to serve", |chain| {
                ensure!(!chain.app.as_mut().context("it was started")?.ended()?, "the application ended");
                Ok(UnixStream::connect(&chain.served).is_ok())
            })?;
            self.gate = Some(Gate::open(&self.files.socket, &self.served)?);
        }
        Ok(())
    }

    fn end_app(&mut self) {
        self.gate = None;
        self.app = None;
    }

    fn wait_height(&mut self, height: u64) -> Result<()> {
        self.wait(&format!("block {height}"), |chain| {
            Ok(chain.rpc.status().is_ok_and(|status| status.height >= height))
        })
    }

    fn wait(&mut self, what: &str, mut holds: impl FnMut(&mut Self) -> Result<bool>) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self)? {
            ensure!(Instant::now() < deadline, "waited in vain for {what}");
            sleep(LOOK);
        }
        Ok(())
    }

    /// What CometBFT has printed since its log was so long.
    fn said(&self, since: usize) -> Result<String> {
        let log = fs::read(&self.files.cometbft_log)?;
        Ok(String::from_utf8_lossy(log.get(since..).unwrap_or_default()).into_owned())
    }

    /// The ends of both programs' logs.
    pub(crate) fn logs(&self) -> String {
        let logs = [&self.files.app_log, &self.files.cometbft_log].map(|log| {
            let text = fs::read(log).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            let lines: Vec<&str> = text.lines().collect();
            format!("--- {}\n{}\n", log.display(), lines[lines.len().saturating_sub(12)..].join("\n"))
        });
        logs.concat()
    }

    /// Ends the drill: a new host executes every block up to `height` without interruption and must come to the same
    /// state after each, and the calls that the application heard must have been legal.
    pub(crate) fn replay_elsewhere(mut self, height: u64) -> Result<()> {
        (self.cometbft, self.gate, self.app) = (None, None, None);
        let seen = history::legal_in(&self.files.app)?;
        move_socket(&self.files, &self.served, &self.files.socket)?;
        let options = Options { binaries: self.binaries.clone(), ..Options::new(self.layout.root())? };
        let running: Running = Network::start(&self.manifest, &options)?;
        let joined = running.join(Layer::Ledger, Beginning::Blocks)?;
        let fresh = Rpc::new(running.guest_rpc(Layer::Ledger, joined)?.url());
        history::agree_among(vec![self.rpc.clone(), fresh], 1..=height)?;
        running.stop()?;
        println!("  {} blocks, {} starts of the application: a new host agrees", seen.blocks, seen.processes);
        Ok(())
    }
}

/// Lets the application serve at another socket than CometBFT calls.
fn move_socket(files: &HostFiles, from: &Path, to: &Path) -> Result<()> {
    let path = files.app.join("app.toml");
    let socket = |path: &Path| format!("\"unix://{}\"", path.display());
    let text = fs::read_to_string(&path)?;
    let moved = text.replace(&socket(from), &socket(to));
    ensure!(moved != text, "{} does not name {}", path.display(), from.display());
    Ok(fs::write(path, moved)?)
}
