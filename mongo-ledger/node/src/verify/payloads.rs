//! Bodies beside the chain, compared with their commitments.

use std::collections::BTreeSet;

use mongo_ledger_core::{payload::Commitment, state};
use sirius_store::Store;

use super::{Finding, VerifyError, Wrong};
use crate::{
    documents::{Collection, Documents},
    payload::{Body, pages},
};

/// Bodies that are compared together: each has up to 1 MiB.
const BATCH: usize = 16;

/// What is wrong with the bodies: missing, other than their commitments, here though erased, or of nobody's making. One
/// that only waits for its transaction is none of these.
pub(super) async fn payloads(store: &Store, documents: &dyn Documents) -> Result<Vec<Finding>, VerifyError> {
    let mut findings = Vec::new();
    // What is left over in the end belongs to no transaction.
    let here = documents.ids(Collection::Payloads).await?;
    let mut here: BTreeSet<String> = here.into_iter().collect();
    let mut kept = Vec::new();
    let latest = store.latest();
    for page in pages(&latest) {
        for (commitment, payload) in page? {
            let id = commitment.to_string();
            let found = here.remove(&id);
            match (payload.erased, found) {
                (Some(height), true) => {
                    findings.push(Finding::new(Collection::Payloads, id, Wrong::Erased { height }));
                }
                (None, false) => findings.push(Finding::new(Collection::Payloads, id, Wrong::Missing)),
                (None, true) => kept.push((commitment, payload)),
                (Some(_), false) => {}
            }
        }
    }
    for batch in kept.chunks(BATCH) {
        let ids: Vec<String> = batch.iter().map(|(commitment, _)| commitment.to_string()).collect();
        for ((commitment, payload), found) in
            batch.iter().zip(documents.get(Collection::Payloads, &ids).await?)
        {
            let body = found.and_then(|document| Body::read(commitment, &document));
            if !body.is_some_and(|body| fits(&body, payload)) {
                let fault = Wrong::Edited { field: "body".into() };
                findings.push(Finding::new(Collection::Payloads, commitment.to_string(), fault));
            }
        }
    }
    let rest: Vec<String> = here.into_iter().collect();
    for ids in rest.chunks(BATCH) {
        for (id, found) in ids.iter().zip(documents.get(Collection::Payloads, ids).await?) {
            let waits = id.parse::<Commitment>().ok().zip(found);
            if waits.is_none_or(|(commitment, document)| Body::read(&commitment, &document).is_none()) {
                findings.push(Finding::new(Collection::Payloads, id, Wrong::Extra));
            }
        }
    }
    Ok(findings)
}

fn fits(body: &Body, payload: &state::Payload) -> bool {
    usize::try_from(payload.bytes).is_ok_and(|bytes| bytes == body.bytes().len())
}
