//! A network that runs in this process: its hosts are this process's children.

mod disturb;
mod joining;

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::guest::Guest;
use crate::host::{Host, Plan, order_each};
use crate::keeper::{Keeper, Order};
use crate::link::Links;
use crate::network::Options;
use crate::unit::Role;
use crate::{
    Application, Binaries, DatabaseHost, DatabaseStatus, Documents, DocumentsStatus, Error, HostFiles,
    HostStatus, Layer, Layers, Layout, Network, NodeStatus, Phase, Ports, Progress, Record, Rpc, Status,
    file,
};

/// How often a node is asked for its height while something waits for it.
const POLL: Duration = Duration::from_millis(50);
/// Something that takes longer tells how far it is, this often.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);
/// How many blocks of the ledger each host must make to count as ready: the second shows that the first was agreed on.
const READY_BLOCKS: u64 = 2;
/// How many lines of the slowest host's log an error shows.
const TAIL_LINES: usize = 8;

/// A host, and where it stands if it answers.
type Height = (usize, Option<NodeStatus>);

/// A running network. Dropping it stops it.
pub struct Running {
    // Declared in the order of dropping: hosts first, then the links between them, then the claim on the folder.
    guests: Mutex<Vec<Arc<Guest>>>,
    hosts: Vec<Host>,
    links: Links,
    layers: Layers,
    binaries: Binaries,
    documents: Documents,
    /// For each layer that runs, a client of each host.
    clients: Vec<(Layer, Vec<Rpc>)>,
    ready: AtomicBool,
    ready_timeout: Duration,
    progress: Progress,
    ports: Ports,
    network: Network,
}

impl Running {
    /// Starts all hosts at the same time: their documents first, then their chains.
    pub(crate) fn start(
        network: Network,
        ports: Ports,
        layers: Layers,
        options: &Options,
    ) -> Result<Self, Error> {
        let Record { hosts, application, .. } = network.record;
        let plan = Plan {
            layout: &network.layout,
            ports,
            layers: &layers,
            application,
            binaries: &options.binaries,
            documents: &options.documents,
        };
        let links = Links::open(ports, hosts, &layers)?;
        let made = (0..hosts).map(|index| plan.host(index)).collect::<Result<Vec<_>, _>>()?;
        let client = |layer, index| Rpc::new(format!("http://127.0.0.1:{}", ports.chain_rpc(layer, index)));
        let clients =
            layers.iter().map(|layer| (layer, (0..hosts).map(|index| client(layer, index)).collect()));
        let running = Self {
            guests: Mutex::default(),
            hosts: made,
            links,
            clients: clients.collect(),
            layers,
            binaries: options.binaries.clone(),
            documents: options.documents.clone(),
            ready: AtomicBool::new(false),
            ready_timeout: options.ready_timeout,
            progress: options.progress.clone(),
            ports,
            network,
        };
        order_each(running.document_servers(), Order::Start)?;
        order_each(running.chains(), Order::Start)?;
        Ok(running)
    }

    fn document_servers(&self) -> impl Iterator<Item = &Keeper> {
        self.hosts.iter().filter_map(Host::documents)
    }

    fn chains(&self) -> impl Iterator<Item = &Keeper> {
        self.hosts.iter().flat_map(Host::chains)
    }

    fn keepers(&self) -> impl Iterator<Item = &Keeper> {
        self.hosts.iter().flat_map(Host::keepers)
    }

    /// How many hosts there are.
    pub fn hosts(&self) -> usize {
        self.hosts.len()
    }

    /// The layers that run.
    pub fn layers(&self) -> &Layers {
        &self.layers
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

    /// The ledger's files on a host.
    pub fn files(&self, host: usize) -> HostFiles {
        self.network.layout.host(host)
    }

    /// The address of a host's document server, which may hold a password, and the name of its database there.
    pub fn documents(&self, host: usize) -> (String, String) {
        (self.documents.uri(self.ports, host), self.documents.database(host))
    }

    /// A client of a host's RPC on the ledger.
    ///
    /// # Errors
    /// There is no such host, or the ledger does not run.
    pub fn rpc(&self, host: usize) -> Result<&Rpc, Error> {
        self.chain_rpc(Layer::Ledger, host)
    }

    /// A client of a host's RPC.
    ///
    /// # Errors
    /// There is no such host, or the layer does not run.
    pub fn chain_rpc(&self, layer: Layer, host: usize) -> Result<&Rpc, Error> {
        self.clients_of(layer)?.get(host).ok_or_else(|| self.no_such(host))
    }

    fn clients_of(&self, layer: Layer) -> Result<&[Rpc], Error> {
        let clients = self.clients.iter().find(|(found, _)| *found == layer);
        clients
            .map(|(_, clients)| clients.as_slice())
            .ok_or_else(|| Error::Pointless(format!("the {layer} does not run, only the {}", self.layers)))
    }

    fn host(&self, host: usize) -> Result<&Host, Error> {
        self.hosts.get(host).ok_or_else(|| self.no_such(host))
    }

    fn no_such(&self, index: usize) -> Error {
        Error::NoSuchHost { index, last: self.hosts().saturating_sub(1) }
    }

    /// Waits until every layer is ready on every host; from then on what ends by itself is started again.
    ///
    /// The ledger is ready when it has made two more blocks than it had. The database makes no block while nothing is
    /// written, so there it is enough that a host has executed the first block, which a new chain makes by itself, and
    /// takes part in consensus: its RPC answers only when its application has answered.
    ///
    /// # Errors
    /// A process ended, or the time ran out: says which host is behind and shows the end of its log. Nothing runs
    /// afterwards.
    pub fn wait_ready(&self) -> Result<(), Error> {
        let result = self.layers.iter().try_for_each(|layer| match layer {
            Layer::Ledger => self.wait_two_blocks(),
            Layer::Database => self.wait_first_block(),
        });
        let result = result.and_then(|()| order_each(self.keepers(), Order::Keep));
        match &result {
            Ok(()) => self.ready.store(true, Ordering::SeqCst),
            // The reason is worth more than a second one about stopping.
            Err(_) => drop(self.stop()),
        }
        result
    }

    fn wait_two_blocks(&self) -> Result<(), Error> {
        let mut goals: Vec<Option<u64>> = vec![None; self.hosts()];
        let what = "two new blocks of every host";
        self.wait_for(Layer::Ledger, 0..self.hosts(), what, self.ready_timeout, |host, node| {
            goals
                .get_mut(host)
                .is_some_and(|goal| node.height >= *goal.get_or_insert(node.height + READY_BLOCKS))
        })
    }

    fn wait_first_block(&self) -> Result<(), Error> {
        let what = "first block of the database on every host";
        self.wait_for(Layer::Database, 0..self.hosts(), what, self.ready_timeout, |_, node| {
            node.height >= 1 && !node.catching_up
        })
    }

    /// Waits until every host has executed the ledger's block at `height`.
    ///
    /// # Errors
    /// The time ran out: says where each host stands.
    pub fn wait_height(&self, height: u64, timeout: Duration) -> Result<(), Error> {
        self.wait_layer_height(Layer::Ledger, height, timeout)
    }

    /// Waits until every host has executed the block at `height` of a layer.
    ///
    /// # Errors
    /// The time ran out: says where each host stands.
    pub fn wait_layer_height(&self, layer: Layer, height: u64, timeout: Duration) -> Result<(), Error> {
        let what = format!("height {height} on every host");
        self.wait_for(layer, 0..self.hosts(), &what, timeout, |_, node| node.height >= height)
    }

    /// Waits until one host has executed the ledger's block at `height`.
    ///
    /// # Errors
    /// There is no such host, or the time ran out.
    pub fn wait_host_height(&self, host: usize, height: u64, timeout: Duration) -> Result<(), Error> {
        self.host(host)?;
        let what = format!("height {height} on host{host}");
        self.wait_for(Layer::Ledger, host..host + 1, &what, timeout, |_, node| node.height >= height)
    }

    /// Asks these hosts where they stand until `reached` holds for all of them; never for one that is silent.
    fn wait_for(
        &self,
        layer: Layer,
        hosts: Range<usize>,
        what: &str,
        timeout: Duration,
        mut reached: impl FnMut(usize, &NodeStatus) -> bool,
    ) -> Result<(), Error> {
        let begin = Instant::now();
        let mut told = begin;
        loop {
            self.check_alive()?;
            let heights = self.heights(layer, hosts.clone())?;
            // Every host is judged, also behind one that is late: the first answer may fix its goal.
            let late =
                heights.iter().filter(|(host, node)| !node.as_ref().is_some_and(|node| reached(*host, node)));
            let Some((first, _)) = late.min_by_key(|(host, _)| *host) else { return Ok(()) };
            if begin.elapsed() >= timeout {
                return Err(self.too_slow(layer, what, begin, &heights, *first));
            }
            if told.elapsed() >= PROGRESS_EVERY {
                told = Instant::now();
                (self.progress)(&format!("waiting for {what}: {}", show_heights(&heights)));
            }
            thread::sleep(POLL);
        }
    }

    fn too_slow(&self, layer: Layer, what: &str, begin: Instant, heights: &[Height], late: usize) -> Error {
        let log = self.network.layout.chain(layer, late).cometbft_log;
        let end = file::tail(&log, TAIL_LINES);
        let heights = format!("{}; the end of {} is\n{end}", show_heights(heights), log.display());
        Error::TooSlow { what: format!("no {what}"), seconds: begin.elapsed().as_secs(), heights }
    }

    /// Refuses when a part of a host was given up or stopped.
    fn check_alive(&self) -> Result<(), Error> {
        for keeper in self.keepers() {
            let state = keeper.state();
            match state.phase {
                Phase::Failed => return Err(Error::Refused(state.trouble.unwrap_or_default())),
                Phase::Stopped => return Err(Error::Stopped),
                Phase::Running | Phase::Paused | Phase::Waiting => {}
            }
        }
        Ok(())
    }

    fn heights(&self, layer: Layer, hosts: Range<usize>) -> Result<Vec<Height>, Error> {
        let clients = self.clients_of(layer)?.get(hosts.clone()).unwrap_or_default();
        Ok(hosts.zip(ask(clients, |rpc| rpc.status().ok())).collect())
    }

    /// How the network is doing now. Takes up to four seconds when a host does not answer.
    pub fn status(&self) -> Status {
        let database = self.record().chain_id(Layer::Database).filter(|_| self.layers.has(Layer::Database));
        Status {
            chain_id: self.record().chain_id.clone(),
            ready: self.ready.load(Ordering::SeqCst),
            hosts: self.chain_status(Layer::Ledger).into_iter().chain(self.joined_ledger()).collect(),
            database: database.map(|chain_id| DatabaseStatus {
                chain_id: chain_id.to_owned(),
                hosts: self.database_status().into_iter().chain(self.joined_database()).collect(),
            }),
        }
    }

    /// Each host's node of a layer; none where the layer does not run.
    fn chain_status(&self, layer: Layer) -> Vec<HostStatus> {
        let Ok(clients) = self.clients_of(layer) else { return Vec::new() };
        let serves = layer == Layer::Ledger && self.record().application == Application::Ledger;
        let nodes = ask(clients, |rpc| Some((rpc.status().ok()?, rpc.peers().ok())));
        let keepers = self.hosts.iter().filter_map(|host| host.chain(layer));
        let hosts = keepers.zip(clients).zip(nodes).enumerate();
        let hosts = hosts.map(|(index, ((keeper, rpc), node))| {
            let cut_seconds = self.links.cut_for(index).map(|left| left.as_secs() + 1);
            let rest = serves.then(|| format!("http://127.0.0.1:{}", self.ports.rest(index)));
            let grpc = serves.then(|| format!("127.0.0.1:{}", self.ports.grpc(index)));
            let status = host_status(self.files(index).name, keeper, rpc, node);
            HostStatus { cut_seconds, rest, grpc, ..status }
        });
        hosts.collect()
    }

    fn database_status(&self) -> Vec<DatabaseHost> {
        let nodes = self.chain_status(Layer::Database);
        let hosts = nodes.into_iter().zip(&self.hosts).enumerate();
        hosts.map(|(index, (node, host))| self.database_host(index, node, host.documents())).collect()
    }

    fn database_host(&self, index: usize, node: HostStatus, documents: Option<&Keeper>) -> DatabaseHost {
        DatabaseHost {
            node,
            http: format!("http://127.0.0.1:{}", self.ports.http(index)),
            websocket: format!("ws://127.0.0.1:{}", self.ports.websocket(index)),
            documents: self.documents.shown(self.ports, index),
            server: documents.map(|keeper| {
                let state = keeper.state();
                DocumentsStatus {
                    phase: state.phase,
                    pid: state.id(Role::Documents),
                    restarts: state.restarts,
                    trouble: state.trouble,
                }
            }),
        }
    }

    /// Stops every host, CometBFT before its application and the documents last, and waits until their processes are gone.
    ///
    /// # Errors
    /// A thread that owns a host is gone, which is a bug; its processes were killed then.
    pub fn stop(&self) -> Result<(), Error> {
        let guests = self.guests().clone();
        let joined = order_each(guests.iter().flat_map(|guest| guest.keepers()), Order::Stop);
        let chains = order_each(self.chains(), Order::Stop).and(joined);
        order_each(self.document_servers(), Order::Stop).and(chains)
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

fn host_status(
    name: String,
    keeper: &Keeper,
    rpc: &Rpc,
    node: Option<(NodeStatus, Option<u64>)>,
) -> HostStatus {
    let state = keeper.state();
    let (node, peers) = node.unzip();
    HostStatus {
        name,
        phase: state.phase,
        cut_seconds: None,
        height: node.as_ref().map(|node| node.height),
        app_hash: node.map(|node| node.app_hash),
        peers: peers.flatten(),
        cometbft_pid: state.id(Role::Cometbft),
        app_pid: state.id(Role::App),
        uptime_seconds: state.started.map(|started| started.elapsed().as_secs()),
        restarts: state.restarts,
        trouble: state.trouble,
        rpc: rpc.url().to_owned(),
        rest: None,
        grpc: None,
    }
}

/// Asks these nodes at the same time, so that a paused one delays no other.
fn ask<T: Send>(clients: &[Rpc], question: impl Fn(&Rpc) -> Option<T> + Sync) -> Vec<Option<T>> {
    thread::scope(|scope| {
        let question = &question;
        let asked: Vec<_> = clients.iter().map(|rpc| scope.spawn(move || question(rpc))).collect();
        asked.into_iter().map(|answer| answer.join().ok().flatten()).collect()
    })
}

/// Where hosts stand, for a person.
fn show_heights(heights: &[Height]) -> String {
    let shown = heights.iter().map(|(host, node)| match node {
        Some(node) => format!("host{host} at {}", node.height),
        None => format!("host{host} silent"),
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_where_hosts_stand() {
        let node = NodeStatus { height: 3, app_hash: String::new(), catching_up: false };
        assert_eq!(show_heights(&[(0, Some(node)), (1, None)]), "host0 at 3, host1 silent");
    }
}
