//! Keeping a body, and what a committed block says of those that are kept.

use std::{sync::Arc, time::Instant};

use mongo_ledger_core::{payload::Commitment, state};
use sirius_store::Fault;
use thiserror::Error;

use super::{body::Body, room::Full};
use crate::{
    documents::{Collection, DocumentsError},
    ledger::Ledger,
};

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
    #[error(transparent)]
    Full(#[from] Full),
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
    room.expire(&*ledger.documents, Instant::now()).await?;
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
