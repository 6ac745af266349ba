//! The tables that the settings of both applications share.

use serde::Serialize;

use crate::{HostFiles, Layer, Ports};

/// Where something listens.
#[derive(Serialize)]
pub(crate) struct Listen {
    listen: String,
}

impl Listen {
    /// On the socket that CometBFT calls.
    pub(crate) fn abci(files: &HostFiles) -> Self {
        Self { listen: format!("unix://{}", files.socket.display()) }
    }

    /// On a port of this machine alone.
    pub(crate) fn loopback(port: u16) -> Self {
        Self { listen: format!("127.0.0.1:{port}") }
    }
}

/// Where the node's CometBFT is.
#[derive(Serialize)]
pub(crate) struct Cometbft {
    rpc: String,
    home: String,
}

impl Cometbft {
    pub(crate) fn of(ports: Ports, layer: Layer, index: usize, files: &HostFiles) -> Self {
        Self {
            rpc: format!("http://127.0.0.1:{}", ports.chain_rpc(layer, index)),
            home: files.cometbft.to_string_lossy().into_owned(),
        }
    }
}

/// What is logged.
#[derive(Serialize)]
pub(crate) struct Log {
    level: &'static str,
    format: &'static str,
    calls: &'static str,
}

impl Log {
    /// For people, with a call log that the tests read.
    pub(crate) const LOCAL: Self = Self { level: "info", format: "text", calls: "calls.log" };
}
