//! The ABCI application: each request becomes one plain call.

use std::{fmt::Display, sync::Arc};

use bytes::Bytes;
use sirius_primitives::Height;
use sirius_store::Read as _;
use tendermint_abci::Application;
use tendermint_proto::v0_38::{
    abci::{
        RequestCheckTx, RequestFinalizeBlock, RequestInfo, RequestInitChain, RequestPrepareProposal,
        RequestProcessProposal, RequestQuery, ResponseCheckTx, ResponseCommit, ResponseFinalizeBlock,
        ResponseInfo, ResponseInitChain, ResponsePrepareProposal, ResponseProcessProposal, ResponseQuery,
        response_process_proposal::ProposalStatus,
    },
    crypto::{ProofOp, ProofOps},
};

use crate::{block::CODESPACE, ledger::Ledger};

/// The version of the rules, in every header. A change of it is an upgrade that the chain decides.
const APP_VERSION: u64 = 1;

/// Raw keys of the state, with proofs.
const STORE_KEY: &str = "/store/database/key";

/// The database chain as CometBFT calls it. Clones are handles to one ledger.
#[derive(Clone)]
pub struct Machine(pub(crate) Arc<Ledger>);

/// A fault ends the process: going on would mean to disagree with everybody else. The host turns the panic into one
/// clear line and the end.
fn or_stop<T>(outcome: Result<T, impl Display>) -> T {
    match outcome {
        Ok(value) => value,
        #[allow(
            clippy::panic,
            reason = "the host stops the process on a panic, which is what a fault asks for"
        )]
        Err(fault) => panic!("{fault}"),
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
            data: "mongo-ledger".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            app_version: APP_VERSION,
            last_block_height: committed.height.to_wire(),
            last_block_app_hash,
        }
    }

    fn init_chain(&self, request: RequestInitChain) -> ResponseInitChain {
        let app_hash = or_stop(self.0.init_chain(&request));
        ResponseInitChain { app_hash, ..Default::default() }
    }

    fn query(&self, request: RequestQuery) -> ResponseQuery {
        answer(&self.0, &request).unwrap_or_else(|log| ResponseQuery {
            code: 1,
            codespace: CODESPACE.into(),
            log,
            height: self.0.store.committed().height.to_wire().max(1),
            ..Default::default()
        })
    }

    fn check_tx(&self, request: RequestCheckTx) -> ResponseCheckTx {
        match or_stop(self.0.check_tx(&request.tx)) {
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
        ResponsePrepareProposal { txs: or_stop(self.0.propose(&request)) }
    }

    fn process_proposal(&self, request: RequestProcessProposal) -> ResponseProcessProposal {
        let honest = or_stop(self.0.judge(request));
        let status = if honest { ProposalStatus::Accept } else { ProposalStatus::Reject };
        ResponseProcessProposal { status: status.into() }
    }

    fn finalize_block(&self, request: RequestFinalizeBlock) -> ResponseFinalizeBlock {
        or_stop(self.0.decide(&request))
    }

    fn commit(&self) -> ResponseCommit {
        or_stop(self.0.commit());
        ResponseCommit::default()
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
    let (key, height) = (request.data.clone(), snapshot.height().to_wire());
    let refuse = |fault: sirius_store::Fault| fault.to_string();
    if !request.prove {
        let value = snapshot.get_bytes(&key).map_err(refuse)?.unwrap_or_default();
        return Ok(ResponseQuery { key, value: value.into(), height, ..Default::default() });
    }
    if key.is_empty() {
        return Err("the data of this path is a key, which is never empty".into());
    }
    let proof = snapshot.prove(&key).map_err(refuse)?;
    let ops = proof.to_ops().map(|op| ProofOp { r#type: op.kind, key: op.key, data: op.data });
    Ok(ResponseQuery {
        key,
        value: Bytes::from(proof.value.unwrap_or_default()),
        height,
        proof_ops: Some(ProofOps { ops: ops.into() }),
        ..Default::default()
    })
}
