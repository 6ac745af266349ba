//! Bodies beside the chain: taken in before the transaction that names them, kept while the chain does, removed when it
//! says so, and fetched from other nodes where this one misses them.
//!
//! One lock, the gate, is held while it is looked up whether a body may be kept and while it is written, and while
//! erased ones are removed. So none is written after it was removed, in whatever order requests and blocks come.

mod body;
mod fetch;
mod room;
mod sweep;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use mongo_ledger_core::{payload::Commitment, state};
use sirius_store::Fault;
use thiserror::Error;

pub use body::{Body, BodyError};
pub(crate) use fetch::SALT;
pub use fetch::{CaError, Key, MOST_PEERS, Peer, PeerError, Peers, fetch, watch};
pub use sweep::{SweepError, sweep};
pub(crate) use sweep::{inventory, pages};

use crate::{
    documents::{Collection, DocumentsError},
    ledger::Ledger,
};
use room::Room;

/// The most bodies that a node looks for at the same time; those beyond are found by the next inventory.
const MOST_WANTED: usize = 10_000;

/// What a node knows of bodies beside its state and its documents.
#[derive(Default)]
pub(crate) struct Payloads {
    gate: tokio::sync::Mutex<Room>,
    wanted: Mutex<BTreeMap<Commitment, Wanted>>,
    /// Set when so much has changed at once that stock must be taken anew.
    recount: AtomicBool,
}

/// A body that this node misses.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    tries: u32,
    next: Instant,
}

/// Why a body is not kept.
#[derive(Debug, Error)]
pub enum KeepError {
    /// It was erased, which is for ever.
    #[error("payload {commitment} was erased at height {height}; it is not taken in again")]
    Erased {
        /// Which.
        commitment: Commitment,
        /// By which block.
        height: u64,
    },
    /// The transaction that names it says another length.
    #[error("payload {commitment} has {found} bytes, and the transaction that names it says {said}")]
    Length {
        /// Which.
        commitment: Commitment,
        /// Bytes of the body.
        found: usize,
        /// Bytes that the chain was told.
        said: u32,
    },
    /// Too much waits for its transaction.
    #[error(
        "{bodies} payloads with {bytes} bytes wait for their transactions, which is all there is room for; send the \
         transactions, or try again in a few minutes"
    )]
    Full {
        /// How many wait.
        bodies: usize,
        /// Their bytes.
        bytes: usize,
    },
    /// The document server.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    /// This node.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Keeps a body: for good where the chain names it, else until its transaction comes or its time is over.
///
/// # Errors
/// See [`KeepError`].
pub(crate) async fn keep(ledger: &Arc<Ledger>, body: Body) -> Result<(), KeepError> {
    let commitment = body.commitment();
    let mut room = ledger.payloads.gate.lock().await;
    room.expire(ledger, Instant::now()).await?;
    match look_up(ledger, commitment).await? {
        Some(state::Payload { erased: Some(height), .. }) => {
            return Err(KeepError::Erased { commitment, height });
        }
        Some(state::Payload { bytes, .. }) if usize::try_from(bytes).ok() != Some(body.bytes().len()) => {
            return Err(KeepError::Length { commitment, found: body.bytes().len(), said: bytes });
        }
        Some(_) => room.leave(&commitment),
        None => room.enter(commitment, body.bytes().len(), Instant::now())?,
    }
    if let Err(error) = ledger.documents.replace(Collection::Payloads, &[body.document()]).await {
        room.leave(&commitment);
        return Err(error.into());
    }
    ledger.payloads.wanted().remove(&commitment);
    Ok(())
}

/// What the chain says of a body; the disk is read away from the threads that serve connections.
pub(crate) async fn look_up(
    ledger: &Arc<Ledger>,
    commitment: Commitment,
) -> Result<Option<state::Payload>, Fault> {
    let ledger = Arc::clone(ledger);
    let look = move || state::payload(&commitment).get(&ledger.store.latest());
    match tokio::task::spawn_blocking(look).await {
        Ok(found) => found,
        Err(error) => Err(Fault::Contradiction(format!("looking a payload up ended early: {error}"))),
    }
}

impl Payloads {
    fn wanted(&self) -> MutexGuard<'_, BTreeMap<Commitment, Wanted>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks for a body from now on, while there is room.
    pub(crate) fn want(&self, commitment: Commitment) {
        let mut wanted = self.wanted();
        if wanted.len() < MOST_WANTED {
            wanted.entry(commitment).or_insert(Wanted { tries: 0, next: Instant::now() });
        }
    }

    /// Has stock taken soon: a snapshot brought what the chain names, and no bodies.
    pub(crate) fn recount(&self) {
        self.recount.store(true, Ordering::SeqCst);
    }

    /// How many bodies this node misses and looks for.
    pub(crate) fn missing(&self) -> usize {
        self.wanted().len()
    }
}

impl Ledger {
    /// Carries out what a committed block said of bodies: those it names are kept or looked for, those it erases are
    /// removed before the block counts as done.
    pub(crate) fn settle(&self, brought: &[Commitment], erased: &[Commitment]) -> Result<(), Fault> {
        if brought.is_empty() && erased.is_empty() {
            return Ok(());
        }
        let mut room = self.runtime.block_on(self.payloads.gate.lock());
        for commitment in brought {
            if !room.has(commitment) {
                self.payloads.want(*commitment);
            }
            room.leave(commitment);
        }
        let ids: Vec<String> = erased.iter().map(ToString::to_string).collect();
        if !ids.is_empty() {
            self.persist("erasing payloads", || self.documents.remove(Collection::Payloads, &ids))?;
            let mut wanted = self.payloads.wanted();
            wanted.retain(|commitment, _| !erased.contains(commitment));
        }
        Ok(())
    }
}
