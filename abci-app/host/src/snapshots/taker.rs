//! The thread that takes snapshots while blocks go on.

use std::{
    sync::{
        Arc,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use sirius_primitives::Height;

use super::ShelfError;

/// Whether a commit waits until a snapshot is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Snapshots are taken by a thread of their own while blocks go on.
    Aside,
    /// A commit returns with the snapshot taken, in chunks of so many bytes: for tests, in which nothing happens at
    /// moments of its own choice.
    AtOnce(usize),
}

impl Pace {
    /// Bytes of a chunk at this pace, where a node's own are `usual`.
    pub fn chunk_bytes(self, usual: usize) -> usize {
        match self {
            Self::Aside => usual,
            Self::AtOnce(bytes) => bytes,
        }
    }
}

/// What takes the snapshot of a state.
pub(super) type Work<S> = Arc<dyn Fn(Height, S) + Send + Sync>;

/// Takes snapshots at its pace, one after the other.
pub(super) struct Taker<S> {
    work: Work<S>,
    /// Leads to the thread, which ends when this is dropped.
    thread: Option<SyncSender<(Height, S)>>,
}

impl<S: Send + 'static> Taker<S> {
    pub(super) fn new(work: Work<S>, pace: Pace) -> Result<Self, ShelfError> {
        let thread = match pace {
            Pace::AtOnce(_) => None,
            Pace::Aside => Some(start(Arc::clone(&work))?),
        };
        Ok(Self { work, thread })
    }

    pub(super) fn take(&self, height: Height, state: S) {
        let Some(thread) = &self.thread else { return (self.work)(height, state) };
        match thread.try_send((height, state)) {
            Ok(()) => {}
            // Waiting would hold up blocks, and a queue would only fall further behind.
            Err(TrySendError::Full(_)) => {
                tracing::warn!(%height, "no snapshot was taken: the one before is still under way; take fewer");
            }
            Err(TrySendError::Disconnected(_)) => {
                tracing::warn!(%height, "no snapshot was taken: the thread that does it has ended");
            }
        }
    }
}

/// Starts the thread. One state may wait while another is written: both are views of the database that cost nothing
/// but the disk's old tables.
fn start<S: Send + 'static>(work: Work<S>) -> Result<SyncSender<(Height, S)>, ShelfError> {
    let (sender, states) = sync_channel::<(Height, S)>(1);
    let work = move || states.iter().for_each(|(height, state)| work(height, state));
    let thread = thread::Builder::new().name("snapshots".into()).spawn(work);
    thread.map(|_| sender).map_err(|cause| ShelfError::Thread(cause.to_string()))
}
