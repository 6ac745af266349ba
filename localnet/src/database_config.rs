//! `mongo-ledger.toml`: what the database's process reads.

use serde::Serialize;

use crate::{Documents, HostFiles, Layer, Ports};

/// The file, table by table. The process refuses fields it does not know, so this shape is its contract.
#[derive(Serialize)]
struct DatabaseConfig<'a> {
    abci: Listen,
    documents: Server<'a>,
    index: Index<'a>,
    http: Listen,
    websocket: Listen,
    cometbft: Cometbft<'a>,
    metrics: Listen,
    log: Log<'a>,
}

#[derive(Serialize)]
struct Listen {
    listen: String,
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
struct Cometbft<'a> {
    rpc: String,
    home: &'a str,
}

#[derive(Serialize)]
struct Log<'a> {
    level: &'a str,
    format: &'a str,
    calls: &'a str,
}

/// The file of the host `index`.
pub(crate) fn render(
    ports: Ports,
    index: usize,
    files: &HostFiles,
    keep_versions: u64,
    documents: &Documents,
) -> String {
    let loopback = |port: u16| Listen { listen: format!("127.0.0.1:{port}") };
    let config = DatabaseConfig {
        abci: Listen { listen: format!("unix://{}", files.socket.display()) },
        documents: Server { uri: &documents.uri(ports, index), database: &documents.database(index) },
        index: Index { path: "data", keep_versions },
        http: loopback(ports.http(index)),
        websocket: loopback(ports.websocket(index)),
        cometbft: Cometbft {
            rpc: format!("http://127.0.0.1:{}", ports.chain_rpc(Layer::Database, index)),
            home: &files.cometbft.to_string_lossy(),
        },
        metrics: loopback(ports.app_metrics(Layer::Database, index)),
        log: Log { level: "info", format: "text", calls: "calls.log" },
    };
    toml::to_string(&config).expect("tables of text and numbers below 2^63 are TOML")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;
    use crate::Layout;

    #[test]
    fn has_the_agreed_shape() {
        let files = Layout::new("/net").unwrap().chain(Layer::Database, 1);
        assert_eq!(
            render(Ports::new(0).unwrap(), 1, &files, 1_000, &Documents::Bundled),
            r#"[abci]
listen = "unix:///net/host1/data.sock"

[documents]
uri = "mongodb://127.0.0.1:27027"
database = "sirius"

[index]
path = "data"
keep_versions = 1000

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
        let text =
            render(Ports::new(0).unwrap(), 1, &files, 1, &Documents::At("mongodb://elsewhere/".to_owned()));
        assert!(text.contains("uri = \"mongodb://elsewhere/\"\ndatabase = \"sirius1\"\n"), "{text}");
    }
}
