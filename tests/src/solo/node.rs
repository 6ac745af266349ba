//! The folder of a node and its programs.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Result;
use localnet::Binaries;

use super::{
    consensus::Consensus,
    program::{Running, child},
};

/// Where a node's documents are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// In a bundled server of its own.
    Bundled,
    /// In the memory of its process, and gone with it.
    Memory,
}

/// A node: its folder and its programs.
pub struct Node {
    /// The home of `mongo-ledger`.
    pub home: PathBuf,
    /// Where its HTTP API is.
    pub http: String,
    /// The document server; `None` with documents in memory.
    pub server: Option<Running>,
}

impl Node {
    /// Makes a home in `folder` and starts the document server; a snapshot is taken at each multiple of `snapshots`
    /// blocks, none at 0.
    ///
    /// # Errors
    /// The programs were not built, or a file cannot be written.
    pub fn new(folder: &Path, store: Store, snapshots: usize) -> Result<Self> {
        let (server, uri) = match store {
            Store::Memory => (None, "memory".to_owned()),
            Store::Bundled => {
                let (server, uri) = Running::documents(&folder.join("documents"))?;
                (Some(server), uri)
            }
        };
        let home = folder.join("home");
        fs::create_dir_all(&home)?;
        let [http, websocket, metrics] = free_ports()?;
        let settings = format!(
            "[abci]\nlisten = 'unix://{}'\n[documents]\nuri = '{uri}'\n[snapshots]\nevery_blocks = {snapshots}\n\
             [http]\nlisten = '127.0.0.1:{http}'\n[websocket]\nlisten = '127.0.0.1:{websocket}'\n\
             [metrics]\nlisten = '127.0.0.1:{metrics}'\n",
            home.join("abci.sock").display(),
        );
        fs::write(home.join("mongo-ledger.toml"), settings)?;
        Ok(Self { home, http: format!("http://127.0.0.1:{http}"), server })
    }

    /// Starts the process; gives it and a connection to it once it answers, and how many seconds that took.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(&self) -> Result<(Running, Consensus, f64)> {
        let log = fs::File::create(self.home.join("log"))?;
        let mut command = child(Binaries::find()?.mongo_ledger()?)?;
        command.args(["start", "--home"]).arg(&self.home).stderr(log);
        let begin = Instant::now();
        let process = Running::start(command)?;
        let consensus = Consensus::connect(&self.home.join("abci.sock"))?;
        Ok((process, consensus, begin.elapsed().as_secs_f64()))
    }

    /// Seconds that a core has worked for the document server so far.
    ///
    /// # Errors
    /// It is gone.
    pub fn served(&self) -> Result<f64> {
        self.server.as_ref().map_or(Ok(0.0), Running::worked)
    }

    /// Ends the document server.
    ///
    /// # Errors
    /// It goes on.
    pub fn stop(self) -> Result<()> {
        self.server.map_or(Ok(()), Running::stop)
    }
}

fn free_ports() -> Result<[u16; 3]> {
    let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (one, two, three) = (free()?, free()?, free()?);
    Ok([one.local_addr()?.port(), two.local_addr()?.port(), three.local_addr()?.port()])
}
