//! The ABCI application: each request becomes one plain call.

use std::sync::Arc;

use bytes::Bytes;
use sirius_host::or_stop;
use sirius_primitives::Height;
use sirius_runtime::Mode;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{
    CheckTxType, RequestCheckTx, RequestFinalizeBlock, RequestInfo, RequestInitChain, RequestPrepareProposal,
    RequestProcessProposal, RequestQuery, ResponseCheckTx, ResponseCommit, ResponseFinalizeBlock,
    ResponseInfo, ResponseInitChain, ResponsePrepareProposal, ResponseProcessProposal, ResponseQuery,
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
        let app_hash = or_stop(self.0.init_chain(&request));
        // A client reads the app hash of height 1 and does not accept an empty one (CosmJS).
        ResponseInitChain { app_hash: Bytes::copy_from_slice(app_hash.as_bytes()), ..Default::default() }
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
        or_stop(self.0.commit());
        ResponseCommit::default()
    }
}
