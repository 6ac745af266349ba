//! `app.toml`: what the ledger's process reads.

use serde::Serialize;

use crate::{
    HostFiles, Layer, Manifest, Snapshots,
    node_config::{Cometbft, Listen, Log},
};

/// The file, table by table. The ledger refuses fields it does not know, so this shape is its contract.
#[derive(Serialize)]
struct AppConfig<'a> {
    abci: Listen,
    store: Store<'a>,
    snapshots: Snapshots,
    receipts: Receipts,
    metrics: Listen,
    cometbft: Cometbft,
    rest: Face,
    grpc: Face,
    log: Log,
}

#[derive(Serialize)]
struct Store<'a> {
    path: &'a str,
    backend: &'a str,
    keep_versions: u64,
    retain_blocks: u64,
}

#[derive(Serialize)]
struct Receipts {
    keep_blocks: u64,
}

/// REST or gRPC.
#[derive(Serialize)]
struct Face {
    listen: String,
    /// None: everybody who asks a network like this is its owner.
    requests_per_second: u32,
}

impl Face {
    fn on(port: u16) -> Self {
        Self { listen: format!("127.0.0.1:{port}"), requests_per_second: 0 }
    }
}

/// The file of the host `index`.
pub(crate) fn render(manifest: &Manifest, index: usize, files: &HostFiles) -> String {
    let config = AppConfig {
        abci: Listen::abci(files),
        store: Store {
            path: "data",
            backend: &manifest.store.backend,
            keep_versions: manifest.store.keep_versions,
            retain_blocks: manifest.store.retain_blocks,
        },
        snapshots: manifest.snapshots,
        receipts: Receipts { keep_blocks: manifest.receipt_blocks },
        metrics: Listen::loopback(manifest.ports.app_metrics(Layer::Ledger, index)),
        cometbft: Cometbft::of(manifest.ports, Layer::Ledger, index, files),
        rest: Face::on(manifest.ports.rest(index)),
        grpc: Face::on(manifest.ports.grpc(index)),
        log: Log::LOCAL,
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
        let files = Layout::new("/net").unwrap().host(1);
        assert_eq!(
            render(&Manifest::local().unwrap(), 1, &files),
            r#"[abci]
listen = "unix:///net/host1/abci.sock"

[store]
path = "data"
backend = "disk"
keep_versions = 1000
retain_blocks = 0

[snapshots]
every_blocks = 50
keep = 2

[receipts]
keep_blocks = 1000000

[metrics]
listen = "127.0.0.1:26671"

[cometbft]
rpc = "http://127.0.0.1:26667"
home = "/net/host1/cometbft"

[rest]
listen = "127.0.0.1:1327"
requests_per_second = 0

[grpc]
listen = "127.0.0.1:9100"
requests_per_second = 0

[log]
level = "info"
format = "text"
calls = "calls.log"
"#
        );
    }
}
