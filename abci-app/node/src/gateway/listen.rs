//! Connections: how many, how long, over which protocol; the same for both faces.

use std::{
    convert::Infallible,
    future::Future,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, http::Request, response::Response};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use super::guard::Guard;

/// Connections that are open at the same time on one face; more wait in the system's queue.
const MOST_CONNECTIONS: usize = 2_048;
/// How long a client may take to send the head of a request, and how long a connection may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long what was sent to a client may stay unread before the system ends the connection.
const UNREAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest head of a request, in bytes.
const MOST_HEAD: usize = 32 * 1024;
/// The most fields in it.
const MOST_FIELDS: usize = 64;
/// Calls at the same time on one connection of HTTP/2.
const MOST_STREAMS: u32 = 128;
/// How often an HTTP/2 client is asked whether it is there, and how long it may take to say so.
const PING: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));
/// The first words of HTTP/2, in bytes.
const PREFACE: usize = 24;
/// How often it is looked whether those have come.
const PREFACE_PAUSE: Duration = Duration::from_millis(20);
/// Connections that wait in the system's queue.
const BACKLOG: u32 = 1_024;
/// The pause after the system refused a connection, as it does when there are no more files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Whose connection a request came by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What is spoken on a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// REST.
    Http1,
    /// gRPC.
    Http2,
}

/// Listens.
pub(crate) async fn bind(address: SocketAddr) -> std::io::Result<(TcpListener, SocketAddr)> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A process that starts again finds its address free.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves connections until it is told to stop; those that are open end with their request.
pub(crate) async fn accept(
    listener: TcpListener,
    router: Router,
    protocol: Protocol,
    guard: Arc<Guard>,
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
            Ok((stream, peer)) => {
                let Some(connected) = guard.connect(peer.ip()) else { continue };
                let (router, stop) = (router.clone(), stop.clone());
                tokio::spawn(async move {
                    connection((stream, peer.ip()), router, protocol, stop).await;
                    drop((connected, slot));
                });
            }
            Err(error) => {
                warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(
    (stream, peer): (TcpStream, IpAddr),
    router: Router,
    protocol: Protocol,
    stop: watch::Receiver<bool>,
) {
    if let Err(error) = tune(&stream) {
        debug!(%error, "a connection was left as it is");
    }
    let routes = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        routes.call(request)
    });
    match protocol {
        Protocol::Http1 => one(stream, service, stop).await,
        Protocol::Http2 => two(stream, service, stop).await,
    }
}

/// Answers are written whole, so that waiting for more to send would only delay them; and a client that does not read
/// holds memory only so long.
fn tune(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let unread = u32::try_from(UNREAD_TIMEOUT.as_millis()).unwrap_or(u32::MAX);
    rustix::net::sockopt::set_tcp_user_timeout(stream, unread)?;
    Ok(())
}

/// A connection of HTTP/1.1.
async fn one<S, F>(stream: TcpStream, service: S, mut stop: watch::Receiver<bool>)
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future = F>,
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_FIELDS)
        .serve_connection(TokioIo::new(stream), service);
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

/// A connection of HTTP/2.
async fn two<S, F>(stream: TcpStream, service: S, mut stop: watch::Receiver<bool>)
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future = F>,
    F: Future<Output = Result<Response<Body>, Infallible>> + Send + 'static,
{
    if timeout(HEAD_TIMEOUT, preface(&stream)).await.is_err() {
        return;
    }
    let (every, patience) = PING;
    let served = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(every)
        .keep_alive_timeout(patience)
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(u32::try_from(MOST_HEAD).unwrap_or(u32::MAX))
        .serve_connection(TokioIo::new(stream), service);
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

/// Waits for the first words of the protocol, before which the library has no time limit.
async fn preface(stream: &TcpStream) {
    let mut first = [0; PREFACE];
    while let Ok(1..PREFACE) = stream.peek(&mut first).await {
        sleep(PREFACE_PAUSE).await;
    }
}
