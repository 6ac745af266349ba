//! `mongo-ledger.toml`: what the database's process reads.

use serde::Serialize;

use crate::{
    DatabaseRecord, Documents, HostFiles, Layer, Ports, Snapshots,
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
    websocket: Listen,
    cometbft: Cometbft,
    metrics: Listen,
    log: Log,
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

/// The file of the host `index`.
pub(crate) fn render(
    ports: Ports,
    index: usize,
    files: &HostFiles,
    record: &DatabaseRecord,
    documents: &Documents,
) -> String {
    let config = DatabaseConfig {
        abci: Listen::abci(files),
        documents: Server { uri: &documents.uri(ports, index), database: &documents.database(index) },
        index: Index { path: "data", keep_versions: record.keep_versions },
        snapshots: record.snapshots,
        http: Listen::loopback(ports.http(index)),
        websocket: Listen::loopback(ports.websocket(index)),
        cometbft: Cometbft::of(ports, Layer::Database, index, files),
        metrics: Listen::loopback(ports.app_metrics(Layer::Database, index)),
        log: Log::LOCAL,
    };
    toml::to_string(&config).expect("tables of text and numbers below 2^63 are TOML")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;
    use crate::Layout;

    fn record() -> DatabaseRecord {
        DatabaseRecord { chain_id: "db".to_owned(), keep_versions: 1_000, snapshots: Snapshots::default() }
    }

    #[test]
    fn has_the_agreed_shape() {
        let files = Layout::new("/net").unwrap().chain(Layer::Database, 1);
        assert_eq!(
            render(Ports::new(0).unwrap(), 1, &files, &record(), &Documents::Bundled),
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

[websocket]
listen = "127.0.0.1:9995"

[cometbft]
rpc = "http://127.0.0.1:27667"
home = "/net/host1/database/cometbft"

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
            1,
            &files,
            &record(),
            &Documents::At("mongodb://elsewhere/".to_owned()),
        );
        assert!(text.contains("uri = \"mongodb://elsewhere/\"\ndatabase = \"sirius1\"\n"), "{text}");
    }
}
