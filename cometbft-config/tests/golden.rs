//! The rendered files against committed ones, and the rendered settings against the defaults of the real CometBFT.
//!
//! `UPDATE_GOLDEN=1 cargo test -p cometbft-config` writes the golden files again; the change is then visible to review.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod network;

use std::collections::BTreeMap;
use std::path::Path;

use cometbft_config::{COMETBFT_VERSION, Role, render};
use network::{kvstore, local};

const DEFAULTS: &str = include_str!("defaults-0.38.26.toml");

/// Compares every file of every node with `golden/<name>/node<i>/…`.
fn check_golden(name: &str, network: &cometbft_config::Network) {
    for index in 0..network.nodes.len() {
        let home =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name).join(format!("node{index}"));
        for file in render(network, index).unwrap() {
            let path = home.join(file.path);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, &file.content).unwrap();
            }
            let golden = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(golden, file.content, "{} is not what is rendered", path.display());
        }
    }
}

/// The keys of a configuration with their values, tables flattened to `table.key`.
fn flat(text: &str) -> BTreeMap<String, toml::Value> {
    let table: toml::Table = text.parse().unwrap();
    let mut keys = BTreeMap::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => {
                keys.extend(inner.into_iter().map(|(name, value)| (format!("{key}.{name}"), value)));
            }
            value => {
                keys.insert(key, value);
            }
        }
    }
    keys
}

fn config(index: usize) -> String {
    render(&local(), index).unwrap().remove(0).content
}

#[test]
fn files_are_the_committed_ones() {
    check_golden("local", &local());
    check_golden("kvstore", &kvstore());
}

#[test]
fn has_exactly_the_keys_of_cometbft() {
    let ours: Vec<String> = flat(&config(0)).into_keys().collect();
    let theirs: Vec<String> = flat(DEFAULTS).into_keys().collect();
    assert_eq!(ours, theirs);
    assert_eq!(flat(DEFAULTS)["version"].as_str(), Some(COMETBFT_VERSION));
}

#[test]
fn gives_a_reason_beside_every_value_that_is_not_the_default() {
    let text = config(1);
    let (ours, theirs) = (flat(&text), flat(DEFAULTS));
    let differing = ours.iter().filter(|(key, value)| theirs[*key] != **value).count();
    let reasons: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# default ")).collect();
    assert_eq!(
        differing,
        reasons.len(),
        "a default is left silently, or a comment claims a default that is not one"
    );
    assert!(reasons.iter().all(|reason| reason.split_once(": ").is_some_and(|(_, why)| !why.is_empty())));
    // The default that a comment names is the default that CometBFT has.
    let mut lines = text.lines().peekable();
    let mut table = String::new();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            table = format!("{name}.");
        }
        if let Some(rest) = line.strip_prefix("# default ") {
            let (key, _) = lines.peek().unwrap().split_once(" = ").unwrap();
            let default = &theirs[&format!("{table}{key}")];
            assert!(rest.starts_with(&format!("{default}: ")), "{key}: {rest:?} does not name {default}");
        }
    }
}

#[test]
fn listens_on_loopback_only() {
    for (key, value) in flat(&config(3)) {
        let listens = key.ends_with("laddr") || key.ends_with("listen_addr");
        let text = value.as_str().unwrap_or_default();
        assert!(!listens || text.is_empty() || text.contains("127.0.0.1:"), "{key} = {text}");
    }
}

#[test]
fn each_pair_of_nodes_has_one_link() {
    let count = |index| flat(&config(index))["p2p.persistent_peers"].as_str().unwrap().matches('@').count();
    assert_eq!((0..4).map(count).collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn keys_and_signing_state_are_for_the_owner_only() {
    for file in render(&local(), 0).unwrap() {
        let private = file.path.contains("key") || file.path.contains("state");
        assert_eq!(file.mode(), if private { 0o600 } else { 0o644 }, "{}", file.path);
        assert_eq!(file.role == Role::State, file.path.starts_with("data/"));
        assert!(!format!("{file:?}").contains("priv_key\""), "a log must not show {}", file.path);
    }
}

#[test]
fn genesis_lets_no_vote_carry_anything() {
    for network in [local(), kvstore()] {
        let files = render(&network, 0).unwrap();
        let genesis = files.iter().find(|file| file.path.ends_with("genesis.json")).unwrap();
        let genesis: serde_json::Value = serde_json::from_str(&genesis.content).unwrap();
        assert_eq!(genesis["consensus_params"]["abci"]["vote_extensions_enable_height"], "0");
    }
}
