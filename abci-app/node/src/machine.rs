//! The ABCI application: each request becomes one plain call.

use std::sync::Arc;

use bytes::Bytes;
use sirius_host::{or_stop, snapshots::Pace};
use sirius_primitives::Height;
use sirius_runtime::{Chain, Mode, Registry};
use sirius_store::{Fault, Read, Snapshot, Unavailable};
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{
    CheckTxType, RequestApplySnapshotChunk, RequestCheckTx, RequestFinalizeBlock, RequestInfo,
    RequestInitChain, RequestLoadSnapshotChunk, RequestOfferSnapshot, RequestPrepareProposal,
    RequestProcessProposal, RequestQuery, ResponseApplySnapshotChunk, ResponseCheckTx, ResponseCommit,
    ResponseFinalizeBlock, ResponseInfo, ResponseInitChain, ResponseListSnapshots, ResponseLoadSnapshotChunk,
    ResponseOfferSnapshot, ResponsePrepareProposal, ResponseProcessProposal, ResponseQuery,
    response_process_proposal::ProposalStatus,
};

use crate::{
    config::Config,
    shared::{OpenError, Shared},
};

/// The version of the rules, in every header. A change of it is an upgrade that the chain decides.
const APP_VERSION: u64 = 1;

/// The ledger as CometBFT calls it. Clones are handles to one machine.
#[derive(Clone)]
pub struct Machine(Arc<Shared>);

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine").field("height", &self.height()).finish_non_exhaustive()
    }
}

impl Machine {
    /// Opens the state that `config` names.
    ///
    /// # Errors
    /// A database that does not open, with the field that names it.
    pub fn open(config: &Config) -> Result<Self, OpenError> {
        Shared::open(config).map(|shared| Self(Arc::new(shared)))
    }

    /// A machine over a place to keep its state that is open already, at a pace of one's own: for tests and
    /// simulations. Of `config`, everything but where the state is kept counts.
    ///
    /// # Errors
    /// What is kept there is damaged, or the folder of snapshots cannot be used.
    pub fn over(
        backend: Arc<dyn sirius_store::backend::Backend>,
        config: &Config,
        pace: Pace,
    ) -> Result<Self, OpenError> {
        Shared::over(backend, config, pace).map(|shared| Self(Arc::new(shared)))
    }

    /// The state after the last committed block.
    pub fn state(&self) -> Snapshot {
        self.0.store.latest()
    }

    /// The state after the block of a height.
    ///
    /// # Errors
    /// The block is still to come, or its state no longer kept.
    pub fn state_at(&self, height: Height) -> Result<Snapshot, Unavailable> {
        self.0.store.at(height)
    }

    /// What the chain can do.
    pub fn registry(&self) -> &Registry {
        self.0.app.registry()
    }

    /// The chain; `None` before genesis.
    pub fn chain(&self) -> Option<Arc<Chain>> {
        self.0.chain()
    }

    /// Shows the state that waiting transactions have made of the committed one, as the mempool sees it.
    ///
    /// # Errors
    /// This node cannot read its state, or has none yet.
    pub fn look_at_mempool<T>(&self, look: impl FnOnce(&dyn Read) -> T) -> Result<T, Fault> {
        self.0.with_check(|check, _| Ok(look(check.state())))
    }

    /// The last committed height.
    pub fn height(&self) -> Height {
        self.0.store.committed().height
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }
}

impl Application for Machine {
    fn info(&self, _: RequestInfo) -> ResponseInfo {
        let committed = self.0.store.committed();
        // Before the first commit there is no hash to compare: CometBFT calls InitChain, perhaps again.
        let last_block_app_hash = match committed.height {
            Height::ZERO => Bytes::new(),
            _ => Bytes::copy_from_slice(committed.app_hash.as_bytes()),
        };
        ResponseInfo {
            data: "sirius".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            app_version: APP_VERSION,
            last_block_height: committed.height.to_wire(),
            last_block_app_hash,
        }
    }

    fn init_chain(&self, request: RequestInitChain) -> ResponseInitChain {
        or_stop(self.0.init_chain(&request))
    }

    fn query(&self, request: RequestQuery) -> ResponseQuery {
        self.0.query(&request)
    }

    fn check_tx(&self, request: RequestCheckTx) -> ResponseCheckTx {
        let mode = match CheckTxType::try_from(request.r#type) {
            Ok(CheckTxType::Recheck) => Mode::Recheck,
            Ok(CheckTxType::New) | Err(_) => Mode::Check,
        };
        or_stop(self.0.check_tx(&request.tx, mode)).into_check()
    }

    fn prepare_proposal(&self, request: RequestPrepareProposal) -> ResponsePrepareProposal {
        ResponsePrepareProposal { txs: or_stop(self.0.propose(&request)) }
    }

    fn process_proposal(&self, request: RequestProcessProposal) -> ResponseProcessProposal {
        let status =
            if or_stop(self.0.judge(request)) { ProposalStatus::Accept } else { ProposalStatus::Reject };
        ResponseProcessProposal { status: status.into() }
    }

    fn finalize_block(&self, request: RequestFinalizeBlock) -> ResponseFinalizeBlock {
        or_stop(self.0.decide(request))
    }

    fn commit(&self) -> ResponseCommit {
        ResponseCommit { retain_height: or_stop(self.0.commit()).to_wire() }
    }

    fn list_snapshots(&self) -> ResponseListSnapshots {
        ResponseListSnapshots { snapshots: self.0.snapshots.list() }
    }

    fn load_snapshot_chunk(&self, request: RequestLoadSnapshotChunk) -> ResponseLoadSnapshotChunk {
        ResponseLoadSnapshotChunk { chunk: self.0.snapshots.chunk(&request).into() }
    }

    fn offer_snapshot(&self, request: RequestOfferSnapshot) -> ResponseOfferSnapshot {
        ResponseOfferSnapshot { result: or_stop(self.0.offer_snapshot(&request)).into() }
    }

    fn apply_snapshot_chunk(&self, request: RequestApplySnapshotChunk) -> ResponseApplySnapshotChunk {
        or_stop(self.0.apply_snapshot_chunk(request))
    }
}
