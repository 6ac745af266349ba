//! Checks of a host before its node starts: each says what it found, and what to do when that is wrong.
//!
//! The doctor changes nothing, except that it writes and deletes one small file to measure the disk. It asks other
//! nodes' RPCs only where their addresses are given.

mod chain;
mod clock;
mod config;
mod disk;
mod permissions;
mod ports;
mod report;
mod rpc;
mod version;

use std::{net::SocketAddr, path::PathBuf};

pub use permissions::{Exposed, private, secrets};
pub use report::{Finding, Report, Verdict};

use crate::{Endpoint, health::Volume};
use rpc::Rpc;

/// A node to be examined, as its settings and the command line describe it.
#[derive(Debug)]
pub struct Patient {
    /// The process, such as `abci-app`.
    pub process: &'static str,
    /// Where it serves CometBFT.
    pub abci: Endpoint,
    /// Its other listeners, by the setting that names each.
    pub listeners: Vec<(String, SocketAddr)>,
    /// Files of its own that nobody else may read.
    pub secrets: Vec<PathBuf>,
    /// Where it writes.
    pub volumes: Vec<Volume>,
    /// Its CometBFT's home; without it everything that is read there is left out.
    pub cometbft: Option<PathBuf>,
    /// The program `cometbft`.
    pub program: PathBuf,
    /// RPC addresses of other nodes of the chain.
    pub peers: Vec<String>,
    /// SHA-256 of the genesis file, in hexadecimal, as the network's operators published it.
    pub genesis_hash: Option<String>,
}

impl Patient {
    /// A node as its settings describe it; the rest comes from the command line.
    pub fn new(process: &'static str, abci: Endpoint, cometbft: Option<PathBuf>) -> Self {
        Self {
            process,
            abci,
            listeners: Vec::new(),
            secrets: Vec::new(),
            volumes: Vec::new(),
            cometbft,
            program: "cometbft".into(),
            peers: Vec::new(),
            genesis_hash: None,
        }
    }
}

/// Examines a node.
pub fn examine(patient: &Patient) -> Report {
    let peers: Vec<_> = patient.peers.iter().map(|url| Rpc::new(url)).collect();
    let mut findings = vec![permissions::check(patient)];
    findings.extend(disk::check(patient));
    findings.push(disk::open_files());
    findings.push(clock::check(&peers));
    findings.push(version::check(&patient.program));
    findings.extend(chain::check(patient, &peers));
    findings.push(ports::check(patient));
    findings.extend(config::check(patient));
    Report { process: patient.process, findings }
}

/// What the verb `doctor` of each process takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// CometBFT's home, when the settings do not say cometbft.home.
    #[arg(long)]
    cometbft: Option<PathBuf>,
    /// The program whose version is asked.
    #[arg(long, default_value = "cometbft")]
    cometbft_program: PathBuf,
    /// The RPC address of another node of the chain, such as http://10.0.0.2:26657; may be given several times.
    #[arg(long = "peer")]
    peers: Vec<String>,
    /// SHA-256 of the genesis file, as the chain's operators published it.
    #[arg(long)]
    genesis_hash: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Adds what was said on the command line to what the settings said, examines, prints, and says whether the node
    /// may be started.
    pub fn examine(self, mut patient: Patient) -> bool {
        patient.cometbft = self.cometbft.or(patient.cometbft);
        if let Some(home) = &patient.cometbft {
            patient.volumes.push(Volume { name: "cometbft", folder: home.join("data") });
        }
        patient.program = self.cometbft_program;
        patient.peers = self.peers;
        patient.genesis_hash = self.genesis_hash;
        let report = examine(&patient);
        match self.json {
            true => println!("{}", report.json()),
            false => println!("{report}"),
        }
        report.may_start()
    }
}
