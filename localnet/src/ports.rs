//! Which service listens on which port of 127.0.0.1.
//!
//! ```text
//! 26656 + 10 i      CometBFT peer-to-peer of host i        26660 + 10 i   CometBFT metrics
//! 26657 + 10 i      CometBFT RPC                           26661 + 10 i   metrics of the application
//! 26800 + 10 i + j  forwarder on the link that host i dials to host j (j < i)
//! ```
//!
//! The manifest's `ports.offset` is added to all of them.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Error;

/// The most hosts of a network: with an eleventh, the ports of two services would meet.
pub(crate) const MAX_HOSTS: usize = 10;
/// The highest port without an offset, that of a link.
const HIGHEST: u16 = 26899;
/// Ports of one network reach over fewer than this many numbers.
const SPAN: u16 = 300;
/// How many networks fit between the first port and those that Linux hands out by itself (from 32768).
const SLOTS: usize = 19;

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
        match HIGHEST.checked_add(offset) {
            Some(_) => Ok(Self { offset }),
            None => Err(Error::field(
                "ports.offset",
                offset,
                "use at most 38636, so that every port is below 65536",
            )),
        }
    }

    /// Ports on which nothing listens now, for tests that run side by side.
    ///
    /// # Errors
    /// All of them are taken.
    pub fn free(hosts: usize) -> Result<Self, Error> {
        // Each process begins at another place and each call goes on from the last, so that two networks which look
        // at the same time do not choose the same ports.
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let begin = std::process::id() as usize;
        for _ in 0..SLOTS {
            let slot = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % SLOTS;
            let offset = u16::try_from(slot + 1).map_or(SPAN, |slot| slot.saturating_mul(SPAN));
            let ports = Self::new(offset)?;
            if ports.check_free(hosts).is_ok() {
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

    /// CometBFT's peer-to-peer port.
    pub fn p2p(&self, host: usize) -> u16 {
        self.at(26656, host)
    }

    /// CometBFT's RPC port.
    pub fn rpc(&self, host: usize) -> u16 {
        self.at(26657, host)
    }

    /// CometBFT's metrics port.
    pub fn metrics(&self, host: usize) -> u16 {
        self.at(26660, host)
    }

    /// The application's metrics port.
    pub fn app_metrics(&self, host: usize) -> u16 {
        self.at(26661, host)
    }

    /// The port of the forwarder through which `dialer` reaches `listener`.
    pub fn link(&self, dialer: usize, listener: usize) -> u16 {
        self.at(26800, dialer).saturating_add(u16::try_from(listener).unwrap_or(u16::MAX))
    }

    /// Every port of a network of so many hosts, each with what listens there.
    fn all(&self, hosts: usize) -> Vec<(u16, String)> {
        let mut all = Vec::new();
        for host in 0..hosts {
            all.push((self.p2p(host), format!("CometBFT peer-to-peer of host {host}")));
            all.push((self.rpc(host), format!("CometBFT RPC of host {host}")));
            all.push((self.metrics(host), format!("CometBFT metrics of host {host}")));
            all.push((self.app_metrics(host), format!("application metrics of host {host}")));
            all.extend(
                (0..host).map(|peer| (self.link(host, peer), format!("link of host {host} to host {peer}"))),
            );
        }
        all
    }

    /// Refuses when something listens on a port of the network.
    ///
    /// # Errors
    /// Names the first such port and what it is for.
    pub fn check_free(&self, hosts: usize) -> Result<(), Error> {
        for (port, service) in self.all(hosts) {
            if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
                return Err(Error::PortTaken { port, service });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn are_those_of_the_table() {
        let ports = Ports::new(0).unwrap();
        assert_eq!(
            [ports.p2p(3), ports.rpc(3), ports.metrics(3), ports.app_metrics(3)],
            [26686, 26687, 26690, 26691]
        );
        assert_eq!(ports.link(3, 1), 26831);
        assert_eq!(Ports::new(300).unwrap().rpc(0), 26957);
    }

    #[test]
    fn never_meet() {
        let all = Ports::new(0).unwrap().all(MAX_HOSTS);
        let distinct: BTreeSet<u16> = all.iter().map(|(port, _)| *port).collect();
        assert_eq!(distinct.len(), all.len());
        assert!(distinct.last() <= Some(&HIGHEST) && HIGHEST - distinct.first().unwrap() < SPAN);
    }

    #[test]
    fn the_offset_is_bounded() {
        assert!(Ports::new(38_636).is_ok());
        assert!(Ports::new(38_637).unwrap_err().to_string().starts_with("ports.offset is 38637"));
    }

    #[test]
    fn names_the_port_that_is_taken() {
        let ports = Ports::free(2).unwrap();
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.rpc(1))).unwrap();
        let error = ports.check_free(2).unwrap_err().to_string();
        assert!(error.starts_with(&format!("port {} (CometBFT RPC of host 1)", ports.rpc(1))), "{error}");
        assert!(ports.check_free(1).is_ok());
    }
}
