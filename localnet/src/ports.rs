//! Which service listens on which port of 127.0.0.1.
//!
//! ```text
//!                                                                ledger            database
//! CometBFT peer-to-peer of host i                                26656 + 10 i      27656 + 10 i
//! CometBFT RPC                                                   26657 + 10 i      27657 + 10 i
//! CometBFT metrics                                               26660 + 10 i      27660 + 10 i
//! metrics of the application                                     26661 + 10 i      27661 + 10 i
//! forwarder on the link that host i dials to host j (j < i)      26800 + 10 i + j  27800 + 10 i + j
//! REST of the ledger                                              1317 + 10 i
//! gRPC of the ledger                                              9090 + 10 i
//! documents (MongoDB's protocol)                                                   27017 + 10 i
//! HTTP of the database                                                              9984 + 10 i
//! WebSocket of the database                                                         9985 + 10 i
//! ```
//!
//! The manifest's `ports.offset` is added to all of them. Networks of up to four hosts whose offsets differ by multiples
//! of 300 share no port.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{Error, Layer, Layers};

/// The most hosts of a network: with an eleventh, the ports of two services would meet.
pub(crate) const MAX_HOSTS: usize = 10;
/// The highest port without an offset, that of a link between nodes of the database.
const HIGHEST: u16 = 27899;
/// The highest offset.
const MAX_OFFSET: u16 = u16::MAX - HIGHEST;
/// How far the offsets of networks are apart that look for free ports.
const SPAN: u16 = 300;
/// How many such networks fit below the ports that Linux hands out by itself (from 32768).
const SLOTS: usize = 16;

/// The ports of a network's hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    offset: u16,
}

impl Ports {
    /// The ports of a network with this offset.
    ///
    /// # Errors
    /// An offset that leads beyond port 65535.
    pub fn new(offset: u16) -> Result<Self, Error> {
        match offset {
            0..=MAX_OFFSET => Ok(Self { offset }),
            _ => Err(Error::field(
                "ports.offset",
                offset,
                format!("use at most {MAX_OFFSET}, so that every port is below 65536"),
            )),
        }
    }

    /// Ports on which nothing listens now, for tests that run side by side.
    ///
    /// # Errors
    /// All of them are taken.
    pub fn free(hosts: usize, layers: &Layers) -> Result<Self, Error> {
        // Each process begins at another place and each call goes on from the last, so that two networks which look
        // at the same time do not choose the same ports.
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let begin = std::process::id() as usize;
        for _ in 0..SLOTS {
            let slot = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % SLOTS;
            let offset = u16::try_from(slot + 1).map_or(SPAN, |slot| slot.saturating_mul(SPAN));
            let ports = Self::new(offset)?;
            if ports.check_free(hosts, layers).is_ok() {
                return Ok(ports);
            }
        }
        Err(Error::NoFreePorts { hosts })
    }

    /// What is added to the ports of the table.
    pub fn offset(&self) -> u16 {
        self.offset
    }

    fn at(&self, base: u16, host: usize) -> u16 {
        let step = u16::try_from(host).unwrap_or(u16::MAX).saturating_mul(10);
        base.saturating_add(step).saturating_add(self.offset)
    }

    /// CometBFT's peer-to-peer port on the ledger.
    pub fn p2p(&self, host: usize) -> u16 {
        self.chain_p2p(Layer::Ledger, host)
    }

    /// CometBFT's RPC port on the ledger.
    pub fn rpc(&self, host: usize) -> u16 {
        self.chain_rpc(Layer::Ledger, host)
    }

    /// CometBFT's peer-to-peer port.
    pub fn chain_p2p(&self, layer: Layer, host: usize) -> u16 {
        self.at(base(layer), host)
    }

    /// CometBFT's RPC port.
    pub fn chain_rpc(&self, layer: Layer, host: usize) -> u16 {
        self.at(base(layer) + 1, host)
    }

    /// CometBFT's metrics port.
    pub fn metrics(&self, layer: Layer, host: usize) -> u16 {
        self.at(base(layer) + 4, host)
    }

    /// The application's metrics port.
    pub fn app_metrics(&self, layer: Layer, host: usize) -> u16 {
        self.at(base(layer) + 5, host)
    }

    /// The port of the forwarder through which `dialer` reaches `listener`.
    pub fn link(&self, layer: Layer, dialer: usize, listener: usize) -> u16 {
        self.at(base(layer) + 144, dialer).saturating_add(u16::try_from(listener).unwrap_or(u16::MAX))
    }

    /// The port of the ledger's REST.
    pub fn rest(&self, host: usize) -> u16 {
        self.at(1317, host)
    }

    /// The port of the ledger's gRPC.
    pub fn grpc(&self, host: usize) -> u16 {
        self.at(9090, host)
    }

    /// The port of the bundled document server.
    pub fn documents(&self, host: usize) -> u16 {
        self.at(27017, host)
    }

    /// The port of the database's HTTP API.
    pub fn http(&self, host: usize) -> u16 {
        self.at(9984, host)
    }

    /// The port of the database's WebSocket.
    pub fn websocket(&self, host: usize) -> u16 {
        self.at(9985, host)
    }

    /// Every port of a network of so many hosts, each with what listens there.
    fn all(&self, hosts: usize, layers: &Layers) -> Vec<(u16, String)> {
        let mut all = Vec::new();
        for host in 0..hosts {
            for layer in layers.iter() {
                let of = |service: &str| match layer {
                    Layer::Ledger => format!("{service} of host {host}"),
                    Layer::Database => format!("{service} of the database of host {host}"),
                };
                all.push((self.chain_p2p(layer, host), of("CometBFT peer-to-peer")));
                all.push((self.chain_rpc(layer, host), of("CometBFT RPC")));
                all.push((self.metrics(layer, host), of("CometBFT metrics")));
                all.push((self.app_metrics(layer, host), of("application metrics")));
                all.extend(
                    (0..host).map(|peer| (self.link(layer, host, peer), of(&format!("link to host {peer}")))),
                );
            }
            if layers.has(Layer::Ledger) {
                all.push((self.rest(host), format!("REST of host {host}")));
                all.push((self.grpc(host), format!("gRPC of host {host}")));
            }
            if layers.has(Layer::Database) {
                all.push((self.documents(host), format!("documents of host {host}")));
                all.push((self.http(host), format!("HTTP of the database of host {host}")));
                all.push((self.websocket(host), format!("WebSocket of the database of host {host}")));
            }
        }
        all
    }

    /// Refuses when something listens on a port of this host's ledger.
    ///
    /// # Errors
    /// Names the first such port and what it is for.
    pub(crate) fn check_free_host(&self, layer: Layer, host: usize) -> Result<(), Error> {
        let of = |service: &str| format!("{service} of host {host}");
        let database = [
            (self.documents(host), of("documents")),
            (self.http(host), of("HTTP of the database")),
            (self.websocket(host), of("WebSocket of the database")),
        ];
        let chain = [
            (self.chain_p2p(layer, host), of("CometBFT peer-to-peer")),
            (self.chain_rpc(layer, host), of("CometBFT RPC")),
            (self.metrics(layer, host), of("CometBFT metrics")),
            (self.app_metrics(layer, host), of("application metrics")),
        ];
        check_free(chain.into_iter().chain(database.into_iter().filter(|_| layer == Layer::Database)))
    }

    /// Refuses when something listens on a port of the network.
    ///
    /// # Errors
    /// Names the first such port and what it is for.
    pub fn check_free(&self, hosts: usize, layers: &Layers) -> Result<(), Error> {
        check_free(self.all(hosts, layers))
    }
}

fn check_free(ports: impl IntoIterator<Item = (u16, String)>) -> Result<(), Error> {
    for (port, service) in ports {
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
            return Err(Error::PortTaken { port, service });
        }
    }
    Ok(())
}

/// The first port of a layer's nodes.
fn base(layer: Layer) -> u16 {
    match layer {
        Layer::Ledger => 26656,
        Layer::Database => 27656,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use std::collections::BTreeSet;

    use super::*;

    fn both() -> Layers {
        Layers::of(true)
    }

    #[test]
    fn are_those_of_the_table() {
        let ports = Ports::new(0).unwrap();
        let chain = |layer| {
            [
                ports.chain_p2p(layer, 3),
                ports.chain_rpc(layer, 3),
                ports.metrics(layer, 3),
                ports.app_metrics(layer, 3),
            ]
        };
        assert_eq!(chain(Layer::Ledger), [26686, 26687, 26690, 26691]);
        assert_eq!(chain(Layer::Database), [27686, 27687, 27690, 27691]);
        assert_eq!([ports.p2p(3), ports.rpc(3)], [26686, 26687]);
        assert_eq!([ports.rest(3), ports.grpc(3)], [1347, 9120]);
        assert_eq!([ports.documents(3), ports.http(3), ports.websocket(3)], [27047, 10014, 10015]);
        assert_eq!([ports.link(Layer::Ledger, 3, 1), ports.link(Layer::Database, 3, 1)], [26831, 27831]);
        assert_eq!(Ports::new(300).unwrap().rpc(0), 26957);
    }

    /// The ports of networks with these offsets, and whether each stands once.
    fn distinct(offsets: impl Iterator<Item = u16>, hosts: usize) -> (Vec<u16>, bool) {
        let all: Vec<u16> = offsets
            .flat_map(|offset| Ports::new(offset).unwrap().all(hosts, &both()))
            .map(|(port, _)| port)
            .collect();
        let once: BTreeSet<u16> = all.iter().copied().collect();
        let unique = once.len() == all.len();
        (once.into_iter().collect(), unique)
    }

    #[test]
    fn never_meet() {
        let (ports, unique) = distinct(std::iter::once(0), MAX_HOSTS);
        assert!(unique);
        assert!(ports.last() <= Some(&HIGHEST));
    }

    #[test]
    fn networks_of_four_hosts_never_meet() {
        let (ports, unique) = distinct((0..=16).map(|slot| slot * SPAN), 4);
        assert!(unique);
        assert!(ports.last() < Some(&32_768), "Linux hands out the others by itself");
    }

    #[test]
    fn the_offset_is_bounded() {
        assert!(Ports::new(37_636).is_ok());
        assert!(Ports::new(37_637).unwrap_err().to_string().starts_with("ports.offset is 37637"));
    }

    #[test]
    fn names_the_port_that_is_taken() {
        let ports = Ports::free(2, &both()).unwrap();
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.chain_rpc(Layer::Database, 1))).unwrap();
        let error = ports.check_free(2, &both()).unwrap_err().to_string();
        let expected =
            format!("port {} (CometBFT RPC of the database of host 1)", ports.chain_rpc(Layer::Database, 1));
        assert!(error.starts_with(&expected), "{error}");
        assert!(ports.check_free(1, &both()).is_ok());
        assert!(ports.check_free(2, &Layers::only(Layer::Ledger)).is_ok());
    }
}
