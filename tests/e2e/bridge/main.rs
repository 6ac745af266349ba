//! The lane `bridge`: both chains on four hosts, the database's headers on the ledger, and what crosses over them.
//!
//! `cargo test --release -p sirius-tests --test bridge [-- WORD…]` runs the cases whose names contain a word. The programs
//! `localnet`, `sirius` and `mongo-ledger` are those beside this one.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that panics fails"
)]

mod anchor;
mod setting;

use std::process::ExitCode;
use std::time::Duration;

use setting::Setting;
use sirius_tests::lane::{self, Case};

/// Everything together.
const LIMIT: Duration = Duration::from_secs(420);

const CASES: &[Case<Setting>] = &[
    Case { name: "headers_of_the_database_arrive_on_the_ledger", run: anchor::arrive },
    Case { name: "a_real_record_is_proven_to_the_ledger", run: anchor::prove },
    Case { name: "a_ledger_that_is_away_is_caught_up_with", run: anchor::away },
];

fn main() -> ExitCode {
    lane::run(CASES, LIMIT, Setting::start, |setting| setting.bed.logs())
}
