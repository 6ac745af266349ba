//! What an anchor costs, how long it holds, and how much of it is kept.

use sirius_runtime::Param;

macro_rules! param {
    ($name:ident, $key:literal, $unit:literal, $range:expr, $default:literal, $about:literal) => {
        /// See `about`.
        pub(super) const $name: Param = Param {
            name: $key,
            unit: $unit,
            least: *$range.start(),
            most: *$range.end(),
            default: $default,
            about: $about,
        };
    };
}

/// The unit of sums.
macro_rules! coins {
    ($name:ident, $key:literal, $range:expr, $default:literal, $about:literal) => {
        param!($name, $key, "smallest units of the fee's denomination", $range, $default, $about);
    };
}

coins!(
    LEAST_BOND,
    "anchor.min_bond",
    1..=1_000_000_000_000_000_000,
    1_000_000_000,
    "what a chain puts at stake at least when it registers"
);
coins!(
    HEADER_PRICE,
    "anchor.header_price",
    0..=1_000_000_000_000,
    2_000,
    "what a chain's deposit pays whoever posts a header"
);
coins!(
    SIGNATURE_PRICE,
    "anchor.signature_price",
    0..=1_000_000_000,
    100,
    "what it pays beside that for each signature under the header"
);
param!(
    SIGNATURE_GAS,
    "anchor.gas_per_signature",
    "gas",
    1..=100_000,
    590,
    "for each signature of a light block, before any is verified"
);
param!(PROOF_GAS, "anchor.gas_per_proof", "gas", 1..=1_000_000, 2_000, "for each proof of a key of a state");
param!(
    MOST_VALIDATORS,
    "anchor.max_validators",
    "validators",
    1..=500,
    100,
    "how many validators an anchored chain may have"
);
param!(
    MOST_HEADERS,
    "anchor.max_headers",
    "headers",
    2..=10_000,
    1_000,
    "how many headers of a chain are kept; the oldest goes when there is one more"
);
param!(
    MOST_STEPS,
    "anchor.max_steps",
    "headers",
    1..=16,
    8,
    "over how many headers the posted one may be reached, itself counted"
);
param!(
    LEAST_TRUSTING,
    "anchor.min_trusting_seconds",
    "seconds",
    1..=31_536_000,
    60,
    "the shortest trusting period of a chain"
);
param!(
    MOST_TRUSTING,
    "anchor.max_trusting_seconds",
    "seconds",
    1..=31_536_000,
    1_209_600,
    "the longest trusting period of a chain, after which its validators may have taken their stake back"
);
param!(
    MOST_EVERY,
    "anchor.max_every",
    "blocks",
    1..=1_000_000_000,
    1_000_000,
    "the longest distance between two headers that a chain can ask for"
);
param!(
    DRIFT,
    "anchor.clock_drift_seconds",
    "seconds",
    0..=600,
    10,
    "how far another chain's clock may be ahead of the ledger's"
);
param!(
    REWARD,
    "anchor.reporter_permille",
    "thousandths of the bond",
    1..=1_000,
    500,
    "what whoever shows two headers of one height gets of the bond"
);
param!(
    BURN,
    "anchor.burn_permille",
    "thousandths of the rest of the bond",
    0..=1_000,
    1_000,
    "what is destroyed of what the reporter leaves; the rest goes to the community"
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
