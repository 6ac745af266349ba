//! The limits of moving coins.

use sirius_runtime::Param;

/// See `about`.
pub(super) const MOST_OUTPUTS: Param = Param {
    name: "bank.max_outputs",
    unit: "outputs",
    least: 1,
    most: 1_000,
    default: 256,
    about: "the most outputs of one multi-send",
};

/// All of them.
pub(super) const ALL: &[Param] = &[MOST_OUTPUTS];
