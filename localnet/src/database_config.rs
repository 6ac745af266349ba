//! `mongo-ledger.toml`: what the database's process reads.

use std::path::PathBuf;

use serde::Serialize;

use crate::{
    DatabaseRecord, Documents, HostFiles, Layer, Ports, Readers, Snapshots,
    node_config::{Cometbft, Listen, Log},
};

/// The file, table by table. The process refuses fields it does not know, so this shape is its contract.
#[derive(Serialize)]
struct DatabaseConfig<'a> {
    abci: Listen,
    documents: Server<'a>,
    index: Index<'a>,
    snapshots: Snapshots,
    http: Listen,
    access: Access,
    websocket: Listen,
    cometbft: Cometbft,
    payloads: Payloads,
    metrics: Listen,
    log: Log,
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<Anchor>,
}

/// How headers are posted to the ledger of the same hosts.
#[derive(Serialize)]
pub(crate) struct Anchor {
    pub(crate) ledger: Vec<String>,
    pub(crate) keys: PathBuf,
    pub(crate) passphrase: PathBuf,
    /// The account in the keystore.
    pub(crate) name: String,
    pub(crate) every: u64,
    /// Whether the host registers the chain.
    pub(crate) register: bool,
}

#[derive(Serialize)]
struct Server<'a> {
    uri: &'a str,
    database: &'a str,
}

#[derive(Serialize)]
struct Index<'a> {
    path: &'a str,
    keep_versions: u64,
}

#[derive(Serialize)]
struct Access {
    read: Readers,
}

#[derive(Serialize)]
struct Payloads {
    peers: Vec<String>,
}

impl Payloads {
    /// The HTTP of every other host.
    fn of(ports: Ports, index: usize, hosts: usize) -> Self {
        let others = (0..hosts).filter(|host| *host != index);
        Self { peers: others.map(|host| format!("http://127.0.0.1:{}", ports.http(host))).collect() }
    }
}

/// The file of the host `index` among so many.
pub(crate) fn render(
    ports: Ports,
    (index, hosts): (usize, usize),
    files: &HostFiles,
    record: &DatabaseRecord,
    documents: &Documents,
    anchor: Option<Anchor>,
) -> String {
    let config = DatabaseConfig {
        abci: Listen::abci(files),
        documents: Server { uri: &documents.uri(ports, index), database: &documents.database(index) },
        index: Index { path: "data", keep_versions: record.keep_versions },
        snapshots: record.snapshots,
        http: Listen::loopback(ports.http(index)),
        access: Access { read: record.read },
        websocket: Listen::loopback(ports.websocket(index)),
        cometbft: Cometbft::of(ports, Layer::Database, index, files),
        payloads: Payloads::of(ports, index, hosts),
        metrics: Listen::loopback(ports.app_metrics(Layer::Database, index)),
        log: Log::LOCAL,
        anchor,
    };
    toml::to_string(&config).expect("tables of text and numbers below 2^63 are TOML")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;
    use crate::Layout;

    fn record() -> DatabaseRecord {
        DatabaseRecord {
            chain_id: "db".to_owned(),
            keep_versions: 1_000,
            anchor_every: 0,
            read: Readers::Roles,
            snapshots: Snapshots::default(),
        }
    }

    #[test]
    fn has_the_agreed_shape() {
        let files = Layout::new("/net").unwrap().chain(Layer::Database, 1);
        assert_eq!(
            render(Ports::new(0).unwrap(), (1, 3), &files, &record(), &Documents::Bundled, None),
            r#"[abci]
listen = "unix:///net/host1/data.sock"

[documents]
uri = "mongodb://127.0.0.1:27027"
database = "sirius"

[index]
path = "data"
keep_versions = 1000

[snapshots]
every_blocks = 50
keep = 2

[http]
listen = "127.0.0.1:9994"

[access]
read = "roles"

[websocket]
listen = "127.0.0.1:9995"

[cometbft]
rpc = "http://127.0.0.1:27667"
home = "/net/host1/database/cometbft"

[payloads]
peers = ["http://127.0.0.1:9984", "http://127.0.0.1:10004"]

[metrics]
listen = "127.0.0.1:27671"

[log]
level = "info"
format = "text"
calls = "calls.log"
"#
        );
    }

    #[test]
    fn each_host_has_a_database_of_its_own_on_another_server() {
        let files = Layout::new("/net").unwrap().chain(Layer::Database, 1);
        let text = render(
            Ports::new(0).unwrap(),
            (1, 4),
            &files,
            &record(),
            &Documents::At("mongodb://elsewhere/".to_owned()),
            None,
        );
        assert!(text.contains("uri = \"mongodb://elsewhere/\"\ndatabase = \"sirius1\"\n"), "{text}");
    }

    #[test]
    fn headers_go_to_every_host_of_the_ledger_from_the_hosts_own_account() {
        let files = Layout::new("/net").unwrap().chain(Layer::Database, 1);
        let anchor = Anchor {
            ledger: vec!["http://127.0.0.1:26657".to_owned()],
            keys: "/net/keys".into(),
            passphrase: "/net/keys/passphrase".into(),
            name: "bob".to_owned(),
            every: 20,
            register: false,
        };
        let text =
            render(Ports::new(0).unwrap(), (1, 4), &files, &record(), &Documents::Bundled, Some(anchor));
        let expected = r#"
[anchor]
ledger = ["http://127.0.0.1:26657"]
keys = "/net/keys"
passphrase = "/net/keys/passphrase"
name = "bob"
every = 20
register = false
"#;
        assert!(text.ends_with(expected), "{text}");
    }
}
