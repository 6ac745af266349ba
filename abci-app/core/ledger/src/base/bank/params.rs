//! The limits of moving coins.

use sirius_runtime::Param;

pub(super) const MOST_OUTPUTS: Param =
    Param::new("bank.max_outputs", "outputs", 1..=1_000, 256, "the most outputs of one multi-send");

/// All of them.
pub(super) const ALL: &[Param] = &[MOST_OUTPUTS];
