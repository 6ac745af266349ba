//! The process that owns a network which `localnet up` started, and how it tells that command what happens.

use std::fs::OpenOptions;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::control::{Reply, Request, Server};
use crate::{Binaries, Error, Joined, Layers, Layout, Network, Options, Progress, Running, file};

/// The most bytes of a line to the starting command.
const MAX_LINE: u64 = 256 << 10;
/// How long the last answer may take when the network was stopped before it was ready.
const LAST_WORDS: Duration = Duration::from_secs(30);
/// How many lines of its log are shown when the supervisor ended without a word.
const TAIL_LINES: usize = 12;

/// A line from the supervisor to the command that started it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event {
    Progress { text: String },
    Ready,
    Failed { reason: String },
}

/// Starts the supervisor of the network that lies ready in the folder, and waits until that network is ready.
///
/// # Errors
/// The network did not become ready: nothing of it runs.
pub(crate) fn start(
    layout: &Layout,
    layers: &Layers,
    binaries: &Binaries,
    progress: &Progress,
) -> Result<(), Error> {
    let log = layout.supervisor_log();
    let output = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&log)
        .map_err(Error::io("open the log", &log))?;
    let mut child = Command::new(&binaries.localnet)
        .arg("--dir")
        .arg(layout.root())
        .args(["supervise", "--layers", &layers.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(output)
        .spawn()
        .map_err(Error::io("start", &binaries.localnet))?;
    let result = match child.stdout.take() {
        Some(events) => follow(layout, events, progress),
        None => Err(Error::Protocol("its output is not connected".to_owned())),
    };
    if result.is_err() {
        // It has said its last word and ends by itself.
        let _ = child.wait();
    }
    result
}

fn follow(layout: &Layout, events: impl io::Read, progress: &Progress) -> Result<(), Error> {
    let mut events = BufReader::new(events);
    let log = layout.supervisor_log();
    loop {
        let mut line = String::new();
        events.by_ref().take(MAX_LINE).read_line(&mut line).map_err(Error::io("follow", &log))?;
        if line.is_empty() {
            let end = file::tail(&log, TAIL_LINES);
            return Err(Error::Protocol(format!(
                "it ended without a word; the end of {} is\n{end}",
                log.display()
            )));
        }
        match serde_json::from_str(&line).map_err(|error| Error::Protocol(error.to_string()))? {
            Event::Progress { text } => progress(&text),
            Event::Ready => return Ok(()),
            Event::Failed { reason } => return Err(Error::Refused(reason)),
        }
    }
}

/// Tells the starting command; nobody may be listening any more, and then nobody needs to know.
fn tell(event: &Event) {
    let mut output = io::stdout().lock();
    let _ = serde_json::to_writer(&mut output, event);
    let _ = output.write_all(b"\n").and_then(|()| output.flush());
}

/// Is the supervisor: starts the network, serves the control socket, and ends when it is told to stop.
///
/// # Errors
/// The network did not become ready.
pub(crate) fn run(layout: &Layout, layers: Layers) -> Result<(), Error> {
    // A session of its own: closing the terminal, or a key pressed there, is no reason to end. It fails only for
    // a process that leads one already.
    let _ = rustix::process::setsid();
    let result = supervise(layout, layers);
    if let Err(error) = &result {
        tell(&Event::Failed { reason: error.to_string() });
    }
    // A socket that stays behind is refused by the kernel and replaced by the next supervisor.
    let _ = file::remove(&layout.control_socket());
    result
}

fn supervise(layout: &Layout, layers: Layers) -> Result<(), Error> {
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|source| Error::Io { action: "catch signals".to_owned(), source })?;
    let network = Network::open(layout)?.ok_or_else(|| Error::NotRunning(layout.root().to_owned()))?;
    let progress: Progress = Arc::new(|text| tell(&Event::Progress { text: text.to_owned() }));
    let options =
        Options { layout: layout.clone(), layers: Some(layers), progress, ..Options::new(layout.root())? };
    let running = Arc::new(network.launch(&options)?);
    let server = Server::open(&layout.control_socket())?;
    let (done, finished) = mpsc::channel();
    spawn("control", {
        let (running, done) = (running.clone(), done.clone());
        move || {
            server.serve(|request| answer(&running, request));
            // The receiver is gone only when the process ends.
            let _ = done.send(());
        }
    })?;
    spawn("signals", {
        let running = running.clone();
        move || {
            if signals.forever().next().is_some() {
                tracing::info!("stopping on a signal");
                // The hosts are killed when this process ends, whatever stopping them says.
                let _ = running.stop();
                let _ = done.send(());
            }
        }
    })?;
    match running.wait_ready() {
        Ok(()) => {
            tracing::info!(chain = running.record().chain_id, "the network is ready");
            tell(&Event::Ready);
            // Only when both senders are gone is there no message, and then nobody could stop this process.
            let _ = finished.recv();
            tracing::info!("the network has stopped");
            Ok(())
        }
        Err(Error::Stopped) => {
            // Whoever stopped it is being answered by the other thread.
            let _ = finished.recv_timeout(LAST_WORDS);
            Err(Error::Stopped)
        }
        Err(error) => Err(error),
    }
}

fn answer(running: &Running, request: Request) -> Reply {
    let result = match request {
        Request::Status => return Reply::Status(running.status()),
        Request::Perturb { host, perturbation } => running.perturb(host, perturbation),
        Request::Join { beginning } => match running.join_every_layer(beginning) {
            Ok(Joined { host, without_snapshot }) => return Reply::Joined { host, without_snapshot },
            Err(error) => Err(error),
        },
        Request::Stop => running.stop(),
    };
    match result {
        Ok(()) => Reply::Done,
        Err(error) => Reply::Refused { reason: error.to_string() },
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(drop).map_err(|source| Error::Io { action: "start a thread".to_owned(), source })
}
