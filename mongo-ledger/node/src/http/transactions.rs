//! `GET /api/v1/transactions`: one, or those of an asset.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use mongo_ledger_core::transaction::TransactionId;
use sirius_store::Order;

use super::{
    Api,
    answer::{self, Answer, Refused},
    ask::{Ask, Page},
    read,
};
use crate::{documents::Place, index::Index};

/// How many transactions come without `limit=`.
const MOST_AT_ONCE: usize = 10_000;

/// `GET /transactions/<id>`.
pub(super) async fn one(State(api): State<Arc<Api>>, Path(id): Path<String>) -> Answer {
    let id: TransactionId = id.parse().map_err(|_| Refused::not_found())?;
    read::entry(&api, id).await?.ok_or_else(Refused::not_found)?;
    let place = read::places(&api, &[id]).await?.pop().ok_or_else(Refused::not_found)?;
    Ok(answer::text(StatusCode::OK, place.transaction.raw().to_owned()))
}

/// `GET /transactions?asset_id=&operation=&last_tx=`.
pub(super) async fn list(State(api): State<Arc<Api>>, ask: Ask) -> Answer {
    let (asset, operation) = (ask.id("asset_id")?, ask.operation()?);
    let Page { limit, after } = ask.page::<u64>()?;
    let last = ask.truth("last_tx")?.unwrap_or(false);
    let (order, most) = match last {
        true => (Order::Descending, 1),
        false => (Order::Ascending, limit.unwrap_or(MOST_AT_ONCE).saturating_add(1)),
    };
    let mut found = api
        .blocking(move |ledger| Ok(Index(&ledger.store).of_asset(&asset, operation, (order, after, most))?))
        .await?;
    let next = match (limit, found.len() == most && !last) {
        (Some(limit), true) => {
            found.truncate(limit);
            found.last().map(|(record, _)| record.to_string())
        }
        (None, true) => return Err(too_many()),
        (_, false) => None,
    };
    let ids: Vec<TransactionId> = found.into_iter().map(|(_, id)| id).collect();
    let places = read::places(&api, &ids).await?;
    Ok(answer::list(&texts(&places), next))
}

fn too_many() -> Refused {
    Refused::bad(format!(
        "the asset has more than {MOST_AT_ONCE} transactions; ask for parts with limit= and after="
    ))
}

/// The exact texts of transactions.
pub(super) fn texts(places: &[Place]) -> Vec<&str> {
    places.iter().map(|place| place.transaction.raw()).collect()
}
