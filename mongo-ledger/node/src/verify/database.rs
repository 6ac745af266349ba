//! Every document, compared with what the chain agreed on.

use std::collections::BTreeMap;

use mongo_ledger_core::{access::RightId, state};
use sirius_store::{Fault, Order, Store};

use super::{
    Finding, VerifyError, Wrong,
    payloads::payloads,
    record::{Expected, sound},
};
use crate::{
    documents::{
        BlockDocuments, ChainDocument, Collection, Decisions, Documents, DocumentsError, StateDocument,
        granted, padded, shown,
    },
    genesis,
    index::{BlockRow, Index},
    recovery::state_of,
};

/// Records whose documents are compared at the same time.
const BATCH: usize = 64;

/// Compares every document, the `progress` of records being told, and finds those that should not be there.
///
/// # Errors
/// The document server does not answer, or the index cannot be read.
pub async fn database(
    store: &Store,
    documents: &dyn Documents,
    mut progress: impl FnMut(u64, u64),
) -> Result<Vec<Finding>, VerifyError> {
    let mut findings = Vec::new();
    let mut counts: BTreeMap<Collection, u64> = BTreeMap::new();
    let size = state::head().get(&store.latest())?.unwrap_or_default().size;
    for block in Index(store).all_blocks(Order::Ascending) {
        let (height, block) = block?;
        let mut first = block.first;
        let end = block.first.saturating_add(block.count);
        while first < end {
            let count = end.saturating_sub(first).min(BATCH as u64);
            findings.extend(records(store, documents, &block, (first, count), &mut counts).await?);
            first = first.saturating_add(count);
            progress(first, size);
        }
        let expected = head(store, height, &block)?;
        findings.extend(compare(documents, vec![expected], &mut counts).await?);
    }
    findings.extend(compare(documents, others(store)?, &mut counts).await?);
    findings.extend(state_finding(store, documents).await?);
    findings.extend(payloads(store, documents).await?);
    *counts.entry(Collection::Meta).or_default() += 1;
    // Bodies are compared one by one; those that wait for their transactions are not counted.
    for collection in Collection::ALL.into_iter().filter(|one| *one != Collection::Payloads) {
        let expected = counts.get(&collection).copied().unwrap_or_default();
        let wrong = findings.iter().filter(|finding| finding.collection == collection.name());
        let missing = wrong.filter(|finding| finding.fault == Wrong::Missing).count();
        let present = expected.saturating_sub(u64::try_from(missing).unwrap_or(u64::MAX));
        if documents.count(collection).await? > present {
            findings.extend(extra(store, documents, collection).await?);
        }
    }
    findings.sort_by(|one, other| (one.collection, &one.id).cmp(&(other.collection, &other.id)));
    findings.dedup();
    Ok(findings)
}

/// Compares the documents of some consecutive records of a block.
pub(super) async fn records(
    store: &Store,
    documents: &dyn Documents,
    block: &BlockRow,
    (first, count): (u64, u64),
    counts: &mut BTreeMap<Collection, u64>,
) -> Result<Vec<Finding>, VerifyError> {
    let ids = Index(store).records(first, count)?;
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let found = documents.get(Collection::Transactions, &names).await?;
    let (mut findings, mut expected) = (Vec::new(), Vec::new());
    for (id, found) in ids.iter().zip(found) {
        let Some(found) = found else {
            *counts.entry(Collection::Transactions).or_default() += 1;
            findings.push(Finding::new(Collection::Transactions, id.to_string(), Wrong::Missing));
            continue;
        };
        match sound(store, id, found.get_str("raw").unwrap_or_default(), block)? {
            Some(record) => expected.extend(record.expected(store, documents.shape())?),
            None => {
                *counts.entry(Collection::Transactions).or_default() += 1;
                let fault = Wrong::Edited { field: "raw".into() };
                findings.push(Finding::new(Collection::Transactions, id.to_string(), fault));
            }
        }
    }
    findings.extend(compare(documents, expected, counts).await?);
    Ok(findings)
}

/// Compares what is expected with what is there, and counts what must be.
pub(super) async fn compare(
    documents: &dyn Documents,
    expected: Vec<Expected>,
    counts: &mut BTreeMap<Collection, u64>,
) -> Result<Vec<Finding>, VerifyError> {
    let mut findings = Vec::new();
    for collection in Collection::ALL {
        let of_it: Vec<&Expected> = expected.iter().filter(|one| one.collection == collection).collect();
        let ids: Vec<String> = of_it.iter().map(|one| one.id.clone()).collect();
        let found = documents.get(collection, &ids).await?;
        findings.extend(of_it.iter().zip(&found).filter_map(|(one, found)| one.compare(found.as_ref())));
        let present = of_it.iter().filter(|one| one.document.is_some()).count();
        *counts.entry(collection).or_default() += u64::try_from(present).unwrap_or(u64::MAX);
    }
    Ok(findings)
}

/// The state document after a block.
pub(crate) fn state_document(height: u64, block: &BlockRow, app_hash: String) -> StateDocument {
    let size = block.first.saturating_add(block.count);
    let size = (i64::try_from(size).unwrap_or(i64::MAX), block.log_root.to_string());
    StateDocument::new(i64::try_from(height).unwrap_or(i64::MAX), app_hash, size, block.time.clone())
}

/// The document of a block.
pub(super) fn head(store: &Store, height: u64, block: &BlockRow) -> Result<Expected, Fault> {
    let ids = Index(store).records(block.first, block.count)?;
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let state = state_document(height, block, block.app_hash.to_string());
    let document = BlockDocuments::head(&state, &block.proposer, ids);
    Ok(Expected { collection: Collection::Blocks, id: padded(height), document: Some(document) })
}

/// What is wrong with the document that says how far the ledger is. Its time may be that of a block without records,
/// which only its header knows.
async fn state_finding(store: &Store, documents: &dyn Documents) -> Result<Option<Finding>, VerifyError> {
    let finding = |fault| Some(Finding::new(Collection::Meta, StateDocument::ID, fault));
    let edited = |field: &str| finding(Wrong::Edited { field: field.into() });
    let state = match state_of(documents).await {
        Ok(Some(state)) => state,
        Ok(None) => return Ok(finding(Wrong::Missing)),
        Err(DocumentsError::Changed { what, .. }) => return Ok(edited(&what)),
        Err(error) => return Err(error.into()),
    };
    let committed = store.committed();
    let head = state::head().get(&store.latest())?.unwrap_or_default();
    let wrong = [
        ("height", u64::try_from(state.height).ok() != Some(committed.height.0)),
        ("app_hash", state.app_hash != committed.app_hash.to_string()),
        ("log_size", u64::try_from(state.log_size).ok() != Some(head.size)),
        ("log_root", state.log_root != head.root().to_string()),
    ];
    Ok(wrong.iter().find(|(_, wrong)| *wrong).and_then(|(field, _)| edited(field)))
}

/// What stands for no record: the blocks of genesis and of decisions, validators, elections, roles and facts.
pub(crate) fn others(store: &Store) -> Result<Vec<Expected>, Fault> {
    let mut expected = Vec::new();
    let mut add = |collection, id: String, document| {
        expected.push(Expected { collection, id, document: Some(document) });
    };
    for (height, validators) in Index(store).validators()? {
        let decisions = Decisions { validators: Some(validators), ..Decisions::default() };
        if let Some(document) = decisions.validators_document(height) {
            add(Collection::Validators, padded(height), document);
        }
    }
    let latest = store.latest();
    for (id, election) in state::elections(&latest, None, usize::MAX)? {
        add(Collection::Elections, id.to_string(), shown(&id, &election));
    }
    for grant in state::grants(&latest)? {
        add(Collection::Roles, grant.right.id().to_string(), granted(&grant));
    }
    if let Some(genesis) = genesis::load(store)? {
        let document = ChainDocument::new(&genesis).document();
        add(Collection::Meta, ChainDocument::ID.into(), document);
    }
    Ok(expected)
}

/// Documents that no record explains.
async fn extra(
    store: &Store,
    documents: &dyn Documents,
    collection: Collection,
) -> Result<Vec<Finding>, VerifyError> {
    let latest = store.latest();
    let index = Index(store);
    let elected = index.validators()?;
    let mut findings = Vec::new();
    for id in documents.ids(collection).await? {
        let transaction = || id.parse::<mongo_ledger_core::transaction::TransactionId>().ok();
        let output = || id.parse::<mongo_ledger_core::transaction::OutputRef>().ok();
        // Only the 20 digits that this program writes name a height.
        let height = || id.parse::<u64>().ok().filter(|height| padded(*height) == id);
        let known = match collection {
            // Whether a transaction has an asset or metadata is found with its record.
            Collection::Transactions | Collection::Assets | Collection::Metadata => match transaction() {
                Some(id) => state::entry(&id).get(&latest)?.is_some(),
                None => false,
            },
            Collection::Utxos => match output() {
                Some(output) => state::unspent(&output).get(&latest)?.is_some(),
                None => false,
            },
            Collection::Spends => match output() {
                Some(output) => state::spent(&output).get(&latest)?.is_some(),
                None => false,
            },
            Collection::Blocks => match height() {
                Some(height) => index.block(height)?.is_some(),
                None => false,
            },
            Collection::Validators => elected.iter().any(|(from, _)| height() == Some(*from)),
            Collection::Elections => match transaction() {
                Some(id) => state::election(&id).get(&latest)?.is_some(),
                None => false,
            },
            Collection::Roles => match id.parse::<RightId>() {
                // A key may stand in such a name for its hash; not in a document's.
                Ok(right) => right.to_string() == id && state::grant(&right).get(&latest)?.is_some(),
                Err(_) => false,
            },
            Collection::Meta => [StateDocument::ID, ChainDocument::ID].contains(&id.as_str()),
            Collection::Payloads => true,
        };
        if !known {
            findings.push(Finding::new(collection, id, Wrong::Extra));
        }
    }
    Ok(findings)
}
