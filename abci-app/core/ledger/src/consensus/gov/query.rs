//! What can be asked about proposals.

use cosmos_sdk_proto::cosmos::base::query::v1beta1::PageRequest;
use sirius_primitives::{Address, Amount};
use sirius_runtime::{Error, QueryContext, page, page::page, query::Refused as QueryRefused};
use sirius_store::{Key, Span};

use super::{
    answer,
    ballot::{Counts, Vote},
    count::Count,
    decimal, keys,
    params::{
        BURN_ON_VETO, BURN_WITHOUT_DEPOSIT, BURN_WITHOUT_QUORUM, CANCEL_BURN, DEPOSIT_PERIOD, LEAST_DEPOSIT,
        LEAST_EACH, LEAST_FIRST, QUORUM, THRESHOLD, VETO, VOTING_PERIOD, is_set, part,
    },
    proposal::{Proposal, Stage},
    state::{self, address_at, id_at},
    wire::gov as wire,
};

/// One proposal.
pub(super) fn proposal(
    ctx: &QueryContext<'_>,
    request: wire::QueryProposalRequest,
) -> Result<wire::QueryProposalResponse, Error> {
    let (id, denom) = (request.proposal_id, state::denom(ctx.state)?);
    let found = load(ctx, id)?;
    let proposal = Some(answer::proposal(id, &found, &denom, &ctx.chain.prefix));
    Ok(wire::QueryProposalResponse { proposal })
}

fn load(ctx: &QueryContext<'_>, id: u64) -> Result<Proposal, Error> {
    let missing = || QueryRefused::NotFound { what: format!("proposal {id}") };
    Ok(keys::proposal(id).get(ctx.state)?.ok_or_else(missing)?)
}

/// Proposals, by status, voter or depositor.
pub(super) fn proposals(
    ctx: &QueryContext<'_>,
    request: wire::QueryProposalsRequest,
) -> Result<wire::QueryProposalsResponse, Error> {
    let denom = state::denom(ctx.state)?;
    let account = |text: &str| if text.is_empty() { Ok(None) } else { ctx.address(text).map(Some) };
    let (voter, depositor) = (account(&request.voter)?, account(&request.depositor)?);
    let span = Span::prefix(keys::PROPOSALS);
    let (proposals, pagination) = page(ctx.state, &span, request.pagination, |key, value| {
        let id = id_at(key.strip_prefix(keys::PROPOSALS).unwrap_or_default())?;
        let found = Key::<Proposal>::decode(value)?;
        let voted = match &voter {
            Some(voter) => keys::vote(id, voter).get(ctx.state)?.is_some(),
            None => true,
        };
        let backed = match &depositor {
            Some(depositor) => keys::deposit(id, depositor).get(ctx.state)?.is_some(),
            None => true,
        };
        let wanted = request.proposal_status == 0 || request.proposal_status == found.status();
        Ok((voted && backed && wanted).then(|| answer::proposal(id, &found, &denom, &ctx.chain.prefix)))
    })?;
    Ok(wire::QueryProposalsResponse { proposals, pagination: Some(pagination) })
}

/// One vote.
pub(super) fn vote(
    ctx: &QueryContext<'_>,
    request: wire::QueryVoteRequest,
) -> Result<wire::QueryVoteResponse, Error> {
    let (id, voter) = (request.proposal_id, ctx.address(&request.voter)?);
    let what = || QueryRefused::NotFound { what: format!("vote of {} on proposal {id}", request.voter) };
    let found = keys::vote(id, &voter).get(ctx.state)?.ok_or_else(what)?;
    Ok(wire::QueryVoteResponse { vote: Some(answer::vote(id, &voter, &found, &ctx.chain.prefix)) })
}

/// The votes on a proposal.
pub(super) fn votes(
    ctx: &QueryContext<'_>,
    request: wire::QueryVotesRequest,
) -> Result<wire::QueryVotesResponse, Error> {
    let id = request.proposal_id;
    let (votes, pagination) = rows(ctx, &keys::votes(id), request.pagination, |voter, found: Vote| {
        answer::vote(id, &voter, &found, &ctx.chain.prefix)
    })?;
    Ok(wire::QueryVotesResponse { votes, pagination: Some(pagination) })
}

/// One deposit.
pub(super) fn deposit_of(
    ctx: &QueryContext<'_>,
    request: wire::QueryDepositRequest,
) -> Result<wire::QueryDepositResponse, Error> {
    let (id, depositor) = (request.proposal_id, ctx.address(&request.depositor)?);
    let denom = state::denom(ctx.state)?;
    let what =
        || QueryRefused::NotFound { what: format!("deposit of {} on proposal {id}", request.depositor) };
    let amount = keys::deposit(id, &depositor).get(ctx.state)?.ok_or_else(what)?;
    let deposit = Some(answer::deposit(id, (&depositor, amount), &denom, &ctx.chain.prefix));
    Ok(wire::QueryDepositResponse { deposit })
}

/// The deposits on a proposal.
pub(super) fn deposits(
    ctx: &QueryContext<'_>,
    request: wire::QueryDepositsRequest,
) -> Result<wire::QueryDepositsResponse, Error> {
    let (id, denom) = (request.proposal_id, state::denom(ctx.state)?);
    let (deposits, pagination) =
        rows(ctx, &keys::deposits(id), request.pagination, |depositor, amount: Amount| {
            answer::deposit(id, (&depositor, amount), &denom, &ctx.chain.prefix)
        })?;
    Ok(wire::QueryDepositsResponse { deposits, pagination: Some(pagination) })
}

/// A page of records under an account each.
fn rows<V: borsh::BorshSerialize + borsh::BorshDeserialize, T>(
    ctx: &QueryContext<'_>,
    beginning: &[u8],
    pagination: Option<PageRequest>,
    row: impl Fn(Address, V) -> T,
) -> Result<(Vec<T>, cosmos_sdk_proto::cosmos::base::query::v1beta1::PageResponse), Error> {
    page(ctx.state, &Span::prefix(beginning), pagination, |key, value| {
        let address = address_at(key, beginning.len())?;
        Ok(Some(row(address, Key::<V>::decode(value)?)))
    })
}

/// What the votes come to: in the end when they are counted, so far before that.
pub(super) fn tally(
    ctx: &QueryContext<'_>,
    request: wire::QueryTallyResultRequest,
) -> Result<wire::QueryTallyResultResponse, Error> {
    let id = request.proposal_id;
    let counts = match load(ctx, id)?.stage {
        Stage::Deposit => Counts::default(),
        Stage::Closed { counts, .. } => counts,
        Stage::Voting(_) => {
            let mut steps = page::MOST_SCANNED;
            let mut count = Count::load(ctx.state, id)?;
            let (_, is_last) = count.go_on(ctx.state, id, &mut steps)?;
            if !is_last {
                return Err(QueryRefused::TooMuch { what: "votes counted", most: page::MOST_SCANNED }.into());
            }
            count.finish().counts
        }
    };
    Ok(wire::QueryTallyResultResponse { tally: Some(answer::counts(&counts)) })
}

/// The rules: all of them, or with those that older clients ask for by kind.
pub(super) fn params(
    ctx: &QueryContext<'_>,
    request: wire::QueryParamsRequest,
) -> Result<wire::QueryParamsResponse, Error> {
    let params = rules(ctx)?;
    let mut response = wire::QueryParamsResponse::default();
    match request.params_type.as_str() {
        "voting" => {
            response.voting_params = Some(wire::VotingParams { voting_period: params.voting_period });
        }
        "deposit" => {
            response.deposit_params = Some(wire::DepositParams {
                min_deposit: params.min_deposit.clone(),
                max_deposit_period: params.max_deposit_period,
            });
        }
        "tallying" => {
            response.tally_params = Some(wire::TallyParams {
                quorum: params.quorum.clone(),
                threshold: params.threshold.clone(),
                veto_threshold: params.veto_threshold.clone(),
            });
        }
        "" => {}
        other => {
            let other = sirius_runtime::excerpt(other);
            let cause = format!("params_type is {other:?}; ask for voting, tallying, deposit or nothing");
            return Err(QueryRefused::BadRequest { cause }.into());
        }
    }
    response.params = Some(params);
    Ok(response)
}

fn rules(ctx: &QueryContext<'_>) -> Result<wire::Params, Error> {
    let state = ctx.state;
    let ratio = |param| part(param, state).map(decimal::show);
    let least = Amount::new(LEAST_DEPOSIT.get(state)?.into());
    Ok(wire::Params {
        min_deposit: answer::coins(least, &state::denom(state)?),
        max_deposit_period: Some(answer::duration(DEPOSIT_PERIOD.get(state)?)),
        voting_period: Some(answer::duration(VOTING_PERIOD.get(state)?)),
        quorum: ratio(&QUORUM)?,
        threshold: ratio(&THRESHOLD)?,
        veto_threshold: ratio(&VETO)?,
        min_initial_deposit_ratio: ratio(&LEAST_FIRST)?,
        proposal_cancel_ratio: ratio(&CANCEL_BURN)?,
        burn_vote_quorum: is_set(&BURN_WITHOUT_QUORUM, state)?,
        burn_proposal_deposit_prevote: is_set(&BURN_WITHOUT_DEPOSIT, state)?,
        burn_vote_veto: is_set(&BURN_ON_VETO, state)?,
        min_deposit_ratio: ratio(&LEAST_EACH)?,
        ..wire::Params::default()
    })
}
