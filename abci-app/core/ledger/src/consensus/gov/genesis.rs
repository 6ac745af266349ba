//! The section `gov` of genesis: what is decided and what is being decided on. Deposits are held by the bank, whose
//! section has them too.

use std::ops::ControlFlow;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Amount, Prefix, Timestamp};
use sirius_runtime::{Context, Error, QueryContext, genesis::number, rows::each_row};
use sirius_store::{Fault, Read, Write};

use super::{
    Refused,
    ballot::{Ballot, Counts, Vote},
    count::{Count, Seat},
    decimal, keys,
    proposal::{Packed, Proposal, Stage},
    state::{self, address_at, id_at},
    submit::address,
};

/// See the module's documentation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Genesis {
    /// The number of the next proposal.
    #[serde(with = "number")]
    pub next: u64,
    /// Open and closed ones, in the order of their numbers.
    pub proposals: Vec<GenesisProposal>,
}

impl Default for Genesis {
    fn default() -> Self {
        Self { next: 1, proposals: Vec::new() }
    }
}

/// A proposal with everything that hangs on it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisProposal {
    #[serde(with = "number")]
    id: u64,
    proposer: String,
    title: String,
    summary: String,
    metadata: String,
    messages: Vec<GenesisMessage>,
    submitted: Timestamp,
    deposit_end: Timestamp,
    deposit: Amount,
    stage: Stage,
    deposits: Vec<GenesisDeposit>,
    votes: Vec<GenesisVote>,
    /// A count that a block left to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<GenesisCount>,
}

/// A message in its packed form; the value is base64.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisMessage {
    type_url: String,
    value: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisDeposit {
    depositor: String,
    amount: Amount,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisVote {
    voter: String,
    options: Vec<GenesisOption>,
    #[serde(default)]
    metadata: String,
}

/// An option's number on the wire and its weight.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisOption {
    option: i32,
    weight: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisCount {
    seats: Vec<GenesisSeat>,
    counts: Counts,
    voted: Amount,
    bonded: Amount,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenesisSeat {
    operator: String,
    left: Amount,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    options: Option<Vec<GenesisOption>>,
}

impl Genesis {
    pub(super) fn write(self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        let bad = |cause: String| Refused::BadGenesis { cause };
        keys::next().set(state, &self.next);
        for proposal in self.proposals {
            let id = proposal.id;
            if id == 0 || id >= self.next || keys::proposal(id).get(state)?.is_some() {
                return Err(bad(format!("proposal {id} stands twice, or is not from 1 to next")).into());
            }
            proposal.write(ctx, state)?;
        }
        state::invariants(&*state as &dyn Read)?.map_err(|cause| bad(cause).into())
    }

    pub(super) fn read(ctx: &QueryContext<'_>) -> Result<Self, Fault> {
        let mut proposals = Vec::new();
        each_row(ctx.state, keys::PROPOSALS, |rest, proposal: Proposal| {
            proposals.push(GenesisProposal::read(ctx, id_at(rest)?, proposal)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Self { next: keys::next().get(ctx.state)?.unwrap_or(1), proposals })
    }
}

impl GenesisProposal {
    fn write(self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        let (chain, id) = (ctx.chain, self.id);
        let message = |message: GenesisMessage| {
            let value = BASE64_STANDARD.decode(&message.value);
            let value =
                value.map_err(|error| Refused::BadGenesis { cause: format!("a message's value: {error}") });
            Ok::<_, Refused>(Packed { type_url: message.type_url, value: value? })
        };
        let proposal = Proposal {
            proposer: address("proposer's", &self.proposer, chain)?,
            title: self.title,
            summary: self.summary,
            metadata: self.metadata,
            messages: self.messages.into_iter().map(message).collect::<Result<_, _>>()?,
            submitted: self.submitted,
            deposit_end: self.deposit_end,
            deposit: self.deposit,
            depositors: self.deposits.len() as u64,
            stage: self.stage,
        };
        if let Some(due) = proposal.due() {
            keys::due(due, id).set(state, &id);
        }
        keys::proposal(id).set(state, &proposal);
        for deposit in self.deposits {
            let depositor = address("depositor's", &deposit.depositor, chain)?;
            keys::deposit(id, &depositor).set(state, &deposit.amount);
        }
        for vote in self.votes {
            let voter = address("voter's", &vote.voter, chain)?;
            let vote = Vote { ballot: ballot(&vote.options)?, metadata: vote.metadata };
            keys::vote(id, &voter).set(state, &vote);
        }
        if let Some(count) = self.count {
            let seat = |seat: GenesisSeat| {
                let operator = address("validator's", &seat.operator, chain)?;
                let ballot = seat.options.as_deref().map(ballot).transpose()?;
                Ok::<_, Refused>(Seat { operator, left: seat.left, ballot })
            };
            let seats = count.seats.into_iter().map(seat).collect::<Result<_, _>>()?;
            let GenesisCount { counts, voted, bonded, .. } = count;
            keys::count(id).set(state, &Count { seats, counts, voted, bonded });
        }
        Ok(())
    }

    fn read(ctx: &QueryContext<'_>, id: u64, proposal: Proposal) -> Result<Self, Fault> {
        let prefix = &ctx.chain.prefix;
        let deposits = state::deposits(ctx.state, id)?.into_iter();
        let deposit = |(depositor, amount): (Address, Amount)| GenesisDeposit {
            depositor: depositor.bech32(prefix),
            amount,
        };
        let mut votes = Vec::new();
        each_row(ctx.state, &keys::votes(id), |rest, vote: Vote| {
            let voter = address_at(rest, 0)?.bech32(prefix);
            votes.push(GenesisVote { voter, options: options(&vote.ballot), metadata: vote.metadata });
            Ok(ControlFlow::Continue(()))
        })?;
        let message = |message: Packed| GenesisMessage {
            type_url: message.type_url,
            value: BASE64_STANDARD.encode(message.value),
        };
        Ok(Self {
            id,
            proposer: proposal.proposer.bech32(prefix),
            title: proposal.title,
            summary: proposal.summary,
            metadata: proposal.metadata,
            messages: proposal.messages.into_iter().map(message).collect(),
            submitted: proposal.submitted,
            deposit_end: proposal.deposit_end,
            deposit: proposal.deposit,
            stage: proposal.stage,
            deposits: deposits.map(deposit).collect(),
            votes,
            count: keys::count(id).get(ctx.state)?.map(|count| GenesisCount::read(count, prefix)),
        })
    }
}

impl GenesisCount {
    fn read(count: Count, prefix: &Prefix) -> Self {
        let seat = |seat: Seat| GenesisSeat {
            operator: seat.operator.bech32(prefix),
            left: seat.left,
            options: seat.ballot.as_ref().map(options),
        };
        Self {
            seats: count.seats.into_iter().map(seat).collect(),
            counts: count.counts,
            voted: count.voted,
            bonded: count.bonded,
        }
    }
}

fn ballot(options: &[GenesisOption]) -> Result<Ballot, Refused> {
    Ballot::weighted(options.iter().map(|part| (part.option, decimal::parse(&part.weight))))
}

fn options(ballot: &Ballot) -> Vec<GenesisOption> {
    let option = |(choice, weight): &(super::ballot::Choice, _)| GenesisOption {
        option: choice.to_wire(),
        weight: decimal::show(*weight),
    };
    ballot.parts().iter().map(option).collect()
}
