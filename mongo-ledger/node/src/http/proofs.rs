//! `GET /api/v1/proofs`: what convinces a reader who trusts no node, only the validators' signatures on a header.

use std::sync::Arc;

use axum::extract::{Path, State};
use mongo_ledger_core::{
    log,
    proof::{ConsistencyProof, LogProof, RecordProof, StateProof, Stored, Subject, SubjectProof},
    state,
    transaction::TransactionId,
};
use sirius_primitives::Height;
use sirius_store::{Fault, Snapshot};

use super::{
    Api,
    answer::{self, Answer, Refused},
    ask::Ask,
    read,
};
use crate::{index::Index, ledger::Ledger};

/// `GET /proofs/<kind>/<name>?height=`.
pub(super) async fn one(
    State(api): State<Arc<Api>>,
    Path((kind, name)): Path<(String, String)>,
    ask: Ask,
) -> Answer {
    let height = ask.number::<u64>("height")?;
    if kind == "tx" {
        let id = name.parse().map_err(|_| Refused::not_found())?;
        return answer::value(&record(&api, id, height).await?);
    }
    let subject: Subject = format!("{kind}/{name}")
        .parse()
        .map_err(|error| Refused::bad(format!("{error}, or tx/<transaction>")))?;
    let proof = api.blocking(move |ledger| {
        let state = at(ledger, height)?;
        let proof = StateProof::from(&state.prove(&subject.key())?);
        Ok(SubjectProof { height: state.height().0, app_hash: state.app_hash(), subject, proof })
    });
    answer::value(&proof.await?)
}

/// `GET /proofs/log?from=&to=`: that the log only grew.
pub(super) async fn log(State(api): State<Arc<Api>>, ask: Ask) -> Answer {
    let from = ask.number::<u64>("from")?.ok_or_else(|| Refused::parameter("from", "must be a height"))?;
    let to = ask.number::<u64>("to")?;
    let proof = api.blocking(move |ledger| {
        let (before, after) = (at(ledger, Some(from))?, at(ledger, to)?);
        if before.height() > after.height() {
            return Err(Refused::parameter("from", "must not be after `to`"));
        }
        let path = match (size(&before)?, size(&after)?) {
            (0, _) => Vec::new(),
            (old, new) => log::consistency(&Index(&ledger.store), old, new)?,
        };
        Ok(ConsistencyProof { from: head(&before)?, to: head(&after)?, path })
    });
    answer::value(&proof.await?)
}

/// The state after a height; after the last block when none is given.
pub(super) fn at(ledger: &Ledger, height: Option<u64>) -> Result<Snapshot, Refused> {
    match height {
        Some(height) => Ok(ledger.store.at(Height(height))?),
        None if ledger.height() == 0 => {
            Err(Refused::unavailable("there is no block yet; ask again in a moment"))
        }
        None => Ok(ledger.store.latest()),
    }
}

fn size(state: &Snapshot) -> Result<u64, Fault> {
    Ok(state::head().get(state)?.map_or(0, |head| head.size))
}

fn head(state: &Snapshot) -> Result<LogProof, Fault> {
    let log = StateProof::from(&state.prove(state::head().as_bytes())?);
    Ok(LogProof { height: state.height().0, app_hash: state.app_hash(), log })
}

/// The proof of a transaction's record; 404 when the log of that height does not have it.
async fn record(api: &Arc<Api>, id: TransactionId, height: Option<u64>) -> Result<RecordProof, Refused> {
    let (proven, entry, path) = api
        .blocking(move |ledger| {
            let state = at(ledger, height)?;
            let entry = state::entry(&id).get(&state)?.ok_or_else(Refused::not_found)?;
            let path = log::inclusion(&Index(&ledger.store), entry.index, size(&state)?)?;
            Ok((head(&state)?, entry, path))
        })
        .await?;
    let place = read::places(api, &[id]).await?.pop().ok_or_else(Refused::not_found)?;
    let record = place.placed().record;
    let LogProof { height, app_hash, log } = proven;
    Ok(RecordProof {
        height,
        app_hash,
        id,
        raw: place.transaction.raw().to_owned(),
        record: Stored { height: record.height, position: record.position, previous: record.previous },
        index: entry.index,
        path,
        log,
    })
}
