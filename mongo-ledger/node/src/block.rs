//! Blocks: proposed, judged, executed, committed.
//!
//! A block is executed once: as a proposal, whose result is kept and taken when the same block is decided. Nothing is
//! written before its commit, and whatever was executed is a function of the committed state and the block alone.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use mongo_ledger_core::{
    access::{Change, RightId},
    block::{self, Executed, Submitted},
    key::PublicKey,
    log,
    seal::{self, Header},
    state,
    transaction::Transaction,
};
use sirius_primitives::{Hash, Height};
use sirius_store::{Changes, Fault, Overlay, Prepared, Read, Store};
use tendermint_proto::{
    crypto::{PublicKey as WireKey, public_key::Sum},
    google::protobuf::Timestamp,
    v0_38::abci::{
        Event, EventAttribute, ExecTxResult, RequestFinalizeBlock, RequestInitChain, RequestPrepareProposal,
        RequestProcessProposal, ResponseFinalizeBlock, ValidatorUpdate,
    },
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tracing::{debug, info};

use crate::{
    check::CheckState,
    documents::{BlockDocuments, ChainDocument, Decisions, Placed, StateDocument},
    feed::Committed,
    genesis::{self, Genesis, GenesisError},
    index::{self, BlockRow},
    ledger::{Ledger, limits},
    pending::{Base, BlockState, Decided, Run},
};

/// The name of this application in results.
pub(crate) const CODESPACE: &str = "database";

/// What a header says of a block.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) height: u64,
    /// RFC 3339.
    pub(crate) time: String,
    /// The proposer's address, upper-case hexadecimal.
    pub(crate) proposer: String,
}

impl Facts {
    fn new(height: i64, time: Option<&Timestamp>, proposer: &[u8]) -> Self {
        Self {
            height: u64::try_from(height).unwrap_or_default(),
            time: time.map(rfc3339).unwrap_or_default(),
            proposer: hex::encode_upper(proposer),
        }
    }
}

/// A block's time for people; one beyond the year 9999 is none.
fn rfc3339(time: &Timestamp) -> String {
    let nanos = i128::from(time.seconds).saturating_mul(1_000_000_000).saturating_add(i128::from(time.nanos));
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default()
}

impl Ledger {
    /// The state that the next block changes.
    pub(crate) fn base(&self, state: &BlockState) -> Base {
        let mut base = Overlay::new(self.store.latest());
        base.apply(state.genesis.clone());
        base
    }

    /// Writes genesis into memory; the first block commits it. Called again on an empty chain, it begins anew.
    pub(crate) fn init_chain(&self, request: &RequestInitChain) -> Result<Bytes, GenesisError> {
        let height = self.height();
        if height != 0 {
            return Err(GenesisError::NotEmpty(height));
        }
        let genesis = genesis::read(request)?;
        let changes = genesis.changes();
        let app_hash = self.store.prepare(Height::ZERO, &changes)?.app_hash();
        let (access, validators) = (genesis.settings.access, genesis.validators.len());
        info!(chain = genesis.chain_id, %access, validators, %app_hash, "genesis is read");
        self.set_genesis(Arc::new(genesis));
        let first = u64::try_from(request.initial_height).unwrap_or(1).max(1);
        let mut state = self.block();
        *state = BlockState { genesis: changes, ..BlockState::default() };
        let check = CheckState::new(self.base(&state), first.saturating_sub(1));
        drop(state);
        *self.check() = Some(check);
        Ok(Bytes::copy_from_slice(app_hash.as_bytes()))
    }

    /// The transactions of an honest proposal: those that count, in the order in which they came.
    pub(crate) fn propose(&self, request: &RequestPrepareProposal) -> Result<Vec<Bytes>, Fault> {
        let most = usize::try_from(request.max_tx_bytes).unwrap_or(0);
        let mut room = most;
        let fitting: Vec<Bytes> = request
            .txs
            .iter()
            .take_while(|tx| {
                let left = room.checked_sub(tx.len().saturating_add(FRAMING));
                room = left.unwrap_or(0);
                left.is_some()
            })
            .cloned()
            .collect();
        let height = u64::try_from(request.height).unwrap_or_default();
        let base = self.base(&self.block());
        let run = self.run(&base, height, &fitting)?;
        let chosen = fitting.into_iter().zip(&run.executed.results).filter(|(_, result)| result.is_ok());
        Ok(chosen.map(|(tx, _)| tx).collect())
    }

    /// Whether a proposal is honest: each of its transactions counts. Its execution is kept for when it is decided.
    pub(crate) fn judge(&self, request: RequestProcessProposal) -> Result<bool, Fault> {
        let height = u64::try_from(request.height).unwrap_or_default();
        let mut state = self.block();
        let base = self.base(&state);
        let run = self.run(&base, height, &request.txs)?;
        if let Some(refusal) = run.executed.results.iter().find_map(|result| result.as_ref().err()) {
            debug!(height, %refusal, "the proposal has a transaction that does not count");
            return Ok(false);
        }
        state.proposal = Some((request.hash, run));
        Ok(true)
    }

    /// Executes the decided block; nothing is written yet.
    pub(crate) fn decide(&self, request: &RequestFinalizeBlock) -> Result<ResponseFinalizeBlock, Fault> {
        let facts = Facts::new(request.height, request.time.as_ref(), &request.proposer_address);
        let mut state = self.block();
        let base = self.base(&state);
        let mut run = match state.proposal.take() {
            Some((hash, run)) if hash == request.hash => run,
            _ => self.run(&base, facts.height, &request.txs)?,
        };
        let mut changes = state.genesis.clone();
        changes.append(&mut run.executed.changes);
        let genesis =
            self.genesis().ok_or_else(|| Fault::Contradiction("a block came before InitChain".into()))?;
        let first = (!state.genesis.is_empty()).then_some(genesis.as_ref());
        let (begun, before) = (first.map(genesis::bytes), before(&self.store));
        let Facts { height, time, proposer } = &facts;
        seal::seal(
            &base,
            &mut changes,
            Header { height: *height, time, proposer, before },
            &run.executed,
            begun.as_deref(),
        )?;
        let prepared = self.store.prepare(Height(facts.height), &changes)?;
        let decided = self.decided((&base, &changes), &facts, &run, prepared, first)?;
        let response = ResponseFinalizeBlock {
            tx_results: run.executed.results.iter().zip(&run.transactions).map(result).collect(),
            validator_updates: run.executed.validators.iter().map(update).collect(),
            app_hash: Bytes::copy_from_slice(decided.prepared.app_hash().as_bytes()),
            ..Default::default()
        };
        state.decided = Some(decided);
        Ok(response)
    }

    /// Executes transactions upon a state.
    fn run(&self, base: &Base, height: u64, txs: &[Bytes]) -> Result<Run, Fault> {
        let verified = self.seen.verify(txs, &limits(base)?);
        let submitted: Vec<Submitted<'_>> =
            verified.iter().map(|one| one.as_deref().map_err(Clone::clone)).collect();
        let executed = block::run(base, height, &submitted)?;
        Ok(Run { transactions: verified.into_iter().map(Result::ok).collect(), executed })
    }

    /// What a block will write.
    fn decided(
        &self,
        (base, changes): (&impl Read, &Changes),
        facts: &Facts,
        run: &Run,
        prepared: Prepared,
        genesis: Option<&Genesis>,
    ) -> Result<Decided, Fault> {
        let executed = &run.executed;
        let app_hash = prepared.app_hash();
        let log::Head { size, .. } = executed.head;
        let accepted: Vec<_> = run
            .transactions
            .iter()
            .zip(&executed.results)
            .filter_map(|(transaction, result)| Some((transaction.as_deref()?, result.as_ref().ok()?)))
            .collect();
        let count = u64::try_from(accepted.len()).unwrap_or(u64::MAX);
        let first = size.saturating_sub(count);
        let placed: Vec<Placed<'_>> = accepted
            .iter()
            .zip(first..)
            .map(|((transaction, record), index)| Placed {
                transaction,
                record: **record,
                index,
                time: &facts.time,
            })
            .collect();
        let mut rows = Vec::new();
        for one in &placed {
            index::rows(one.transaction, &one.record, one.index, &mut rows);
        }
        rows.extend(executed.nodes.iter().map(index::node));
        let decisions = decisions((base, changes), executed, &placed, genesis)?;
        let log_root = executed.head.root();
        if count > 0 || decisions.validators.is_some() {
            let (time, proposer) = (facts.time.clone(), facts.proposer.clone());
            let row = BlockRow { time, proposer, app_hash, log_root, first, count };
            rows.push(index::block(facts.height, &row));
        }
        rows.extend(genesis.map(genesis::row));
        let state = StateDocument::new(
            i64::try_from(facts.height).unwrap_or(i64::MAX),
            app_hash.to_string(),
            (i64::try_from(size).unwrap_or(i64::MAX), log_root.to_string()),
            facts.time.clone(),
        );
        rows.extend(
            decisions.validators.iter().map(|validators| index::validators(facts.height, validators)),
        );
        let mut documents =
            BlockDocuments::new(self.documents.shape(), &state, &facts.proposer, &placed, &decisions);
        if let Some(genesis) = genesis {
            documents = documents.with_chain(&ChainDocument::new(genesis));
        }
        let records =
            accepted.iter().map(|(transaction, record)| (*transaction.id(), record.asset)).collect();
        let refused = u64::try_from(executed.results.len()).unwrap_or(u64::MAX).saturating_sub(count);
        let committed = Committed { height: facts.height, records, first };
        let brought =
            accepted.iter().flat_map(|(one, _)| one.payloads()).map(|body| body.commitment).collect();
        let erased = accepted.iter().flat_map(|(one, _)| one.erases()).copied().collect();
        Ok(Decided { prepared, documents, rows, committed, refused, brought, erased })
    }

    /// Makes the decided block durable, documents first, and begins a new mempool state upon it.
    pub(crate) fn commit(&self) -> Result<(), Fault> {
        let mut state = self.block();
        let decided = state.decided.take();
        let Decided { prepared, documents, rows, committed, refused, brought, erased } =
            decided.ok_or_else(|| Fault::Contradiction("a commit came before its block".into()))?;
        let begun = Instant::now();
        self.persist("writing a block", || documents.write(&*self.documents))?;
        let writing = begun.elapsed();
        let app_hash = prepared.app_hash();
        self.store.commit(prepared, rows)?;
        // Behind the state, which says from now on that they are not to be kept; a crash here is made up for at the start.
        self.settle(&brought, &erased)?;
        *state = BlockState::default();
        let (height, accepted) =
            (committed.height, u64::try_from(committed.records.len()).unwrap_or(u64::MAX));
        self.counts.committed(accepted, refused, writing);
        self.pulse.block();
        info!(height, accepted, refused, writing_ms = writing.as_millis(), %app_hash, "block committed");
        let check = CheckState::new(self.base(&state), height);
        drop(state);
        *self.check() = Some(check);
        // Nobody may be listening, which is no failure.
        let _ = self.feed.send(Arc::new(committed));
        Ok(())
    }
}

/// The app hash that the next block's header has; `None` before the first block.
pub(crate) fn before(store: &Store) -> Option<Hash> {
    let committed = store.committed();
    (committed.height != Height::ZERO).then_some(committed.app_hash)
}

/// Bytes that the block's encoding adds to a transaction at most: a tag and a length.
const FRAMING: usize = 6;

/// What a block decides, for its documents.
fn decisions(
    (base, changes): (&impl Read, &Changes),
    executed: &Executed,
    placed: &[Placed<'_>],
    genesis: Option<&Genesis>,
) -> Result<Decisions, Fault> {
    let mut touched: Vec<_> =
        placed.iter().filter(|one| one.is_governance()).map(|one| one.record.asset).collect();
    touched.sort_unstable();
    touched.dedup();
    let elects = genesis.is_some() || !executed.validators.is_empty();
    let mut rights: Vec<RightId> =
        placed.iter().filter_map(|one| one.transaction.change()).map(named).collect();
    rights.extend(executed.decided.iter().filter_map(|(_, election)| election.proposal.change()).map(named));
    rights.sort_unstable();
    rights.dedup();
    let mut decisions = Decisions::default();
    if !elects && touched.is_empty() && rights.is_empty() {
        return Ok(decisions);
    }
    let mut after = Overlay::new(base);
    after.apply(changes.clone());
    if elects {
        decisions.validators = Some(state::validators(&after)?);
    }
    for id in touched {
        if let Some(election) = state::election(&id).get(&after)? {
            decisions.elections.push((id, election));
        }
    }
    if genesis.is_some() {
        decisions.grants = state::grants(&after)?;
        return Ok(decisions);
    }
    for right in rights {
        decisions.grants.extend(state::grant(&right).get(&after)?);
    }
    Ok(decisions)
}

fn named(change: &Change) -> RightId {
    change.right().id()
}

fn update((key, power): &(PublicKey, u64)) -> ValidatorUpdate {
    ValidatorUpdate {
        pub_key: Some(WireKey { sum: Some(Sum::Ed25519(key.as_bytes().to_vec())) }),
        power: i64::try_from(*power).unwrap_or(i64::MAX),
    }
}

fn result(
    (result, transaction): (
        &Result<mongo_ledger_core::record::Record, mongo_ledger_core::refusal::Refusal>,
        &Option<Arc<Transaction>>,
    ),
) -> ExecTxResult {
    match result {
        Ok(record) => ExecTxResult {
            data: Bytes::copy_from_slice(record.leaf().as_bytes()),
            events: transaction.iter().map(|transaction| event(transaction)).collect(),
            ..Default::default()
        },
        Err(refusal) => ExecTxResult {
            code: refusal.code(),
            log: refusal.to_string(),
            codespace: CODESPACE.into(),
            ..Default::default()
        },
    }
}

/// What CometBFT's index finds a transaction by: its id, which is not the hash of its bytes.
fn event(transaction: &Transaction) -> Event {
    let attribute = |key: &str, value: String, index| EventAttribute { key: key.into(), value, index };
    Event {
        r#type: "record".into(),
        attributes: vec![
            attribute("id", transaction.id().to_string(), true),
            attribute("asset", transaction.asset_id().to_string(), false),
            attribute("operation", transaction.operation().as_str().into(), false),
        ],
    }
}
