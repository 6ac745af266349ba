//! What an anchor costs, how long it holds, and how much of it is kept.

use sirius_runtime::Param;

/// The unit of sums.
const COINS: &str = "smallest units of the fee's denomination";

pub(super) const LEAST_BOND: Param = Param::new(
    "anchor.min_bond",
    COINS,
    1..=1_000_000_000_000_000_000,
    1_000_000_000,
    "what a chain puts at stake at least when it registers",
);

pub(super) const HEADER_PRICE: Param = Param::new(
    "anchor.header_price",
    COINS,
    0..=1_000_000_000_000,
    2_000,
    "what a chain's deposit pays whoever posts a header",
);

pub(super) const SIGNATURE_PRICE: Param = Param::new(
    "anchor.signature_price",
    COINS,
    0..=1_000_000_000,
    100,
    "what it pays beside that for each signature under the header",
);

pub(super) const SIGNATURE_GAS: Param = Param::new(
    "anchor.gas_per_signature",
    "gas",
    1..=100_000,
    590,
    "for each signature of a light block, before any is verified",
);

pub(super) const PROOF_GAS: Param =
    Param::new("anchor.gas_per_proof", "gas", 1..=1_000_000, 2_000, "for each proof of a key of a state");

pub(super) const MOST_VALIDATORS: Param = Param::new(
    "anchor.max_validators",
    "validators",
    1..=500,
    100,
    "how many validators an anchored chain may have",
);

pub(super) const MOST_HEADERS: Param = Param::new(
    "anchor.max_headers",
    "headers",
    2..=10_000,
    1_000,
    "how many headers of a chain are kept; the oldest goes when there is one more",
);

pub(super) const MOST_STEPS: Param = Param::new(
    "anchor.max_steps",
    "headers",
    1..=16,
    8,
    "over how many headers the posted one may be reached, itself counted",
);

pub(super) const LEAST_TRUSTING: Param = Param::new(
    "anchor.min_trusting_seconds",
    "seconds",
    1..=31_536_000,
    60,
    "the shortest trusting period of a chain",
);

pub(super) const MOST_TRUSTING: Param = Param::new(
    "anchor.max_trusting_seconds",
    "seconds",
    1..=31_536_000,
    1_209_600,
    "the longest trusting period of a chain, after which its validators may have taken their stake back",
);

pub(super) const MOST_EVERY: Param = Param::new(
    "anchor.max_every",
    "blocks",
    1..=1_000_000_000,
    1_000_000,
    "the longest distance between two headers that a chain can ask for",
);

pub(super) const DRIFT: Param = Param::new(
    "anchor.clock_drift_seconds",
    "seconds",
    0..=600,
    10,
    "how far another chain's clock may be ahead of the ledger's",
);

pub(super) const REWARD: Param = Param::new(
    "anchor.reporter_permille",
    "thousandths of the bond",
    1..=1_000,
    500,
    "what whoever shows two headers of one height gets of the bond",
);

pub(super) const BURN: Param = Param::new(
    "anchor.burn_permille",
    "thousandths of the rest of the bond",
    0..=1_000,
    1_000,
    "what is destroyed of what the reporter leaves; the rest goes to the community",
);

/// All of them.
pub(super) const ALL: &[Param] = &[
    LEAST_BOND,
    HEADER_PRICE,
    SIGNATURE_PRICE,
    SIGNATURE_GAS,
    PROOF_GAS,
    MOST_VALIDATORS,
    MOST_HEADERS,
    MOST_STEPS,
    LEAST_TRUSTING,
    MOST_TRUSTING,
    MOST_EVERY,
    DRIFT,
    REWARD,
    BURN,
];
