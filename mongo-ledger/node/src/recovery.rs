//! Making index and documents agree before the process serves anybody.
//!
//! The documents decide how far the ledger is. What a block wrote that never came to count is taken back; an index
//! behind them is led forward by executing their transactions again, and one ahead of them is made anew.

use std::{io::ErrorKind, path::Path, sync::Arc};

use mongo_ledger_core::{
    block::{self, Submitted},
    seal::{self, Header},
    state,
};
use mongodb::bson::Document;
use sirius_primitives::{Hash, Height};
use sirius_store::{Fault, Overlay, Store};
use thiserror::Error;
use tracing::{info, warn};

use crate::{
    block::before,
    config::Config,
    documents::{
        ChainDocument, Collection, Documents, DocumentsError, Place, RESTORING, StateDocument, padded, read,
        take_back,
    },
    genesis,
    index::{self, BlockRow},
    ledger::open_store,
    payload::{SweepError, sweep},
};

/// Why index and documents do not come to agree.
#[derive(Debug, Error)]
pub enum RecoveryError {
    /// The document server.
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    /// The index.
    #[error("mongo-ledger.toml, index.path = {path}: {fault}")]
    Index {
        /// The folder.
        path: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The documents do not lead to what the chain agreed on.
    #[error(
        "the documents of block {height} lead to app hash {found}, the chain agreed on {agreed}; run `mongo-ledger verify db`, then `mongo-ledger repair`"
    )]
    Disagree {
        /// Which block.
        height: u64,
        /// What they lead to.
        found: Hash,
        /// What the state document says.
        agreed: String,
    },
}

/// Opens the index and makes it agree with the documents.
///
/// # Errors
/// See [`RecoveryError`].
pub async fn recover(config: &Config, documents: &Arc<dyn Documents>) -> Result<Store, RecoveryError> {
    let path = config.data();
    let ill = |fault| RecoveryError::Index { path: path.display().to_string(), fault };
    if meta(&**documents, RESTORING).await?.is_some() {
        warn!("documents that a snapshot brought are incomplete: they and the index are begun anew");
        documents.clear().await?;
        remove(&path).map_err(ill)?;
    }
    let mut store = open_store(config).map_err(ill)?;
    let state = state_of(&**documents).await?;
    let counts = state.as_ref().map_or(0, |state| u64::try_from(state.height).unwrap_or_default());
    let index = store.committed().height.0;
    if index > counts {
        warn!(index, documents = counts, "the documents are behind the index, which is made anew from them");
        drop(store);
        remove(&path).map_err(ill)?;
        store = open_store(config).map_err(ill)?;
    }
    let mut height = store.committed().height.0;
    while height < counts {
        height = height.saturating_add(1);
        replay(&store, &**documents, height, false).await.map_err(|error| match error {
            ReplayError::Documents(error) => RecoveryError::Documents(error),
            ReplayError::Index(fault) => ill(fault),
            ReplayError::Disagree { found, agreed } => RecoveryError::Disagree { height, found, agreed },
        })?;
        if height % 1000 == 0 || height == counts {
            info!(height, of = counts, "index is led forward from the documents");
        }
    }
    if let Some(state) = state {
        let found = store.committed().app_hash;
        if found.to_string() != state.app_hash {
            return Err(RecoveryError::Disagree { height, found, agreed: state.app_hash });
        }
    }
    let latest = store.latest();
    let elections = |id: &_| state::election(id).get(&latest).map_err(ill);
    let grants = |right: &_| state::grant(right).get(&latest).map_err(ill);
    if take_back(&**documents, counts.saturating_add(1), elections, grants).await? {
        warn!(height = counts.saturating_add(1), "took back what a block wrote before this process ended");
    }
    sweep(&store, &**documents).await.map_err(|error| match error {
        SweepError::Documents(error) => RecoveryError::Documents(error),
        SweepError::Index(fault) => ill(fault),
    })?;
    Ok(store)
}

/// Removes the folder of the index; nothing happens when there is none.
fn remove(path: &Path) -> Result<(), Fault> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Fault::Disk { action: "removing the index", cause: error.to_string() })
        }
        _ => Ok(()),
    }
}

/// How far the documents are; `None` before the first block.
///
/// # Errors
/// The server does not answer, or somebody changed the document.
pub async fn state_of(documents: &dyn Documents) -> Result<Option<StateDocument>, DocumentsError> {
    meta(documents, StateDocument::ID)
        .await?
        .map(|found| read(Collection::Meta, StateDocument::ID, found))
        .transpose()
}

async fn meta(documents: &dyn Documents, id: &str) -> Result<Option<Document>, DocumentsError> {
    Ok(documents.get(Collection::Meta, &[id.to_owned()]).await?.into_iter().flatten().next())
}

/// Why a block cannot be executed again from its documents.
pub(crate) enum ReplayError {
    Documents(DocumentsError),
    Index(Fault),
    /// They lead to another app hash than the block's document says.
    Disagree {
        found: Hash,
        agreed: String,
    },
}

impl From<DocumentsError> for ReplayError {
    fn from(error: DocumentsError) -> Self {
        Self::Documents(error)
    }
}

impl From<Fault> for ReplayError {
    fn from(fault: Fault) -> Self {
        Self::Index(fault)
    }
}

/// Executes a block again from its documents and commits it to an index. What the documents lead to is compared with
/// what they say was agreed; signatures, on which the chain has agreed, are checked on demand.
pub(crate) async fn replay(
    store: &Store,
    documents: &dyn Documents,
    height: u64,
    signatures: bool,
) -> Result<(), ReplayError> {
    let head = documents.get(Collection::Blocks, &[padded(height)]).await?.into_iter().flatten().next();
    let text = |field: &str| {
        let found = head.as_ref().and_then(|head| head.get_str(field).ok());
        found.map(str::to_owned).unwrap_or_default()
    };
    let mut base = Overlay::new(store.latest());
    let mut changes = sirius_store::Changes::new();
    let mut rows = Vec::new();
    let mut begun = None;
    if store.committed().height == Height::ZERO {
        let missing = || DocumentsError::Changed {
            collection: Collection::Meta,
            id: ChainDocument::ID.into(),
            what: "is missing".into(),
        };
        let found = meta(documents, ChainDocument::ID).await?.ok_or_else(missing)?;
        let chain: ChainDocument = read(Collection::Meta, ChainDocument::ID, found)?;
        let genesis = chain.genesis()?;
        changes = genesis.changes();
        base.apply(changes.clone());
        rows.push(genesis::row(&genesis));
        begun = Some(genesis::bytes(&genesis));
    }
    let places = transactions(documents, head.as_ref()).await?;
    let submitted: Vec<Submitted<'_>> = places
        .iter()
        .map(|place| match signatures {
            true => place.transaction.verify_signatures().map(|()| &place.transaction),
            false => Ok(&place.transaction),
        })
        .collect();
    let executed = block::run(&base, height, &submitted)?;
    for ((place, result), index) in places.iter().zip(&executed.results).zip(first(&executed)..) {
        match result {
            Ok(record) => index::rows(&place.transaction, record, index, &mut rows),
            Err(refusal) => {
                return Err(DocumentsError::Changed {
                    collection: Collection::Transactions,
                    id: place.transaction.id().to_string(),
                    what: format!("cannot have been accepted: {refusal}"),
                }
                .into());
            }
        }
    }
    changes.extend(executed.changes.clone());
    let (time, proposer) = (text("time"), text("proposer"));
    let header = Header { height, time: &time, proposer: &proposer, before: before(store) };
    seal::seal(&base, &mut changes, header, &executed, begun.as_deref())?;
    let prepared = store.prepare(Height(height), &changes)?;
    let found = prepared.app_hash();
    let agreed = text("app_hash");
    if head.is_some() && found.to_string() != agreed {
        return Err(ReplayError::Disagree { found, agreed });
    }
    rows.extend(executed.nodes.iter().map(index::node));
    let count = u64::try_from(places.len()).unwrap_or(u64::MAX);
    let decides = store.committed().height == Height::ZERO || !executed.validators.is_empty();
    if decides {
        let mut after = Overlay::new(&base);
        after.apply(executed.changes.clone());
        rows.push(index::validators(height, &state::validators(&after)?));
    }
    if count > 0 || decides {
        let log_root = executed.head.root();
        let row = BlockRow { time, proposer, app_hash: found, log_root, first: first(&executed), count };
        rows.push(index::block(height, &row));
    }
    store.commit(prepared, rows)?;
    Ok(())
}

/// The number of a block's first record.
fn first(executed: &block::Executed) -> u64 {
    let accepted = executed.results.iter().filter(|result| result.is_ok()).count();
    executed.head.size.saturating_sub(u64::try_from(accepted).unwrap_or(u64::MAX))
}

/// The transactions of a block, from their documents.
async fn transactions(
    documents: &dyn Documents,
    head: Option<&Document>,
) -> Result<Vec<Place>, DocumentsError> {
    let ids = head.and_then(|head| head.get_array("transactions").ok());
    let ids: Vec<String> =
        ids.into_iter().flatten().filter_map(|id| id.as_str()).map(str::to_owned).collect();
    let found = documents.get(Collection::Transactions, &ids).await?;
    let mut places = Vec::with_capacity(ids.len());
    for (id, document) in ids.iter().zip(found) {
        let missing = || DocumentsError::Changed {
            collection: Collection::Transactions,
            id: id.clone(),
            what: "is missing".into(),
        };
        places.push(Place::read(id, &document.ok_or_else(missing)?)?);
    }
    Ok(places)
}
