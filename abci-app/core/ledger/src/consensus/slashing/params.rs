//! How much absence is forgiven, and what wrongs cost.

use sirius_runtime::Param;

/// See `about`.
pub(super) const WINDOW: Param = Param {
    name: "slashing.window",
    unit: "blocks",
    least: 10,
    most: 100_000,
    default: 10_000,
    about: "over how many of its last blocks a validator's absence is counted",
};

/// See `about`.
pub(super) const LEAST_SIGNED: Param = Param {
    name: "slashing.min_signed_percent",
    unit: "percent of the window",
    least: 1,
    most: 100,
    default: 50,
    about: "a validator that signs less is jailed",
};

/// See `about`.
pub(super) const JAIL: Param = Param {
    name: "slashing.downtime_jail_seconds",
    unit: "seconds",
    least: 1,
    most: 31_536_000,
    default: 600,
    about: "how long an absent validator stays jailed at least",
};

/// See `about`.
pub(super) const DOWNTIME: Param = Param {
    name: "slashing.downtime_cost",
    unit: "ten-thousandths of the stake",
    least: 0,
    most: 1_000,
    default: 1,
    about: "what absence costs",
};

/// See `about`.
pub(super) const DOUBLE_SIGN: Param = Param {
    name: "slashing.double_sign_cost",
    unit: "ten-thousandths of the stake",
    least: 1,
    most: 10_000,
    default: 500,
    about: "what signing twice costs",
};

/// All of them.
pub(super) const ALL: &[Param] = &[WINDOW, LEAST_SIGNED, JAIL, DOWNTIME, DOUBLE_SIGN];
