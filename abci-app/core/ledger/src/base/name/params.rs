//! What names cost, how long they live, and how much of them a block clears away.

use sirius_runtime::Param;

pub(super) const RENT: Param = Param::new(
    "name.rent_per_day",
    "smallest units of the fee's denomination a day",
    0..=1_000_000_000_000_000,
    10_000,
    "the rent of a leased name for each day that begins; it goes where fees go",
);

pub(super) const PRICE_BELOW: Param = Param::new(
    "name.price_below",
    "smallest units of the fee's denomination",
    0..=1_000_000_000_000_000,
    100_000,
    "what a name below a leased one costs, once; it goes where fees go",
);

pub(super) const LEAST_TERM: Param = Param::new(
    "name.min_seconds",
    "seconds",
    1..=31_536_000,
    2_592_000,
    "the shortest time for which a name is leased or renewed",
);

pub(super) const MOST_TERM: Param = Param::new(
    "name.max_seconds",
    "seconds",
    1..=3_153_600_000,
    157_680_000,
    "how far from now the end of a lease may lie, so that names come back to everybody",
);

pub(super) const GRACE: Param = Param::new(
    "name.grace_seconds",
    "seconds",
    0..=31_536_000,
    2_592_000,
    "how long a name whose lease is over can be renewed by its owner alone",
);

pub(super) const MOST_BELOW: Param = Param::new(
    "name.max_below",
    "names",
    0..=10_000,
    500,
    "the most names below one leased name: all of them are cleared away when it is free again",
);

pub(super) const LEAST_FREE: Param = Param::new(
    "name.min_free_characters",
    "characters",
    1..=63,
    3,
    "names shorter than this are reserved: only the chain's authority can lease them",
);

pub(super) const STEPS: Param = Param::new(
    "name.steps_per_block",
    "names",
    1..=10_000,
    100,
    "how many names a block ends or clears away; the rest waits for the next",
);

/// All of them.
pub(super) const ALL: &[Param] =
    &[RENT, PRICE_BELOW, LEAST_TERM, MOST_TERM, GRACE, MOST_BELOW, LEAST_FREE, STEPS];
