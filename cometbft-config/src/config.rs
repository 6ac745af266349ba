//! `config.toml`, complete for CometBFT 0.38.26, with a reason beside every value that is not its default.

use std::time::Duration;

use crate::network::{Application, Network, Node};
use crate::setting::{Section, Setting};
use crate::{COMETBFT_VERSION, Error, NodeId};

/// How long a chain without empty blocks waits for a transaction before it makes a block all the same: a small part of the
/// time for which light clients trust a header.
const IDLE: Duration = Duration::from_secs(60 * 60);

/// The most transactions a node holds for later blocks.
const MEMPOOL_TXS: u64 = 5_000;
/// The most requests in one JSON-RPC batch.
const BATCH_REQUESTS: u64 = 1_000;

/// The file for `node`, one table after the other in CometBFT's own order.
pub(crate) fn render(network: &Network, node: &Node) -> Result<String, Error> {
    let sections = [
        base(node),
        rpc(network, node),
        p2p(network, node)?,
        mempool(network),
        statesync(),
        blocksync(),
        consensus(network),
        storage(),
        tx_index(),
        instrumentation(node),
    ];
    let mut text = format!(
        "# Configuration of CometBFT {COMETBFT_VERSION}. Rendered, so write changes into the network's description.\n\
         # A comment above a value names CometBFT's default and says why it was left.\n"
    );
    for section in sections {
        text.push('\n');
        text.push_str(&section.to_string());
    }
    Ok(text)
}

/// A TCP listener on the loopback interface.
fn loopback(port: u16) -> String {
    format!("tcp://127.0.0.1:{port}")
}

fn base(node: &Node) -> Section {
    let application = match &node.application {
        Application::Socket(path) => format!("unix://{}", path.display()),
        Application::Kvstore => "kvstore".to_owned(),
    };
    Section {
        name: "",
        purpose: "The node: its name, its application, its files. Paths are relative to the home directory.",
        settings: vec![
            Setting::keep("version", COMETBFT_VERSION),
            Setting::set(
                "proxy_app",
                "tcp://127.0.0.1:26658",
                application,
                "a unix socket has file permissions and answers faster than TCP; the built-in kvstore needs none.",
            ),
            Setting::set(
                "moniker",
                "",
                node.moniker.as_str(),
                "says in logs and peer lists which node this is.",
            ),
            Setting::keep("db_backend", "goleveldb"),
            Setting::keep("db_dir", "data"),
            Setting::keep("log_level", "info"),
            Setting::keep("log_format", "plain"),
            Setting::keep("genesis_file", "config/genesis.json"),
            Setting::keep("priv_validator_key_file", "config/priv_validator_key.json"),
            Setting::keep("priv_validator_state_file", "data/priv_validator_state.json"),
            Setting::keep("priv_validator_laddr", ""),
            Setting::keep("node_key_file", "config/node_key.json"),
            Setting::keep("abci", "socket"),
            Setting::keep("filter_peers", false),
            Setting::keep("event_bus_buffer_capacity", 0_u64),
        ],
    }
}

fn rpc(network: &Network, node: &Node) -> Section {
    Section {
        name: "rpc",
        purpose: "JSON-RPC and WebSocket, for clients on this machine.",
        settings: vec![
            Setting::set(
                "laddr",
                "tcp://127.0.0.1:26657",
                loopback(node.listen.rpc),
                "each node of a machine has a port of its own.",
            ),
            Setting::set(
                "cors_allowed_origins",
                Vec::<String>::new(),
                network.cors_origins.clone(),
                "web pages of these origins may call the RPC.",
            ),
            Setting::keep("cors_allowed_methods", ["HEAD", "GET", "POST"].as_slice()),
            Setting::keep(
                "cors_allowed_headers",
                ["Origin", "Accept", "Content-Type", "X-Requested-With", "X-Server-Time"].as_slice(),
            ),
            Setting::keep("grpc_laddr", ""),
            Setting::keep("grpc_max_open_connections", 900_u64),
            Setting::keep("unsafe", false),
            Setting::keep("max_open_connections", 900_u64),
            Setting::keep("max_subscription_clients", 100_u64),
            Setting::keep("max_subscriptions_per_client", 5_u64),
            Setting::keep("experimental_subscription_buffer_size", 200_u64),
            Setting::keep("experimental_websocket_write_buffer_size", 200_u64),
            Setting::keep("experimental_close_on_slow_client", false),
            Setting::keep("timeout_broadcast_tx_commit", "10s"),
            Setting::set(
                "max_request_batch_size",
                10_u64,
                BATCH_REQUESTS,
                "a wallet or a load test sends many transactions at once; max_body_bytes still bounds a batch.",
            ),
            // A transaction of 64 KiB is 88 kB in base64, so the default leaves room for eleven.
            Setting::keep("max_body_bytes", 1_000_000_u64),
            Setting::keep("max_header_bytes", 1_048_576_u64),
            Setting::keep("tls_cert_file", ""),
            Setting::keep("tls_key_file", ""),
            Setting::keep("pprof_laddr", ""),
        ],
    }
}

fn p2p(network: &Network, node: &Node) -> Result<Section, Error> {
    let mut peers = Vec::with_capacity(node.peers.len());
    for peer in &node.peers {
        let id = NodeId::of(&network.node(peer.node)?.node_seed);
        peers.push(format!("{id}@127.0.0.1:{}", peer.port));
    }
    Ok(Section {
        name: "p2p",
        purpose: "Links to the other nodes.",
        settings: vec![
            Setting::set(
                "laddr",
                "tcp://0.0.0.0:26656",
                loopback(node.listen.p2p),
                "all nodes are on this machine, so nothing else needs to reach the port.",
            ),
            Setting::keep("external_address", ""),
            Setting::keep("seeds", ""),
            Setting::set(
                "persistent_peers",
                "",
                peers.join(","),
                "the peers are known beforehand; of each pair one side dials, so that a link exists once.",
            ),
            Setting::keep("addr_book_file", "config/addrbook.json"),
            Setting::set("addr_book_strict", true, false, "strict books refuse loopback addresses."),
            Setting::keep("max_num_inbound_peers", 40_u64),
            Setting::keep("max_num_outbound_peers", 10_u64),
            Setting::keep("unconditional_peer_ids", ""),
            Setting::keep("persistent_peers_max_dial_period", "0s"),
            Setting::set(
                "flush_throttle_timeout",
                "100ms",
                "10ms",
                "a vote that waits in a buffer is a block that waits: each of a round's three steps waited for this long.",
            ),
            Setting::keep("max_packet_msg_payload_size", 1024_u64),
            Setting::keep("send_rate", 5_120_000_u64),
            Setting::keep("recv_rate", 5_120_000_u64),
            Setting::set(
                "pex",
                true,
                false,
                "nodes must not learn a second way to a peer, or a cut link would not separate them.",
            ),
            Setting::keep("seed_mode", false),
            Setting::keep("private_peer_ids", ""),
            Setting::set("allow_duplicate_ip", false, true, "all peers have the address 127.0.0.1."),
            Setting::keep("handshake_timeout", "20s"),
            Setting::keep("dial_timeout", "3s"),
        ],
    })
}

fn mempool(network: &Network) -> Section {
    Section {
        name: "mempool",
        purpose: "Transactions that wait for a block.",
        settings: vec![
            Setting::keep("type", "flood"),
            // Recheck drops what a block made invalid (a spent sequence, an emptied account) before it is proposed.
            Setting::keep("recheck", true),
            Setting::keep("recheck_timeout", "1s"),
            Setting::keep("broadcast", true),
            Setting::keep("wal_dir", ""),
            Setting::keep("size", MEMPOOL_TXS),
            Setting::keep("max_txs_bytes", 1_073_741_824_u64),
            Setting::keep("cache_size", 10_000_u64),
            Setting::keep("keep-invalid-txs-in-cache", false),
            Setting::set(
                "max_tx_bytes",
                1_048_576_u64,
                network.max_tx_bytes,
                "the application refuses larger transactions, and a full mempool must fit into memory.",
            ),
            Setting::keep("max_batch_bytes", 0_u64),
            Setting::keep("experimental_max_gossip_connections_to_persistent_peers", 0_u64),
            Setting::keep("experimental_max_gossip_connections_to_non_persistent_peers", 0_u64),
        ],
    }
}

fn statesync() -> Section {
    Section {
        name: "statesync",
        purpose: "Joining from a snapshot instead of from the first block: not used.",
        settings: vec![
            Setting::keep("enable", false),
            Setting::keep("rpc_servers", ""),
            Setting::keep("trust_height", 0_u64),
            Setting::keep("trust_hash", ""),
            Setting::keep("trust_period", "168h0m0s"),
            Setting::keep("discovery_time", "15s"),
            Setting::keep("temp_dir", ""),
            Setting::keep("chunk_request_timeout", "10s"),
            Setting::keep("chunk_fetchers", "4"),
            Setting::keep("max_snapshot_chunks", 100_000_u64),
        ],
    }
}

fn blocksync() -> Section {
    Section {
        name: "blocksync",
        purpose: "Catching up on missed blocks.",
        settings: vec![Setting::keep("version", "v0")],
    }
}

fn consensus(network: &Network) -> Section {
    Section {
        name: "consensus",
        purpose: "How long the steps of a round wait.",
        settings: vec![
            Setting::keep("wal_file", "data/cs.wal/wal"),
            Setting::keep("timeout_propose", "3s"),
            Setting::keep("timeout_propose_delta", "500ms"),
            Setting::keep("timeout_prevote", "1s"),
            Setting::keep("timeout_prevote_delta", "500ms"),
            Setting::keep("timeout_precommit", "1s"),
            Setting::keep("timeout_precommit_delta", "500ms"),
            Setting::set(
                "timeout_commit",
                "1s",
                network.timeout_commit,
                "the network's own pace: this pause is most of the time between two empty blocks.",
            ),
            Setting::set(
                "double_sign_check_height",
                0_u64,
                network.double_sign_check_height,
                "a second machine started with the same key refuses to sign; so does a restart within these blocks.",
            ),
            Setting::keep("skip_timeout_commit", false),
            Setting::set(
                "create_empty_blocks",
                true,
                network.create_empty_blocks,
                "a chain of records grows by records: where nothing is sent nothing is stored.",
            ),
            Setting::set(
                "create_empty_blocks_interval",
                Duration::ZERO,
                if network.create_empty_blocks { Duration::ZERO } else { IDLE },
                "a header now and then, by which whoever follows the chain can go on trusting it while nothing is sent.",
            ),
            Setting::set(
                "peer_gossip_sleep_duration",
                "100ms",
                "10ms",
                "after this pause it is looked again whether a peer lacks a vote or a part of the block.",
            ),
            Setting::keep("peer_query_maj23_sleep_duration", "2s"),
            Setting::keep("block_time_tolerance", "1m0s"),
        ],
    }
}

fn storage() -> Section {
    Section {
        name: "storage",
        purpose: "What is kept of each block beside the block.",
        settings: vec![Setting::keep("discard_abci_responses", false)],
    }
}

fn tx_index() -> Section {
    Section {
        name: "tx_index",
        purpose: "Search for transactions and blocks by their events.",
        settings: vec![Setting::keep("indexer", "kv"), Setting::keep("psql-conn", "")],
    }
}

fn instrumentation(node: &Node) -> Section {
    Section {
        name: "instrumentation",
        purpose: "Prometheus metrics.",
        settings: vec![
            Setting::set("prometheus", false, true, "the first thing to look at when a chain is slow."),
            Setting::set(
                "prometheus_listen_addr",
                ":26660",
                format!("127.0.0.1:{}", node.listen.metrics),
                "the default listens on every interface.",
            ),
            Setting::keep("max_open_connections", 3_u64),
            Setting::keep("namespace", "cometbft"),
        ],
    }
}
