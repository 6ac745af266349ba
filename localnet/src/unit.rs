//! Programs of a host that live and die together, such as CometBFT and its application.

use std::ffi::{OsStr, OsString};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::process::{Launch, Process};
use crate::{Error, file};

/// How long a program may take until it listens. It may have a large state to open.
const READY_WAIT: Duration = Duration::from_secs(60);
/// How long a program waits for another one that it needs, before that is tried again.
const NEED_WAIT: Duration = Duration::from_secs(10);
/// How often a socket or a port is looked for.
const READY_POLL: Duration = Duration::from_millis(5);
/// How long a single try to connect may take. On loopback the answer comes at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a program may take to stop when asked: CometBFT closes its databases, the application writes what it holds.
const STOP_GRACE: Duration = Duration::from_secs(10);
/// How long CometBFT may take to stop when its application is gone. It often never does.
const ORPHAN_GRACE: Duration = Duration::from_secs(2);
/// A log beyond this size is begun anew; the old one stays beside it.
const LOG_LIMIT: u64 = 64 << 20;
/// How many lines of a log an error shows.
const TAIL_LINES: usize = 12;

/// What a program is to its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Documents,
    App,
    Cometbft,
}

/// How it is known that a program serves.
#[derive(Debug)]
pub(crate) enum Ready {
    /// Nothing waits for it.
    AtOnce,
    /// This unix socket is there.
    Socket(PathBuf),
    /// This port of 127.0.0.1 accepts connections.
    Port(u16),
}

/// A program, and the process while it runs.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) role: Role,
    /// What people call it.
    pub(crate) title: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) log: PathBuf,
    /// A port of another unit that must accept connections before this program is started.
    pub(crate) needs: Option<u16>,
    pub(crate) ready: Ready,
    pub(crate) process: Option<Process>,
}

/// Programs in the order in which they start; they stop the other way round.
#[derive(Debug)]
pub(crate) struct Unit {
    /// The host's name.
    name: String,
    launcher: PathBuf,
    programs: Vec<Program>,
}

impl Unit {
    /// A unit that does not run yet; `launcher` is the program `localnet`.
    pub(crate) fn new(name: String, launcher: PathBuf, programs: Vec<Program>) -> Self {
        Self { name, launcher, programs }
    }

    /// The host's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The processes that run.
    pub(crate) fn ids(&self) -> Vec<(Role, u32)> {
        self.programs
            .iter()
            .filter_map(|program| Some((program.role, program.process.as_ref()?.id())))
            .collect()
    }

    /// Starts one program after the other, each when the one before it serves.
    pub(crate) fn start(&mut self) -> Result<(), Error> {
        self.programs.iter_mut().try_for_each(|program| program.start(&self.name, &self.launcher))
    }

    /// What ended by itself, if anything did.
    pub(crate) fn death(&mut self) -> Option<Error> {
        let name = &self.name;
        self.programs.iter_mut().find_map(|program| {
            let status = program.process.as_mut()?.ended()?;
            Some(program.error(name, format!("ended by itself ({status})")))
        })
    }

    /// Stops everything: CometBFT before its application, for the other way round it would hang.
    pub(crate) fn stop(&mut self) {
        self.end(|_| STOP_GRACE);
    }

    /// Ends what is left after a program died.
    pub(crate) fn bury(&mut self) {
        self.end(|role| if role == Role::Cometbft { ORPHAN_GRACE } else { STOP_GRACE });
    }

    fn end(&mut self, grace: impl Fn(Role) -> Duration) {
        for program in self.programs.iter_mut().rev() {
            if let Some(mut process) = program.process.take()
                && !process.stop(grace(program.role))
            {
                let log = program.log.display();
                tracing::warn!(host = self.name, %log, "{} had to be killed", program.title);
            }
        }
    }

    /// Ends all programs as a power cut would.
    pub(crate) fn kill(&mut self) {
        // All get the signal before any is waited for.
        self.signal(Signal::KILL);
        for program in &mut self.programs {
            program.process = None;
        }
    }

    /// Ends one program at once and leaves the others without it. `false` when there is no such process.
    pub(crate) fn kill_only(&mut self, role: Role) -> bool {
        let program = self.programs.iter_mut().find(|program| program.role == role);
        program.and_then(|program| program.process.as_mut()).map(Process::kill).is_some()
    }

    /// Makes all programs stand still or go on.
    pub(crate) fn signal(&mut self, signal: Signal) {
        for process in self.programs.iter_mut().rev().filter_map(|program| program.process.as_mut()) {
            process.signal(signal);
        }
    }

    /// Keeps the logs within their size.
    pub(crate) fn trim_logs(&self) {
        for program in &self.programs {
            // Only a full disk or a missing log gets here, and neither is worth ending a host.
            let _ = file::trim_log(&program.log, LOG_LIMIT);
        }
    }
}

impl Program {
    fn start(&mut self, host: &str, launcher: &Path) -> Result<(), Error> {
        if let Some(port) = self.needs {
            self.wait_for_need(host, port)?;
        }
        if let Ready::Socket(socket) = &self.ready {
            // A killed application leaves its socket behind, and CometBFT must not connect to that.
            file::remove(socket)?;
        }
        let arguments: Vec<&OsStr> = self.arguments.iter().map(OsString::as_os_str).collect();
        let launch = Launch { launcher, program: &self.path, arguments: &arguments, log: &self.log };
        self.process = Some(Process::start(&launch)?);
        self.wait_ready(host)
    }

    fn wait_for_need(&self, host: &str, port: u16) -> Result<(), Error> {
        let deadline = Instant::now() + NEED_WAIT;
        while !accepts(port) {
            if Instant::now() >= deadline {
                let what = format!(
                    "was not started, for nothing listened on port {port} within {} s",
                    NEED_WAIT.as_secs()
                );
                return Err(self.error(host, what));
            }
            sleep(READY_POLL);
        }
        Ok(())
    }

    /// CometBFT tries a missing socket again only after three seconds, so what it needs is waited for.
    fn wait_ready(&mut self, host: &str) -> Result<(), Error> {
        let deadline = Instant::now() + READY_WAIT;
        while !self.ready.now() {
            if let Some(status) = self.process.as_mut().and_then(Process::ended) {
                return Err(self.error(host, format!("ended ({status})")));
            }
            if Instant::now() >= deadline {
                let what =
                    format!("did not listen on {} within {} s", self.ready.place(), READY_WAIT.as_secs());
                return Err(self.error(host, what));
            }
            sleep(READY_POLL);
        }
        Ok(())
    }

    fn error(&self, host: &str, what: String) -> Error {
        Error::Part {
            part: self.title,
            host: host.to_owned(),
            what,
            log: self.log.clone(),
            tail: file::tail(&self.log, TAIL_LINES),
        }
    }
}

impl Ready {
    fn now(&self) -> bool {
        match self {
            Self::AtOnce => true,
            Self::Socket(socket) => socket.exists(),
            Self::Port(port) => accepts(*port),
        }
    }

    fn place(&self) -> String {
        match self {
            Self::AtOnce => "anything".to_owned(),
            Self::Socket(_) => "its socket".to_owned(),
            Self::Port(port) => format!("port {port}"),
        }
    }
}

/// Whether something listens on a port of 127.0.0.1.
fn accepts(port: u16) -> bool {
    TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), CONNECT_TIMEOUT).is_ok()
}
