//! How many make blocks, and how long a stake answers.

use sirius_primitives::Amount;
use sirius_runtime::Param;

pub(super) const UNBONDING: Param = Param::new(
    "staking.unbonding_seconds",
    "seconds",
    1..=94_608_000,
    1_814_400,
    "how long a stake answers after it was taken back; more than evidence may be old (evidence.max_age_duration of CometBFT)",
);

pub(super) const MOST_VALIDATORS: Param = Param::new(
    "staking.max_validators",
    "validators",
    1..=500,
    100,
    "how many validators make blocks; each is in every commit",
);

pub(super) const MOST_ENTRIES: Param = Param::new(
    "staking.max_entries",
    "entries",
    1..=100,
    7,
    "how many times something is on its way between the same accounts at once",
);

pub(super) const LEAST_COMMISSION: Param = Param::new(
    "staking.min_commission",
    "ten-thousandths",
    0..=10_000,
    0,
    "the least part of the rewards that a validator keeps",
);

pub(super) const HISTORY: Param = Param::new(
    "staking.historical_entries",
    "blocks",
    0..=10_000,
    0,
    "for how many blocks it is kept who could make them, which light clients of other chains ask for; with 0 a block without transactions leaves the state as it is",
);

/// All of them.
pub(super) const ALL: &[Param] = &[UNBONDING, MOST_VALIDATORS, MOST_ENTRIES, LEAST_COMMISSION, HISTORY];

/// The most that one validator may have, in smallest units. Its shares, 10^18 a unit, stay within 128 bits even when two
/// thirds of a stake were slashed, and the power of 500 such validators stays below CometBFT's limit of 2^60.
pub(super) const MOST_STAKED: Amount = Amount::new(100_000_000_000_000_000_000);
