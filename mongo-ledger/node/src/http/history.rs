//! `GET /api/v1/assets/<id>/history`: what happened to an asset, and the proof that nothing else did.

use std::sync::Arc;

use axum::extract::{Path, State};
use mongo_ledger_core::{
    proof::{HistoryProof, Link, StateProof},
    state,
    transaction::{AssetId, TransactionId},
};
use serde::Serialize;
use sirius_store::Order;

use super::{
    Api,
    answer::{self, Answer, Refused},
    ask::{Ask, MOST_ITEMS, Page},
    proofs, read,
};
use crate::{documents::Place, index::Index};

/// How many records a proven history has at most.
const MOST_PROVEN: usize = 10_000;

/// One record of an asset, for people.
#[derive(Serialize)]
struct Entry {
    height: u64,
    id: String,
    index: u64,
    leaf: String,
    operation: &'static str,
    position: u32,
    previous: String,
    raw: String,
    time: String,
}

impl Entry {
    fn new(place: &Place) -> Self {
        let placed = place.placed();
        Self {
            height: placed.record.height,
            id: placed.record.id.to_string(),
            index: placed.index,
            leaf: placed.record.leaf().to_string(),
            operation: place.transaction.operation().as_str(),
            position: placed.record.position,
            previous: placed.record.previous.to_string(),
            raw: place.transaction.raw().to_owned(),
            time: placed.time.to_owned(),
        }
    }
}

/// `GET /assets/<id>/history`, with `?proof` the whole of it and its proof.
pub(super) async fn history(State(api): State<Arc<Api>>, Path(id): Path<String>, ask: Ask) -> Answer {
    let asset: AssetId = id.parse().map_err(|_| Refused::not_found())?;
    match ask.flag("proof")? {
        true => answer::value(&proven(&api, asset, ask.number("height")?).await?),
        false => listed(&api, asset, ask.page()?).await,
    }
}

async fn listed(api: &Arc<Api>, asset: AssetId, page: Page<u64>) -> Answer {
    let limit = page.limit.unwrap_or(MOST_ITEMS);
    let most = limit.saturating_add(1);
    let mut found = api
        .blocking(move |ledger| {
            let index = Index(&ledger.store);
            Ok(index.of_asset(&asset, None, (Order::Ascending, page.after, most))?)
        })
        .await?;
    if found.is_empty() && page.after.is_none() {
        return Err(Refused::not_found());
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(record, _)| record.to_string());
    let ids: Vec<TransactionId> = found.into_iter().map(|(_, id)| id).collect();
    let places = read::places(api, &ids).await?;
    let written = places.iter().map(|place| serde_json::to_string(&Entry::new(place)));
    let written: Result<Vec<String>, _> = written.collect();
    let written = written.map_err(|error| Refused::broken(format!("writing the answer failed: {error}")))?;
    Ok(answer::list(&written, next))
}

/// Everything that happened to an asset up to a height. One that never was has a proof, too: that of its absence.
async fn proven(api: &Arc<Api>, asset: AssetId, height: Option<u64>) -> Result<HistoryProof, Refused> {
    let (height, app_hash, chain, ids) = api
        .blocking(move |ledger| {
            let state = proofs::at(ledger, height)?;
            let key = state::chain(&asset);
            let length = key.get(&state)?.map_or(0, |chain| chain.length);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length > MOST_PROVEN {
                return Err(Refused::bad(format!(
                    "the asset has {length} records, and a proven history at most {MOST_PROVEN}; \
                     prove single records with /proofs/tx"
                )));
            }
            let chain = StateProof::from(&state.prove(key.as_bytes())?);
            let ids = Index(&ledger.store).of_asset(&asset, None, (Order::Ascending, None, length))?;
            Ok((state.height().0, state.app_hash(), chain, ids))
        })
        .await?;
    let ids: Vec<TransactionId> = ids.into_iter().map(|(_, id)| id).collect();
    let places = read::places(api, &ids).await?;
    let records = places.iter().map(|place| {
        let record = place.placed().record;
        Link { height: record.height, position: record.position, raw: place.transaction.raw().to_owned() }
    });
    Ok(HistoryProof { height, app_hash, asset, records: records.collect(), chain })
}
