//! A count of votes as it stands between two blocks.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::{Address, Amount};

use super::ballot::{Ballot, Counts};

/// What a count has come to so far.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Count {
    /// The validators that were bonded when it began, by operator.
    pub(super) seats: Vec<Seat>,
    pub(super) counts: Counts,
    /// The coins of everybody who voted.
    pub(super) voted: Amount,
    /// All bonded coins when it began.
    pub(super) bonded: Amount,
}

/// A bonded validator.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Seat {
    pub(super) operator: Address,
    /// What its delegators have not voted with themselves.
    pub(super) left: Amount,
    /// Its own vote.
    pub(super) ballot: Option<Ballot>,
}
