//! What the threads of one server share.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::call_log::CallLog;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::options::Options;
use crate::wake::Bell;

/// Limits, counters and the way to stop.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) log: Option<Arc<CallLog>>,
    pub(crate) live: Live,
    pub(crate) bell: Bell,
    stopping: AtomicBool,
}

impl Shared {
    pub(crate) fn new(
        options: Options,
        metrics: Arc<Metrics>,
        log: Option<Arc<CallLog>>,
    ) -> io::Result<Self> {
        let stopping = AtomicBool::new(false);
        Ok(Self { options, metrics, log, live: Live::default(), bell: Bell::new()?, stopping })
    }

    /// Asks every thread to end; what each is doing is finished first.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.bell.ring();
    }

    /// Whether [`Self::stop`] was called.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}
