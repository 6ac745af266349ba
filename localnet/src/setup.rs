//! The stage *setup*: every file of a network, from its manifest.

use cometbft_config::{Block, File, Listen, Node, Peer, Role, Seed};
use serde::Serialize;
use sirius_primitives::Address;
use time::OffsetDateTime;

use crate::record::digest;
use crate::{Application, Error, Funded, Layout, Manifest, Record, accounts, app_config, file, genesis};

/// Voting power of each host. Equal, so that a network of four goes on without any one of them.
const POWER: u64 = 10;

/// Writes all files of a new network and returns its record, which is written last.
pub(crate) fn create(layout: &Layout, manifest: &Manifest) -> Result<Record, Error> {
    // What an interrupted setup left has other keys.
    layout.delete_state()?;
    layout.create_socket_dir()?;
    let addresses = accounts::create(layout, &manifest.accounts)?;
    let network = describe(layout, manifest, &addresses)?;
    for index in 0..manifest.hosts {
        let files = layout.host(index);
        for File { path, content, role } in cometbft_config::render(&network, index)? {
            let mode = if role == Role::Public { 0o644 } else { 0o600 };
            file::write(&files.cometbft.join(path), content.as_bytes(), mode)?;
        }
        if manifest.application == Application::Ledger {
            let config = app_config::render(manifest, index, &files);
            file::write(&files.app.join("app.toml"), config.as_bytes(), 0o644)?;
        }
    }
    let record = record(layout, manifest, &addresses);
    file::write(&layout.client(), client(&record, manifest).as_bytes(), 0o644)?;
    record.write(layout)?;
    Ok(record)
}

/// The network as CometBFT's files need it, with new keys.
fn describe(
    layout: &Layout,
    manifest: &Manifest,
    addresses: &[Address],
) -> Result<cometbft_config::Network, Error> {
    let ports = manifest.ports;
    let mut nodes = Vec::with_capacity(manifest.hosts);
    for index in 0..manifest.hosts {
        let files = layout.host(index);
        nodes.push(Node {
            moniker: files.name,
            validator_seed: Seed::new(accounts::random()?),
            node_seed: Seed::new(accounts::random()?),
            power: POWER,
            application: match manifest.application {
                Application::Ledger => cometbft_config::Application::Socket(files.socket),
                Application::Kvstore => cometbft_config::Application::Kvstore,
            },
            listen: Listen { p2p: ports.p2p(index), rpc: ports.rpc(index), metrics: ports.metrics(index) },
            // Of each pair the later host dials, so that there is one link and one forwarder to cut.
            peers: (0..index).map(|peer| Peer { node: peer, port: ports.link(index, peer) }).collect(),
        });
    }
    Ok(cometbft_config::Network {
        chain_id: manifest.chain_id.clone(),
        genesis_time: OffsetDateTime::now_utc(),
        block: Block { max_gas: manifest.max_gas, ..Block::default() },
        app_state: genesis::app_state(manifest, addresses),
        timeout_commit: manifest.timeout_commit,
        // A host that is killed here is started again within a block; looking back would refuse that start.
        double_sign_check_height: 0,
        cors_origins: manifest.cors_origins.clone(),
        nodes,
    })
}

fn record(layout: &Layout, manifest: &Manifest, addresses: &[Address]) -> Record {
    let accounts = manifest.accounts.iter().zip(addresses).map(|(account, address)| Funded {
        name: account.name.to_string(),
        address: address.bech32(&manifest.prefix),
        balances: account.balances.clone(),
    });
    Record {
        root: layout.root().to_owned(),
        manifest: digest(manifest),
        chain_id: manifest.chain_id.clone(),
        prefix: manifest.prefix.to_string(),
        hosts: manifest.hosts,
        application: manifest.application,
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
    default_fee_denom: &'a str,
}

fn client(record: &Record, manifest: &Manifest) -> String {
    let client = Client {
        chain_id: &record.chain_id,
        prefix: &record.prefix,
        rpc: (0..record.hosts)
            .map(|index| format!("http://127.0.0.1:{}", manifest.ports.rpc(index)))
            .collect(),
        keys: "keys",
        passphrase_file: "keys/passphrase",
        genesis: "host0/cometbft/config/genesis.json",
        default_fee_denom: record.fee_denom().map_or("", |denom| denom.as_str()),
    };
    toml::to_string(&client).expect("text and lists of text are TOML")
}
