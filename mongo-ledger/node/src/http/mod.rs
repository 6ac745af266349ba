//! HTTP: BigchainDB's API version 1 as its drivers know it, what this ledger proves beside it, and the stream of
//! transactions on a port of its own.
//!
//! Everything is answered from blocks that count. Writes go to CometBFT; nothing here changes the ledger.

mod access;
mod answer;
mod ask;
mod blocks;
mod governance;
mod history;
mod outputs;
mod payloads;
mod proofs;
mod query;
mod read;
mod roles;
mod root;
mod search;
mod server;
mod stream;
mod submit;
mod tls;
mod transactions;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    routing::{MethodRouter, get, post},
};
use thiserror::Error;
use tokio::sync::watch;
use tracing::info;

use crate::{
    config::{Config, Read},
    ledger::Ledger,
    rpc::{Rpc, RpcError},
};
use access::Readers;
use answer::Refused;
pub use tls::TlsError;

/// Why HTTP cannot be served.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The address cannot be listened on.
    #[error("mongo-ledger.toml, {field} = {address}: {cause}; give a free address")]
    Listen {
        /// The field.
        field: &'static str,
        /// What it says.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The certificate or its key.
    #[error("mongo-ledger.toml, http.tls: {0}")]
    Tls(#[from] TlsError),
    /// The address of CometBFT is none.
    #[error("mongo-ledger.toml, cometbft.rpc: {0}")]
    Rpc(#[from] RpcError),
}

/// Where the stream of transactions is.
const STREAM: &str = "/api/v1/streams/valid_transactions";

/// What every answer is made from.
pub(crate) struct Api {
    ledger: Arc<Ledger>,
    rpc: Rpc,
    pose_as_bigchaindb: bool,
    /// Who may read; `None` where everybody may.
    readers: Option<Readers>,
    websocket: SocketAddr,
    metrics: SocketAddr,
}

impl Api {
    /// Does work that reads the disk or takes a while, away from the threads that serve connections.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Ledger) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        let api = Arc::clone(self);
        match tokio::task::spawn_blocking(move || work(&api.ledger)).await {
            Ok(outcome) => outcome,
            Err(error) => Err(Refused::broken(format!("the work for this answer ended early: {error}"))),
        }
    }
}

/// HTTP and stream, served until this is dropped.
pub struct Serving {
    stop: watch::Sender<bool>,
    http: SocketAddr,
    stream: SocketAddr,
    secure: Option<SocketAddr>,
}

impl Serving {
    /// Where the API listens.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where both listen behind TLS, if they do.
    pub fn secure(&self) -> Option<SocketAddr> {
        self.secure
    }

    /// Where the stream listens.
    pub fn stream(&self) -> SocketAddr {
        self.stream
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Begins to serve HTTP and the stream on the ledger's own threads.
///
/// # Errors
/// An address cannot be used.
pub fn serve(config: &Config, ledger: Arc<Ledger>) -> Result<Serving, HttpError> {
    let (stop, stopped) = watch::channel(false);
    let bound = |field, address, unsent| {
        let listener = ledger.runtime.block_on(server::bind(address, unsent));
        listener.map_err(|cause| HttpError::Listen { field, address, cause })
    };
    let (http, http_address) = bound("http.listen", config.http.listen, None)?;
    let (stream, stream_address) = bound("websocket.listen", config.websocket.listen, Some(stream::UNSENT))?;
    let api = Arc::new(Api {
        rpc: Rpc::new(config.rpc())?,
        pose_as_bigchaindb: config.http.pose_as_bigchaindb,
        readers: (config.access.read == Read::Roles).then(|| Readers::new(config.access.audience.clone())),
        websocket: stream_address,
        metrics: config.metrics.listen,
        ledger: Arc::clone(&ledger),
    });
    ledger.runtime.spawn(server::accept(http, None, server::guarded(routes(), &api), stopped.clone()));
    let streams = || stream::routes(&api, stopped.clone());
    let alone = streams().fallback(async || Refused::not_found());
    ledger.runtime.spawn(server::accept(stream, None, alone, stopped.clone()));
    let mut secure = None;
    if let Some(tls) = config.tls() {
        let (listener, address) = bound("http.tls.listen", tls.listen, None)?;
        let both = server::guarded(routes(), &api).merge(streams());
        let acceptor = Some(tls::acceptor(&tls)?);
        ledger.runtime.spawn(server::accept(listener, acceptor, both, stopped.clone()));
        info!(https = %address, "HTTP is served behind TLS");
        secure = Some(address);
    }
    info!(http = %http_address, stream = %stream_address, "HTTP is served");
    Ok(Serving { stop, http: http_address, stream: stream_address, secure })
}

fn routes() -> Router<Arc<Api>> {
    let routes: [(&str, MethodRouter<Arc<Api>>); 23] = [
        ("/api/v1", get(root::api)),
        ("/api/v1/openapi.yaml", get(root::openapi)),
        ("/api/v1/transactions", get(transactions::list).post(submit::post)),
        ("/api/v1/transactions/{id}", get(transactions::one)),
        ("/api/v1/outputs", get(outputs::list)),
        ("/api/v1/assets", get(search::assets)),
        ("/api/v1/assets/{id}/history", get(history::history)),
        ("/api/v1/metadata", get(search::metadata)),
        ("/api/v1/proofs/log", get(proofs::log)),
        ("/api/v1/proofs/{kind}/{name}", get(proofs::one)),
        ("/api/v1/query", post(query::post)),
        ("/api/v1/blocks", get(blocks::containing)),
        ("/api/v1/blocks/{height}", get(blocks::one)),
        ("/api/v1/validators", get(governance::validators)),
        ("/api/v1/elections", get(governance::elections)),
        ("/api/v1/elections/{id}", get(governance::election)),
        ("/api/v1/roles", get(roles::list)),
        ("/api/v1/health", get(root::health)),
        ("/health", get(root::health)),
        ("/api/v1/metrics", get(root::metrics)),
        ("/metrics", get(root::metrics)),
        ("/api/v1/payloads", post(payloads::post)),
        ("/api/v1/payloads/{commitment}", get(payloads::one)),
    ];
    let root = Router::new().route("/", get(root::index));
    routes.into_iter().fold(root, |router, (path, methods)| {
        // BigchainDB's own drivers send both spellings.
        router.route(path, methods.clone()).route(&format!("{path}/"), methods)
    })
}

#[cfg(test)]
mod tests;
