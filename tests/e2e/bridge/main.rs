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
mod bundle;
mod identity;
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
    Case { name: "documents_are_given_to_names_of_the_ledger", run: identity::names },
    Case { name: "a_new_key_on_the_ledger_is_handed_what_the_old_one_owned", run: identity::handover },
    Case { name: "a_document_is_proven_from_a_header_of_the_ledger_alone", run: bundle::run },
    Case { name: "a_ledger_that_is_away_is_caught_up_with", run: anchor::away },
];

fn main() -> ExitCode {
    lane::run(CASES, LIMIT, Setting::start, |setting| setting.bed.logs())
}
