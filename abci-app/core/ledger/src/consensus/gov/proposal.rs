//! A proposal as it is kept.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sirius_primitives::{Address, Amount, Timestamp};
use tendermint_proto::google::protobuf::Any;

use super::ballot::Counts;

/// What is decided on, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Proposal {
    pub(super) proposer: Address,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) metadata: String,
    /// What the chain's own account is to execute.
    pub(super) messages: Vec<Packed>,
    pub(super) submitted: Timestamp,
    /// When it ends unless there are enough deposits before.
    pub(super) deposit_end: Timestamp,
    /// All deposits together, also after they were given back.
    pub(super) deposit: Amount,
    /// How many accounts gave them.
    pub(super) depositors: u64,
    pub(super) stage: Stage,
}

/// How far a proposal is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// It waits for deposits.
    Deposit,
    /// It is voted on.
    Voting(Voting),
    /// The votes are counted.
    Closed {
        /// When it was voted on.
        voting: Voting,
        /// What the votes came to.
        counts: Counts,
        /// What became of it.
        outcome: Outcome,
    },
}

/// When a proposal is voted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Voting {
    pub(super) start: Timestamp,
    /// The block time from which no vote is taken any more.
    pub(super) end: Timestamp,
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// Its messages are executed.
    Passed,
    /// The votes were against it, or too few.
    Rejected,
    /// It passed, but a message was refused, and so none was executed.
    Failed {
        /// Which message, and its refusal.
        reason: String,
    },
}

/// A message in its packed form.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Packed {
    pub(super) type_url: String,
    pub(super) value: Vec<u8>,
}

impl Packed {
    pub(super) fn any(&self) -> Any {
        Any { type_url: self.type_url.clone(), value: self.value.clone() }
    }
}

impl From<Any> for Packed {
    fn from(any: Any) -> Self {
        Self { type_url: any.type_url, value: any.value }
    }
}

impl Proposal {
    /// When it is voted on, if it ever came to that.
    pub(super) fn voting(&self) -> Option<Voting> {
        match &self.stage {
            Stage::Deposit => None,
            Stage::Voting(voting) | Stage::Closed { voting, .. } => Some(*voting),
        }
    }

    /// The time at which a block looks at it next; `None` when it is closed.
    pub(super) fn due(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Deposit => Some(self.deposit_end),
            Stage::Voting(voting) => Some(voting.end),
            Stage::Closed { .. } => None,
        }
    }

    /// The number that clients know.
    pub(super) fn status(&self) -> i32 {
        match &self.stage {
            Stage::Deposit => 1,
            Stage::Voting(_) => 2,
            Stage::Closed { outcome: Outcome::Passed, .. } => 3,
            Stage::Closed { outcome: Outcome::Rejected, .. } => 4,
            Stage::Closed { outcome: Outcome::Failed { .. }, .. } => 5,
        }
    }
}
