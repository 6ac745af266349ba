//! Making documents again what the chain agreed on: from the texts that are sound, and from CometBFT's blocks.

use std::collections::{BTreeMap, BTreeSet};

use mongo_ledger_core::{
    json::Limits,
    state,
    transaction::{OutputRef, Transaction, TransactionId},
};
use mongodb::bson::Document;
use sirius_store::{Fault, Order, Store};

use super::{
    Finding, VerifyError, Wrong,
    database::{head, others, state_document},
    record::{Expected, sound},
};
use crate::{
    documents::{Collection, Documents, StateDocument},
    index::Index,
    rpc::Rpc,
};

/// The text of a transaction that a block has.
async fn raw(rpc: &Rpc, height: u64, id: &TransactionId) -> Result<String, VerifyError> {
    let block = rpc.block(height).await?;
    let limits = Limits::of_any_length();
    let texts = block.block.data.iter().filter_map(|bytes| Transaction::parse(bytes, &limits).ok());
    let found = texts.into_iter().find(|transaction| transaction.id() == id);
    let found = found.ok_or_else(|| rpc.wrong(height, format!("has no transaction {id}")))?;
    Ok(found.raw().to_owned())
}

/// What has to be written and removed.
#[derive(Default)]
struct Work {
    written: BTreeMap<Collection, Vec<Document>>,
    removed: BTreeMap<Collection, Vec<String>>,
}

impl Work {
    fn add(&mut self, expected: Vec<Expected>) {
        for Expected { collection, id, document } in expected {
            match document {
                Some(document) => self.written.entry(collection).or_default().push(document),
                None => self.removed.entry(collection).or_default().push(id),
            }
        }
    }
}

/// Repairs what was found. Done twice it comes to the same.
///
/// # Errors
/// The document server or the source does not answer, or the source has another block.
pub async fn repair(
    store: &Store,
    documents: &dyn Documents,
    findings: &[Finding],
    source: &Rpc,
) -> Result<(), VerifyError> {
    let mut work = Work::default();
    let mut records = BTreeSet::new();
    for finding in findings {
        let collection = Collection::ALL.into_iter().find(|one| one.name() == finding.collection);
        let Some(collection) = collection else { continue };
        let unwanted = matches!(finding.fault, Wrong::Extra | Wrong::Erased { .. });
        // No text leads to a body: one that was changed goes, and a peer's takes its place.
        if unwanted || (collection == Collection::Payloads && finding.fault != Wrong::Missing) {
            work.removed.entry(collection).or_default().push(finding.id.clone());
            continue;
        }
        records.extend(record_of(store, collection, &finding.id)?);
    }
    let latest = store.latest();
    let index = Index(store);
    for id in records {
        let Some(entry) = state::entry(&id).get(&latest)? else { continue };
        let lost =
            || Fault::Damaged { what: "the index", detail: format!("block {} is missing", entry.height) };
        let block = index.block(entry.height)?.ok_or_else(lost)?;
        let found =
            documents.get(Collection::Transactions, &[id.to_string()]).await?.into_iter().flatten().next();
        let kept = found.as_ref().and_then(|found| found.get_str("raw").ok());
        let kept = kept.map(|raw| sound(store, &id, raw, &block)).transpose()?.flatten();
        let record = match kept {
            Some(record) => record,
            None => {
                let raw = raw(source, entry.height, &id).await?;
                let wrong = || source.wrong(entry.height, format!("has another text of transaction {id}"));
                sound(store, &id, &raw, &block)?.ok_or_else(wrong)?
            }
        };
        work.add(record.expected(store, documents.shape())?);
    }
    let wanted = |collection: Collection, id: &str| {
        findings.iter().any(|finding| finding.collection == collection.name() && finding.id == id)
    };
    for finding in findings.iter().filter(|finding| finding.collection == Collection::Blocks.name()) {
        let Ok(height) = finding.id.parse() else { continue };
        if let Some(block) = index.block(height)? {
            work.add(vec![head(store, height, &block)?]);
        }
    }
    work.add(others(store)?.into_iter().filter(|one| wanted(one.collection, &one.id)).collect());
    for (collection, written) in work.written {
        documents.replace(collection, &written).await?;
    }
    for (collection, removed) in work.removed {
        documents.remove(collection, &removed).await?;
    }
    if wanted(Collection::Meta, StateDocument::ID)
        && let Some(last) = index.all_blocks(Order::Descending).next()
    {
        let (_, block) = last?;
        let committed = store.committed();
        let state = state_document(committed.height.0, &block, committed.app_hash.to_string());
        documents.replace(Collection::Meta, &[state.document()]).await?;
    }
    Ok(())
}

/// The transaction from which a document follows, if it follows from one.
fn record_of(store: &Store, collection: Collection, id: &str) -> Result<Option<TransactionId>, Fault> {
    Ok(match collection {
        Collection::Transactions | Collection::Assets | Collection::Metadata => id.parse().ok(),
        Collection::Utxos => id.parse::<OutputRef>().ok().map(|output| output.transaction_id),
        Collection::Spends => match id.parse::<OutputRef>() {
            Ok(output) => state::spent(&output).get(&store.latest())?.map(|spent| spent.by),
            Err(_) => None,
        },
        Collection::Blocks
        | Collection::Validators
        | Collection::Elections
        | Collection::Roles
        | Collection::Payloads
        | Collection::Meta => None,
    })
}
