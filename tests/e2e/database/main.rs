//! The lane `database`: four hosts of the database with real CometBFT and document servers, under BigchainDB's own drivers,
//! attackers, and whoever damages documents.
//!
//! `cargo test --release -p sirius-tests --test database [-- WORD…]` runs the cases whose names contain a word. The
//! programs `localnet` and `mongo-ledger` are those beside this one; Node.js and Python 3.11 must be installed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that panics fails"
)]

mod attacks;
mod away;
mod clients;
mod closed;
mod commands;
mod damage;
mod forge;
mod joining;
mod private;
mod roles;
mod setting;

use std::process::ExitCode;
use std::time::Duration;

use setting::Setting;
use sirius_tests::lane::{self, Case};

/// Everything together; it takes half of that.
const LIMIT: Duration = Duration::from_secs(420);

const CASES: &[Case<Setting>] = &[
    Case { name: "the_javascript_driver_creates_moves_and_finds", run: clients::javascript },
    Case { name: "the_python_driver_passes_its_own_suite_and_pymongo_reads", run: clients::python },
    Case { name: "the_codec_agrees_with_the_python_libraries", run: clients::oracle },
    Case { name: "the_first_document_of_the_readme_is_made_moved_and_proven", run: commands::run },
    Case {
        name: "documents_are_sealed_opened_and_their_bodies_erased_by_the_command_line",
        run: private::commands,
    },
    Case { name: "a_body_put_at_one_host_is_at_all_and_after_its_erasure_at_none", run: private::payloads },
    Case { name: "attacks_are_refused_by_name_and_leave_no_row", run: attacks::run },
    Case { name: "two_spends_of_an_output_at_once_leave_one", run: attacks::race },
    Case { name: "a_document_server_that_is_away_is_told_and_waited_for", run: away::run },
    Case {
        name: "a_node_whose_documents_were_changed_names_one_and_stops_and_is_repaired",
        run: damage::tampered,
    },
    Case { name: "wiped_documents_are_written_anew", run: damage::wiped },
    Case { name: "a_fifth_host_joins_from_a_snapshot_and_makes_blocks", run: joining::run },
    Case { name: "a_permissioned_network_grants_revokes_and_decides_on_roles", run: roles::run },
    Case {
        name: "a_closed_network_answers_those_with_a_role_and_tells_the_others_what_to_do",
        run: closed::run,
    },
    Case { name: "every_host_agrees_on_every_block_and_document", run: setting::agree },
];

fn main() -> ExitCode {
    lane::run(CASES, LIMIT, Setting::start, |setting| setting.bed.logs())
}
