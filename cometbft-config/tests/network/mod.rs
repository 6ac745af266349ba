//! The networks that the golden files are rendered from.

use std::time::Duration;

use cometbft_config::{Application, Block, Listen, Network, Node, Peer, Seed, TX_BYTES};
use serde_json::json;
use time::OffsetDateTime;

fn node(index: u8, application: Application) -> Node {
    let port = |base: u16| base + 10 * u16::from(index);
    Node {
        moniker: format!("host{index}"),
        validator_seed: Seed::new([index + 1; 32]),
        node_seed: Seed::new([index + 101; 32]),
        power: 10,
        application,
        listen: Listen { p2p: port(26656), rpc: port(26657), metrics: port(26660) },
        // Each node dials those before it, through a forwarder of that link.
        peers: (0..index)
            .map(|peer| Peer {
                node: usize::from(peer),
                port: 26800 + 10 * u16::from(index) + u16::from(peer),
            })
            .collect(),
    }
}

fn network(nodes: Vec<Node>) -> Network {
    Network {
        chain_id: "sirius-golden-1".to_owned(),
        genesis_time: OffsetDateTime::from_unix_timestamp(1_500_000_000).unwrap(),
        block: Block::default(),
        app_state: json!({ "chain": { "prefix": "sirius" } }),
        timeout_commit: Duration::from_secs(1),
        create_empty_blocks: true,
        max_tx_bytes: TX_BYTES,
        double_sign_check_height: 0,
        cors_origins: Vec::new(),
        nodes,
    }
}

/// Four nodes, each with an application on a unix socket.
pub(crate) fn local() -> Network {
    network(
        (0..4)
            .map(|index| node(index, Application::Socket(format!("/net/host{index}/abci.sock").into())))
            .collect(),
    )
}

/// One node with the built-in store and every setting of a network that has one changed.
pub(crate) fn kvstore() -> Network {
    Network {
        block: Block { max_bytes: 1 << 20, max_gas: 7 },
        app_state: serde_json::Value::Null,
        timeout_commit: Duration::from_millis(200),
        create_empty_blocks: false,
        max_tx_bytes: 512 << 10,
        double_sign_check_height: 10,
        cors_origins: vec!["http://127.0.0.1:8080".to_owned()],
        ..network(vec![node(0, Application::Kvstore)])
    }
}
