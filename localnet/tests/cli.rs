//! The program as people use it: up, status, perturb, down, reset, and what it says when something is wrong.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod common;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use common::{LOCALNET, processes};
use localnet::{Layer, Layers, Manifest, Ports};

/// A network of one host in a folder of its own, stopped when the test ends.
struct Net {
    dir: tempfile::TempDir,
    manifest: PathBuf,
    ports: Ports,
}

impl Net {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ports = Ports::free(1, &Layers::only(Layer::Ledger)).unwrap();
        let text = Manifest::single().unwrap().text().replace(
            "timeout_commit = \"1s\"",
            &format!(
                "timeout_commit = \"100ms\"\napplication = \"kvstore\"\nports = {{ offset = {} }}",
                ports.offset()
            ),
        );
        let manifest = dir.path().join("net.toml");
        std::fs::write(&manifest, text).unwrap();
        Self { dir, manifest, ports }
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("net")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(LOCALNET).arg("--dir").arg(self.root()).args(arguments).output().unwrap()
    }

    /// Runs a verb and expects its exit code; returns what it printed.
    fn check(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        text
    }

    fn up(&self) -> String {
        self.check(&["up", self.manifest.to_str().unwrap()], 0)
    }

    fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.check(&["status", "--json"], 0)).unwrap()
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.run(&["down"]);
    }
}

fn wait_gone(root: &Path) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !processes(root).is_empty() {
        assert!(Instant::now() < deadline, "processes are left: {:?}", processes(root));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn goes_up_is_disturbed_goes_down_and_keeps_its_state() {
    let net = Net::new();
    let text = net.up();
    for expected in ["is ready after", "host0  running", "alice", "sirius1", "1000000 XPX", "Try:     curl"] {
        assert!(text.contains(expected), "no {expected:?} in:\n{text}");
    }
    assert!(net.up().contains("was running already"));
    assert!(net.check(&["up"], 0).contains("was running already"));
    assert!(net.check(&["perturb", "0", "kill"], 0).contains("started again"));
    assert!(net.check(&["perturb", "1", "kill"], 1).contains("there is no host 1"));
    assert!(net.check(&["perturb", "0", "disconnect"], 1).contains("no links to cut"));
    assert!(net.check(&["perturb", "0", "tickle"], 2).contains("tickle"));
    assert!(net.check(&["join"], 0).contains("host1 has joined"));
    let status = net.status();
    let heights: Vec<_> =
        status["hosts"].as_array().unwrap().iter().map(|host| host["height"].as_u64()).collect();
    assert!(heights.len() == 2 && heights.iter().all(|height| *height > Some(1)), "{status}");
    // The second `up` refuses another manifest and leaves the network alone.
    let single = concat!(env!("CARGO_MANIFEST_DIR"), "/networks/single.toml");
    assert!(net.check(&["up", single], 1).contains("another manifest"));
    let height = net.status()["hosts"][0]["height"].as_u64().unwrap_or_default();

    assert!(net.check(&["down"], 0).contains("has stopped"));
    assert!(processes(&net.root()).is_empty());
    assert!(net.check(&["down"], 0).contains("No network was running"));
    assert!(net.check(&["status"], 1).contains("no network is running"));
    assert!(net.check(&["perturb", "0", "kill"], 1).contains("no network is running"));
    assert!(net.check(&["join", "--state-sync"], 1).contains("no network is running"));

    let record: serde_json::Value = serde_json::from_slice(&net.run(&["up", "--json"]).stdout).unwrap();
    assert!(record["status"]["hosts"][0]["height"].as_u64().unwrap() >= height);
    assert!(record["record"]["accounts"][0]["address"].as_str().unwrap().starts_with("sirius1"));

    assert!(net.check(&["reset"], 0).contains("is deleted"));
    assert!(processes(&net.root()).is_empty());
    assert!(!net.root().join("host0").exists() && !net.root().join("keys").exists());
}

#[test]
fn nothing_outlives_a_supervisor_that_is_killed() {
    let net = Net::new();
    net.up();
    let cometbft = net.status()["hosts"][0]["cometbft_pid"].as_u64().unwrap();
    let supervisor = parent(cometbft);
    kill(supervisor);
    wait_gone(&net.root());
    assert!(net.check(&["status"], 1).contains("no network is running"));
    assert!(net.up().contains("is ready after"));
}

#[test]
fn a_taken_port_is_named_before_anything_starts() {
    let net = Net::new();
    let _taken = TcpListener::bind(("127.0.0.1", net.ports.rpc(0))).unwrap();
    let text = net.check(&["up", net.manifest.to_str().unwrap()], 1);
    let expected = format!("port {} (CometBFT RPC of host 0) is already in use", net.ports.rpc(0));
    assert!(text.contains(&expected), "{text}");
    assert!(!net.root().join("host0/cometbft.log").exists());
    assert!(processes(&net.root()).is_empty());
}

#[test]
fn what_cannot_start_is_named_with_the_end_of_its_log() {
    let net = Net::new();
    net.up();
    net.check(&["down"], 0);
    std::fs::write(net.root().join("host0/cometbft/config/config.toml"), "no configuration").unwrap();
    let text = net.check(&["up"], 1);
    assert!(text.contains("CometBFT of host0 ended by itself"), "{text}");
    assert!(text.contains("host0/cometbft.log") && text.contains("    "), "{text}");
    wait_gone(&net.root());
}

#[test]
fn a_wrong_manifest_or_call_is_refused() {
    let net = Net::new();
    assert!(net.check(&["up", "/nowhere.toml"], 1).contains("/nowhere.toml"));
    std::fs::write(&net.manifest, "hosts = 3\nhots = 4\n").unwrap();
    assert!(net.check(&["up", net.manifest.to_str().unwrap()], 1).contains("unknown field `hots`"));
    assert!(!net.root().join("network.json").exists());
    net.check(&["sideways"], 2);
    net.check(&["perturb", "first", "kill"], 2);
    assert!(net.check(&["--help"], 0).contains("perturb"));
}

fn parent(pid: u64) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap();
    line.trim().parse().unwrap()
}

fn kill(pid: u64) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}
