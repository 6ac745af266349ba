//! Sections `rest` and `grpc`: how clients reach the ledger without CometBFT's RPC in between.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// Section `rest` or `grpc`: a listener for clients.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Face {
    /// Whether it is served at all.
    pub enabled: bool,
    /// Where it listens; left out, it is 127.0.0.1 and the port that Cosmos chains use. An address that others can
    /// reach needs [`Face::insecure`].
    pub listen: Option<SocketAddr>,
    /// Whether it may listen where others can reach it, although it has neither TLS nor a login.
    pub insecure: bool,
    /// Requests a second that one address may make in the long run; 0 is without limit.
    pub requests_per_second: u32,
    /// Requests that one address may make at once after a pause; at least 1.
    pub burst: u32,
}

impl Default for Face {
    fn default() -> Self {
        Self { enabled: true, listen: None, insecure: false, requests_per_second: 20, burst: 40 }
    }
}

impl Face {
    /// The port of REST where none is written.
    pub const REST: u16 = 1317;
    /// The port of gRPC where none is written.
    pub const GRPC: u16 = 9090;

    /// Where it listens, with `port` where none is written.
    pub fn address(&self, port: u16) -> SocketAddr {
        self.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    /// The address, when it must not be listened on.
    pub(super) fn exposed(&self) -> Option<SocketAddr> {
        let shut = !self.enabled || self.insecure;
        self.listen.filter(|address| !shut && !address.ip().is_loopback())
    }
}
