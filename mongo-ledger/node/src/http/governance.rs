//! `GET /api/v1/validators` and `GET /api/v1/elections`: who decides, and what.

use std::sync::Arc;

use axum::extract::{Path, State};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use mongo_ledger_core::{election::Election, state, transaction::TransactionId};
use serde_json::{Value, json};

use super::{
    Api,
    answer::{self, Answer, Refused},
    ask::{Ask, MOST_ITEMS, Page},
};
use crate::documents;

/// `GET /validators`: those of the last block that counts.
pub(super) async fn validators(State(api): State<Arc<Api>>) -> Answer {
    let validators = api.blocking(|ledger| Ok(state::validators(&ledger.store.latest())?)).await?;
    let shown = validators.iter().map(|(key, power)| {
        let value = STANDARD.encode(key.as_bytes());
        json!({ "public_key": { "type": "ed25519-base64", "value": value }, "voting_power": power })
    });
    answer::value(&shown.collect::<Vec<Value>>())
}

/// `GET /elections`: by id.
pub(super) async fn elections(State(api): State<Arc<Api>>, ask: Ask) -> Answer {
    let Page { limit, after } = ask.page::<TransactionId>()?;
    let limit = limit.unwrap_or(MOST_ITEMS);
    // One more than is shown tells whether there are more.
    let most = limit.saturating_add(1);
    let (height, mut found) = api
        .blocking(move |ledger| {
            let state = ledger.store.latest();
            Ok((state.height().0, state::elections(&state, after.as_ref(), most)?))
        })
        .await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(id, _)| id.to_string());
    let shown: Vec<String> =
        found.iter().map(|(id, election)| shown(id, election, height).to_string()).collect();
    Ok(answer::list(&shown, next))
}

/// `GET /elections/<id>`.
pub(super) async fn election(State(api): State<Arc<Api>>, Path(id): Path<String>) -> Answer {
    let id: TransactionId = id.parse().map_err(|_| Refused::not_found())?;
    let (height, found) = api
        .blocking(move |ledger| {
            let state = ledger.store.latest();
            Ok((state.height().0, state::election(&id).get(&state)?))
        })
        .await?;
    answer::value(&shown(&id, &found.ok_or_else(Refused::not_found)?, height))
}

/// An election as its document has it, with how it stands at `height`.
fn shown(id: &TransactionId, election: &Election, height: u64) -> Value {
    let mut document = documents::shown(id, election);
    document.remove("_id");
    document.insert("id", id.to_string());
    document.insert("status", election.status_at(height));
    json!(document)
}
