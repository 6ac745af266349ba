//! The same answers in the older form that CosmJS asks for.

use sirius_runtime::{Error, QueryContext};
use tendermint_proto::google::protobuf::Any;

use super::{
    decimal, query,
    submit::packed_text,
    wire::{gov as new, legacy as old},
};

/// One proposal.
pub(super) fn proposal(
    ctx: &QueryContext<'_>,
    request: old::QueryProposalRequest,
) -> Result<old::QueryProposalResponse, Error> {
    let answer = query::proposal(ctx, new::QueryProposalRequest { proposal_id: request.proposal_id })?;
    Ok(old::QueryProposalResponse { proposal: answer.proposal.map(old_proposal) })
}

/// Proposals, by status, voter or depositor.
pub(super) fn proposals(
    ctx: &QueryContext<'_>,
    request: old::QueryProposalsRequest,
) -> Result<old::QueryProposalsResponse, Error> {
    let old::QueryProposalsRequest { proposal_status, voter, depositor, pagination } = request;
    let request = new::QueryProposalsRequest { proposal_status, voter, depositor, pagination };
    let answer = query::proposals(ctx, request)?;
    Ok(old::QueryProposalsResponse {
        proposals: answer.proposals.into_iter().map(old_proposal).collect(),
        pagination: answer.pagination,
    })
}

/// One vote.
pub(super) fn vote(
    ctx: &QueryContext<'_>,
    request: old::QueryVoteRequest,
) -> Result<old::QueryVoteResponse, Error> {
    let old::QueryVoteRequest { proposal_id, voter } = request;
    let answer = query::vote(ctx, new::QueryVoteRequest { proposal_id, voter })?;
    Ok(old::QueryVoteResponse { vote: answer.vote.map(old_vote) })
}

/// The votes on a proposal.
pub(super) fn votes(
    ctx: &QueryContext<'_>,
    request: old::QueryVotesRequest,
) -> Result<old::QueryVotesResponse, Error> {
    let old::QueryVotesRequest { proposal_id, pagination } = request;
    let answer = query::votes(ctx, new::QueryVotesRequest { proposal_id, pagination })?;
    Ok(old::QueryVotesResponse {
        votes: answer.votes.into_iter().map(old_vote).collect(),
        pagination: answer.pagination,
    })
}

/// The rules of one kind.
pub(super) fn params(
    ctx: &QueryContext<'_>,
    request: old::QueryParamsRequest,
) -> Result<old::QueryParamsResponse, Error> {
    let answer = query::params(ctx, new::QueryParamsRequest { params_type: request.params_type })?;
    Ok(old::QueryParamsResponse {
        voting_params: answer
            .voting_params
            .map(|params| old::VotingParams { voting_period: params.voting_period }),
        deposit_params: answer.deposit_params.map(|params| old::DepositParams {
            min_deposit: params.min_deposit,
            max_deposit_period: params.max_deposit_period,
        }),
        tally_params: answer.tally_params.map(|params| old::TallyParams {
            quorum: units(&params.quorum).into_bytes(),
            threshold: units(&params.threshold).into_bytes(),
            veto_threshold: units(&params.veto_threshold).into_bytes(),
        }),
    })
}

/// One deposit.
pub(super) fn deposit(
    ctx: &QueryContext<'_>,
    request: old::QueryDepositRequest,
) -> Result<old::QueryDepositResponse, Error> {
    let old::QueryDepositRequest { proposal_id, depositor } = request;
    let answer = query::deposit_of(ctx, new::QueryDepositRequest { proposal_id, depositor })?;
    Ok(old::QueryDepositResponse { deposit: answer.deposit.map(old_deposit) })
}

/// The deposits on a proposal.
pub(super) fn deposits(
    ctx: &QueryContext<'_>,
    request: old::QueryDepositsRequest,
) -> Result<old::QueryDepositsResponse, Error> {
    let old::QueryDepositsRequest { proposal_id, pagination } = request;
    let answer = query::deposits(ctx, new::QueryDepositsRequest { proposal_id, pagination })?;
    Ok(old::QueryDepositsResponse {
        deposits: answer.deposits.into_iter().map(old_deposit).collect(),
        pagination: answer.pagination,
    })
}

/// What the votes come to.
pub(super) fn tally(
    ctx: &QueryContext<'_>,
    request: old::QueryTallyResultRequest,
) -> Result<old::QueryTallyResultResponse, Error> {
    let answer = query::tally(ctx, new::QueryTallyResultRequest { proposal_id: request.proposal_id })?;
    Ok(old::QueryTallyResultResponse { tally: answer.tally.map(old_tally) })
}

fn old_proposal(proposal: new::Proposal) -> old::Proposal {
    let content: Any = packed_text(proposal.title, proposal.summary);
    old::Proposal {
        proposal_id: proposal.id,
        content: Some(content),
        status: proposal.status,
        final_tally_result: proposal.final_tally_result.map(old_tally),
        submit_time: proposal.submit_time,
        deposit_end_time: proposal.deposit_end_time,
        total_deposit: proposal.total_deposit,
        // The older form has no proposal without these times; their zero stands for "not yet".
        voting_start_time: Some(proposal.voting_start_time.unwrap_or_default()),
        voting_end_time: Some(proposal.voting_end_time.unwrap_or_default()),
    }
}

fn old_tally(tally: new::TallyResult) -> old::TallyResult {
    old::TallyResult {
        yes: tally.yes_count,
        abstain: tally.abstain_count,
        no: tally.no_count,
        no_with_veto: tally.no_with_veto_count,
    }
}

fn old_vote(vote: new::Vote) -> old::Vote {
    let option = match vote.options.as_slice() {
        [one] => one.option,
        _ => 0,
    };
    let part = |part: new::WeightedVoteOption| old::WeightedVoteOption {
        option: part.option,
        weight: units(&part.weight),
    };
    old::Vote {
        proposal_id: vote.proposal_id,
        voter: vote.voter,
        option,
        options: vote.options.into_iter().map(part).collect(),
    }
}

fn old_deposit(deposit: new::Deposit) -> old::Deposit {
    old::Deposit { proposal_id: deposit.proposal_id, depositor: deposit.depositor, amount: deposit.amount }
}

/// A decimal number as the older form has it: a whole number of 10^-18.
fn units(text: &str) -> String {
    decimal::parse(text).unwrap_or_default().to_string()
}
