//! How the supervisor is told what to do: one JSON value a line, there and back, over a unix socket of mode 0600.
//!
//! ```text
//! → {"verb":"perturb","host":3,"perturbation":"pause=5"}
//! ← {"reply":"done"}
//! ```

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Beginning, Error, Layer, Layout, Perturbation, Status, file};

/// The most bytes of a line. A status of ten hosts in trouble is below 32 KiB.
const MAX_LINE: u64 = 256 << 10;
/// How long the supervisor waits for a line of somebody who has connected.
const READ_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a caller waits for the answer: starting a host may take over a minute on each layer.
const REPLY_TIMEOUT: Duration = Duration::from_secs(240);

/// What the supervisor can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// How is everything?
    Status,
    /// Disturb one host.
    Perturb {
        /// Which one, counted from 0.
        host: usize,
        /// How.
        perturbation: Perturbation,
    },
    /// Add a host without a vote, with every layer that runs.
    Join {
        /// Where it begins.
        beginning: Beginning,
    },
    /// Stop everything and end.
    Stop,
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "lowercase")]
pub enum Reply {
    /// It is done.
    Done,
    /// This is how everything is.
    Status(Status),
    /// This host joined.
    Joined {
        /// Its number.
        host: usize,
        /// The layers that began from their first block, since they are too young to have a snapshot.
        without_snapshot: Vec<Layer>,
    },
    /// It could not be done.
    Refused {
        /// Why.
        reason: String,
    },
}

/// Asks the supervisor of a network.
///
/// # Errors
/// None runs, it does not answer, or it refuses.
pub fn ask(layout: &Layout, request: &Request) -> Result<Reply, Error> {
    let path = layout.control_socket();
    let mut stream = match UnixStream::connect(&path) {
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::ConnectionRefused].contains(&error.kind()) => {
            return Err(Error::NotRunning(layout.root().to_owned()));
        }
        other => other.map_err(Error::io("connect to", &path))?,
    };
    stream.set_read_timeout(Some(REPLY_TIMEOUT)).map_err(Error::io("read from", &path))?;
    send(&mut stream, request).map_err(Error::io("write to", &path))?;
    match receive(&stream).map_err(Error::io("read the answer from", &path))? {
        Some(Reply::Refused { reason }) => Err(Error::Refused(reason)),
        Some(reply) => Ok(reply),
        None => Err(Error::Protocol("it ended without a word".to_owned())),
    }
}

/// How a network is doing.
///
/// # Errors
/// As [`ask`].
pub fn status(layout: &Layout) -> Result<Status, Error> {
    match ask(layout, &Request::Status)? {
        Reply::Status(status) => Ok(status),
        other => Err(Error::Protocol(format!("{other:?}"))),
    }
}

/// The listening end.
#[derive(Debug)]
pub(crate) struct Server {
    listener: UnixListener,
}

impl Server {
    /// Opens the socket. The caller holds the claim on the folder, so that an old socket is a dead one.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        file::remove(path)?;
        let listener = UnixListener::bind(path).map_err(Error::io("listen on", path))?;
        // The folder is closed to others already; this says the same of the socket.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
            .map_err(Error::io("restrict", path))?;
        Ok(Self { listener })
    }

    /// Answers one caller after the other until one was told that everything has stopped.
    pub(crate) fn serve(&self, answer: impl Fn(Request) -> Reply) {
        loop {
            // Too many open files, or a caller that has gone: the next one may do better.
            let Ok((stream, _)) = self.listener.accept() else { continue };
            match converse(stream, &answer) {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "a caller of the control socket got no answer"),
            }
        }
    }
}

/// Answers one request; returns whether it was to stop, and was done.
fn converse(mut stream: UnixStream, answer: impl Fn(Request) -> Reply) -> io::Result<bool> {
    stream.set_read_timeout(Some(READ_TIMEOUT))?;
    stream.set_write_timeout(Some(READ_TIMEOUT))?;
    let request = match receive::<Request>(&stream) {
        Ok(Some(request)) => request,
        Ok(None) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            send(
                &mut stream,
                &Reply::Refused { reason: format!("the request was not understood: {error}") },
            )?;
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    let stop = request == Request::Stop;
    let reply = answer(request);
    let stopped = stop && reply == Reply::Done;
    // Whether or not the caller still listens, everything has stopped.
    let sent = send(&mut stream, &reply);
    if stopped { Ok(true) } else { sent.map(|()| false) }
}

fn send(stream: &mut UnixStream, value: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// Reads one line; `None` when the other side closed before it began one.
fn receive<T: DeserializeOwned>(stream: &UnixStream) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    BufReader::new(stream).take(MAX_LINE).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    let value =
        serde_json::from_slice(&line).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use std::thread;

    use super::*;

    #[test]
    fn answers_until_it_is_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path()).unwrap();
        let path = layout.control_socket();
        assert!(matches!(ask(&layout, &Request::Status), Err(Error::NotRunning(_))));
        let server = Server::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let thread = thread::spawn(move || {
            server.serve(|request| match request {
                Request::Status => {
                    let chain_id = "c".to_owned();
                    Reply::Status(Status { chain_id, ready: true, hosts: Vec::new(), database: None })
                }
                Request::Perturb { host, .. } => Reply::Refused { reason: format!("no host {host}") },
                Request::Join { .. } => Reply::Joined { host: 4, without_snapshot: Vec::new() },
                Request::Stop => Reply::Done,
            });
        });
        assert_eq!(status(&layout).unwrap().chain_id, "c");
        let request = Request::Perturb { host: 9, perturbation: Perturbation::Kill };
        assert_eq!(ask(&layout, &request).unwrap_err().to_string(), "no host 9");
        // Rubbish, an endless line and a caller who leaves at once do no harm.
        for rubbish in ["nonsense\n".to_owned(), "x".repeat(300_000), String::new()] {
            let mut stream = UnixStream::connect(&path).unwrap();
            let _ = stream.write_all(rubbish.as_bytes());
        }
        assert_eq!(ask(&layout, &Request::Stop).unwrap(), Reply::Done);
        thread.join().unwrap();
        assert!(matches!(status(&layout), Err(Error::NotRunning(_))));
    }

    #[test]
    fn requests_have_one_form() {
        let check = |request: Request, text: &str| {
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
            assert_eq!(serde_json::from_str::<Request>(text).unwrap(), request);
        };
        check(Request::Status, r#"{"verb":"status"}"#);
        check(Request::Stop, r#"{"verb":"stop"}"#);
        let beginning = Beginning::StateSync;
        check(Request::Join { beginning }, r#"{"verb":"join","beginning":"state-sync"}"#);
        let perturbation = "pause=5".parse().unwrap();
        check(
            Request::Perturb { host: 3, perturbation },
            r#"{"verb":"perturb","host":3,"perturbation":"pause=5"}"#,
        );
    }
}
