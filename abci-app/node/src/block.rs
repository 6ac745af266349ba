//! Blocks: proposed, judged, executed, committed.
//!
//! A block is executed once: as a proposal, whose result is kept and taken when the same block is decided. Whatever was
//! executed is a function of the committed state and the block alone, so a replay without proposals comes to the same.

use bytes::Bytes;
use sirius_primitives::{Blocks, Hash, Height, PublicKeyError};
use sirius_runtime::{Begun, BlockInfo, BlockLimits, EvidenceAge, Report, Updates, event::Event};
use sirius_store::{Fault, Overlay};
use tendermint_proto::v0_38::{
    abci::{
        ExecTxResult, RequestFinalizeBlock, RequestInitChain, RequestPrepareProposal, RequestProcessProposal,
        ResponseFinalizeBlock, ResponseInitChain,
    },
    types::ConsensusParams,
};
use tracing::{debug, info};

use crate::{
    check::CheckState,
    consensus,
    pending::{Base, BlockState, Decided},
    receipts,
    shared::Shared,
};

impl Shared {
    fn base(&self, state: &BlockState) -> Base {
        let mut base = Overlay::new(self.store.latest());
        base.apply(state.genesis.clone());
        base
    }

    /// Writes genesis into memory; the first block commits it. Called again on an empty chain, it begins anew.
    pub(crate) fn init_chain(&self, request: &RequestInitChain) -> Result<ResponseInitChain, InitError> {
        let committed = self.store.committed().height;
        if committed != Height::ZERO {
            return Err(InitError::NotEmpty(committed));
        }
        let limits = limits(request.consensus_params.as_ref())?;
        let first = Height::from_wire(request.initial_height).unwrap_or_default();
        let block = BlockInfo {
            height: first.before(Blocks(1)),
            time: consensus::timestamp(request.time.as_ref()),
            proposer: Vec::new(),
        };
        let validators = consensus::validators(&request.validators)?;
        let report = Report { validators, ..Report::default() };
        let begun =
            self.app.genesis(&request.chain_id, (&block, &report), limits, &request.app_state_bytes)?;
        let Begun { chain, mut changes, updates } = begun;
        if let Some(age) = evidence_age(request.consensus_params.as_ref()) {
            age.write(&mut changes);
        }
        let app_hash = self.store.prepare(Height::ZERO, &changes)?.app_hash();
        info!(chain = chain.id, records = changes.len(), %app_hash, "genesis is read");
        self.set_chain(chain);
        let mut state = self.block();
        *state = BlockState { genesis: changes, ..BlockState::default() };
        let check = CheckState::new(&self.app, self.base(&state), block)?;
        drop(state);
        *self.check() = Some(check);
        Ok(ResponseInitChain {
            consensus_params: consensus::param_updates(&updates),
            validators: consensus::validator_updates(&updates),
            // A client reads the app hash of height 1 and does not accept an empty one (CosmJS).
            app_hash: Bytes::copy_from_slice(app_hash.as_bytes()),
        })
    }

    /// The transactions of an honest proposal.
    pub(crate) fn propose(&self, request: &RequestPrepareProposal) -> Result<Vec<Bytes>, Fault> {
        let chain = self.known_chain()?;
        let (block, report) = consensus::of_own_proposal(request);
        let most = u64::try_from(request.max_tx_bytes).unwrap_or(0);
        let base = self.base(&self.block());
        self.halts.allow(self.app.registry(), &base, block.height)?;
        self.app.select(&chain, &base, (&block, &report), (&request.txs, most))
    }

    /// Whether a proposal is honest; its execution is kept for when it is decided.
    pub(crate) fn judge(&self, request: RequestProcessProposal) -> Result<bool, Fault> {
        let chain = self.known_chain()?;
        let (block, report) = consensus::of_proposal(&request);
        let mut state = self.block();
        let base = self.base(&state);
        self.halts.allow(self.app.registry(), &base, block.height)?;
        let executed = self.app.run_block(&chain, &base, (&block, &report), &request.txs)?;
        if !executed.is_honest() {
            debug!(height = %block.height, "the proposal has a transaction that is not let in");
            return Ok(false);
        }
        state.proposal = Some((request.hash, executed));
        Ok(true)
    }

    /// Executes the decided block; nothing is written yet.
    pub(crate) fn decide(&self, request: RequestFinalizeBlock) -> Result<ResponseFinalizeBlock, Fault> {
        let chain = self.known_chain()?;
        let (block, report) = consensus::of_decision(&request);
        let mut state = self.block();
        let kept = state.proposal.take().filter(|(hash, _)| *hash == request.hash && !hash.is_empty());
        let reused = kept.is_some();
        let executed = match kept {
            Some((_, executed)) => executed,
            None => {
                let base = self.base(&state);
                self.halts.allow(self.app.registry(), &base, block.height)?;
                self.app.run_block(&chain, &base, (&block, &report), &request.txs)?
            }
        };
        let mut changes = state.genesis.clone();
        changes.extend(executed.changes);
        let prepared = self.store.prepare(block.height, &changes)?;
        let app_hash = prepared.app_hash();
        let tx_results: Vec<ExecTxResult> =
            executed.results.into_iter().map(sirius_runtime::TxResult::into_exec).collect();
        let refused = tx_results.iter().filter(|result| result.code != 0).count();
        let rows = receipts::rows(&self.store, &block, &request.txs, &tx_results, self.keep_receipts)?;
        let txs = tx_results.len();
        state.decided = Some(Decided { block, prepared, rows, refused, txs, reused });
        Ok(response((executed.events, tx_results), &executed.updates, app_hash))
    }

    /// Makes the decided block durable and begins a new mempool state upon it. Returns from which height on CometBFT is
    /// to keep blocks.
    pub(crate) fn commit(&self) -> Result<Height, Fault> {
        let mut state = self.block();
        let decided = state
            .decided
            .take()
            .ok_or_else(|| Fault::Contradiction("a commit came before its block".into()))?;
        let app_hash = decided.prepared.app_hash();
        self.store.commit(decided.prepared, decided.rows)?;
        *state = BlockState::default();
        self.counts.committed(decided.txs, decided.refused, decided.reused);
        self.pulse.block();
        info!(height = %decided.block.height, txs = decided.txs, refused = decided.refused, %app_hash, "block committed");
        let height = decided.block.height;
        let check = CheckState::new(&self.app, self.base(&state), decided.block)?;
        drop(state);
        *self.check() = Some(check);
        self.snapshots.committed(&self.store);
        self.halts.committed(height);
        self.retain_height()
    }
}

/// Why a chain cannot begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InitError {
    /// There is a state already.
    #[error(
        "InitChain came, but this node's state is at height {0}; point CometBFT to its own data, or reset both"
    )]
    NotEmpty(Height),
    /// The consensus parameters lack something.
    #[error("genesis field consensus_params.block.{field}: {cause}")]
    Limits {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// A section of the application's state is wrong.
    #[error(transparent)]
    Genesis(#[from] sirius_runtime::genesis::GenesisError),
    /// A validator's key is none.
    #[error("genesis field validators: {0}")]
    Validator(#[from] PublicKeyError),
    /// This node is ill.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn limits(params: Option<&ConsensusParams>) -> Result<BlockLimits, InitError> {
    let block = params.and_then(|params| params.block.as_ref());
    let (bytes, gas) = block.map_or((0, 0), |block| (block.max_bytes, block.max_gas));
    let positive = |field, value: i64| {
        u64::try_from(value).ok().filter(|value| *value > 0).ok_or_else(|| InitError::Limits {
            field,
            cause: format!("{value} is no limit; this chain needs a positive one"),
        })
    };
    Ok(BlockLimits {
        bytes: positive("max_bytes", bytes)?,
        gas: sirius_primitives::Gas(positive("max_gas", gas)?),
    })
}

fn evidence_age(params: Option<&ConsensusParams>) -> Option<EvidenceAge> {
    let blocks = params?.evidence.as_ref()?.max_age_num_blocks;
    u64::try_from(blocks)
        .ok()
        .filter(|blocks| *blocks > 0)
        .map(|blocks| EvidenceAge { blocks: Blocks(blocks) })
}

fn response(
    (events, tx_results): (Vec<Event>, Vec<ExecTxResult>),
    updates: &Updates,
    app_hash: Hash,
) -> ResponseFinalizeBlock {
    ResponseFinalizeBlock {
        events,
        tx_results,
        validator_updates: consensus::validator_updates(updates),
        consensus_param_updates: consensus::param_updates(updates),
        app_hash: Bytes::copy_from_slice(app_hash.as_bytes()),
    }
}
