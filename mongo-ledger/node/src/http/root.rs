//! What the server is, and how it is.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::{Value, json};

use super::{
    Api, STREAM,
    answer::{self, Answer, Refused},
};

/// The description of everything, for tools.
const OPENAPI: &str = include_str!("../../openapi.yaml");

/// `GET /`: who answers.
pub(super) async fn index(State(api): State<Arc<Api>>, headers: HeaderMap) -> Answer {
    let software = if api.pose_as_bigchaindb { "BigchainDB" } else { "mongo-ledger" };
    answer::value(&json!({
        "api": { "v1": endpoints(&api, &headers, "/api/v1/") },
        "docs": "/api/v1/openapi.yaml",
        "software": software,
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

/// `GET /api/v1`: what can be asked.
pub(super) async fn api(State(api): State<Arc<Api>>, headers: HeaderMap) -> Answer {
    answer::value(&endpoints(&api, &headers, "/"))
}

fn endpoints(api: &Api, headers: &HeaderMap, prefix: &str) -> Value {
    json!({
        "assets": format!("{prefix}assets/"),
        "blocks": format!("{prefix}blocks/"),
        "docs": "/api/v1/openapi.yaml",
        "metadata": format!("{prefix}metadata/"),
        "outputs": format!("{prefix}outputs/"),
        "streams": format!("ws://{}{}", stream_host(api, headers), STREAM),
        "transactions": format!("{prefix}transactions/"),
        "validators": format!("{prefix}validators"),
    })
}

/// Where the stream is for whoever asks: a server that listens everywhere is where the client found it.
fn stream_host(api: &Api, headers: &HeaderMap) -> String {
    let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let name = asked.map(|host| match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    });
    match name {
        Some(name) if api.websocket.ip().is_unspecified() => format!("{name}:{}", api.websocket.port()),
        _ => api.websocket.to_string(),
    }
}

/// `GET /api/v1/openapi.yaml`.
pub(super) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/yaml")], OPENAPI).into_response()
}

/// `GET /health`: whether the node goes on.
pub(super) async fn health(State(api): State<Arc<Api>>) -> Answer {
    match api.ledger.trouble() {
        Some(trouble) => Err(Refused::unavailable(trouble)),
        None => answer::value(&json!({
            "access": api.ledger.genesis().map(|genesis| genesis.settings.access.as_str()),
            "chain": api.ledger.genesis().map(|genesis| genesis.chain_id.clone()),
            "documents": api.ledger.documents.name(),
            "height": api.ledger.height(),
            "status": "up",
        })),
    }
}

/// `GET /metrics`: they are on a port of their own, which need not be open to all.
pub(super) async fn metrics(State(api): State<Arc<Api>>) -> Redirect {
    Redirect::temporary(&format!("http://{}/metrics", api.metrics))
}
