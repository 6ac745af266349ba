//! Connections: how many, how long, and what every answer carries.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Semaphore, watch},
};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use super::{Api, access, answer::Refused, tls};

/// How many connections are open at the same time; more wait in the system's queue.
const MOST_CONNECTIONS: usize = 2_048;
/// How many requests are worked on at the same time; more are sent away.
const MOST_REQUESTS: usize = 1_024;
/// How long a client may take to send the head of a request, and how long a connection may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// How long an answer may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a transaction may take, which is more than it waits for its block.
const SUBMIT_TIMEOUT: Duration = Duration::from_secs(45);
/// How much is kept of what a client has sent but nobody has read.
const BUFFER: usize = 64 * 1024;
/// How many connections wait in the system's queue.
const BACKLOG: u32 = 1_024;
/// The pause after the system refused a connection, as it does when there are no more files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens. `unsent` is how many bytes the system keeps for a client that does not take them; it decides itself when
/// that is not given.
pub(super) async fn bind(
    address: SocketAddr,
    unsent: Option<u32>,
) -> std::io::Result<(TcpListener, SocketAddr)> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A process that starts again finds its address free.
    socket.set_reuseaddr(true)?;
    if let Some(unsent) = unsent {
        socket.set_send_buffer_size(unsent)?;
    }
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves connections until it is told to stop; those that are open end with their request.
pub(super) async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let slots = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let (tls, router, stop) = (tls.clone(), router.clone(), stop.clone());
                tokio::spawn(async move {
                    begin(stream, tls, router, stop).await;
                    drop(slot);
                });
            }
            Err(error) => {
                warn!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves a connection, behind TLS where that is set.
async fn begin(stream: TcpStream, tls: Option<TlsAcceptor>, router: Router, mut stop: watch::Receiver<bool>) {
    // Answers are written whole, so that waiting for more to send would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "a connection was left as it is");
    }
    let Some(tls) = tls else { return connection(stream, router, stop).await };
    let shaken = tokio::select! {
        shaken = tls::shake(&tls, stream) => shaken,
        _ = stop.changed() => return,
    };
    if let Some(stream) = shaken {
        connection(stream, router, stop).await;
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    tokio::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        _ = stop.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection ended early");
    }
}

/// What guards every answer.
#[derive(Clone)]
struct Guard(Arc<Semaphore>);

/// The routes with their limits and with what browsers ask for.
pub(super) fn guarded(routes: Router<Arc<Api>>, api: &Arc<Api>) -> Router {
    let guard = Guard(Arc::new(Semaphore::new(MOST_REQUESTS)));
    routes
        .fallback(async || Refused::not_found())
        .method_not_allowed_fallback(async || Refused::method())
        .layer(middleware::from_fn_with_state(Arc::clone(api), access::guard))
        .layer(middleware::from_fn_with_state(guard, answered))
        .with_state(Arc::clone(api))
}

async fn answered(State(Guard(slots)): State<Guard>, request: Request, next: Next) -> Response {
    let asks_leave = request.method() == Method::OPTIONS;
    let limit = if request.method() == Method::POST { SUBMIT_TIMEOUT } else { REQUEST_TIMEOUT };
    let mut response = match slots.try_acquire() {
        _ if asks_leave => StatusCode::NO_CONTENT.into_response(),
        Err(_) => {
            let message = format!("{MOST_REQUESTS} requests are being answered; ask again in a moment");
            Refused::unavailable(message).into_response()
        }
        Ok(_slot) => match tokio::time::timeout(limit, next.run(request)).await {
            Ok(response) => response,
            Err(_) => {
                let message = format!("no answer in {} s; ask for less with limit=", limit.as_secs());
                Refused::unavailable(message).into_response()
            }
        },
    };
    allow(response.headers_mut());
    response
}

/// Lets pages from anywhere ask, as BigchainDB does: no browser sends by itself what opens a closed chain, so that a page
/// is told what all are told, and beyond that what its own token or signature opens.
fn allow(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, OPTIONS"),
        // The star does not stand for the header of tokens (Fetch, section 3.3.3).
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "*, Authorization"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "X-Next, X-Salt"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
