//! A chunk of texts that has arrived: checked against the state before anything of it is written.

use mongo_ledger_core::{
    json::Limits,
    log::{self, Head, Node},
    record::Record,
    seal::{self, Facts},
    state,
    transaction::Transaction,
};
use rayon::prelude::*;
use sirius_primitives::{Hash, sha256};
use sirius_store::{Fault, Snapshot};

use super::{
    contents::{Contents, Texts},
    item::{self, Item},
};
use crate::{
    genesis,
    index::{BlockRow, Powers},
};

/// How far the texts have come.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    /// The log over the texts so far.
    head: Head,
    /// The chain of the blocks so far.
    sealed: Hash,
    /// The last block so far: the app hash behind it is known with the next one.
    open: Option<Open>,
    /// The chunk of texts that is next.
    next: usize,
}

/// A block some records of which may be missing.
#[derive(Debug, Clone)]
struct Open {
    facts: Facts,
    first: u64,
    ids: Vec<String>,
}

/// What the texts have to come to.
pub(super) struct Goal {
    head: Head,
    sealed: Hash,
    app_hash: Hash,
}

/// A record that has arrived.
pub(super) struct Arrived {
    pub(super) transaction: Transaction,
    pub(super) record: Record,
    pub(super) index: u64,
    /// The time of its block.
    pub(super) time: String,
}

/// A block that has every record.
pub(super) struct Whole {
    pub(super) height: u64,
    pub(super) row: BlockRow,
    pub(super) ids: Vec<String>,
}

/// What a chunk brings.
#[derive(Default)]
pub(super) struct Portion {
    pub(super) records: Vec<Arrived>,
    pub(super) nodes: Vec<Node>,
    pub(super) blocks: Vec<Whole>,
    pub(super) validators: Vec<(u64, Powers)>,
}

/// Why a chunk is not of the trusted state.
pub(super) type Forged = &'static str;

impl Goal {
    /// What the state says of the texts.
    ///
    /// # Errors
    /// It cannot be read, or is of no chain of this program.
    pub(super) fn read(snapshot: &Snapshot) -> Result<Self, Fault> {
        let head = state::head().get(snapshot)?;
        let sealed = state::sealed().get(snapshot)?;
        match (head, sealed) {
            (Some(head), Some(sealed)) => Ok(Self { head, sealed, app_hash: snapshot.app_hash() }),
            _ => Err(Fault::Damaged {
                what: "the restored state",
                detail: "it is proven, and yet of no database of this program".into(),
            }),
        }
    }
}

impl Progress {
    /// Before the first text.
    pub(super) fn new(contents: &Contents) -> Self {
        let sealed = seal::first(&genesis::bytes(&contents.genesis));
        Self { head: Head::default(), sealed, open: None, next: 0 }
    }

    /// The chunk of texts that is next, counted from 0.
    pub(super) fn next(&self) -> usize {
        self.next
    }

    /// What `chunk` brings and how far the texts are with it; with the last one they have come to the goal.
    ///
    /// # Errors
    /// What contradicts the state.
    pub(super) fn read(
        &self,
        chunk: &[u8],
        said: &Texts,
        goal: &Goal,
        is_last: bool,
    ) -> Result<(Portion, Self), Forged> {
        let items = item::read(chunk).ok_or("it cannot be read")?;
        let limits = Limits::of_any_length();
        let parsed: Vec<Option<Result<Transaction, _>>> = items
            .par_iter()
            .map(|item| match item {
                Item::Block(_) => None,
                Item::Record { raw, .. } => Some(Transaction::parse(raw.as_bytes(), &limits)),
            })
            .collect();
        let (mut after, mut portion) = (self.clone(), Portion::default());
        for (item, parsed) in items.into_iter().zip(parsed) {
            match (item, parsed) {
                (Item::Block(facts), _) => after.block(facts, &mut portion)?,
                (Item::Record { previous, .. }, Some(Ok(transaction))) => {
                    after.record(transaction, previous, &mut portion)?;
                }
                (Item::Record { .. }, _) => return Err("it has a text that is no transaction"),
            }
        }
        after.next = self.next.saturating_add(1);
        after.lead_to(said, goal)?;
        if is_last {
            after.end(goal, &mut portion)?;
        }
        Ok((portion, after))
    }

    /// The block before is whole; another one begins.
    fn block(&mut self, facts: Facts, portion: &mut Portion) -> Result<(), Forged> {
        let known = self.open.as_ref().map(|open| open.facts.height);
        if known.is_some_and(|known| known >= facts.height) {
            return Err("its blocks are not in order");
        }
        let first = self.head.size;
        self.close(facts.before, portion)?;
        self.sealed = facts.upon(&self.sealed);
        if let Some(validators) = &facts.validators {
            portion.validators.push((facts.height, validators.clone()));
        }
        self.open = Some(Open { facts, first, ids: Vec::new() });
        Ok(())
    }

    fn record(
        &mut self,
        transaction: Transaction,
        previous: Hash,
        portion: &mut Portion,
    ) -> Result<(), Forged> {
        let open = self.open.as_mut().ok_or("it has a record before any block")?;
        let position = u32::try_from(open.ids.len()).map_err(|_| "a block has too many records")?;
        let record = Record {
            height: open.facts.height,
            position,
            id: *transaction.id(),
            raw: sha256(transaction.raw().as_bytes()),
            asset: transaction.asset_id(),
            previous,
        };
        open.ids.push(transaction.id().to_string());
        let (index, time) = (self.head.size, open.facts.time.clone());
        self.head.append(record.leaf(), |node| portion.nodes.push(node));
        portion.records.push(Arrived { transaction, record, index, time });
        Ok(())
    }

    /// Closes the block before, which ended with an app hash.
    fn close(&mut self, app_hash: Hash, portion: &mut Portion) -> Result<(), Forged> {
        let Some(Open { facts, first, ids }) = self.open.take() else { return Ok(()) };
        let Facts { height, time, proposer, count, .. } = facts;
        if u64::try_from(ids.len()) != Ok(count) {
            return Err("a block has another number of records than it says");
        }
        let row = BlockRow { time, proposer, app_hash, log_root: self.head.root(), first, count };
        portion.blocks.push(Whole { height, row, ids });
        Ok(())
    }

    /// Whether the log so far is the beginning of the one in the state.
    fn lead_to(&self, said: &Texts, goal: &Goal) -> Result<(), Forged> {
        if self.head.size != said.records {
            return Err("it has another number of records than the manifest says");
        }
        if self.head.size == 0 {
            return Ok(());
        }
        let (old, new) = (self.head.root(), goal.head.root());
        log::verify_consistency((self.head.size, &old), (goal.head.size, &new), &said.proof)
            .map_err(|_| "its texts do not lead to the log in the state")
    }

    /// Whether the last text has come to what the state says.
    fn end(&mut self, goal: &Goal, portion: &mut Portion) -> Result<(), Forged> {
        self.close(goal.app_hash, portion)?;
        match (self.head == goal.head, self.sealed == goal.sealed) {
            (true, true) => Ok(()),
            (false, _) => Err("texts are missing at its end"),
            (true, false) => Err("its blocks do not lead to their chain in the state"),
        }
    }
}
