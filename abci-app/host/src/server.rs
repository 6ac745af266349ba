//! The server: accepts connections, gives each a thread, and ends them all on shutdown.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use tendermint_abci::Application;
use thiserror::Error;

use crate::call_log::{CallLog, Event, Line, OpenError};
use crate::connection::{Connection, Ending, exception};
use crate::endpoint::Endpoint;
use crate::listener::{BindError, Listener};
use crate::metrics::{Metrics, Turned};
use crate::options::{Options, OptionsError};
use crate::output::Output;
use crate::shared::Shared;
use crate::stop;
use crate::stream::{Peer, Stream};

/// Rest after a failed accept, so that a process out of file descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Stack of a connection's thread: what a process's first thread has, since handlers may be as deep.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// Why a server does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A limit is out of its range.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The endpoint cannot be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The call log cannot be written.
    #[error(transparent)]
    CallLog(#[from] OpenError),
    /// The system refuses a socket pair.
    #[error("cannot make the socket pair that a shutdown needs")]
    Bell(#[source] io::Error),
}

/// Why a server ended by itself.
#[derive(Debug, Error)]
#[error("cannot wait for connections any more")]
pub struct RunError(#[source] io::Error);

/// Ends a [`Server`] from any thread.
#[derive(Clone, Debug)]
pub struct Handle(Arc<Shared>);

impl Handle {
    /// Stops accepting and lets every connection finish the request it is in; [`Server::run`] then returns.
    pub fn shutdown(&self) {
        self.0.stop();
    }
}

/// A bound server of one application.
///
/// The application is cloned for each connection, and the clones are called at the same time: CometBFT opens one
/// connection each for consensus, mempool, queries and snapshots.
pub struct Server<A> {
    listener: Listener,
    endpoint: Endpoint,
    application: A,
    shared: Arc<Shared>,
}

impl<A> fmt::Debug for Server<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl<A: Application> Server<A> {
    /// Binds `endpoint`; peers can connect from now on and are answered by [`Self::run`].
    ///
    /// A unix socket gets mode 0600; one left behind by a dead process is replaced.
    ///
    /// # Errors
    /// A limit out of range, an endpoint in use or not to be had, a call log that cannot be opened.
    pub fn bind(endpoint: &Endpoint, application: A, options: Options) -> Result<Self, StartError> {
        options.validate()?;
        let listener = Listener::bind(endpoint)?;
        let endpoint =
            listener.endpoint().map_err(|source| BindError::System { endpoint: endpoint.clone(), source })?;
        let metrics = Arc::new(Metrics::default());
        let log = match &options.call_log {
            Some(log) => Some(Arc::new(CallLog::open(log.clone(), Arc::clone(&metrics))?)),
            None => None,
        };
        let shared = Arc::new(Shared::new(options, metrics, log).map_err(StartError::Bell)?);
        Ok(Self { listener, endpoint, application, shared })
    }

    /// Where it listens; a TCP port of 0 has become the real one.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What ends it.
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.shared))
    }

    /// Its counters, for an exporter.
    pub fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.shared.metrics)
    }

    /// Answers connections until [`Handle::shutdown`]; then every thread has ended and the socket file is gone.
    ///
    /// A panic in the application does not return from here: it stops the process with
    /// [`PANIC_EXIT_CODE`](crate::PANIC_EXIT_CODE).
    ///
    /// # Errors
    /// The system no longer lets us wait for connections.
    pub fn run(self) -> Result<(), RunError> {
        let Self { listener, endpoint, application, shared } = self;
        stop::install();
        tracing::info!(%endpoint, "serving the application");
        let result = thread::scope(|scope| {
            let result = accept(scope, &listener, &application, &shared);
            drop(listener);
            shared.stop();
            let cut = shared.live.finish(shared.options.grace);
            if cut > 0 {
                tracing::warn!(connections = cut, "cut connections that were still busy");
            }
            result
        });
        tracing::info!(%endpoint, "no longer serving the application");
        result.map_err(RunError)
    }
}

/// Accepts until the bell rings.
fn accept<'scope, A: Application>(
    scope: &'scope Scope<'scope, '_>,
    listener: &Listener,
    application: &A,
    shared: &'scope Shared,
) -> io::Result<()> {
    let own_uid = nix::unistd::geteuid().as_raw();
    let mut accepted = 0;
    while shared.bell.wait(listener)? {
        match listener.accept() {
            Ok((stream, peer)) => match turned(shared, peer, own_uid) {
                Some(reason) => turn_away(stream, peer, reason, shared),
                None => {
                    accepted += 1;
                    // The copy is made under the same guard as its calls: a panic in it stops the process too.
                    let application = stop::guard(accepted, None, || application.clone());
                    start(scope, accepted, application, stream, peer, shared);
                }
            },
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                thread::sleep(ACCEPT_PAUSE);
            }
        }
    }
    Ok(())
}

/// Why a peer is not let in, if it is not.
fn turned(shared: &Shared, peer: Peer, own_uid: u32) -> Option<Turned> {
    if !peer.is_allowed(own_uid) {
        return Some(Turned::OtherUser);
    }
    (shared.live.count() >= shared.options.max_connections).then_some(Turned::Full)
}

fn turn_away(mut stream: Stream, peer: Peer, reason: Turned, shared: &Shared) {
    shared.metrics.turned_away(reason);
    tracing::warn!(%peer, reason = reason.text(), "connection refused");
    let mut output = Output::default();
    if output.push(exception(reason.text().to_owned()), Instant::now()).is_ok() {
        // A fresh connection has room for these few bytes, and the peer may be gone already.
        let _ = output.write_to(&mut stream);
    }
}

/// Gives a connection its thread.
fn start<'scope, A: Application>(
    scope: &'scope Scope<'scope, '_>,
    number: u64,
    application: A,
    stream: Stream,
    peer: Peer,
    shared: &'scope Shared,
) {
    let entered = stream.try_clone().map(|copy| shared.live.enter(number, copy));
    let thread = thread::Builder::new().name(format!("abci-{number}")).stack_size(STACK_BYTES);
    let spawned = entered.and_then(|()| {
        thread.spawn_scoped(scope, move || {
            stop::guard(number, shared.log.clone(), || serve(number, application, stream, peer, shared));
        })
    });
    if let Err(error) = spawned {
        shared.live.leave(number);
        tracing::warn!(%peer, %error, "cannot serve a connection");
    }
}

fn serve<A: Application>(number: u64, application: A, stream: Stream, peer: Peer, shared: &Shared) {
    shared.metrics.opened();
    mark(shared, number, Event::Opened);
    tracing::info!(connection = number, %peer, "connection opened");
    let ending = Connection::new(number, application, stream, shared).serve();
    match &ending {
        Ending::Closed | Ending::Stopping => {
            tracing::info!(connection = number, %peer, reason = %ending, "connection closed");
        }
        Ending::CutShort | Ending::Broken(_) => {
            tracing::warn!(connection = number, %peer, reason = %ending, "connection broken");
        }
        Ending::Refused(_) => {
            shared.metrics.frame_refused();
            tracing::warn!(connection = number, %peer, reason = %ending, "refused, connection closed");
        }
    }
    mark(shared, number, Event::Closed);
    shared.live.leave(number);
    shared.metrics.closed();
}

fn mark(shared: &Shared, number: u64, event: Event) {
    if let Some(log) = &shared.log {
        log.write(&Line::mark(number, event));
    }
}
