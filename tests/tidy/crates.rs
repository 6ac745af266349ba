//! Who may depend on whom: an edge goes down at least one floor, and nobody in the core reaches a clock or a socket.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
};

use serde_json::Value;
use sirius_tests::wire::workspace;

use crate::tree::none;

/// The floor of each crate, by its folder; folders of layers that are not built yet have their floor already.
const FLOORS: &[(&str, u8)] = &[
    ("tests", 6),
    ("abci-app/node", 5),
    ("abci-app/cli", 5),
    ("abci-app/explorer", 5),
    ("mongo-ledger/node", 5),
    ("storage-sidecar/node", 5),
    ("stream-sidecar/node", 5),
    ("localnet", 5),
    ("abci-app/sdk", 4),
    ("storage-sidecar/core", 4),
    ("stream-sidecar/core", 4),
    ("abci-app/core/ledger", 3),
    ("mongo-ledger/core", 3),
    ("abci-app/core/runtime", 2),
    ("abci-app/core/store", 1),
    ("abci-app/host", 1),
    ("abci-app/core/primitives", 0),
    ("cometbft-config", 0),
];

/// Crates by which chance, time or the network would come into the state machine.
const IMPURE: &[&str] = &["tokio", "mio", "async-std", "smol", "reqwest", "hyper", "chrono", "socket2"];

/// Crates of which two versions would give types that do not fit together.
const SINGLE: &[&str] =
    &["prost", "prost-types", "tendermint", "tendermint-proto", "tendermint-rpc", "ics23", "borsh"];

/// What `cargo` answers.
fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(arguments)
        .args(["--offline", "--locked"])
        .current_dir(workspace())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {}: {said}", arguments.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// A crate of the workspace.
struct Member {
    name: String,
    /// From the workspace's root.
    folder: String,
    /// The names of the crates of the workspace that it builds on.
    edges: Vec<String>,
}

fn members() -> Vec<Member> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).unwrap();
    let root = format!("{}/", metadata["workspace_root"].as_str().unwrap());
    let member = |package: &Value| {
        let manifest = package["manifest_path"].as_str().unwrap();
        let folder = manifest.strip_prefix(&root).unwrap().strip_suffix("/Cargo.toml").unwrap();
        let edges = package["dependencies"].as_array().unwrap().iter();
        let edges = edges.filter(|edge| edge["path"].is_string());
        Member {
            name: package["name"].as_str().unwrap().into(),
            folder: folder.into(),
            edges: edges.map(|edge| edge["name"].as_str().unwrap().into()).collect(),
        }
    };
    metadata["packages"].as_array().unwrap().iter().map(member).collect()
}

fn floor(folder: &str) -> Option<u8> {
    FLOORS.iter().find(|(known, _)| *known == folder).map(|(_, floor)| *floor)
}

#[test]
fn every_crate_has_a_floor() {
    let unknown = members().into_iter().filter(|member| floor(&member.folder).is_none());
    let wrong: Vec<_> = unknown.map(|member| member.folder).collect();
    none(&wrong, "say in the crate's README why it is needed, and give it a floor in tests/tidy/crates.rs");
}

#[test]
fn edges_go_down() {
    let members = members();
    let floors: BTreeMap<_, _> =
        members.iter().map(|member| (member.name.as_str(), floor(&member.folder))).collect();
    let mut wrong = Vec::new();
    for member in &members {
        for edge in &member.edges {
            let (from, to) = (floors[member.name.as_str()], floors[edge.as_str()]);
            if from <= to {
                wrong.push(format!("{} (floor {from:?}) depends on {edge} (floor {to:?})", member.name));
            }
        }
    }
    none(&wrong, "an edge goes down at least one floor: move what is shared to a lower crate");
}

#[test]
fn core_is_free_of_tokio() {
    let mut wrong = Vec::new();
    for member in
        members().iter().filter(|member| member.folder.contains("/core/") || member.folder.ends_with("/core"))
    {
        // What the crate links by itself, whatever other crates of the workspace switch on.
        let tree = cargo(&["tree", "-p", &member.name, "--edges", "normal,build", "--prefix", "none"]);
        let names = tree.lines().filter_map(|line| line.split(' ').next());
        let impure =
            names.filter(|name| IMPURE.contains(name)).map(|name| format!("{} reaches {name}", member.name));
        wrong.extend(impure);
    }
    wrong.dedup();
    none(
        &wrong,
        "core crates compute the same on every node: pass in what they need, or move the code to a node crate",
    );
}

#[test]
fn types_that_meet_have_one_version() {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--format-version", "1"])).unwrap();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        versions.entry(name).or_default().push(package["version"].as_str().unwrap());
    }
    let twice = SINGLE.iter().filter_map(|name| versions.get(name).map(|found| (name, found)));
    let wrong: Vec<_> = twice
        .filter(|(_, found)| found.len() > 1)
        .map(|(name, found)| format!("{name}: {found:?}"))
        .collect();
    none(&wrong, "take the version that the tree has already");
}
