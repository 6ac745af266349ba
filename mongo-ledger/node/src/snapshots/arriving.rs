//! A database that is being put back: the proven state first, then the texts, from which documents and rows are made
//! again. Nothing counts before the last chunk.

use std::{
    collections::BTreeMap,
    panic::resume_unwind,
    sync::{Arc, mpsc::sync_channel},
    thread,
};

use futures::future::try_join_all;
use mongo_ledger_core::{state, transaction::OutputRef};
use mongodb::bson::Document;
use rayon::prelude::*;
use sirius_host::snapshots::{Manifest as _, Restoration, Step, Unfit};
use sirius_primitives::{Hash, Height, sha256};
use sirius_store::{
    Fault, Row, Snapshot,
    sync::{Restore, RestoreError},
};

use super::{
    contents::Contents,
    portion::{Arrived, Goal, Portion, Progress, Whole},
};
use crate::{
    check::CheckState,
    documents::{BlockDocuments, Collection, Placed, RESTORING, Shape, StateDocument, restoring},
    genesis, index,
    ledger::Ledger,
    pending::BlockState,
    verify::{others, state_document},
};

/// Records whose documents are made and inserted at a time: enough for few large commands, and a small part of the memory
/// that a whole chunk's would take.
const PART: usize = 1_000;
/// Parts that are ready before the server has taken the one before.
const AHEAD: usize = 1;

/// Documents of the collections that a portion brings.
type Tables = BTreeMap<Collection, Vec<Document>>;

/// A restoration under way.
pub(crate) struct Arriving {
    contents: Contents,
    restore: Restore,
    /// The texts, from the moment on at which the state is there.
    texts: Option<Reading>,
}

/// Texts under way.
struct Reading {
    goal: Goal,
    progress: Progress,
    /// The state document after the last block that is whole.
    last: Option<StateDocument>,
}

impl Restoration for Arriving {
    fn next(&self) -> usize {
        let texts = self.texts.as_ref().map_or(0, |reading| reading.progress.next());
        self.restore.next().saturating_add(texts)
    }
}

impl Arriving {
    /// The height of the database that arrives.
    pub(crate) fn height(&self) -> Height {
        self.restore.height()
    }

    /// How many chunks there are.
    pub(crate) fn chunks(&self) -> usize {
        self.contents.chunks()
    }
}

impl Ledger {
    /// Begins to put a database back whose app hash is `trusted`. Documents that another attempt left go first.
    ///
    /// # Errors
    /// There is a ledger already, the snapshot is of another state, or this node is ill.
    pub(crate) fn begin_restore(&self, contents: Contents, trusted: &Hash) -> Result<Arriving, RestoreError> {
        let restore = self.store.begin_restore(contents.state.clone(), trusted)?.hold();
        self.persist("clearing the documents", || async {
            self.documents.clear().await?;
            self.documents.replace(Collection::Meta, &[restoring()]).await
        })?;
        Ok(Arriving { contents, restore, texts: None })
    }

    /// Takes the next chunk when it is proven.
    ///
    /// # Errors
    /// It is not, and nothing of it was written; or this node is ill.
    pub(crate) fn restore_chunk(&self, arriving: &mut Arriving, chunk: &[u8]) -> Result<Step, Unfit<Fault>> {
        let Some(reading) = &mut arriving.texts else {
            match self.store.restore_chunk(&mut arriving.restore, chunk) {
                Ok(false) => {}
                Ok(true) => arriving.texts = Some(self.begin_texts(arriving).map_err(Unfit::Fault)?),
                Err(RestoreError::Fault(fault)) => return Err(Unfit::Fault(fault)),
                Err(error @ RestoreError::WrongChunk { .. }) => return Err(Unfit::Wrong(error.to_string())),
                Err(error) => return Err(Unfit::Forged(error.to_string())),
            }
            return Ok(Step::More);
        };
        let index = reading.progress.next();
        let forged =
            |cause: &str| Unfit::Forged(format!("text chunk {index} is not of the trusted state: {cause}"));
        let texts = &arriving.contents.texts;
        let said = texts.get(index).ok_or_else(|| forged("there are no more"))?;
        let found = sha256(chunk);
        if found != said.hash {
            let expected = said.hash;
            return Err(Unfit::Wrong(format!(
                "text chunk {index} hashes to {found}, the manifest says {expected}"
            )));
        }
        let is_last = index.saturating_add(1) == texts.len();
        let (portion, after) = reading.progress.read(chunk, said, &reading.goal, is_last).map_err(forged)?;
        self.write(&arriving.restore, reading, &portion).map_err(Unfit::Fault)?;
        reading.progress = after;
        if !is_last {
            return Ok(Step::More);
        }
        self.finish(arriving).map_err(Unfit::Fault)?;
        Ok(Step::Done)
    }

    fn begin_texts(&self, arriving: &Arriving) -> Result<Reading, Fault> {
        let goal = Goal::read(&self.store.restored(&arriving.restore)?)?;
        Ok(Reading { goal, progress: Progress::new(&arriving.contents), last: None })
    }

    /// Writes what a portion brings: its documents and its rows. They count together, when all is there; so the server
    /// works on the documents of one part while this process makes those of the next, and the rows.
    fn write(&self, restore: &Restore, reading: &mut Reading, portion: &Portion) -> Result<(), Fault> {
        // Looked at anew with each portion: a database keeps in memory whatever is written while somebody looks at it.
        let state = self.store.restored(restore)?;
        thread::scope(|scope| {
            let (to, parts) = sync_channel::<Tables>(AHEAD);
            let inserting = scope.spawn(move || parts.iter().try_for_each(|tables| self.insert(&tables)));
            for records in portion.records.chunks(PART) {
                let made = tables(records, &state, self.documents.shape())?;
                if to.send(made).is_err() {
                    break;
                }
                self.store.restore_rows(restore, rows(records))?;
            }
            // Whoever no longer takes anything has failed, and says why.
            let _ = to.send(heads(portion));
            drop(to);
            inserting.join().unwrap_or_else(|panic| resume_unwind(panic))
        })?;
        reading.last = portion.blocks.last().map(last).or(reading.last.take());
        self.store.restore_rows(restore, other_rows(portion))
    }

    /// Inserts side by side: while a server writes one large command, it reads the next.
    fn insert(&self, tables: &Tables) -> Result<(), Fault> {
        self.persist("putting documents back", || async {
            let each =
                tables.iter().map(|(collection, documents)| self.documents.insert(*collection, documents));
            try_join_all(each).await.map(drop)
        })
    }

    /// Everything is there: from here on it counts, and the ledger goes on as if it had executed it. The sign that
    /// documents are incomplete goes last.
    fn finish(&self, arriving: &Arriving) -> Result<(), Fault> {
        let Arriving { contents, restore, texts } = arriving;
        self.store.restore_rows(restore, vec![genesis::row(&contents.genesis)])?;
        self.store.finish_restore(restore)?;
        let mut tables = Tables::new();
        for one in others(&self.store)? {
            tables.entry(one.collection).or_default().extend(one.document);
        }
        self.insert(&tables)?;
        let committed = self.store.committed();
        if let Some(last) = texts.as_ref().and_then(|reading| reading.last.as_ref()) {
            let state = last.at(committed.height.0, committed.app_hash.to_string()).document();
            self.persist("writing how far the documents are", || async {
                self.documents.replace(Collection::Meta, std::slice::from_ref(&state)).await?;
                self.documents.remove(Collection::Meta, &[RESTORING.to_owned()]).await
            })?;
        }
        let genesis = contents.genesis.clone();
        tracing::info!(height = %committed.height, chain = genesis.chain_id, "the database is restored");
        self.set_genesis(Arc::new(genesis));
        let mut block = self.block();
        *block = BlockState::default();
        let check = CheckState::new(self.base(&block), committed.height.0);
        drop(block);
        *self.check() = Some(check);
        self.payloads.recount();
        Ok(())
    }
}

/// The state document after a block.
fn last(whole: &Whole) -> StateDocument {
    state_document(whole.height, &whole.row, whole.row.app_hash.to_string())
}

/// The documents of the blocks that a portion ends.
fn heads(portion: &Portion) -> Tables {
    let head = |whole: &Whole| BlockDocuments::head(&last(whole), &whole.row.proposer, whole.ids.clone());
    Tables::from([(Collection::Blocks, portion.blocks.iter().map(head).collect())])
}

/// The documents that follow from records.
fn tables(records: &[Arrived], state: &Snapshot, shape: Shape) -> Result<Tables, Fault> {
    let each: Vec<Vec<(Collection, Document)>> =
        records.par_iter().map(|record| documents(record, state, shape)).collect::<Result<_, _>>()?;
    let mut tables = Tables::new();
    for (collection, document) in each.into_iter().flatten() {
        tables.entry(collection).or_default().push(document);
    }
    Ok(tables)
}

fn documents(
    arrived: &Arrived,
    state: &Snapshot,
    shape: Shape,
) -> Result<Vec<(Collection, Document)>, Fault> {
    let Arrived { transaction, record, index, time } = arrived;
    let placed = Placed { transaction, record: *record, index: *index, time };
    let mut documents = vec![(Collection::Transactions, placed.transaction(shape))];
    documents.extend(placed.asset(shape).map(|asset| (Collection::Assets, asset)));
    documents.extend(placed.metadata(shape).map(|metadata| (Collection::Metadata, metadata)));
    documents.extend(placed.spends().into_iter().map(|spend| (Collection::Spends, spend)));
    for (document, output_index) in placed.utxos().into_iter().zip(0..) {
        let output = OutputRef { transaction_id: *transaction.id(), output_index };
        if state::unspent(&output).get(state)?.is_some() {
            documents.push((Collection::Utxos, document));
        }
    }
    Ok(documents)
}

/// The rows that follow from records.
fn rows(records: &[Arrived]) -> Vec<Row> {
    let of = |arrived: &Arrived| {
        let mut rows = Vec::new();
        index::rows(&arrived.transaction, &arrived.record, arrived.index, &mut rows);
        rows
    };
    records.par_iter().flat_map_iter(of).collect()
}

/// The rows of the log and of blocks that a portion brings.
fn other_rows(portion: &Portion) -> Vec<Row> {
    let nodes = portion.nodes.iter().map(index::node);
    let blocks = portion.blocks.iter().map(|whole| index::block(whole.height, &whole.row));
    let validators = portion.validators.iter();
    let validators = validators.map(|(height, validators)| index::validators(*height, validators));
    nodes.chain(blocks).chain(validators).collect()
}
