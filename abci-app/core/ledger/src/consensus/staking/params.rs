//! How many make blocks, and how long a stake answers.

use sirius_primitives::Amount;
use sirius_runtime::Param;

/// See `about`.
pub(super) const UNBONDING: Param = Param {
    name: "staking.unbonding_seconds",
    unit: "seconds",
    least: 1,
    most: 94_608_000,
    default: 1_814_400,
    about: "how long a stake answers after it was taken back; more than evidence may be old (evidence.max_age_duration of CometBFT)",
};

/// See `about`.
pub(super) const MOST_VALIDATORS: Param = Param {
    name: "staking.max_validators",
    unit: "validators",
    least: 1,
    most: 500,
    default: 100,
    about: "how many validators make blocks; each is in every commit",
};

/// See `about`.
pub(super) const MOST_ENTRIES: Param = Param {
    name: "staking.max_entries",
    unit: "entries",
    least: 1,
    most: 100,
    default: 7,
    about: "how many times something is on its way between the same accounts at once",
};

/// See `about`.
pub(super) const LEAST_COMMISSION: Param = Param {
    name: "staking.min_commission",
    unit: "ten-thousandths",
    least: 0,
    most: 10_000,
    default: 0,
    about: "the least part of the rewards that a validator keeps",
};

/// See `about`.
pub(super) const HISTORY: Param = Param {
    name: "staking.historical_entries",
    unit: "blocks",
    least: 0,
    most: 10_000,
    default: 0,
    about: "for how many blocks it is kept who could make them, which light clients of other chains ask for; with 0 a block without transactions leaves the state as it is",
};

/// All of them.
pub(super) const ALL: &[Param] = &[UNBONDING, MOST_VALIDATORS, MOST_ENTRIES, LEAST_COMMISSION, HISTORY];

/// The most that one validator may have, in smallest units. Its shares, 10^18 a unit, stay within 128 bits even when two
/// thirds of a stake were slashed, and the power of 500 such validators stays below CometBFT's limit of 2^60.
pub(super) const MOST_STAKED: Amount = Amount::new(100_000_000_000_000_000_000);
