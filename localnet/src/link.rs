//! The links between hosts: every peer-to-peer connection goes through a forwarder here, which can cut it.
//!
//! ```text
//! host 3 ──dials──▶ forwarder 26832 ──▶ host 2         one forwarder for each pair of hosts
//! ```
//!
//! Cutting needs no rights that a user lacks. The forwarder adds one copy of each byte; it delays nothing on purpose
//! and waits when the receiving side waits, so that CometBFT's own flow control sees the peer.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::{Error, Layer, Layers, Ports};

/// How many bytes are moved at once: a block part is 64 KiB.
const BUFFER_BYTES: usize = 256 << 10;
/// How many connections a link carries at once. CometBFT uses one, and a second while it replaces that.
const MAX_CONNECTIONS: usize = 4;
/// How long a dialer is kept waiting for a host that does not listen yet. Told at once, CometBFT would dial again only
/// after 5 to 8 s, and every start or restart would take that long; it gives a handshake 20 s.
const LISTEN_WAIT: Duration = Duration::from_secs(10);
/// How often such a host is tried. On loopback it answers or refuses at once.
const LISTEN_POLL: Duration = Duration::from_millis(20);
/// How long a single try may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The forwarders of a network. Dropping them closes every link.
#[derive(Debug)]
pub(crate) struct Links {
    shared: Arc<Shared>,
    links: Vec<(Arc<Link>, JoinHandle<()>)>,
}

/// What all forwarders look at.
#[derive(Debug)]
struct Shared {
    closed: AtomicBool,
    /// Until when each host is cut off.
    cuts: Mutex<Vec<Option<Instant>>>,
    /// The hosts that are parted from all others, and until when.
    parting: Mutex<Option<(Vec<usize>, Instant)>>,
}

/// One forwarder.
#[derive(Debug)]
struct Link {
    hosts: [usize; 2],
    address: SocketAddr,
    target: SocketAddr,
    connections: Mutex<Vec<Connection>>,
}

/// The two ends of a connection in use.
#[derive(Debug)]
struct Connection {
    id: u64,
    ends: [TcpStream; 2],
}

impl Links {
    /// Opens a forwarder for each pair of `hosts` on each layer.
    pub(crate) fn open(ports: Ports, hosts: usize, layers: &Layers) -> Result<Self, Error> {
        let shared = Arc::new(Shared {
            closed: AtomicBool::new(false),
            cuts: Mutex::new(vec![None; hosts]),
            parting: Mutex::new(None),
        });
        let mut links = Self { shared, links: Vec::new() };
        for layer in layers.iter() {
            for dialer in 0..hosts {
                for listener in 0..dialer {
                    links.add(layer, dialer, listener, ports)?;
                }
            }
        }
        Ok(links)
    }

    fn add(&mut self, layer: Layer, dialer: usize, listener: usize, ports: Ports) -> Result<(), Error> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.link(layer, dialer, listener)));
        let failed = |source| Error::Io { action: format!("listen on {address}"), source };
        let socket = TcpListener::bind(address).map_err(failed)?;
        let link = Arc::new(Link {
            hosts: [dialer, listener],
            address,
            target: SocketAddr::from((Ipv4Addr::LOCALHOST, ports.chain_p2p(layer, listener))),
            connections: Mutex::new(Vec::new()),
        });
        let thread = spawn({
            let (link, shared) = (link.clone(), self.shared.clone());
            move || link.accept(&socket, &shared)
        })
        .map_err(failed)?;
        self.links.push((link, thread));
        Ok(())
    }

    /// Cuts all links of `host`, on every layer, for `duration`, beginning now.
    pub(crate) fn cut(&self, host: usize, duration: Duration) {
        if let Some(until) = locked(&self.shared.cuts).get_mut(host) {
            *until = Some(Instant::now() + duration);
        }
        for (link, _) in &self.links {
            if link.hosts.contains(&host) {
                link.drop_connections();
            }
        }
    }

    /// Cuts all links between the hosts of `side` and the others, on every layer, for `duration`, beginning now. Links
    /// within either side stay.
    pub(crate) fn part(&self, side: &[usize], duration: Duration) {
        *locked(&self.shared.parting) = Some((side.to_vec(), Instant::now() + duration));
        for (link, _) in &self.links {
            if self.shared.are_parted(link.hosts) {
                link.drop_connections();
            }
        }
    }

    /// Ends a parting before its time.
    pub(crate) fn heal(&self) {
        *locked(&self.shared.parting) = None;
    }

    /// How long the links of `host` will stay cut.
    pub(crate) fn cut_for(&self, host: usize) -> Option<Duration> {
        self.shared.cut_for(host)
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        for (link, thread) in self.links.drain(..) {
            // The thread waits for a connection, and this one is the last.
            if TcpStream::connect_timeout(&link.address, CONNECT_TIMEOUT).is_ok() {
                // A panic there has been printed; there is nothing more to close.
                let _ = thread.join();
            }
            link.drop_connections();
        }
    }
}

impl Shared {
    fn cut_for(&self, host: usize) -> Option<Duration> {
        let until = (*locked(&self.cuts).get(host)?)?;
        until.checked_duration_since(Instant::now())
    }

    /// Whether the two hosts are on different sides now.
    fn are_parted(&self, hosts: [usize; 2]) -> bool {
        let [one, other] = hosts;
        locked(&self.parting).as_ref().is_some_and(|(side, until)| {
            side.contains(&one) != side.contains(&other) && Instant::now() < *until
        })
    }
}

impl Link {
    fn accept(self: &Arc<Self>, socket: &TcpListener, shared: &Arc<Shared>) {
        for id in 0_u64.. {
            let Ok((from, _)) = socket.accept() else { continue };
            if shared.closed.load(Ordering::SeqCst) {
                return;
            }
            // The connection is closed then, which the dialer takes for a host that is not there.
            if let Err(error) = self.reach(shared).and_then(|to| self.join(id, from, to)) {
                tracing::debug!(link = ?self.hosts, %error, "a connection was not forwarded");
            }
        }
    }

    /// Connects to the listening host, unless the link is cut.
    fn reach(&self, shared: &Shared) -> io::Result<TcpStream> {
        let deadline = Instant::now() + LISTEN_WAIT;
        loop {
            let cut = self.hosts.iter().any(|host| shared.cut_for(*host).is_some());
            if cut || shared.are_parted(self.hosts) || shared.closed.load(Ordering::SeqCst) {
                return Err(io::Error::other("the link is cut"));
            }
            match TcpStream::connect_timeout(&self.target, CONNECT_TIMEOUT) {
                Err(error)
                    if error.kind() == io::ErrorKind::ConnectionRefused && Instant::now() < deadline =>
                {
                    thread::sleep(LISTEN_POLL);
                }
                other => return other,
            }
        }
    }

    /// Starts a thread for each direction between two ends.
    fn join(self: &Arc<Self>, id: u64, from: TcpStream, to: TcpStream) -> io::Result<()> {
        if locked(&self.connections).len() >= MAX_CONNECTIONS {
            return Err(io::Error::other("the link carries as many connections as it may"));
        }
        from.set_nodelay(true)?;
        to.set_nodelay(true)?;
        locked(&self.connections).push(Connection { id, ends: [from.try_clone()?, to.try_clone()?] });
        let (back_from, back_to) = (to.try_clone()?, from.try_clone()?);
        for (from, to) in [(from, to), (back_from, back_to)] {
            let link = self.clone();
            spawn(move || {
                // Whatever ends one direction ends the connection, as it would without a forwarder between.
                let _ = carry(from, to);
                link.close(|connection| connection.id == id);
            })?;
        }
        Ok(())
    }

    fn drop_connections(&self) {
        self.close(|_| true);
    }

    fn close(&self, which: impl Fn(&Connection) -> bool) {
        locked(&self.connections).retain(|connection| {
            let closing = which(connection);
            if closing {
                for end in &connection.ends {
                    // An end that is closed already is as good.
                    let _ = end.shutdown(Shutdown::Both);
                }
            }
            !closing
        });
    }
}

/// Moves bytes until one side ends.
fn carry(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = from.read(&mut buffer)?;
        match buffer.get(..count) {
            None | Some([]) => return Ok(()),
            Some(bytes) => to.write_all(bytes)?,
        }
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("link".to_owned()).spawn(work)
}

/// The lists stay usable after a panic of another thread: they are never left half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    fn both() -> Layers {
        Layers::of(true)
    }

    /// Two hosts of which the first echoes what it is sent on the database's link.
    fn echo() -> (Links, Ports) {
        let ports = Ports::free(2, &both()).unwrap();
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.chain_p2p(Layer::Database, 0))).unwrap();
        thread::spawn(move || {
            for stream in socket.incoming() {
                let stream = stream.unwrap();
                thread::spawn(move || carry(stream.try_clone().unwrap(), stream));
            }
        });
        (Links::open(ports, 2, &both()).unwrap(), ports)
    }

    fn dial(ports: Ports) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, ports.link(Layer::Database, 1, 0))).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Whether a byte comes back.
    fn answers(stream: &mut TcpStream) -> bool {
        let mut byte = [0];
        stream.write_all(&[7]).is_ok() && matches!(stream.read(&mut byte), Ok(1))
    }

    #[test]
    fn carries_everything_both_ways() {
        let (_links, ports) = echo();
        let mut stream = dial(ports);
        let sent: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let writer = thread::spawn({
            let (mut stream, sent) = (stream.try_clone().unwrap(), sent.clone());
            move || stream.write_all(&sent).unwrap()
        });
        let mut received = vec![0; sent.len()];
        stream.read_exact(&mut received).unwrap();
        writer.join().unwrap();
        assert_eq!(received, sent);
    }

    #[test]
    fn a_cut_drops_and_refuses_until_its_time_is_over() {
        let (links, ports) = echo();
        let mut before = dial(ports);
        assert!(answers(&mut before));
        links.cut(0, Duration::from_millis(500));
        assert!(!answers(&mut before), "the connection must be gone");
        assert!(!answers(&mut dial(ports)), "a new one must be refused");
        assert!(links.cut_for(0).is_some() && links.cut_for(1).is_none());
        thread::sleep(Duration::from_millis(550));
        assert_eq!(links.cut_for(0), None);
        assert!(answers(&mut dial(ports)));
    }

    #[test]
    fn a_parting_cuts_what_lies_between_its_sides_until_it_is_healed() {
        let (links, ports) = echo();
        let mut before = dial(ports);
        assert!(answers(&mut before));
        links.part(&[0, 1], Duration::from_secs(60));
        assert!(answers(&mut before), "both hosts are on one side");
        links.part(&[1], Duration::from_secs(60));
        assert!(!answers(&mut before) && !answers(&mut dial(ports)));
        links.heal();
        assert!(answers(&mut dial(ports)));
        links.part(&[1], Duration::from_millis(200));
        thread::sleep(Duration::from_millis(250));
        assert!(answers(&mut dial(ports)), "its time is over");
    }

    #[test]
    fn a_dialer_waits_for_a_host_that_is_starting() {
        let ports = Ports::free(2, &both()).unwrap();
        let _links = Links::open(ports, 2, &both()).unwrap();
        let mut stream = dial(ports);
        thread::sleep(Duration::from_millis(300));
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.chain_p2p(Layer::Database, 0))).unwrap();
        let (mut host, _) = socket.accept().unwrap();
        host.write_all(&[7]).unwrap();
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        assert_eq!(byte, [7]);
    }

    #[test]
    fn connections_are_bounded_and_forgotten_when_they_end() {
        let (_links, ports) = echo();
        let mut open: Vec<TcpStream> = (0..MAX_CONNECTIONS).map(|_| dial(ports)).collect();
        assert!(open.iter_mut().all(answers));
        assert!(!answers(&mut dial(ports)), "one too many");
        open.clear();
        let deadline = Instant::now() + Duration::from_secs(10);
        while !answers(&mut dial(ports)) {
            assert!(Instant::now() < deadline, "ended connections still count");
            thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn closing_ends_everything() {
        let (links, ports) = echo();
        let mut stream = dial(ports);
        assert!(answers(&mut stream));
        drop(links);
        assert!(!answers(&mut stream));
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, ports.link(Layer::Database, 1, 0))).is_err());
    }
}
