//! The stage *setup*: every file of a network, from its manifest.

use cometbft_config::{Block, File, Listen, Node, Peer, Role, Seed, TX_BYTES};
use serde::Serialize;
use sirius_primitives::Address;
use time::OffsetDateTime;

use crate::record::digest;
use crate::{
    Application, Database, DatabaseRecord, Error, Funded, Layer, Layout, Manifest, Record, accounts,
    app_config, file, genesis,
};

/// Voting power of each host. Equal, so that a network of four goes on without any one of them.
const POWER: u64 = 10;

/// Writes all files of a new network and returns its record, which is written last.
pub(crate) fn create(layout: &Layout, manifest: &Manifest) -> Result<Record, Error> {
    // What an interrupted setup left has other keys.
    layout.delete_state()?;
    layout.create_socket_dir()?;
    let addresses = accounts::create(layout, &manifest.accounts)?;
    write_homes(layout, Layer::Ledger, &ledger(layout, manifest, &addresses)?)?;
    if manifest.application == Application::Ledger {
        for index in 0..manifest.hosts {
            let files = layout.host(index);
            let config = app_config::render(manifest, index, &files);
            file::write(&files.app.join("app.toml"), config.as_bytes(), 0o644)?;
        }
    }
    if let Some(database) = &manifest.database {
        write_homes(layout, Layer::Database, &self::database(layout, manifest, database)?)?;
    }
    let record = record(layout, manifest, &addresses);
    file::write(&layout.client(), client(&record, manifest).as_bytes(), 0o644)?;
    record.write(layout)?;
    Ok(record)
}

/// Writes the homes of a chain's nodes.
fn write_homes(layout: &Layout, layer: Layer, network: &cometbft_config::Network) -> Result<(), Error> {
    for index in 0..network.nodes.len() {
        let home = layout.chain(layer, index).cometbft;
        for File { path, content, role } in cometbft_config::render(network, index)? {
            let mode = if role == Role::Public { 0o644 } else { 0o600 };
            file::write(&home.join(path), content.as_bytes(), mode)?;
        }
    }
    Ok(())
}

/// The ledger's chain as CometBFT's files need it, with new keys.
fn ledger(
    layout: &Layout,
    manifest: &Manifest,
    addresses: &[Address],
) -> Result<cometbft_config::Network, Error> {
    let nodes = nodes(layout, manifest, Layer::Ledger)?;
    Ok(cometbft_config::Network {
        chain_id: manifest.chain_id.clone(),
        genesis_time: OffsetDateTime::now_utc(),
        block: Block { max_gas: manifest.max_gas, ..Block::default() },
        app_state: genesis::app_state(manifest, addresses, &nodes),
        timeout_commit: manifest.timeout_commit,
        create_empty_blocks: true,
        max_tx_bytes: TX_BYTES,
        // A host that is killed here is started again within a block; looking back would refuse that start.
        double_sign_check_height: 0,
        cors_origins: manifest.cors_origins.clone(),
        nodes,
    })
}

/// The database's chain in the same way.
fn database(
    layout: &Layout,
    manifest: &Manifest,
    database: &Database,
) -> Result<cometbft_config::Network, Error> {
    Ok(cometbft_config::Network {
        chain_id: database.chain_id.clone(),
        genesis_time: OffsetDateTime::now_utc(),
        block: Block { max_gas: manifest.max_gas, ..Block::default() },
        app_state: database.app_state.clone(),
        timeout_commit: database.timeout_commit,
        // Each block is written as documents, which people read: none without a record in it.
        create_empty_blocks: false,
        max_tx_bytes: database.max_tx_bytes,
        double_sign_check_height: 0,
        cors_origins: manifest.cors_origins.clone(),
        nodes: nodes(layout, manifest, Layer::Database)?,
    })
}

fn nodes(layout: &Layout, manifest: &Manifest, layer: Layer) -> Result<Vec<Node>, Error> {
    let ports = manifest.ports;
    let node = |index| {
        let files = layout.chain(layer, index);
        Ok(Node {
            moniker: files.name,
            validator_seed: Seed::new(accounts::random()?),
            node_seed: Seed::new(accounts::random()?),
            power: POWER,
            application: match (layer, manifest.application) {
                (Layer::Ledger, Application::Kvstore) => cometbft_config::Application::Kvstore,
                _ => cometbft_config::Application::Socket(files.socket),
            },
            listen: Listen {
                p2p: ports.chain_p2p(layer, index),
                rpc: ports.chain_rpc(layer, index),
                metrics: ports.metrics(layer, index),
            },
            // Of each pair the later host dials, so that there is one link and one forwarder to cut.
            peers: (0..index).map(|peer| Peer { node: peer, port: ports.link(layer, index, peer) }).collect(),
        })
    };
    (0..manifest.hosts).map(node).collect()
}

fn record(layout: &Layout, manifest: &Manifest, addresses: &[Address]) -> Record {
    let accounts = manifest.accounts.iter().zip(addresses).map(|(account, address)| Funded {
        name: account.name.to_string(),
        address: address.bech32(&manifest.prefix),
        balances: account.balances.clone(),
    });
    let database = manifest.database.as_ref().map(|database| DatabaseRecord {
        chain_id: database.chain_id.clone(),
        keep_versions: database.keep_versions,
        anchor_every: database.anchor_every,
        read: database.read,
        snapshots: manifest.snapshots,
    });
    Record {
        root: layout.root().to_owned(),
        manifest: digest(manifest),
        chain_id: manifest.chain_id.clone(),
        prefix: manifest.prefix.to_string(),
        hosts: manifest.hosts,
        application: manifest.application,
        database,
        port_offset: manifest.ports.offset(),
        denominations: manifest.denominations.clone(),
        accounts: accounts.collect(),
        load_accounts: manifest.load.as_ref().map_or(0, |load| load.addresses.len()),
    }
}

/// What clients such as `sirius` read; paths are relative to the folder of the file.
#[derive(Serialize)]
struct Client<'a> {
    chain_id: &'a str,
    prefix: &'a str,
    rpc: Vec<String>,
    keys: &'a str,
    passphrase_file: &'a str,
    genesis: &'a str,
    fee_denom: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    database: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    database_rpc: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_genesis: Option<&'a str>,
}

fn client(record: &Record, manifest: &Manifest) -> String {
    let hosts = || 0..record.hosts;
    let at = |port: u16| format!("http://127.0.0.1:{port}");
    let (mut database, mut database_rpc) = (Vec::new(), Vec::new());
    if record.database.is_some() {
        database.extend(hosts().map(|index| at(manifest.ports.http(index))));
        database_rpc.extend(hosts().map(|index| at(manifest.ports.chain_rpc(Layer::Database, index))));
    }
    let client = Client {
        chain_id: &record.chain_id,
        prefix: &record.prefix,
        rpc: hosts().map(|index| at(manifest.ports.rpc(index))).collect(),
        keys: "keys",
        passphrase_file: "keys/passphrase",
        genesis: "host0/cometbft/config/genesis.json",
        fee_denom: record.fee_denom().map_or("", |denom| denom.as_str()),
        database,
        database_rpc,
        database_genesis: record.database.as_ref().map(|_| "host0/database/cometbft/config/genesis.json"),
    };
    toml::to_string(&client).expect("text and lists of text are TOML")
}
