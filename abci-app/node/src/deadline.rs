//! A state that stops answering after a while, so that no question holds a thread for long.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use sirius_store::{Fault, Order, Read, Span, Visit};

/// How long a question may read.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Reads through to `state` until the time is over.
pub(crate) struct Deadline<R> {
    state: R,
    end: Instant,
}

impl<R> Deadline<R> {
    pub(crate) fn new(state: R) -> Self {
        Self { state, end: Instant::now() + PATIENCE }
    }

    fn is_over(&self) -> bool {
        Instant::now() > self.end
    }

    fn over() -> Fault {
        Fault::Disk {
            action: "answering within two seconds",
            cause: "the question reads too much; ask for a smaller page".into(),
        }
    }
}

impl<R: Read> Read for Deadline<R> {
    fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        if self.is_over() { Err(Self::over()) } else { self.state.get_bytes(key) }
    }

    fn scan(&self, span: &Span, order: Order, visit: &mut Visit<'_>) -> Result<(), Fault> {
        let mut over = false;
        self.state.scan(span, order, &mut |key, value| {
            over = self.is_over();
            if over { ControlFlow::Break(()) } else { visit(key, value) }
        })?;
        if over { Err(Self::over()) } else { Ok(()) }
    }
}
