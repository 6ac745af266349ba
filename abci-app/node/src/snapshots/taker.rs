//! The thread that takes snapshots while blocks go on.

use std::{
    sync::mpsc::{SyncSender, TrySendError, sync_channel},
    thread,
};

use sirius_store::Snapshot;

use super::{Pace, ShelfError, chunk_bytes, shelf::Shelf, take};

/// Takes snapshots at its pace, one after the other.
pub(super) struct Taker {
    shelf: Shelf,
    pace: Pace,
    /// Leads to the thread, which ends when this is dropped.
    thread: Option<SyncSender<Snapshot>>,
}

impl Taker {
    pub(super) fn new(shelf: Shelf, pace: Pace) -> Result<Self, ShelfError> {
        let thread = match pace {
            Pace::AtOnce(_) => None,
            Pace::Aside => Some(start(shelf.clone())?),
        };
        Ok(Self { shelf, pace, thread })
    }

    pub(super) fn take(&self, state: Snapshot) {
        let Some(thread) = &self.thread else { return take(&self.shelf, &state, chunk_bytes(self.pace)) };
        match thread.try_send(state) {
            Ok(()) => {}
            // Waiting would hold up blocks, and a queue would only fall further behind.
            Err(TrySendError::Full(state)) => {
                let height = state.height();
                tracing::warn!(%height, "no snapshot was taken: the one before is still under way; take fewer");
            }
            Err(TrySendError::Disconnected(state)) => {
                let height = state.height();
                tracing::warn!(%height, "no snapshot was taken: the thread that does it has ended");
            }
        }
    }
}

/// Starts the thread. One state may wait while another is written: both are views of the database that cost nothing
/// but the disk's old tables.
fn start(shelf: Shelf) -> Result<SyncSender<Snapshot>, ShelfError> {
    let (sender, states) = sync_channel::<Snapshot>(1);
    let work = move || states.iter().for_each(|state| take(&shelf, &state, chunk_bytes(Pace::Aside)));
    let thread = thread::Builder::new().name("snapshots".into()).spawn(work);
    thread.map(|_| sender).map_err(|cause| ShelfError::Thread(cause.to_string()))
}
