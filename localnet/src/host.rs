//! One host: CometBFT and its application, which live and die together.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::process::{Launch, Process};
use crate::{Application, Binaries, Error, HostFiles, file};

/// How long the application may take until its socket is there. It may have a large state to open.
const SOCKET_WAIT: Duration = Duration::from_secs(60);
/// How often the socket is looked for.
const SOCKET_POLL: Duration = Duration::from_millis(5);
/// How long a program may take to stop when asked: CometBFT closes its databases, the application writes what it holds.
const STOP_GRACE: Duration = Duration::from_secs(10);
/// How long CometBFT may take to stop when its application is gone. It often never does.
const ORPHAN_GRACE: Duration = Duration::from_secs(2);
/// A log beyond this size is begun anew; the old one stays beside it.
const LOG_LIMIT: u64 = 64 << 20;
/// How many lines of a log an error shows.
const TAIL_LINES: usize = 12;

/// The two programs of a host.
#[derive(Debug)]
pub(crate) struct Host {
    files: HostFiles,
    application: Application,
    binaries: Binaries,
    app: Option<Process>,
    cometbft: Option<Process>,
}

impl Host {
    /// A host that does not run yet.
    pub(crate) fn new(files: HostFiles, application: Application, binaries: Binaries) -> Self {
        Self { files, application, binaries, app: None, cometbft: None }
    }

    /// The host's files.
    pub(crate) fn files(&self) -> &HostFiles {
        &self.files
    }

    /// Process ids of CometBFT and of the application.
    pub(crate) fn ids(&self) -> (Option<u32>, Option<u32>) {
        (self.cometbft.as_ref().map(Process::id), self.app.as_ref().map(Process::id))
    }

    /// Starts the application, waits for its socket, and starts CometBFT.
    pub(crate) fn start(&mut self) -> Result<(), Error> {
        if self.application == Application::Ledger {
            self.start_app()?;
        }
        let home = self.files.cometbft.as_os_str();
        self.cometbft = Some(Process::start(&Launch {
            launcher: &self.binaries.localnet,
            program: &self.binaries.cometbft,
            arguments: &[OsStr::new("start"), OsStr::new("--home"), home],
            log: &self.files.cometbft_log,
        })?);
        Ok(())
    }

    fn start_app(&mut self) -> Result<(), Error> {
        // A killed application leaves its socket behind, and CometBFT must not connect to that.
        file::remove(&self.files.socket)?;
        let program = self.binaries.abci_app()?;
        let app = self.app.insert(Process::start(&Launch {
            launcher: &self.binaries.localnet,
            program,
            arguments: &[OsStr::new("start"), OsStr::new("--home"), self.files.app.as_os_str()],
            log: &self.files.app_log,
        })?);
        // CometBFT tries a missing socket again only after three seconds, so it is started when the socket is there.
        let deadline = Instant::now() + SOCKET_WAIT;
        while !self.files.socket.exists() {
            if let Some(status) = app.ended() {
                return Err(part_error(
                    "the application",
                    &self.files.name,
                    format!("ended ({status})"),
                    app.log(),
                ));
            }
            if Instant::now() >= deadline {
                let what = format!("did not listen on its socket within {} s", SOCKET_WAIT.as_secs());
                return Err(part_error("the application", &self.files.name, what, app.log()));
            }
            sleep(SOCKET_POLL);
        }
        Ok(())
    }

    /// What ended by itself, if anything did.
    pub(crate) fn death(&mut self) -> Option<Error> {
        let name = &self.files.name;
        let parts = [("the application", self.app.as_mut()), ("CometBFT", self.cometbft.as_mut())];
        parts.into_iter().find_map(|(part, process)| {
            let process = process?;
            let status = process.ended()?;
            Some(part_error(part, name, format!("ended by itself ({status})"), process.log()))
        })
    }

    /// Stops CometBFT, then the application: the other way round CometBFT would hang.
    pub(crate) fn stop(&mut self) {
        self.end(STOP_GRACE);
    }

    /// Ends what is left after one of the two died.
    pub(crate) fn bury(&mut self) {
        self.end(ORPHAN_GRACE);
    }

    fn end(&mut self, cometbft_grace: Duration) {
        for (process, grace) in [(self.cometbft.take(), cometbft_grace), (self.app.take(), STOP_GRACE)] {
            if let Some(mut process) = process
                && !process.stop(grace)
            {
                tracing::warn!(host = self.files.name, log = %process.log().display(), "a program had to be killed");
            }
        }
    }

    /// Ends both programs as a power cut would.
    pub(crate) fn kill(&mut self) {
        // Both get the signal before either is waited for.
        self.signal(Signal::KILL);
        (self.cometbft, self.app) = (None, None);
    }

    /// Ends the application at once and leaves CometBFT without it. `false` when there is no such process.
    pub(crate) fn kill_app(&mut self) -> bool {
        self.app.as_mut().map(Process::kill).is_some()
    }

    /// Ends CometBFT at once and leaves the application without it.
    pub(crate) fn kill_cometbft(&mut self) {
        if let Some(cometbft) = &mut self.cometbft {
            cometbft.kill();
        }
    }

    /// Makes both programs stand still or go on.
    pub(crate) fn signal(&mut self, signal: Signal) {
        for process in [&mut self.cometbft, &mut self.app].into_iter().flatten() {
            process.signal(signal);
        }
    }

    /// Keeps the logs within their size.
    pub(crate) fn trim_logs(&self) {
        for log in [&self.files.cometbft_log, &self.files.app_log] {
            // Only a full disk or a missing log gets here, and neither is worth ending a host.
            let _ = file::trim_log(log, LOG_LIMIT);
        }
    }
}

fn part_error(part: &'static str, host: &str, what: String, log: &std::path::Path) -> Error {
    Error::Part {
        part,
        host: host.to_owned(),
        what,
        log: PathBuf::from(log),
        tail: file::tail(log, TAIL_LINES),
    }
}
