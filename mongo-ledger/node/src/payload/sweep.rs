//! What should be here beside the chain, and what should not.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use mongo_ledger_core::{payload::Commitment, state};
use sirius_store::{Fault, Read, Store};
use tracing::{info, warn};

use super::body::Body;
use crate::{
    documents::{Collection, Documents, DocumentsError},
    ledger::Ledger,
};

/// Bodies of the state that are looked at together.
const PAGE: usize = 1_000;
/// Bodies that are read together: each has up to 1 MiB.
const BATCH: usize = 16;

/// Removes what was erased and is here all the same: a crash came between a block and its erasure, or the documents are
/// those of a backup.
///
/// # Errors
/// The document server does not answer, or the index cannot be read.
pub async fn sweep(store: &Store, documents: &dyn Documents) -> Result<u64, SweepError> {
    let here: BTreeSet<String> = documents.ids(Collection::Payloads).await?.into_iter().collect();
    if here.is_empty() {
        return Ok(0);
    }
    let mut removed = 0_u64;
    let latest = store.latest();
    for page in pages(&latest) {
        let erased = page?.into_iter().filter(|(_, payload)| payload.erased.is_some());
        let ids: Vec<String> =
            erased.map(|(commitment, _)| commitment.to_string()).filter(|id| here.contains(id)).collect();
        if !ids.is_empty() {
            warn!(payloads = ids.len(), "removing payloads that were erased");
            documents.remove(Collection::Payloads, &ids).await?;
            removed = removed.saturating_add(u64::try_from(ids.len()).unwrap_or(u64::MAX));
        }
    }
    Ok(removed)
}

/// Why what should be here is not known.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The document server.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    /// The index.
    #[error(transparent)]
    Index(#[from] Fault),
}

/// The bodies of a state, page by page.
pub(crate) fn pages(
    state: &impl Read,
) -> impl Iterator<Item = Result<Vec<(Commitment, state::Payload)>, Fault>> {
    let (mut after, mut done) = (None, false);
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let page = state::payloads(state, after.as_ref(), PAGE);
        match &page {
            Ok(found) => {
                done = found.len() < PAGE;
                after = found.last().map(|(commitment, _)| *commitment);
            }
            Err(_) => done = true,
        }
        Some(page)
    })
}

/// Takes stock: what is erased is removed, what is missing is looked for, and what no transaction names waits, while there
/// is room.
///
/// # Errors
/// As [`sweep`].
pub(crate) async fn inventory(ledger: &Arc<Ledger>) -> Result<(), SweepError> {
    // Nothing comes or goes meanwhile.
    let mut room = ledger.payloads.gate.lock().await;
    sweep(&ledger.store, &*ledger.documents).await?;
    let ids = ledger.documents.ids(Collection::Payloads).await?;
    let mut unknown: BTreeSet<Commitment> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let latest = ledger.store.latest();
    for page in pages(&latest) {
        for (commitment, payload) in page? {
            if !unknown.remove(&commitment) && payload.erased.is_none() {
                ledger.payloads.want(commitment);
            }
        }
    }
    unknown.retain(|commitment| !room.has(commitment));
    let unknown: Vec<Commitment> = unknown.into_iter().collect();
    for batch in unknown.chunks(BATCH) {
        let ids: Vec<String> = batch.iter().map(ToString::to_string).collect();
        let found = ledger.documents.get(Collection::Payloads, &ids).await?;
        let mut dropped = Vec::new();
        for ((commitment, id), document) in batch.iter().zip(ids).zip(found) {
            let body = document.and_then(|document| Body::read(commitment, &document));
            let waits =
                body.is_some_and(|body| room.enter(*commitment, body.bytes().len(), Instant::now()).is_ok());
            if !waits {
                dropped.push(id);
            }
        }
        ledger.documents.remove(Collection::Payloads, &dropped).await?;
    }
    let (missing, waiting) = (ledger.payloads.missing(), room.len());
    if missing > 0 {
        info!(missing, waiting, "payloads are missing here; asking the peers for them");
    }
    Ok(())
}
