//! The rules of deposits, voting and counting.

use sirius_runtime::Param;
use sirius_store::{Fault, Read};

use crate::consensus::staking::Fraction;

pub(super) const LEAST_DEPOSIT: Param = Param::new(
    "gov.min_deposit",
    "smallest units of the fee's denomination",
    1..=1_000_000_000_000_000_000,
    10_000_000,
    "what all deposits of a proposal together must reach before it is voted on",
);

pub(super) const LEAST_FIRST: Param = Param::new(
    "gov.min_initial_deposit_permille",
    "thousandths of gov.min_deposit",
    0..=1_000,
    100,
    "what a proposer deposits at once, so that proposals cost something",
);

pub(super) const LEAST_EACH: Param = Param::new(
    "gov.min_each_deposit_permille",
    "thousandths of gov.min_deposit",
    0..=1_000,
    10,
    "the smallest deposit: each is a record that every node keeps and a block gives back",
);

pub(super) const MOST_DEPOSITORS: Param = Param::new(
    "gov.max_depositors",
    "accounts",
    1..=1_000,
    128,
    "the most accounts that back one proposal: one block gives all of them their deposit back",
);

pub(super) const DEPOSIT_PERIOD: Param = Param::new(
    "gov.max_deposit_period_seconds",
    "seconds",
    1..=31_536_000,
    172_800,
    "how long a proposal waits for deposits",
);

pub(super) const VOTING_PERIOD: Param = Param::new(
    "gov.voting_period_seconds",
    "seconds",
    1..=31_536_000,
    172_800,
    "how long a proposal is voted on",
);

pub(super) const QUORUM: Param = Param::new(
    "gov.quorum_permille",
    "thousandths of all bonded coins",
    0..=900,
    334,
    "how much must have voted for the vote to count; below 1,000, or a single sleeper would stop every decision",
);

pub(super) const THRESHOLD: Param = Param::new(
    "gov.threshold_permille",
    "thousandths of the votes that do not abstain",
    333..=900,
    500,
    "above which share of yes a proposal passes; below 1,000, or nothing could ever pass",
);

pub(super) const VETO: Param = Param::new(
    "gov.veto_threshold_permille",
    "thousandths of all votes",
    100..=1_000,
    334,
    "above which share of no with veto a proposal is rejected whatever the others say",
);

pub(super) const CANCEL_BURN: Param = Param::new(
    "gov.cancel_burn_permille",
    "thousandths of the deposits",
    0..=1_000,
    500,
    "what is burned when a proposer takes the proposal back",
);

pub(super) const BURN_ON_VETO: Param = Param::new(
    "gov.burn_on_veto",
    "0 or 1",
    0..=1,
    1,
    "whether the deposits of a vetoed proposal are burned",
);

pub(super) const BURN_WITHOUT_QUORUM: Param = Param::new(
    "gov.burn_without_quorum",
    "0 or 1",
    0..=1,
    0,
    "whether the deposits of a proposal are burned for which too few voted",
);

pub(super) const BURN_WITHOUT_DEPOSIT: Param = Param::new(
    "gov.burn_without_deposit",
    "0 or 1",
    0..=1,
    0,
    "whether the deposits of a proposal are burned that never had enough of them",
);

pub(super) const MOST_MESSAGES: Param =
    Param::new("gov.max_messages", "messages", 1..=100, 16, "the most messages of one proposal");

pub(super) const EXECUTION_GAS: Param = Param::new(
    "gov.execution_gas",
    "gas",
    1_000_000..=10_000_000_000,
    50_000_000,
    "what executing a proposal may use: a block makes room for it beside its transactions",
);

pub(super) const MOST_ENDINGS: Param = Param::new(
    "gov.max_endings",
    "proposals",
    1..=100,
    10,
    "the most proposals that end in one block; the others follow in the next ones",
);

pub(super) const TALLY_STEPS: Param = Param::new(
    "gov.tally_steps",
    "votes and delegations",
    10..=1_000_000,
    2_000,
    "what one block counts or clears away; a longer count goes on in the next block",
);

/// All of them.
pub(super) const ALL: &[Param] = &[
    LEAST_DEPOSIT,
    LEAST_FIRST,
    LEAST_EACH,
    MOST_DEPOSITORS,
    DEPOSIT_PERIOD,
    VOTING_PERIOD,
    QUORUM,
    THRESHOLD,
    VETO,
    CANCEL_BURN,
    BURN_ON_VETO,
    BURN_WITHOUT_QUORUM,
    BURN_WITHOUT_DEPOSIT,
    MOST_MESSAGES,
    EXECUTION_GAS,
    MOST_ENDINGS,
    TALLY_STEPS,
];

/// A parameter in thousandths as a part of a whole.
pub(super) fn part(param: &Param, state: &(impl Read + ?Sized)) -> Result<Fraction, Fault> {
    Ok(Fraction::of_basis_points(param.get(state)?.saturating_mul(10)))
}

/// A parameter that is a choice.
pub(super) fn is_set(param: &Param, state: &(impl Read + ?Sized)) -> Result<bool, Fault> {
    Ok(param.get(state)? == 1)
}
