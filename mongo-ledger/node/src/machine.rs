//! The ABCI application: each request becomes one plain call.

use std::sync::Arc;

use bytes::Bytes;
use sirius_host::{Proven, or_stop, raw_key};
use sirius_primitives::Height;
use sirius_store::{Proof, Read as _};
use tendermint_abci::Application;
use tendermint_proto::v0_38::{
    abci::{
        RequestApplySnapshotChunk, RequestCheckTx, RequestFinalizeBlock, RequestInfo, RequestInitChain,
        RequestLoadSnapshotChunk, RequestOfferSnapshot, RequestPrepareProposal, RequestProcessProposal,
        RequestQuery, ResponseApplySnapshotChunk, ResponseCheckTx, ResponseCommit, ResponseFinalizeBlock,
        ResponseInfo, ResponseInitChain, ResponseListSnapshots, ResponseLoadSnapshotChunk,
        ResponseOfferSnapshot, ResponsePrepareProposal, ResponseProcessProposal, ResponseQuery,
        response_process_proposal::ProposalStatus,
    },
    crypto::ProofOp,
};

use crate::{block::CODESPACE, ledger::Ledger, snapshots::Snapshots};

/// The version of the rules, in every header. A change of it is an upgrade that the chain decides.
const APP_VERSION: u64 = 1;

/// Raw keys of the state, with proofs.
const STORE_KEY: &str = "/store/database/key";

/// The database chain as CometBFT calls it. Clones are handles to one ledger.
#[derive(Clone)]
pub struct Machine {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) snapshots: Arc<Snapshots>,
}

impl Machine {
    /// A ledger of which no snapshots are taken.
    pub(crate) fn alone(ledger: Arc<Ledger>) -> Self {
        Self { ledger, snapshots: Arc::default() }
    }
}

impl Application for Machine {
    fn info(&self, _: RequestInfo) -> ResponseInfo {
        let committed = self.ledger.store.committed();
        // Before the first commit there is no hash to compare: CometBFT calls InitChain, perhaps again.
        let last_block_app_hash = match committed.height {
            Height::ZERO => Bytes::new(),
            _ => Bytes::copy_from_slice(committed.app_hash.as_bytes()),
        };
        ResponseInfo {
            data: "mongo-ledger".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            app_version: APP_VERSION,
            last_block_height: committed.height.to_wire(),
            last_block_app_hash,
        }
    }

    fn init_chain(&self, request: RequestInitChain) -> ResponseInitChain {
        let app_hash = or_stop(self.ledger.init_chain(&request));
        ResponseInitChain { app_hash, ..Default::default() }
    }

    fn query(&self, request: RequestQuery) -> ResponseQuery {
        answer(&self.ledger, &request).unwrap_or_else(|log| ResponseQuery {
            code: 1,
            codespace: CODESPACE.into(),
            log,
            height: self.ledger.store.committed().height.to_wire().max(1),
            ..Default::default()
        })
    }

    fn check_tx(&self, request: RequestCheckTx) -> ResponseCheckTx {
        match or_stop(self.ledger.check_tx(&request.tx)) {
            Ok(_) => ResponseCheckTx::default(),
            Err(refusal) => ResponseCheckTx {
                code: refusal.code(),
                log: refusal.to_string(),
                codespace: CODESPACE.into(),
                ..Default::default()
            },
        }
    }

    fn prepare_proposal(&self, request: RequestPrepareProposal) -> ResponsePrepareProposal {
        ResponsePrepareProposal { txs: or_stop(self.ledger.propose(&request)) }
    }

    fn process_proposal(&self, request: RequestProcessProposal) -> ResponseProcessProposal {
        let honest = or_stop(self.ledger.judge(request));
        let status = if honest { ProposalStatus::Accept } else { ProposalStatus::Reject };
        ResponseProcessProposal { status: status.into() }
    }

    fn finalize_block(&self, request: RequestFinalizeBlock) -> ResponseFinalizeBlock {
        or_stop(self.ledger.decide(&request))
    }

    fn commit(&self) -> ResponseCommit {
        or_stop(self.ledger.commit());
        self.snapshots.committed(&self.ledger);
        ResponseCommit { retain_height: self.snapshots.retain_height(&self.ledger).to_wire() }
    }

    fn list_snapshots(&self) -> ResponseListSnapshots {
        ResponseListSnapshots { snapshots: self.snapshots.list() }
    }

    fn load_snapshot_chunk(&self, request: RequestLoadSnapshotChunk) -> ResponseLoadSnapshotChunk {
        ResponseLoadSnapshotChunk { chunk: self.snapshots.chunk(&request).into() }
    }

    fn offer_snapshot(&self, request: RequestOfferSnapshot) -> ResponseOfferSnapshot {
        ResponseOfferSnapshot { result: or_stop(self.snapshots.offered(&self.ledger, &request)).into() }
    }

    fn apply_snapshot_chunk(&self, request: RequestApplySnapshotChunk) -> ResponseApplySnapshotChunk {
        or_stop(self.snapshots.apply(&self.ledger, request))
    }
}

/// Answers for a raw key of the state; the proof leads to the app hash in the header of the next height.
fn answer(ledger: &Ledger, request: &RequestQuery) -> Result<ResponseQuery, String> {
    if request.path.starts_with("/p2p/filter/") {
        return Ok(ResponseQuery::default());
    }
    if request.path != STORE_KEY {
        return Err(format!(
            "path {:?} is unknown; use {STORE_KEY}, or the HTTP API for everything else",
            request.path
        ));
    }
    let asked =
        Height::from_wire(request.height).ok_or("a height is never negative; use 0 for the latest")?;
    let snapshot = match asked {
        Height::ZERO => ledger.store.latest(),
        asked => ledger.store.at(asked).map_err(|unavailable| unavailable.to_string())?,
    };
    let key = &request.data;
    let prove = || snapshot.prove(key).map(proven);
    let answer = raw_key(request, snapshot.height().to_wire(), || snapshot.get_bytes(key), prove);
    answer.map_err(|fault| fault.to_string())?.map_err(|error| error.to_string())
}

fn proven(proof: Proof) -> Proven {
    let ops = proof.to_ops().map(|op| ProofOp { r#type: op.kind, key: op.key, data: op.data });
    Proven { value: proof.value, ops: ops.into() }
}
