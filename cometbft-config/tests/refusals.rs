//! What a network may not be: each refusal names the field.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod network;

use std::time::Duration;

use cometbft_config::{Application, Error, Network, Peer, render};
use network::{kvstore, local};

/// Changes a good network and expects the refusal of `field`.
fn check(field: &str, change: impl FnOnce(&mut Network)) {
    let mut network = local();
    change(&mut network);
    match render(&network, 0) {
        Err(Error::Field { field: found, .. }) => assert_eq!(found, field),
        other => panic!("{field}: {other:?}"),
    }
}

#[test]
fn names_the_field() {
    check("chain_id", |network| network.chain_id.clear());
    check("chain_id", |network| network.chain_id = "x".repeat(51));
    check("chain_id", |network| network.chain_id = "two words".to_owned());
    check("block.max_bytes", |network| network.block.max_bytes = 0);
    check("block.max_bytes", |network| network.block.max_bytes = (100 << 20) + 1);
    check("block.max_gas", |network| network.block.max_gas = u64::MAX);
    check("max_tx_bytes", |network| network.max_tx_bytes = 0);
    check("max_tx_bytes", |network| network.max_tx_bytes = network.block.max_bytes + 1);
    check("timeout_commit", |network| network.timeout_commit = Duration::ZERO);
    check("timeout_commit", |network| network.timeout_commit = Duration::from_micros(999));
    check("timeout_commit", |network| network.timeout_commit = Duration::from_secs(3601));
    check("cors_origins[0]", |network| network.cors_origins = vec![String::new()]);
    check("nodes", |network| network.nodes.clear());
    check("nodes[1].power", |network| network.nodes[1].power = 0);
    check("nodes[1].power", |network| network.nodes[1].power = 1 << 60);
    check("nodes[2].validator_seed", |network| {
        network.nodes[2].validator_seed = network.nodes[1].node_seed.clone();
    });
    check("nodes[3].node_seed", |network| network.nodes[3].node_seed = network.nodes[0].node_seed.clone());
    check("nodes[1].listen.p2p", |network| network.nodes[1].listen.p2p = network.nodes[0].listen.rpc);
    check("nodes[0].listen.metrics", |network| network.nodes[0].listen.metrics = 0);
    check("nodes[0].moniker", |network| network.nodes[0].moniker = "a\nb".to_owned());
    check("nodes[0].application", |network| {
        network.nodes[0].application = Application::Socket(format!("/{}", "x".repeat(99)).into());
    });
    check("nodes[0].application", |network| {
        network.nodes[0].application = Application::Socket("abci.sock".into());
    });
    check("nodes[1].peers[0].node", |network| network.nodes[1].peers = vec![Peer { node: 1, port: 1 }]);
    check("nodes[1].peers[0].node", |network| network.nodes[1].peers = vec![Peer { node: 4, port: 1 }]);
    check("nodes[1].peers[0].port", |network| network.nodes[1].peers = vec![Peer { node: 0, port: 0 }]);
}

#[test]
fn accepts_the_bounds() {
    let mut network = kvstore();
    network.chain_id = "x".repeat(50);
    network.block.max_bytes = 100 << 20;
    network.nodes[0].power = (1 << 60) - 1;
    network.nodes[0].application = Application::Socket(format!("/{}", "x".repeat(98)).into());
    assert_eq!(render(&network, 0).unwrap().len(), 5);
}

#[test]
fn there_is_no_node_beyond_the_last() {
    let error = render(&local(), 4).unwrap_err();
    assert_eq!(error.to_string(), "there is no node 4: the network has 4, counted from 0");
}

#[test]
fn a_refusal_says_what_is_allowed() {
    let error = render(&Network { chain_id: String::new(), ..local() }, 0).unwrap_err();
    assert_eq!(error.to_string(), r#"chain_id is "": use 1 to 50 visible ASCII characters"#);
}
