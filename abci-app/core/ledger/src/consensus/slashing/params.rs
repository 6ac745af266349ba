//! How much absence is forgiven, and what wrongs cost.

use sirius_runtime::Param;

pub(super) const WINDOW: Param = Param::new(
    "slashing.window",
    "blocks",
    10..=100_000,
    10_000,
    "over how many of its last blocks a validator's absence is counted",
);

pub(super) const LEAST_SIGNED: Param = Param::new(
    "slashing.min_signed_percent",
    "percent of the window",
    1..=100,
    50,
    "a validator that signs less is jailed",
);

pub(super) const JAIL: Param = Param::new(
    "slashing.downtime_jail_seconds",
    "seconds",
    1..=31_536_000,
    600,
    "how long an absent validator stays jailed at least",
);

pub(super) const DOWNTIME: Param =
    Param::new("slashing.downtime_cost", "ten-thousandths of the stake", 0..=1_000, 1, "what absence costs");

pub(super) const DOUBLE_SIGN: Param = Param::new(
    "slashing.double_sign_cost",
    "ten-thousandths of the stake",
    1..=10_000,
    500,
    "what signing twice costs",
);

/// All of them.
pub(super) const ALL: &[Param] = &[WINDOW, LEAST_SIGNED, JAIL, DOWNTIME, DOUBLE_SIGN];
