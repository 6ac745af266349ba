//! A program of a host that a drill starts and ends by itself, for orders that `localnet` knows no word for.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use localnet::Binaries;

/// How often it is looked whether a program has ended.
const LOOK: Duration = Duration::from_millis(5);

/// A running program. It dies with the thread that started it, and when it is dropped.
pub(crate) struct Program {
    child: Child,
}

impl Program {
    /// Starts `program` in its home, with its output at the end of `log`.
    pub(crate) fn start(
        binaries: &Binaries,
        program: &Path,
        home: &Path,
        log: &Path,
        variable: Option<(&str, String)>,
    ) -> Result<Self> {
        let output = OpenOptions::new().create(true).append(true).open(log)?;
        let errors = output.try_clone()?;
        let child = Command::new(&binaries.localnet)
            .args(["child", "--parent", &std::process::id().to_string(), "--"])
            .arg(program)
            .args(["start", "--home"])
            .arg(home)
            .envs(variable)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        Ok(Self { child })
    }

    /// Its process id, which stays its own until [`Program::ended`] has said that it ended.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended.
    pub(crate) fn ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Waits until it has ended by itself; `false` when it has not in time.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<bool> {
        let deadline = Instant::now() + limit;
        while !self.ended()? {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            sleep(LOOK);
        }
        Ok(true)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}
