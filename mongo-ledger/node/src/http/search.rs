//! `GET /api/v1/assets` and `GET /api/v1/metadata`: documents by the words that stand in them.

use std::{cmp::Reverse, collections::BTreeSet, sync::Arc};

use axum::extract::State;
use mongo_ledger_core::{
    json::{self, Form, Object, Value},
    transaction::{Asset, TransactionId},
    words::Search,
};

use super::{
    Api,
    answer::{self, Answer, Refused},
    ask::Ask,
    read,
};
use crate::{
    documents::Place,
    index::{Field, Index},
};

/// How many documents may have one of the words.
const MOST_CANDIDATES: usize = 10_000;
/// How long a search may be, in bytes.
const MOST_BYTES: usize = 1_024;

/// `GET /assets?search=&limit=`.
pub(super) async fn assets(State(api): State<Arc<Api>>, ask: Ask) -> Answer {
    search(&api, &ask, Field::Asset).await
}

/// `GET /metadata?search=&limit=`.
pub(super) async fn metadata(State(api): State<Arc<Api>>, ask: Ask) -> Answer {
    search(&api, &ask, Field::Metadata).await
}

async fn search(api: &Arc<Api>, ask: &Ask, field: Field) -> Answer {
    let text = ask.needed("search")?;
    if text.is_empty() {
        return Err(Refused::bad("text_search cannot be empty"));
    }
    if text.len() > MOST_BYTES {
        return Err(Refused::parameter("search", format!("must have at most {MOST_BYTES} bytes")));
    }
    let search = Search::parse(text);
    // BigchainDB takes 0 for everything.
    let limit = ask.number::<usize>("limit")?.filter(|limit| *limit > 0);
    let after = ask.number::<usize>("after")?.unwrap_or(0);
    let ids = candidates(api, field, search.any.clone()).await?;
    let mut found = read::each(api, &ids, |place| {
        let object = searched(place, field)?;
        let value = Value::Object(object.clone());
        let score = search.score(&value)?;
        Some((Reverse(score), place.placed().index, shown(place, field, &value)))
    })
    .await?;
    // Among equals the older comes first, so that an answer is the same twice.
    found.sort_unstable();
    let end = limit.map_or(found.len(), |limit| after.saturating_add(limit)).min(found.len());
    let next = (end < found.len()).then(|| end.to_string());
    let page = found.get(after.min(end)..end).unwrap_or_default();
    let bodies: Vec<&str> = page.iter().map(|(_, _, body)| body.as_str()).collect();
    Ok(answer::list(&bodies, next))
}

/// Every transaction in whose field one of the words stands.
async fn candidates(api: &Arc<Api>, field: Field, words: Vec<String>) -> Result<Vec<TransactionId>, Refused> {
    api.blocking(move |ledger| {
        let index = Index(&ledger.store);
        let mut found = BTreeSet::new();
        for word in words {
            found.extend(index.with_word(field, &word, MOST_CANDIDATES.saturating_add(1))?);
            if found.len() > MOST_CANDIDATES {
                return Err(Refused::bad(format!(
                    "more than {MOST_CANDIDATES} documents have `{word}` or one of the other words; use rarer words"
                )));
            }
        }
        Ok(found.into_iter().map(|(_, id)| id).collect())
    })
    .await
}

fn searched(place: &Place, field: Field) -> Option<&Object> {
    match (field, place.transaction.asset()) {
        (Field::Asset, Asset::Data(data)) => data.as_ref(),
        (Field::Asset, Asset::Id(_)) => None,
        (Field::Metadata, _) => place.transaction.metadata(),
    }
}

/// BigchainDB's shape; metadata says of which asset it is, too.
fn shown(place: &Place, field: Field, value: &Value) -> String {
    let (id, text) = (place.transaction.id(), json::canonical(value, Form::AsWritten));
    match field {
        Field::Asset => format!(r#"{{"data":{text},"id":"{id}"}}"#),
        Field::Metadata => {
            let asset = place.transaction.asset_id();
            format!(r#"{{"asset_id":"{asset}","id":"{id}","metadata":{text}}}"#)
        }
    }
}
