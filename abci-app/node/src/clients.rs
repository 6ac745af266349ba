//! The faces that clients see, REST and gRPC, opened and closed with the process.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use thiserror::Error;
use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
};
use tracing::info;

use crate::{
    Machine,
    config::{Config, Face},
    gateway::{Faces, Gateway, Guard, MOST_READERS, Protocol, Traffic, listen},
    grpc, rest,
};

/// How long connections that are open when the process stops may take to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Why clients cannot be served.
#[derive(Debug, Error)]
pub enum ServeError {
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
pub fn serve(config: &Config, machine: Machine) -> Result<Serving, ServeError> {
    let wrong = |cause| ServeError::Rpc { url: config.rpc().into(), cause: Box::new(cause) };
    let gateway = Arc::new(Gateway::new(config, machine).map_err(wrong)?);
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .thread_name("clients")
        .max_blocking_threads(MOST_READERS.saturating_add(4))
        .build()
        .map_err(ServeError::Threads)?;
    let (stop, stopped) = watch::channel(false);
    let open = |field, face: (bool, SocketAddr), router: Router, protocol, guard| {
        let (enabled, address) = face;
        if !enabled {
            return Ok(None);
        }
        let bound = runtime.block_on(listen::bind(address));
        let (listener, address) = bound.map_err(|cause| ServeError::Listen { field, address, cause })?;
        runtime.spawn(listen::accept(listener, router, protocol, guard, stopped.clone()));
        Ok::<_, ServeError>(Some(address))
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
