//! A network that runs in this process: its hosts are this process's children.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::host::Host;
use crate::keeper::{Keeper, Order};
use crate::link::Links;
use crate::network::Options;
use crate::{
    Error, HostFiles, HostStatus, Layout, Network, Perturbation, Phase, Ports, Progress, Record, Rpc, Status,
    file,
};

/// How often a node is asked for its height while something waits for it.
const POLL: Duration = Duration::from_millis(50);
/// Something that takes longer tells how far it is, this often.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);
/// How many blocks each host must make to count as ready: the second shows that the first was agreed on.
const READY_BLOCKS: u64 = 2;
/// How many lines of the slowest host's log an error shows.
const TAIL_LINES: usize = 8;

/// A host, and the last block it has executed if it answers.
type Height = (usize, Option<u64>);

/// A running network. Dropping it stops it.
pub struct Running {
    // Declared in the order of dropping: hosts first, then the links between them, then the claim on the folder.
    keepers: Vec<Keeper>,
    links: Links,
    clients: Vec<Rpc>,
    ready: AtomicBool,
    ready_timeout: Duration,
    progress: Progress,
    ports: Ports,
    network: Network,
}

impl Running {
    /// Starts all hosts at the same time.
    pub(crate) fn start(network: Network, ports: Ports, options: &Options) -> Result<Self, Error> {
        let Record { hosts, application, .. } = network.record;
        let links = Links::open(ports, hosts)?;
        let keepers = (0..hosts)
            .map(|index| {
                Keeper::new(Host::new(network.layout.host(index), application, options.binaries.clone()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let clients =
            (0..hosts).map(|index| Rpc::new(format!("http://127.0.0.1:{}", ports.rpc(index)))).collect();
        let running = Self {
            keepers,
            links,
            clients,
            ready: AtomicBool::new(false),
            ready_timeout: options.ready_timeout,
            progress: options.progress.clone(),
            ports,
            network,
        };
        running.order_all(Order::Start)?;
        Ok(running)
    }

    /// Gives every host the same order and waits until all have done it; returns the first failure.
    fn order_all(&self, order: Order) -> Result<(), Error> {
        let replies: Vec<_> = self.keepers.iter().map(|keeper| keeper.order(order)).collect();
        let results: Vec<_> =
            replies.into_iter().map(|reply| reply?.recv().map_err(|_| Error::Stopped)?).collect();
        results.into_iter().collect()
    }

    /// How many hosts there are.
    pub fn hosts(&self) -> usize {
        self.keepers.len()
    }

    /// What was set up: the chain, its accounts.
    pub fn record(&self) -> &Record {
        &self.network.record
    }

    /// The folder of the network, with the keystore of its accounts.
    pub fn layout(&self) -> &Layout {
        &self.network.layout
    }

    /// The ports on which its hosts listen.
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// The files of a host.
    pub fn files(&self, host: usize) -> HostFiles {
        self.network.layout.host(host)
    }

    /// A client of a host's RPC.
    ///
    /// # Errors
    /// There is no such host.
    pub fn rpc(&self, host: usize) -> Result<&Rpc, Error> {
        self.clients.get(host).ok_or_else(|| self.no_such(host))
    }

    fn keeper(&self, host: usize) -> Result<&Keeper, Error> {
        self.keepers.get(host).ok_or_else(|| self.no_such(host))
    }

    fn no_such(&self, index: usize) -> Error {
        Error::NoSuchHost { index, last: self.hosts().saturating_sub(1) }
    }

    /// Waits until every host has made two more blocks than it had; from then on a host whose process ends by itself
    /// is started again.
    ///
    /// # Errors
    /// A process ended, or the time ran out: says which host is behind and shows the end of its log. Nothing runs
    /// afterwards.
    pub fn wait_ready(&self) -> Result<(), Error> {
        let result = self.wait_two_blocks().and_then(|()| self.order_all(Order::Keep));
        match &result {
            Ok(()) => self.ready.store(true, Ordering::SeqCst),
            // The reason is worth more than a second one about stopping.
            Err(_) => drop(self.stop()),
        }
        result
    }

    fn wait_two_blocks(&self) -> Result<(), Error> {
        let mut goals: Vec<Option<u64>> = vec![None; self.hosts()];
        self.wait("two new blocks of every host", self.ready_timeout, |host, height| {
            goals.get_mut(host).is_some_and(|goal| height >= *goal.get_or_insert(height + READY_BLOCKS))
        })
    }

    /// Waits until every host has executed the block at `height`.
    ///
    /// # Errors
    /// The time ran out: says where each host stands.
    pub fn wait_height(&self, height: u64, timeout: Duration) -> Result<(), Error> {
        self.wait(&format!("height {height} on every host"), timeout, |_, reached| reached >= height)
    }

    /// Waits until one host has executed the block at `height`.
    ///
    /// # Errors
    /// There is no such host, or the time ran out.
    pub fn wait_host_height(&self, host: usize, height: u64, timeout: Duration) -> Result<(), Error> {
        self.keeper(host)?;
        let what = format!("height {height} on host{host}");
        self.wait_for(host..host + 1, &what, timeout, |_, reached| reached >= height)
    }

    fn wait(
        &self,
        what: &str,
        timeout: Duration,
        reached: impl FnMut(usize, u64) -> bool,
    ) -> Result<(), Error> {
        self.wait_for(0..self.hosts(), what, timeout, reached)
    }

    /// Asks these hosts for their height until `reached` holds for all of them; never for one that is silent.
    fn wait_for(
        &self,
        hosts: Range<usize>,
        what: &str,
        timeout: Duration,
        mut reached: impl FnMut(usize, u64) -> bool,
    ) -> Result<(), Error> {
        let begin = Instant::now();
        let mut told = begin;
        loop {
            self.check_alive()?;
            let heights = self.heights(hosts.clone());
            // Every host is judged, also behind one that is late: the first answer may fix its goal.
            let late =
                heights.iter().filter(|(host, height)| !height.is_some_and(|height| reached(*host, height)));
            let Some((first, _)) = late.min_by_key(|(host, _)| *host) else { return Ok(()) };
            if begin.elapsed() >= timeout {
                return Err(self.too_slow(what, begin, &heights, *first));
            }
            if told.elapsed() >= PROGRESS_EVERY {
                told = Instant::now();
                (self.progress)(&format!("waiting for {what}: {}", show_heights(&heights)));
            }
            thread::sleep(POLL);
        }
    }

    fn too_slow(&self, what: &str, begin: Instant, heights: &[Height], late: usize) -> Error {
        let files = self.files(late);
        let log = &files.cometbft_log;
        let end = file::tail(log, TAIL_LINES);
        let heights = format!("{}; the end of {} is\n{end}", show_heights(heights), log.display());
        Error::TooSlow { what: format!("no {what}"), seconds: begin.elapsed().as_secs(), heights }
    }

    /// Refuses when a host was given up or stopped.
    fn check_alive(&self) -> Result<(), Error> {
        for keeper in &self.keepers {
            let state = keeper.state();
            match state.phase {
                Phase::Failed => return Err(Error::Refused(state.trouble.unwrap_or_default())),
                Phase::Stopped => return Err(Error::Stopped),
                Phase::Running | Phase::Paused | Phase::Waiting => {}
            }
        }
        Ok(())
    }

    fn heights(&self, hosts: Range<usize>) -> Vec<Height> {
        let heights = self.ask(hosts.clone(), |rpc| rpc.status().ok().map(|status| status.height));
        hosts.zip(heights).collect()
    }

    /// Asks these hosts at the same time, so that a paused one delays no other.
    fn ask<T: Send>(&self, hosts: Range<usize>, ask: impl Fn(&Rpc) -> Option<T> + Sync) -> Vec<Option<T>> {
        thread::scope(|scope| {
            let ask = &ask;
            let clients = self.clients.get(hosts).unwrap_or_default();
            let asked: Vec<_> = clients.iter().map(|rpc| scope.spawn(move || ask(rpc))).collect();
            asked.into_iter().map(|answer| answer.join().ok().flatten()).collect()
        })
    }

    /// Disturbs one host. Returns when its processes are started again, or when the pause or the cut has begun.
    ///
    /// # Errors
    /// There is no such host, it did not start again, or the perturbation makes no sense for it.
    pub fn perturb(&self, host: usize, perturbation: Perturbation) -> Result<(), Error> {
        let keeper = self.keeper(host)?;
        tracing::info!(host, %perturbation, "perturbing");
        match perturbation {
            Perturbation::Kill => keeper.command(Order::Kill),
            Perturbation::KillApp => keeper.command(Order::KillApp),
            Perturbation::KillCometbft => keeper.command(Order::KillCometbft),
            Perturbation::Restart => keeper.command(Order::Restart),
            Perturbation::Pause(duration) => keeper.command(Order::Pause(duration)),
            Perturbation::Disconnect(_) if self.hosts() == 1 => {
                Err(Error::Pointless("a network of one host has no links to cut".to_owned()))
            }
            Perturbation::Disconnect(duration) => {
                self.links.cut(host, duration);
                Ok(())
            }
        }
    }

    /// How the network is doing now. Takes up to four seconds when a host does not answer.
    pub fn status(&self) -> Status {
        let nodes = self.ask(0..self.hosts(), |rpc| Some((rpc.status().ok()?, rpc.peers().ok())));
        let hosts = self.keepers.iter().zip(&self.clients).zip(nodes).enumerate();
        let hosts = hosts.map(|(index, ((keeper, rpc), node))| {
            let state = keeper.state();
            let (node, peers) = node.unzip();
            HostStatus {
                name: self.files(index).name,
                phase: state.phase,
                cut_seconds: self.links.cut_for(index).map(|left| left.as_secs() + 1),
                height: node.as_ref().map(|node| node.height),
                app_hash: node.map(|node| node.app_hash),
                peers: peers.flatten(),
                cometbft_pid: state.cometbft_pid,
                app_pid: state.app_pid,
                uptime_seconds: state.started.map(|started| started.elapsed().as_secs()),
                restarts: state.restarts,
                trouble: state.trouble,
                rpc: rpc.url().to_owned(),
            }
        });
        Status {
            chain_id: self.record().chain_id.clone(),
            ready: self.ready.load(Ordering::SeqCst),
            hosts: hosts.collect(),
        }
    }

    /// Stops every host, CometBFT before its application, and waits until their processes are gone.
    ///
    /// # Errors
    /// A thread that owns a host is gone, which is a bug; its processes were killed then.
    pub fn stop(&self) -> Result<(), Error> {
        self.order_all(Order::Stop)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // All at the same time; each keeper would stop its host by itself, one after the other.
        let _ = self.stop();
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Running").field("network", &self.network).finish_non_exhaustive()
    }
}

/// Where hosts stand, for a person.
fn show_heights(heights: &[Height]) -> String {
    let shown = heights.iter().map(|(host, height)| match height {
        Some(height) => format!("host{host} at {height}"),
        None => format!("host{host} silent"),
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_where_hosts_stand() {
        assert_eq!(show_heights(&[(0, Some(3)), (1, None)]), "host0 at 3, host1 silent");
    }
}
