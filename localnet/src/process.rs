//! One program of a host: started into a process group of its own, its output in a log, ended for certain.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::{Error, file};

/// How often a stopping program is looked at.
const POLL: Duration = Duration::from_millis(10);
/// How long a killed program may take to be gone. Only a broken disk makes one take longer.
const KILL_WAIT: Duration = Duration::from_secs(10);

/// A running program. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pid_file: PathBuf,
}

/// How to start a program.
pub(crate) struct Launch<'a> {
    /// The program `localnet`, which makes the child die with its parent.
    pub(crate) launcher: &'a Path,
    /// The program itself.
    pub(crate) program: &'a Path,
    /// Its arguments.
    pub(crate) arguments: &'a [&'a OsStr],
    /// Where its output is appended.
    pub(crate) log: &'a Path,
}

impl Process {
    /// Starts a program.
    ///
    /// The calling thread is its parent in the eyes of the kernel: the program dies with this thread.
    pub(crate) fn start(launch: &Launch<'_>) -> Result<Self, Error> {
        let log = launch.log;
        let output = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(log)
            .map_err(Error::io("open the log", log))?;
        let errors = output.try_clone().map_err(Error::io("open the log", log))?;
        let child = Command::new(launch.launcher)
            .args(["child", "--parent", &std::process::id().to_string(), "--"])
            .arg(launch.program)
            .args(launch.arguments)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(Error::io("start", launch.launcher))?;
        let pid_file = log.with_extension("pid");
        let process = Self { child, pid_file };
        file::write(&process.pid_file, process.id().to_string().as_bytes(), 0o600)?;
        Ok(process)
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How the program ended; `None` while it runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        // `try_wait` fails only when the child was already waited for, which this type alone does.
        self.child.try_wait().ok().flatten()
    }

    /// Sends a signal to the program and whatever it started.
    pub(crate) fn signal(&mut self, signal: Signal) {
        if self.ended().is_some() {
            return;
        }
        let group = i32::try_from(self.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // The only failure is that nobody is left to take the signal, which is what a caller wants to know least.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Asks the program to end, and kills it when it has not after `grace`. Returns whether it ended by itself.
    pub(crate) fn stop(&mut self, grace: Duration) -> bool {
        self.signal(Signal::TERM);
        // A program that stands still takes no other signal.
        self.signal(Signal::CONT);
        let ended = self.wait(grace);
        if !ended {
            self.kill();
        }
        ended
    }

    /// Ends the program at once and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.wait(KILL_WAIT);
    }

    fn wait(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while self.ended().is_none() {
            if Instant::now() >= deadline {
                return false;
            }
            sleep(POLL);
        }
        // A file that stays behind is noticed as stale by whoever reads it.
        let _ = file::remove(&self.pid_file);
        true
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Ends the program that a pid file names, if it is still one of ours; returns whether it is gone.
pub(crate) fn end_leftover(pid_file: &Path, home: &Path) -> bool {
    let deadline = Instant::now() + KILL_WAIT;
    while let Some(pid) = leftover(pid_file, home) {
        if Instant::now() >= deadline {
            return false;
        }
        // It may have ended since it was looked up, which is as good.
        let _ = kill_process(pid, Signal::KILL);
        sleep(POLL);
    }
    true
}

/// The process that a pid file names, if its command line holds `home`.
///
/// Numbers are used again, so that a number alone could name anybody's process.
fn leftover(pid_file: &Path, home: &Path) -> Option<Pid> {
    let pid: i32 = std::fs::read_to_string(pid_file).ok()?.trim().parse().ok()?;
    // A process that ended and was not waited for has an empty command line.
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let home = home.as_os_str().as_encoded_bytes();
    command.split(|byte| *byte == 0).any(|argument| argument == home).then(|| Pid::from_raw(pid))?
}
