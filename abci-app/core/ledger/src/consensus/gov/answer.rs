//! Records as clients know them.

use sirius_primitives::{Address, Amount, Coin, Denom, Prefix, Timestamp};
use sirius_runtime::tx::wire_coin;
use tendermint_proto::google::protobuf::{Duration, Timestamp as WireTimestamp};

use super::{
    ballot::{Counts, Vote},
    decimal,
    proposal::{Outcome, Proposal, Stage},
    wire::gov as wire,
};

pub(super) fn time(at: Timestamp) -> WireTimestamp {
    WireTimestamp { seconds: at.seconds, nanos: at.nanos }
}

pub(super) fn duration(seconds: u64) -> Duration {
    Duration { seconds: i64::try_from(seconds).unwrap_or(i64::MAX), nanos: 0 }
}

pub(super) fn counts(counts: &Counts) -> wire::TallyResult {
    wire::TallyResult {
        yes_count: counts.yes.to_string(),
        abstain_count: counts.abstain.to_string(),
        no_count: counts.no.to_string(),
        no_with_veto_count: counts.no_with_veto.to_string(),
    }
}

pub(super) fn proposal(id: u64, proposal: &Proposal, denom: &Denom, prefix: &Prefix) -> wire::Proposal {
    let voting = proposal.voting();
    let (counted, failed_reason) = match &proposal.stage {
        Stage::Deposit | Stage::Voting(_) => (Counts::default(), String::new()),
        Stage::Closed { counts, outcome: Outcome::Failed { reason }, .. } => (*counts, reason.clone()),
        Stage::Closed { counts, .. } => (*counts, String::new()),
    };
    wire::Proposal {
        id,
        messages: proposal.messages.iter().map(super::proposal::Packed::any).collect(),
        status: proposal.status(),
        final_tally_result: Some(counts(&counted)),
        submit_time: Some(time(proposal.submitted)),
        deposit_end_time: Some(time(proposal.deposit_end)),
        total_deposit: coins(proposal.deposit, denom),
        voting_start_time: voting.map(|voting| time(voting.start)),
        voting_end_time: voting.map(|voting| time(voting.end)),
        metadata: proposal.metadata.clone(),
        title: proposal.title.clone(),
        summary: proposal.summary.clone(),
        proposer: proposal.proposer.bech32(prefix),
        expedited: false,
        failed_reason,
    }
}

pub(super) fn vote(proposal_id: u64, voter: &Address, vote: &Vote, prefix: &Prefix) -> wire::Vote {
    let part = |(choice, weight): &(super::ballot::Choice, _)| wire::WeightedVoteOption {
        option: choice.to_wire(),
        weight: decimal::show(*weight),
    };
    wire::Vote {
        proposal_id,
        voter: voter.bech32(prefix),
        options: vote.ballot.parts().iter().map(part).collect(),
        metadata: vote.metadata.clone(),
    }
}

pub(super) fn deposit(
    proposal_id: u64,
    (depositor, amount): (&Address, Amount),
    denom: &Denom,
    prefix: &Prefix,
) -> wire::Deposit {
    wire::Deposit { proposal_id, depositor: depositor.bech32(prefix), amount: coins(amount, denom) }
}

/// One coin, or none of it.
pub(super) fn coins(amount: Amount, denom: &Denom) -> Vec<cosmos_sdk_proto::cosmos::base::v1beta1::Coin> {
    let coin = Coin { denom: denom.clone(), amount };
    if amount.is_zero() { Vec::new() } else { vec![wire_coin(&coin)] }
}
