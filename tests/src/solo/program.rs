//! A program that ends with whoever started it, and what it uses.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use localnet::Binaries;

use crate::usage;

/// How long a program may take to start or to stop.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A program, ended when it is dropped.
pub struct Running(Child);

/// A command that starts `program` so that it ends with this process, however that ends.
///
/// # Errors
/// The programs of a network were not built.
pub fn child(program: &Path) -> Result<Command> {
    let mut command = Command::new(Binaries::find()?.localnet);
    command.args(["child", "--parent", &std::process::id().to_string(), "--"]).arg(program);
    Ok(command)
}

impl Running {
    /// Starts a command.
    ///
    /// # Errors
    /// The system refuses.
    pub fn start(mut command: Command) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("starting {command:?}"))?;
        Ok(Self(child))
    }

    /// Starts the bundled document server on a free port; gives the address that it prints.
    pub(super) fn documents(folder: &Path) -> Result<(Self, String)> {
        let mut command = child(Binaries::find()?.documents()?)?;
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(folder).stdout(Stdio::piped());
        let mut running = Self::start(command)?;
        let output = running.0.stdout.take().context("it has an output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.strip_prefix("listening on ").and_then(|rest| rest.split(',').next());
        Ok((running, address.with_context(|| line.clone())?.to_owned()))
    }

    /// Asks it to end, and waits.
    ///
    /// # Errors
    /// It goes on.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.0.id().to_string()).status()?;
        let begin = Instant::now();
        while self.0.try_wait()?.is_none() {
            ensure!(begin.elapsed() < PATIENCE, "process {} does not end", self.0.id());
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Resident memory in MB.
    ///
    /// # Errors
    /// The process is gone.
    pub fn memory(&self) -> Result<f64> {
        usage::memory(self.0.id())
    }

    /// Seconds that a core has worked for it so far, its own and the system's.
    ///
    /// # Errors
    /// The process is gone.
    pub fn worked(&self) -> Result<f64> {
        usage::worked(self.0.id())
    }

    /// Waits until it ends by itself, well; gives how many seconds a core has worked for it.
    ///
    /// # Errors
    /// It fails.
    pub fn finish(mut self) -> Result<f64> {
        loop {
            // A process that has ended keeps its times until it is waited for.
            let worked = self.worked()?;
            if let Some(status) = self.0.try_wait()? {
                ensure!(status.success(), "process {} ended with {status}", self.0.id());
                return Ok(worked);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
