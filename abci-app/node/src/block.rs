//! Blocks: proposed, judged, executed, committed.
//!
//! A block is executed once: as a proposal, whose result is kept and taken when the same block is decided. Whatever was
//! executed is a function of the committed state and the block alone, so a replay without proposals comes to the same.

use bytes::Bytes;
use sirius_primitives::{Hash, Height, Timestamp};
use sirius_runtime::{BlockInfo, BlockLimits, Chain, Executed, event::Event};
use sirius_store::{Changes, Fault, Overlay, Prepared, Snapshot};
use tendermint_proto::{
    google::protobuf::Timestamp as WireTimestamp,
    v0_38::{
        abci::{
            ExecTxResult, RequestFinalizeBlock, RequestInitChain, RequestPrepareProposal,
            RequestProcessProposal, ResponseFinalizeBlock,
        },
        types::ConsensusParams,
    },
};
use tracing::{debug, info};

use crate::{
    mempool::CheckState,
    receipts::{self, Row},
    shared::Shared,
};

/// What stands between the committed state and the next commit.
#[derive(Default)]
pub(crate) struct BlockState {
    /// What genesis wrote, until the first block is committed.
    genesis: Changes,
    /// The last proposal that was executed, with its block's hash.
    proposal: Option<(Bytes, Executed)>,
    /// The block that is to be committed.
    decided: Option<Decided>,
}

struct Decided {
    block: BlockInfo,
    prepared: Prepared,
    rows: Vec<Row>,
    refused: usize,
    txs: usize,
    reused: bool,
}

/// The committed state, and before the first block what genesis makes of it.
pub(crate) type Base = Overlay<Snapshot>;

impl Shared {
    fn base(&self, state: &BlockState) -> Base {
        let mut base = Overlay::new(self.store.latest());
        base.apply(state.genesis.clone());
        base
    }

    /// Writes genesis into memory; the first block commits it. Called again on an empty chain, it begins anew.
    pub(crate) fn init_chain(&self, request: &RequestInitChain) -> Result<Hash, InitError> {
        let committed = self.store.committed().height;
        if committed != Height::ZERO {
            return Err(InitError::NotEmpty(committed));
        }
        let limits = limits(request.consensus_params.as_ref())?;
        let first = Height::from_wire(request.initial_height).unwrap_or_default();
        let block = BlockInfo {
            height: first.before(sirius_primitives::Blocks(1)),
            time: timestamp(request.time.as_ref()),
            proposer: Vec::new(),
        };
        let (chain, changes) =
            self.app.genesis(&request.chain_id, &block, limits, &request.app_state_bytes)?;
        let app_hash = self.store.prepare(Height::ZERO, &changes)?.app_hash();
        info!(chain = chain.id, records = changes.len(), %app_hash, "genesis is read");
        self.set_chain(chain);
        let mut state = self.block();
        *state = BlockState { genesis: changes, ..BlockState::default() };
        let check = CheckState::new(&self.app, self.base(&state), block)?;
        drop(state);
        *self.check() = Some(check);
        Ok(app_hash)
    }

    /// The transactions of an honest proposal.
    pub(crate) fn propose(&self, request: &RequestPrepareProposal) -> Result<Vec<Bytes>, Fault> {
        let chain = self.known_chain()?;
        let block = info_of(request.height, request.time.as_ref(), &request.proposer_address);
        let most = u64::try_from(request.max_tx_bytes).unwrap_or(0);
        let base = self.base(&self.block());
        self.app.select(&chain, &base, &block, (&request.txs, most))
    }

    /// Whether a proposal is honest; its execution is kept for when it is decided.
    pub(crate) fn judge(&self, request: RequestProcessProposal) -> Result<bool, Fault> {
        let chain = self.known_chain()?;
        let block = info_of(request.height, request.time.as_ref(), &request.proposer_address);
        let mut state = self.block();
        let base = self.base(&state);
        let executed = self.app.run_block(&chain, &base, &block, &request.txs)?;
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
        let block = info_of(request.height, request.time.as_ref(), &request.proposer_address);
        let mut state = self.block();
        let kept = state.proposal.take().filter(|(hash, _)| *hash == request.hash && !hash.is_empty());
        let reused = kept.is_some();
        let executed = match kept {
            Some((_, executed)) => executed,
            None => self.execute(&state, &chain, &block, &request.txs)?,
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
        Ok(response(executed.events, tx_results, app_hash))
    }

    fn execute(
        &self,
        state: &BlockState,
        chain: &Chain,
        block: &BlockInfo,
        txs: &[Bytes],
    ) -> Result<Executed, Fault> {
        self.app.run_block(chain, &self.base(state), block, txs)
    }

    /// Makes the decided block durable and begins a new mempool state upon it.
    pub(crate) fn commit(&self) -> Result<(), Fault> {
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
        let check = CheckState::new(&self.app, self.base(&state), decided.block)?;
        drop(state);
        *self.check() = Some(check);
        Ok(())
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

fn info_of(height: i64, time: Option<&WireTimestamp>, proposer: &Bytes) -> BlockInfo {
    BlockInfo {
        height: Height::from_wire(height).unwrap_or_default(),
        time: timestamp(time),
        proposer: proposer.to_vec(),
    }
}

fn timestamp(time: Option<&WireTimestamp>) -> Timestamp {
    time.map_or_else(Timestamp::default, |time| Timestamp { seconds: time.seconds, nanos: time.nanos })
}

fn response(events: Vec<Event>, tx_results: Vec<ExecTxResult>, app_hash: Hash) -> ResponseFinalizeBlock {
    ResponseFinalizeBlock {
        events,
        tx_results,
        validator_updates: Vec::new(),
        consensus_param_updates: None,
        app_hash: Bytes::copy_from_slice(app_hash.as_bytes()),
    }
}
