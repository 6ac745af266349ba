//! A line on standard error while something takes more than a second; nothing where nobody looks at it.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinHandle, time::Instant};

/// When the line appears, and how often it changes.
const AFTER: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(250);

/// Shown until dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    task: Option<JoinHandle<()>>,
    shown: Arc<AtomicBool>,
}

impl Progress {
    /// Says what is being waited for, once it takes longer.
    pub(crate) fn start(what: impl Into<String>) -> Self {
        let (what, shown) = (what.into(), Arc::new(AtomicBool::new(false)));
        let seen = Arc::clone(&shown);
        let begun = Instant::now();
        let task = std::io::stderr().is_terminal().then(|| {
            tokio::spawn(async move {
                tokio::time::sleep(AFTER).await;
                loop {
                    seen.store(true, Ordering::Relaxed);
                    // A terminal that went away is no failure of the command.
                    let _ = write!(std::io::stderr(), "\r\x1b[K{what} … {} s", begun.elapsed().as_secs());
                    let _ = std::io::stderr().flush();
                    tokio::time::sleep(STEP).await;
                }
            })
        });
        Self { task, shown }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
        if self.shown.load(Ordering::Relaxed) {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
            let _ = std::io::stderr().flush();
        }
    }
}
