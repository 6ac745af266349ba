//! `GET /api/v1/blocks`: the transactions of a block, or the block of a transaction.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use mongo_ledger_core::transaction::TransactionId;

use super::{
    Api,
    answer::{self, Answer, Refused},
    ask::Ask,
    read,
};
use crate::index::Index;

/// `GET /blocks/<height>`.
pub(super) async fn one(State(api): State<Arc<Api>>, Path(height): Path<String>) -> Answer {
    let height: u64 = height.parse().map_err(|_| Refused::not_found())?;
    if height > api.ledger.height() {
        return Err(Refused::not_found());
    }
    let ids = api
        .blocking(move |ledger| {
            let index = Index(&ledger.store);
            let row = index.block(height)?;
            Ok(row.map_or(Ok(Vec::new()), |row| index.records(row.first, row.count))?)
        })
        .await?;
    let places = read::places(&api, &ids).await?;
    let texts: Vec<&str> = places.iter().map(|place| place.transaction.raw()).collect();
    let body = format!(r#"{{"height":{height},"transactions":[{}]}}"#, texts.join(","));
    Ok(answer::text(StatusCode::OK, body))
}

/// `GET /blocks?transaction_id=`.
pub(super) async fn containing(State(api): State<Arc<Api>>, ask: Ask) -> Answer {
    // What is no id is in no block.
    let Ok(id) = ask.needed("transaction_id")?.parse::<TransactionId>() else {
        return answer::value(&[(); 0]);
    };
    let heights: Vec<u64> = read::entry(&api, id).await?.map(|entry| entry.height).into_iter().collect();
    answer::value(&heights)
}
