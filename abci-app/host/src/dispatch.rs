//! One request to one plain call of the application.

use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{request::Value as Request, response::Value as Response};

/// Calls the method that `request` names and wraps its answer.
pub(crate) fn call(application: &impl Application, request: Request) -> Response {
    match request {
        Request::Echo(request) => Response::Echo(application.echo(request)),
        Request::Flush(_) => Response::Flush(application.flush()),
        Request::Info(request) => Response::Info(application.info(request)),
        Request::InitChain(request) => Response::InitChain(application.init_chain(request)),
        Request::Query(request) => Response::Query(application.query(request)),
        Request::CheckTx(request) => Response::CheckTx(application.check_tx(request)),
        Request::Commit(_) => Response::Commit(application.commit()),
        Request::ListSnapshots(_) => Response::ListSnapshots(application.list_snapshots()),
        Request::OfferSnapshot(request) => Response::OfferSnapshot(application.offer_snapshot(request)),
        Request::LoadSnapshotChunk(request) => {
            Response::LoadSnapshotChunk(application.load_snapshot_chunk(request))
        }
        Request::ApplySnapshotChunk(request) => {
            Response::ApplySnapshotChunk(application.apply_snapshot_chunk(request))
        }
        Request::PrepareProposal(request) => Response::PrepareProposal(application.prepare_proposal(request)),
        Request::ProcessProposal(request) => Response::ProcessProposal(application.process_proposal(request)),
        Request::ExtendVote(request) => Response::ExtendVote(application.extend_vote(request)),
        Request::VerifyVoteExtension(request) => {
            Response::VerifyVoteExtension(application.verify_vote_extension(request))
        }
        Request::FinalizeBlock(request) => Response::FinalizeBlock(application.finalize_block(request)),
    }
}
