//! `GET /api/v1/roles`: who may do what, and since when, or until when they could.

use std::sync::Arc;

use axum::extract::State;
use mongo_ledger_core::{
    access::{Grant, Holder, Namespace, RightId, Role},
    state,
};
use serde_json::{Value, json};

use super::{
    Api,
    answer::{self, Answer},
    ask::{Ask, MOST_ITEMS, Page},
};
use crate::documents;

/// `GET /roles`: in the order of the state's keys. `namespace` keeps those that count there, by a grant for it or for what
/// covers it.
pub(super) async fn list(State(api): State<Arc<Api>>, ask: Ask) -> Answer {
    let holder = ask.read::<Holder>("subject")?.map(|holder| holder.hash());
    let (role, namespace) = (ask.read::<Role>("role")?, ask.read::<Namespace>("namespace")?);
    let Page { limit, after } = ask.page::<RightId>()?;
    let limit = limit.unwrap_or(MOST_ITEMS);
    let (height, mut found) = api
        .blocking(move |ledger| {
            let wanted = |grant: &Grant| {
                let right = &grant.right;
                role.is_none_or(|role| right.role == role)
                    && namespace.as_ref().is_none_or(|namespace| right.namespace.covers(namespace))
            };
            let state = ledger.store.latest();
            let most = limit.saturating_add(1);
            let found = state::grants(&state, holder.as_ref(), after.as_ref(), most, wanted)?;
            Ok((state.height().0, found))
        })
        .await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|grant| grant.right.id().to_string());
    let shown: Vec<String> = found.iter().map(|grant| shown(grant, height).to_string()).collect();
    Ok(answer::list(&shown, next))
}

/// A grant as its document has it, with how it stands at `height`.
fn shown(grant: &Grant, height: u64) -> Value {
    let mut document = documents::granted(grant);
    document.remove("_id");
    document.insert("id", grant.right.id().to_string());
    document.insert("status", grant.status_at(height));
    json!(document)
}
