//! The connections that are open now: their number is bounded, and a shutdown ends them.

use std::collections::BTreeMap;
use std::net::Shutdown;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::stream::Stream;

/// Open connections by number.
#[derive(Debug, Default)]
pub(crate) struct Live {
    streams: Mutex<BTreeMap<u64, Stream>>,
    left: Condvar,
}

impl Live {
    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        self.streams().len()
    }

    /// Adds one.
    pub(crate) fn enter(&self, connection: u64, stream: Stream) {
        self.streams().insert(connection, stream);
    }

    /// Removes one, whose thread is done with it.
    pub(crate) fn leave(&self, connection: u64) {
        self.streams().remove(&connection);
        self.left.notify_all();
    }

    /// Lets every connection end behind its request in progress; says how many were still open after `grace`.
    ///
    /// Those are then cut in both directions, which frees a thread whose peer does not read its answers.
    pub(crate) fn finish(&self, grace: Duration) -> usize {
        let streams = self.streams();
        for stream in streams.values() {
            stream.shutdown(Shutdown::Read);
        }
        let (streams, _) = self
            .left
            .wait_timeout_while(streams, grace, |streams| !streams.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        for stream in streams.values() {
            stream.shutdown(Shutdown::Both);
        }
        streams.len()
    }

    fn streams(&self) -> MutexGuard<'_, BTreeMap<u64, Stream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
