//! Counting votes by bonded coins.
//!
//! A delegator's own vote counts with its own coins; what its validator has left after all of its delegators who voted
//! counts as the validator votes. A count that is too long for one block goes on in the next: it keeps what each bonded
//! validator had when it began, takes away from that what delegators vote themselves, and so never counts a coin twice,
//! whatever is delegated elsewhere meanwhile.

use std::ops::ControlFlow;

use sirius_primitives::{Address, Amount};
use sirius_runtime::rows::each_row;
use sirius_store::{Fault, Read};

use super::{
    ballot::{Ballot, Counts, Vote, plus},
    count::{Count, Seat},
    keys, power,
    state::address_at,
};

/// What the votes come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    pub(super) voted: Amount,
    pub(super) bonded: Amount,
}

impl Count {
    /// A count of a proposal's votes that begins now, or goes on where a block left it.
    pub(super) fn load(state: &dyn Read, id: u64) -> Result<Self, Fault> {
        if let Some(count) = keys::count(id).get(state)? {
            return Ok(count);
        }
        let mut seats = Vec::new();
        for (operator, left) in power::validators(state)? {
            let ballot = keys::vote(id, &operator).get(state)?.map(|vote| vote.ballot);
            seats.push(Seat { operator, left, ballot });
        }
        let (counts, voted) = (Counts::default(), Amount::ZERO);
        Ok(Self { seats, counts, voted, bonded: power::bonded(state)? })
    }

    /// Counts votes within `steps`, of which it takes what it uses: one for a vote and one for each delegation behind
    /// it. The answer is who was counted, and whether those were the last.
    pub(super) fn go_on(
        &mut self,
        state: &dyn Read,
        id: u64,
        steps: &mut u64,
    ) -> Result<(Vec<Address>, bool), Fault> {
        let mut counted = Vec::new();
        let mut is_last = true;
        each_row(state, &keys::votes(id), |rest, vote: Vote| {
            if *steps == 0 {
                is_last = false;
                return Ok(ControlFlow::Break(()));
            }
            let voter = address_at(rest, 0)?;
            let delegations = power::delegations(state, &voter)?;
            *steps = steps.saturating_sub(1).saturating_sub(delegations.len() as u64);
            for (operator, tokens) in delegations {
                self.count(&vote.ballot, &operator, tokens);
            }
            counted.push(voter);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((counted, is_last))
    }

    /// A delegation counts when its validator is bonded, with no more than the validator has left.
    fn count(&mut self, ballot: &Ballot, operator: &Address, tokens: Amount) {
        let Ok(place) = self.seats.binary_search_by(|seat| seat.operator.cmp(operator)) else { return };
        let Some(seat) = self.seats.get_mut(place) else { return };
        let power = tokens.min(seat.left);
        seat.left = seat.left.checked_sub(power).unwrap_or_default();
        self.counts.add(ballot, power);
        self.voted = plus(self.voted, power);
    }

    /// Adds what validators have left, as they vote.
    pub(super) fn finish(mut self) -> Tally {
        for seat in &self.seats {
            if let Some(ballot) = &seat.ballot {
                self.counts.add(ballot, seat.left);
                self.voted = plus(self.voted, seat.left);
            }
        }
        Tally { counts: self.counts, voted: self.voted, bonded: self.bonded }
    }
}
