//! `POST /api/v1/query`: documents by a filter in MongoDB's notation, as far as that costs no more than it may.
//!
//! What is found counts: documents of blocks that do not yet are left out. Transactions are compared with what the
//! chain agreed on; the other collections are this node's word.

mod filter;

use std::{sync::Arc, time::Duration};

use axum::{
    body::{self, Body},
    extract::State,
};
use mongo_ledger_core::{
    json::{self, Limits, Object, Value},
    transaction::TransactionId,
};
use mongodb::bson::{Bson, Document, doc};

use super::{
    Api,
    answer::{self, Answer, Refused},
    ask::MOST_ITEMS,
    read,
};
use crate::documents::{Collection, DocumentsError, Find};

/// How long a question may be and how deep.
const LIMITS: Limits = Limits { bytes: 64 * 1024, depth: 16 };
/// How many documents are found when the question does not say.
const USUAL_ITEMS: usize = 100;
/// How many documents may be left out first: after that, `after` is the way.
const MOST_SKIPPED: u64 = 100_000;
/// How many fields a result is sorted by at most.
const MOST_SORTED: usize = 4;
/// How long the server may search.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(10);

/// What is asked.
struct Query {
    collection: Collection,
    filter: Document,
    sort: Document,
    limit: usize,
    skip: u64,
}

/// `POST /query`.
pub(super) async fn post(State(api): State<Arc<Api>>, body: Body) -> Answer {
    let bytes = body::to_bytes(body, LIMITS.bytes).await.map_err(|_| Refused::too_long(LIMITS.bytes))?;
    let question = json::parse(&bytes, &LIMITS).map_err(|error| Refused::bad(error.to_string()))?;
    let question = question.as_object().ok_or_else(|| Refused::bad("a question is an object"))?;
    let Query { collection, filter, sort, limit, skip } = Query::read(question, &api)?;
    // Sorting by something else, the last id says nothing about what comes next.
    let by_id = sort.keys().eq(["_id"]) && sort.values().all(|order| *order == Bson::Int32(1));
    let find = Find { filter, sort, skip, limit: i64::try_from(limit).unwrap_or(i64::MAX) };
    let found = tokio::time::timeout(SEARCH_TIMEOUT, api.ledger.documents.find(collection, find)).await;
    let found = found.map_err(|_| {
        Refused::unavailable(format!(
            "the search took more than {} s; ask by a field that is indexed",
            SEARCH_TIMEOUT.as_secs()
        ))
    })??;
    if collection == Collection::Transactions {
        compare(&api, &found).await?;
    }
    let last = found.last().filter(|_| by_id && found.len() == limit);
    let next = last.and_then(|last| last.get_str("_id").ok()).map(str::to_owned);
    let written: Result<Vec<String>, _> = found.iter().map(serde_json::to_string).collect();
    let written = written.map_err(|error| Refused::broken(format!("writing the answer failed: {error}")))?;
    Ok(answer::list(&written, next))
}

impl Query {
    fn read(question: &Object, api: &Api) -> Result<Self, Refused> {
        const FIELDS: [&str; 6] = ["after", "collection", "filter", "limit", "skip", "sort"];
        if let Some(unknown) = question.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(Refused::bad(format!(
                "{unknown:?} is unknown; a question has {}",
                FIELDS.join(", ")
            )));
        }
        let collection = collection(question.get("collection"))?;
        let asked = match question.get("filter") {
            None => Document::new(),
            Some(Value::Object(filter)) => filter::read(filter, api.ledger.documents.shape())?,
            Some(_) => return Err(Refused::bad("`filter` is an object")),
        };
        let mut parts = Vec::new();
        if let Some(field) = height(collection) {
            parts.push(doc! { field: { "$lte": i64::try_from(api.ledger.height()).unwrap_or(i64::MAX) } });
        }
        if let Some(after) = question.get("after") {
            let after =
                after.as_str().ok_or_else(|| Refused::bad("`after` is the _id of the last document"))?;
            parts.push(doc! { "_id": { "$gt": after } });
        }
        if !asked.is_empty() {
            parts.push(asked);
        }
        let filter = if parts.is_empty() {
            Document::new()
        } else {
            doc! { "$and": parts }
        };
        let limit = count(question, "limit", MOST_ITEMS)?.unwrap_or(USUAL_ITEMS).max(1);
        let skip = count(question, "skip", usize::try_from(MOST_SKIPPED).unwrap_or(usize::MAX))?.unwrap_or(0);
        let sort = sort(question.get("sort"))?;
        Ok(Self { collection, filter, sort, limit, skip: u64::try_from(skip).unwrap_or(MOST_SKIPPED) })
    }
}

fn collection(name: Option<&Value>) -> Result<Collection, Refused> {
    let asked = name.and_then(Value::as_str).unwrap_or_default();
    // Bodies that may have been erased a moment ago are given one by one, by their commitments.
    let all = || Collection::ALL.into_iter().filter(|collection| *collection != Collection::Payloads);
    all().find(|collection| collection.name() == asked).ok_or_else(|| {
        let names: Vec<&str> = all().map(Collection::name).collect();
        Refused::bad(format!("`collection` is one of {}", names.join(", ")))
    })
}

/// The field that says which block made a document.
const fn height(collection: Collection) -> Option<&'static str> {
    match collection {
        Collection::Transactions => Some("_l.h"),
        Collection::Blocks | Collection::Validators => Some("height"),
        Collection::Assets
        | Collection::Metadata
        | Collection::Utxos
        | Collection::Spends
        | Collection::Elections
        | Collection::Roles => Some("h"),
        Collection::Payloads | Collection::Meta => None,
    }
}

fn count(question: &Object, name: &str, most: usize) -> Result<Option<usize>, Refused> {
    let wrong = || Refused::bad(format!("`{name}` is a whole number from 0 to {most}"));
    let read = |value: &Value| {
        let number = value.as_i64().and_then(|number| usize::try_from(number).ok());
        number.filter(|number| *number <= most).ok_or_else(wrong)
    };
    question.get(name).map(read).transpose()
}

/// Which document comes first; by `_id` when the question does not say.
fn sort(value: Option<&Value>) -> Result<Document, Refused> {
    let wrong = || Refused::bad(format!("`sort` is an object of at most {MOST_SORTED} fields, each 1 or -1"));
    let fields = match value {
        None => return Ok(doc! { "_id": 1 }),
        Some(Value::Object(fields)) if (1..=MOST_SORTED).contains(&fields.len()) => fields,
        Some(_) => return Err(wrong()),
    };
    let mut sort = Document::new();
    for (field, order) in fields {
        let order = match order.as_i64() {
            Some(1) => 1,
            Some(-1) => -1,
            _ => return Err(wrong()),
        };
        if field.starts_with('$') {
            return Err(wrong());
        }
        sort.insert(field, order);
    }
    Ok(sort)
}

/// Refuses transactions that are not what this node wrote.
async fn compare(api: &Arc<Api>, found: &[Document]) -> Result<(), Refused> {
    let changed = |id: &str, what: &str| DocumentsError::Changed {
        collection: Collection::Transactions,
        id: id.into(),
        what: what.into(),
    };
    let mut ids = Vec::with_capacity(found.len());
    for document in found {
        let id = document.get_str("_id").unwrap_or_default();
        let known: TransactionId =
            id.parse().map_err(|_| changed(id, "has an id that no transaction has"))?;
        if read::entry(api, known).await?.is_none() {
            return Err(changed(id, "is of no block").into());
        }
        ids.push(known);
    }
    let shape = api.ledger.documents.shape();
    let written = read::each(api, &ids, |place| Some(place.placed().transaction(shape))).await?;
    match found.iter().zip(&written).find(|(found, written)| found != written) {
        None => Ok(()),
        Some((found, _)) => {
            Err(changed(found.get_str("_id").unwrap_or_default(), "has other fields than its text").into())
        }
    }
}
