//! What the call log, the metrics and a panic's last line say about one call.

use bytes::Bytes;
use tendermint_proto::v0_38::abci::response_apply_snapshot_chunk::Result as Applied;
use tendermint_proto::v0_38::abci::response_offer_snapshot::Result as Offered;
use tendermint_proto::v0_38::abci::response_process_proposal::ProposalStatus;
use tendermint_proto::v0_38::abci::response_verify_vote_extension::VerifyStatus;
use tendermint_proto::v0_38::abci::{request::Value as Request, response::Value as Response};

/// Height, hashes and outcome of a call, gathered from the request and then from the answer.
#[derive(Debug)]
pub(crate) struct Facts {
    /// The height the call is about; of `Info` the last committed one, of `InitChain` the first to come.
    pub(crate) height: Option<i64>,
    /// The block's hash, or the snapshot's.
    pub(crate) hash: Bytes,
    /// The application's hash where the call states one.
    pub(crate) app_hash: Bytes,
    /// `ok`, or the application's verdict in lower case.
    pub(crate) outcome: &'static str,
}

impl Facts {
    /// What is known before the application has answered.
    pub(crate) fn of_request(request: &Request) -> Self {
        let (height, hash, app_hash) = match request {
            Request::InitChain(request) => (Some(request.initial_height.max(1)), Bytes::new(), Bytes::new()),
            Request::Query(request) => (Some(request.height), Bytes::new(), Bytes::new()),
            Request::PrepareProposal(request) => (Some(request.height), Bytes::new(), Bytes::new()),
            Request::ProcessProposal(request) => (Some(request.height), request.hash.clone(), Bytes::new()),
            Request::ExtendVote(request) => (Some(request.height), request.hash.clone(), Bytes::new()),
            Request::VerifyVoteExtension(request) => {
                (Some(request.height), request.hash.clone(), Bytes::new())
            }
            Request::FinalizeBlock(request) => (Some(request.height), request.hash.clone(), Bytes::new()),
            Request::LoadSnapshotChunk(request) => {
                (i64::try_from(request.height).ok(), Bytes::new(), Bytes::new())
            }
            Request::OfferSnapshot(request) => {
                let snapshot = request.snapshot.as_ref();
                (
                    snapshot.and_then(|snapshot| i64::try_from(snapshot.height).ok()),
                    snapshot.map(|snapshot| snapshot.hash.clone()).unwrap_or_default(),
                    request.app_hash.clone(),
                )
            }
            _ => (None, Bytes::new(), Bytes::new()),
        };
        Self { height, hash, app_hash, outcome: "ok" }
    }

    /// Adds what the answer says.
    pub(crate) fn complete(&mut self, response: &Response) {
        match response {
            Response::Info(response) => {
                self.height = Some(response.last_block_height);
                self.app_hash = response.last_block_app_hash.clone();
            }
            Response::InitChain(response) => self.app_hash = response.app_hash.clone(),
            Response::FinalizeBlock(response) => self.app_hash = response.app_hash.clone(),
            Response::ProcessProposal(response) => self.outcome = proposal(response.status()),
            Response::VerifyVoteExtension(response) => self.outcome = extension(response.status()),
            Response::OfferSnapshot(response) => self.outcome = offered(response.result()),
            Response::ApplySnapshotChunk(response) => self.outcome = applied(response.result()),
            _ => {}
        }
    }
}

fn proposal(status: ProposalStatus) -> &'static str {
    match status {
        ProposalStatus::Unknown => "unknown",
        ProposalStatus::Accept => "accept",
        ProposalStatus::Reject => "reject",
    }
}

fn extension(status: VerifyStatus) -> &'static str {
    match status {
        VerifyStatus::Unknown => "unknown",
        VerifyStatus::Accept => "accept",
        VerifyStatus::Reject => "reject",
    }
}

fn offered(result: Offered) -> &'static str {
    match result {
        Offered::Unknown => "unknown",
        Offered::Accept => "accept",
        Offered::Abort => "abort",
        Offered::Reject => "reject",
        Offered::RejectFormat => "reject_format",
        Offered::RejectSender => "reject_sender",
    }
}

fn applied(result: Applied) -> &'static str {
    match result {
        Applied::Unknown => "unknown",
        Applied::Accept => "accept",
        Applied::Abort => "abort",
        Applied::Retry => "retry",
        Applied::RetrySnapshot => "retry_snapshot",
        Applied::RejectSnapshot => "reject_snapshot",
    }
}
