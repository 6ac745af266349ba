//! What somebody votes: one option, or several in parts.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sirius_primitives::Amount;

use super::{Refused, decimal};
use crate::consensus::staking::Fraction;

/// What one can vote for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub(super) enum Choice {
    /// For it.
    Yes,
    /// To be counted, for nothing.
    Abstain,
    /// Against it.
    No,
    /// Against it, and against its having been proposed.
    NoWithVeto,
}

impl Choice {
    /// In the order of the wire's numbers, which begin at 1.
    pub(super) const ALL: [Self; 4] = [Self::Yes, Self::Abstain, Self::No, Self::NoWithVeto];

    pub(super) fn from_wire(number: i32) -> Option<Self> {
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        Self::ALL.get(place).copied()
    }

    pub(super) fn to_wire(self) -> i32 {
        match self {
            Self::Yes => 1,
            Self::Abstain => 2,
            Self::No => 3,
            Self::NoWithVeto => 4,
        }
    }

    /// The name that clients know.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Yes => "VOTE_OPTION_YES",
            Self::Abstain => "VOTE_OPTION_ABSTAIN",
            Self::No => "VOTE_OPTION_NO",
            Self::NoWithVeto => "VOTE_OPTION_NO_WITH_VETO",
        }
    }
}

/// A vote's options with their weights: each option at most once, each weight above nothing, together exactly 1.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Ballot(Vec<(Choice, Fraction)>);

impl Ballot {
    /// Everything for one option.
    pub(super) fn one(option: i32) -> Result<Self, Refused> {
        let choice = choice(option)?;
        Ok(Self(vec![(choice, Fraction::ALL)]))
    }

    /// Parts for several; a weight that could not be read is `None`.
    pub(super) fn weighted(
        parts: impl IntoIterator<Item = (i32, Option<Fraction>)>,
    ) -> Result<Self, Refused> {
        let bad = |cause: &str| Refused::BadBallot { cause: cause.into() };
        let (mut ballot, mut left) = (Vec::new(), Fraction::ALL);
        for (option, weight) in parts {
            let choice = choice(option)?;
            let weight =
                weight.ok_or_else(|| bad("a weight is no decimal number up to 1 in at most 18 places"))?;
            if weight == Fraction::default() {
                return Err(bad("a weight is zero; leave the option out"));
            }
            if ballot.iter().any(|(other, _)| *other == choice) {
                return Err(bad("an option stands twice; add its weights up"));
            }
            if weight > left {
                return Err(bad("the weights' sum is above 1"));
            }
            left = left.above(weight);
            ballot.push((choice, weight));
        }
        if left != Fraction::default() {
            return Err(bad("the weights' sum is below 1"));
        }
        Ok(Self(ballot))
    }

    /// The options with their weights.
    pub(super) fn parts(&self) -> &[(Choice, Fraction)] {
        &self.0
    }

    /// As events show it.
    pub(super) fn text(&self) -> String {
        let part = |(choice, weight): &(Choice, Fraction)| {
            format!("option:{} weight:\"{}\"", choice.name(), decimal::show(*weight))
        };
        self.0.iter().map(part).collect::<Vec<_>>().join(" ")
    }
}

fn choice(option: i32) -> Result<Choice, Refused> {
    Choice::from_wire(option).ok_or_else(|| Refused::BadBallot {
        cause: format!("there is no option {option}: 1 is yes, 2 abstain, 3 no, 4 no with veto"),
    })
}

/// Bonded coins behind each option.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
#[serde(deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) yes: Amount,
    pub(super) abstain: Amount,
    pub(super) no: Amount,
    pub(super) no_with_veto: Amount,
}

impl Counts {
    /// Adds a voter's `power`, divided as the ballot says, each part rounded down.
    pub(super) fn add(&mut self, ballot: &Ballot, power: Amount) {
        for (choice, weight) in ballot.parts() {
            let count = match choice {
                Choice::Yes => &mut self.yes,
                Choice::Abstain => &mut self.abstain,
                Choice::No => &mut self.no,
                Choice::NoWithVeto => &mut self.no_with_veto,
            };
            *count = plus(*count, weight.of(power));
        }
    }
}

/// The sum of two amounts of bonded coins, which is never beyond their supply.
pub(super) fn plus(one: Amount, other: Amount) -> Amount {
    Amount::new(one.units().saturating_add(other.units()))
}

/// A vote as it is kept until it is counted.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Vote {
    pub(super) ballot: Ballot,
    pub(super) metadata: String,
}
