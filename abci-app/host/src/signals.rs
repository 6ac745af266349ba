//! A process ends gracefully when it is asked to: SIGTERM from a supervisor, SIGINT from a terminal.

use std::{io, thread};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

/// Calls `stop` once, on a thread of its own, when the process is asked to end.
///
/// # Errors
/// The system gives no thread or no signals.
pub fn on_stop(stop: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let wait = move || {
        if signals.forever().next().is_some() {
            tracing::info!("stopping");
            stop();
        }
    };
    thread::Builder::new().name("signals".into()).spawn(wait).map(drop)
}
