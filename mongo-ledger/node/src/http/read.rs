//! Transactions from the document server, believed only when they are what the chain agreed on.

use std::sync::Arc;

use mongo_ledger_core::{
    state::{self, Entry},
    transaction::TransactionId,
};
use mongodb::bson::Document;
use sirius_store::Fault;

use super::{Api, answer::Refused};
use crate::documents::{Collection, DocumentsError, Place};

/// How many documents are asked for at the same time.
const PART: usize = 200;
/// How many bytes of transactions one answer holds at most.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// Where a transaction stands; `None` when no block has it.
pub(super) async fn entry(api: &Arc<Api>, id: TransactionId) -> Result<Option<Entry>, Refused> {
    api.blocking(move |ledger| Ok(state::entry(&id).get(&ledger.store.latest())?)).await
}

/// The transactions with these ids, in their order. Each must be in the ledger.
pub(super) async fn places(api: &Arc<Api>, ids: &[TransactionId]) -> Result<Vec<Place>, Refused> {
    let (mut found, mut bytes) = (Vec::with_capacity(ids.len()), 0_usize);
    for part in ids.chunks(PART) {
        for place in part_of(api, part.to_vec()).await? {
            bytes = bytes.saturating_add(place.transaction.raw().len());
            if bytes > MOST_BYTES {
                return Err(Refused::bad(format!(
                    "the answer has more than {MOST_BYTES} bytes; ask for parts with limit= and after="
                )));
            }
            found.push(place);
        }
    }
    Ok(found)
}

/// Shows transactions to `keep` part by part, for answers that need little of each.
pub(super) async fn each<T>(
    api: &Arc<Api>,
    ids: &[TransactionId],
    mut keep: impl FnMut(&Place) -> Option<T>,
) -> Result<Vec<T>, Refused> {
    let mut kept = Vec::new();
    for part in ids.chunks(PART) {
        kept.extend(part_of(api, part.to_vec()).await?.iter().filter_map(&mut keep));
    }
    Ok(kept)
}

async fn part_of(api: &Arc<Api>, ids: Vec<TransactionId>) -> Result<Vec<Place>, Refused> {
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let documents = api.ledger.documents.get(Collection::Transactions, &names).await?;
    api.blocking(move |ledger| {
        let state = ledger.store.latest();
        let pairs = ids.iter().zip(&names).zip(&documents);
        pairs
            .map(|((id, name), document)| {
                let entry = state::entry(id).get(&state)?.ok_or_else(|| Fault::Damaged {
                    what: "a look-up table",
                    detail: format!("it names transaction {id}, which no block has"),
                })?;
                Ok(proven(name, document.as_ref(), &entry)?)
            })
            .collect()
    })
    .await
}

/// A document that is what the chain agreed on: its leaf is the one that the state has.
fn proven(id: &str, document: Option<&Document>, entry: &Entry) -> Result<Place, DocumentsError> {
    let changed = |what: &str| DocumentsError::Changed {
        collection: Collection::Transactions,
        id: id.into(),
        what: what.into(),
    };
    let place = Place::read(id, document.ok_or_else(|| changed("is missing"))?)?;
    match place.placed().record.leaf() == entry.leaf {
        true => Ok(place),
        false => Err(changed("is not what the chain agreed on")),
    }
}
