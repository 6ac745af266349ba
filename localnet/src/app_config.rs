//! `app.toml`: what the ledger's process reads.

use serde::Serialize;

use crate::{
    HostFiles, Layer, Manifest,
    node_config::{Cometbft, Listen, Log},
};

/// The file, table by table. The ledger refuses fields it does not know, so this shape is its contract.
#[derive(Serialize)]
struct AppConfig<'a> {
    abci: Listen,
    store: Store<'a>,
    receipts: Receipts,
    cometbft: Cometbft,
    metrics: Listen,
    log: Log,
}

#[derive(Serialize)]
struct Store<'a> {
    path: &'a str,
    backend: &'a str,
    keep_versions: u64,
}

#[derive(Serialize)]
struct Receipts {
    keep_blocks: u64,
}

/// The file of the host `index`.
pub(crate) fn render(manifest: &Manifest, index: usize, files: &HostFiles) -> String {
    let config = AppConfig {
        abci: Listen::abci(files),
        store: Store {
            path: "data",
            backend: &manifest.store.backend,
            keep_versions: manifest.store.keep_versions,
        },
        receipts: Receipts { keep_blocks: manifest.receipt_blocks },
        cometbft: Cometbft::of(manifest.ports, Layer::Ledger, index, files),
        metrics: Listen::loopback(manifest.ports.app_metrics(Layer::Ledger, index)),
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

[receipts]
keep_blocks = 1000000

[cometbft]
rpc = "http://127.0.0.1:26667"
home = "/net/host1/cometbft"

[metrics]
listen = "127.0.0.1:26671"

[log]
level = "info"
format = "text"
calls = "calls.log"
"#
        );
    }
}
