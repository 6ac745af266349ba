//! What REST and gRPC have in common: the contracts, the answers, the limits, the listeners.
//!
//! A method of a contract is answered inside the process, by the same code that answers CometBFT's `abci_query`, upon a
//! snapshot; it waits for no block and no lock. What the application does not know is asked of CometBFT.
//!
//! There is no login and no TLS: a proxy in front has both.

mod comet;
mod contracts;
mod failure;
mod guard;
mod listen;
mod service;
mod traffic;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use bytes::Bytes;
use tendermint_abci::Application as _;
use tendermint_proto::v0_38::abci::RequestQuery;
use thiserror::Error;
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Semaphore, watch},
};
use tracing::info;

use crate::{
    Machine,
    config::{Config, Face},
    grpc, rest,
};

pub(crate) use contracts::Contracts;
pub(crate) use failure::Failure;
pub(crate) use guard::Guard;
pub(crate) use listen::{Peer, Protocol};
pub(crate) use traffic::{Faces, Traffic};

use comet::Comet;

/// How long a client waits for an answer at most.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest request, in bytes.
pub(crate) const MOST_BODY: usize = 1024 * 1024;
/// The header in which a client names the height it asks about, and an answer the height it holds for.
pub(crate) const HEIGHT_HEADER: &str = "x-cosmos-block-height";
/// Questions that read the state at the same time, each on a thread of its own.
const MOST_READERS: usize = 32;
/// How long connections that are open when the process stops may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Why clients cannot be served.
#[derive(Debug, Error)]
pub enum GatewayError {
    /// The threads cannot be started.
    #[error("starting the threads of rest and grpc failed: {0}")]
    Threads(std::io::Error),
    /// The address cannot be listened on.
    #[error("app.toml, {field} = {address}: {cause}; give a free address")]
    Listen {
        /// The field.
        field: &'static str,
        /// What it says.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The address of CometBFT is none.
    #[error("app.toml, cometbft.rpc = {url}: {cause}")]
    Rpc {
        /// What it says.
        url: String,
        /// What is wrong with it.
        cause: Box<tendermint_rpc::Error>,
    },
    /// A contract has a path that REST cannot serve: a mistake in the program, met at start.
    #[error("{0}")]
    Route(#[from] rest::RouteError),
}

/// What answers are made from.
pub(crate) struct Gateway {
    machine: Machine,
    contracts: Contracts,
    comet: Comet,
    keep_versions: u64,
    readers: Arc<Semaphore>,
}

/// An answer, and the height it holds for.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The encoded message.
    pub(crate) value: Bytes,
    /// 0 where no height has a part in it.
    pub(crate) height: i64,
}

impl Gateway {
    /// # Errors
    /// The address of CometBFT is none.
    pub(crate) fn new(config: &Config, machine: Machine) -> Result<Self, GatewayError> {
        let url = config.rpc();
        let comet =
            Comet::new(url).map_err(|cause| GatewayError::Rpc { url: url.into(), cause: Box::new(cause) })?;
        Ok(Self {
            contracts: Contracts::new(machine.shared().app.registry()),
            machine,
            comet,
            keep_versions: config.store.keep_versions.0,
            readers: Arc::new(Semaphore::new(MOST_READERS)),
        })
    }

    /// The contracts of what can be asked.
    pub(crate) fn contracts(&self) -> &Contracts {
        &self.contracts
    }

    /// Answers the method `path` with `request`, an encoded message, at `height`; 0 is the latest.
    ///
    /// # Errors
    /// A method that nobody answers, a refusal, or a node that cannot.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        path: &str,
        height: i64,
        request: Bytes,
    ) -> Result<Answer, Failure> {
        if self.contracts.method(path).is_none() {
            return Err(Failure::unknown(path));
        }
        match service::answer(self, path, &request).await {
            Some(answer) => answer,
            None => self.query(RequestQuery { path: path.into(), data: request, height, prove: false }).await,
        }
    }

    /// Asks the application.
    async fn query(self: &Arc<Self>, request: RequestQuery) -> Result<Answer, Failure> {
        let response = self.read(move |machine| machine.query(request)).await?;
        match response.code {
            0 => Ok(Answer { value: response.value, height: response.height }),
            _ => Err(Failure::refused(response)),
        }
    }

    /// Does work that reads the disk, away from the threads that serve connections.
    async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Machine) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        // Whoever gives up waiting here leaves no work behind.
        let reader = Arc::clone(&self.readers).acquire_owned().await;
        let machine = self.machine.clone();
        let done = tokio::task::spawn_blocking(move || {
            let outcome = work(&machine);
            drop(reader);
            outcome
        });
        done.await.map_err(|error| Failure::broken(format!("the work for this answer ended early: {error}")))
    }
}

/// REST and gRPC, served until this is dropped.
#[derive(Debug)]
pub struct Serving {
    stop: watch::Sender<bool>,
    runtime: Option<Runtime>,
    rest: Option<SocketAddr>,
    grpc: Option<SocketAddr>,
    faces: Faces,
}

impl Serving {
    /// What both count.
    pub(crate) fn faces(&self) -> Faces {
        self.faces.clone()
    }

    /// Where REST listens.
    pub fn rest(&self) -> Option<SocketAddr> {
        self.rest
    }

    /// Where gRPC listens.
    pub fn grpc(&self) -> Option<SocketAddr> {
        self.grpc
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        let Some(runtime) = self.runtime.take() else { return };
        // A connection's task keeps a receiver until it has ended.
        let ended = runtime.block_on(async { tokio::time::timeout(STOP_TIMEOUT, self.stop.closed()).await });
        if ended.is_err() {
            info!("connections of clients that take too long were ended");
        }
        runtime.shutdown_background();
    }
}

/// Begins to serve clients on threads of their own.
///
/// # Errors
/// An address cannot be used.
pub fn serve(config: &Config, machine: Machine) -> Result<Serving, GatewayError> {
    let gateway = Arc::new(Gateway::new(config, machine)?);
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .thread_name("clients")
        .max_blocking_threads(MOST_READERS.saturating_add(4))
        .build()
        .map_err(GatewayError::Threads)?;
    let (stop, stopped) = watch::channel(false);
    let open = |field, face: (bool, SocketAddr), router: Router, protocol, guard| {
        let (enabled, address) = face;
        if !enabled {
            return Ok(None);
        }
        let bound = runtime.block_on(listen::bind(address));
        let (listener, address) = bound.map_err(|cause| GatewayError::Listen { field, address, cause })?;
        runtime.spawn(listen::accept(listener, router, protocol, guard, stopped.clone()));
        Ok::<_, GatewayError>(Some(address))
    };
    let traffic = || Arc::new(Traffic::new(gateway.contracts()));
    let faces = Faces([("rest", traffic(), limits(&config.rest)), ("grpc", traffic(), limits(&config.grpc))]);
    let Faces([(_, of_rest, guard), (_, of_grpc, guard_of_grpc)]) = faces.clone();
    let router = rest::router(&gateway, &guard, &of_rest)?;
    let face = (config.rest.enabled, config.rest.address(Face::REST));
    let rest = open("rest.listen", face, router, Protocol::Http1, guard)?;
    let router = grpc::router(&gateway, &guard_of_grpc, &of_grpc);
    let face = (config.grpc.enabled, config.grpc.address(Face::GRPC));
    let grpc = open("grpc.listen", face, router, Protocol::Http2, guard_of_grpc)?;
    info!(?rest, ?grpc, "clients are served");
    Ok(Serving { stop, runtime: Some(runtime), rest, grpc, faces })
}

fn limits(face: &Face) -> Arc<Guard> {
    Arc::new(Guard::new(face.requests_per_second, face.burst))
}
