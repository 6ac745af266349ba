//! A loopback HTTP exporter: `GET /metrics` and `GET /health`, nothing else.
//!
//! Made for a scraper and a supervisor on the same machine: no keep-alive, no compression, no TLS. A few workers
//! share the listener, so that a slow client does not keep a health probe waiting.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::wake::Bell;

/// How many requests are answered at a time.
const WORKERS: usize = 4;
/// Longest request head, in bytes: ten times what a scraper sends.
const MAX_HEAD: usize = 8 * 1024;
/// How long a client may take for its request, and again for reading the answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Rest after a failed accept, so that a process out of file descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What `GET /health` answers, with a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Status 200.
    Up(String),
    /// Status 503.
    Down(String),
}

/// Why an exporter does not start.
#[derive(Debug, Error)]
pub enum ExporterError {
    /// The address can be reached from other machines.
    #[error(
        "{0} can be reached from other machines: metrics are served on loopback, behind a proxy of your choice"
    )]
    NotLoopback(SocketAddr),
    /// The system refuses.
    #[error("cannot serve metrics on {address}")]
    System {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// A running exporter; dropping it ends it.
#[derive(Debug)]
pub struct Exporter {
    address: SocketAddr,
    bell: Arc<Bell>,
    workers: Vec<JoinHandle<()>>,
}

impl Exporter {
    /// Where it listens; a port of 0 has become the real one.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.bell.ring();
        for worker in self.workers.drain(..) {
            // A worker catches the panics of its callbacks, so there is nothing to hand on.
            let _ = worker.join();
        }
    }
}

/// What the two pages say.
struct Pages<M, H> {
    metrics: M,
    health: H,
}

/// Serves `metrics()` on `/metrics` and `health()` on `/health` from background threads.
///
/// # Errors
/// An address outside loopback, or one that the system refuses.
pub fn serve<M, H>(address: SocketAddr, metrics: M, health: H) -> Result<Exporter, ExporterError>
where
    M: Fn() -> String + Send + Sync + 'static,
    H: Fn() -> Health + Send + Sync + 'static,
{
    if !address.ip().is_loopback() {
        return Err(ExporterError::NotLoopback(address));
    }
    start(address, Arc::new(Pages { metrics, health }))
        .map_err(|source| ExporterError::System { address, source })
}

fn start<M, H>(address: SocketAddr, pages: Arc<Pages<M, H>>) -> io::Result<Exporter>
where
    M: Fn() -> String + Send + Sync + 'static,
    H: Fn() -> Health + Send + Sync + 'static,
{
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let mut exporter = Exporter { address, bell: Arc::new(Bell::new()?), workers: Vec::new() };
    for _ in 0..WORKERS {
        let (listener, bell, pages) = (listener.try_clone()?, Arc::clone(&exporter.bell), Arc::clone(&pages));
        let worker = thread::Builder::new().name("metrics".to_owned());
        exporter.workers.push(worker.spawn(move || work(&listener, &bell, &pages))?);
    }
    Ok(exporter)
}

fn work<M: Fn() -> String, H: Fn() -> Health>(listener: &TcpListener, bell: &Bell, pages: &Pages<M, H>) {
    while bell.wait(listener).unwrap_or(false) {
        match listener.accept() {
            Ok((stream, _)) => {
                if let Err(error) = answer(stream, pages) {
                    tracing::debug!(%error, "a client of the metrics went away");
                }
            }
            // Another worker was faster.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a client of the metrics");
                thread::sleep(ACCEPT_PAUSE);
            }
        }
    }
}

fn answer<M: Fn() -> String, H: Fn() -> Health>(
    mut stream: TcpStream,
    pages: &Pages<M, H>,
) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let reply = match read_head(&mut stream)? {
        Some(head) => reply(&head, pages),
        None => Reply::plain("431 Request Header Fields Too Large", "the request is too long".to_owned()),
    };
    stream.write_all(reply.to_string().as_bytes())
}

/// Reads up to the empty line behind the headers; `None` where that is too far away.
fn read_head(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let deadline = Instant::now() + PATIENCE;
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        if head.len() > MAX_HEAD {
            return Ok(None);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(chunk.get(..read).unwrap_or_default());
    }
    Ok(Some(head))
}

fn reply<M: Fn() -> String, H: Fn() -> Health>(head: &[u8], pages: &Pages<M, H>) -> Reply {
    let line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ');
    let (verb, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if verb != "GET" {
        return Reply::plain("405 Method Not Allowed", "only GET is answered".to_owned());
    }
    let page = match target.split('?').next().unwrap_or_default() {
        "/metrics" => catch_unwind(AssertUnwindSafe(|| Reply::metrics((pages.metrics)()))),
        "/health" => catch_unwind(AssertUnwindSafe(|| Reply::health((pages.health)()))),
        _ => Ok(Reply::plain("404 Not Found", "there are /metrics and /health".to_owned())),
    };
    page.unwrap_or_else(|_| Reply::plain("500 Internal Server Error", "the page cannot be made".to_owned()))
}

/// An HTTP answer; its text form is what is sent.
struct Reply {
    status: &'static str,
    kind: &'static str,
    body: String,
}

impl Reply {
    fn plain(status: &'static str, body: String) -> Self {
        Self { status, kind: "text/plain; charset=utf-8", body: body + "\n" }
    }

    fn metrics(body: String) -> Self {
        Self { status: "200 OK", kind: "text/plain; version=0.0.4; charset=utf-8", body }
    }

    fn health(health: Health) -> Self {
        match health {
            Health::Up(text) => Self::plain("200 OK", text),
            Health::Down(text) => Self::plain("503 Service Unavailable", text),
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, kind, body } = self;
        let length = body.len();
        write!(f, "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n")?;
        write!(f, "Connection: close\r\n\r\n{body}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;

    fn ask(exporter: &Exporter, request: &str) -> String {
        let mut stream = TcpStream::connect(exporter.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        // A refused request may be reset behind its answer.
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    fn exporter(health: Health) -> Exporter {
        let address = "127.0.0.1:0".parse().unwrap();
        serve(address, || "abci_height 7\n".to_owned(), move || health.clone()).unwrap()
    }

    #[test]
    fn answers_its_two_pages_and_refuses_the_rest() {
        let up = exporter(Health::Up("height 7".to_owned()));
        let check = |request: &str, status: &str, body: &str| {
            let answer = ask(&up, request);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{request:?}: {answer}");
            assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{request:?}: {answer}");
        };
        check("GET /metrics HTTP/1.1\r\n\r\n", "200 OK", "abci_height 7\n");
        check("GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "abci_height 7\n");
        check("GET /health HTTP/1.0\r\n\r\n", "200 OK", "height 7\n");
        check("GET / HTTP/1.1\r\n\r\n", "404 Not Found", "there are /metrics and /health\n");
        check("POST /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed", "only GET is answered\n");
        check("\r\n\r\n", "405 Method Not Allowed", "only GET is answered\n");
        let long = format!("GET /metrics HTTP/1.1\r\n{}", "x".repeat(MAX_HEAD + 1));
        assert!(ask(&up, &long).starts_with("HTTP/1.1 431"), "a long head is refused");
    }

    #[test]
    fn an_ill_node_answers_503() {
        let down = exporter(Health::Down("no block for 60 s".to_owned()));
        let answer = ask(&down, "GET /health HTTP/1.1\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.ends_with("no block for 60 s\n"), "{answer}");
    }

    #[test]
    fn a_silent_client_keeps_nobody_waiting() {
        let up = exporter(Health::Up("height 7".to_owned()));
        let silent: Vec<_> = (1..WORKERS).map(|_| TcpStream::connect(up.address()).unwrap()).collect();
        let asked = Instant::now();
        assert!(ask(&up, "GET /health HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200"));
        assert!(asked.elapsed() < PATIENCE, "{:?}", asked.elapsed());
        drop(silent);
    }

    #[test]
    fn a_panic_in_a_callback_is_answered_and_survived() {
        let address = "127.0.0.1:0".parse().unwrap();
        let up = serve(address, || panic!("no text"), || Health::Up(String::new())).unwrap();
        for _ in 0..=WORKERS {
            assert!(ask(&up, "GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 500"));
        }
        assert!(ask(&up, "GET /health HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn refuses_an_address_that_others_can_reach() {
        let address = "0.0.0.0:0".parse().unwrap();
        let refused = serve(address, String::new, || Health::Up(String::new()));
        assert!(matches!(refused, Err(ExporterError::NotLoopback(_))));
    }
}
