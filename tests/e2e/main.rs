//! The lane `e2e`: real CometBFT, real programs, outside clients, one network of four hosts, and one of the database.
//!
//! `cargo test --release -p sirius-tests --test e2e [-- WORD…]` runs the cases whose names contain a word. The programs
//! `localnet`, `abci-app` and `sirius` are those beside this one; Node.js and Go must be installed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that panics fails"
)]

mod bad_input;
mod burst;
mod cli;
mod cosmjs;
mod cosmos_oracle;
mod documents;
mod faces;
mod faults;
mod operations;
mod proofs;
mod replay;
mod sdk;
mod setting;
mod signers;
mod state_sync;

use std::process::ExitCode;
use std::time::Duration;

use setting::Setting;
use sirius_tests::lane::{self, Case};

/// Everything together; it takes a third of that.
const LIMIT: Duration = Duration::from_secs(600);

const CASES: &[Case<Setting>] = &[
    Case { name: "cosmjs_reads_sends_searches_and_subscribes", run: cosmjs::run },
    Case { name: "the_cosmos_sdk_signs_and_verifies_the_same", run: cosmos_oracle::run },
    Case { name: "outsiders_verify_proofs_and_refuse_forgeries", run: proofs::outsiders },
    Case { name: "headers_follow_from_the_genesis_validators", run: proofs::headers },
    Case { name: "the_first_payment_of_the_readme_works_and_wrong_words_are_answered", run: cli::run },
    Case { name: "twenty_payments_of_one_account_at_once_get_in_in_order", run: sdk::at_once },
    Case { name: "a_payment_whose_answer_is_dropped_is_made_once", run: sdk::dropped_answers },
    Case { name: "bad_transactions_are_refused_by_name_and_the_chain_goes_on", run: bad_input::run },
    Case { name: "a_burst_gets_in_once_each", run: burst::run },
    Case { name: "a_fifth_host_joins_from_a_snapshot_and_agrees", run: state_sync::run },
    Case { name: "what_wallets_and_explorers_ask_over_rest_is_answered", run: faces::recorded_requests },
    Case { name: "a_transaction_is_simulated_sent_and_found_over_rest", run: faces::a_transaction_over_rest },
    Case { name: "cosmpy_sends_over_grpc_and_over_rest", run: faces::cosmpy },
    Case { name: "grpcurl_lists_and_calls_every_service", run: faces::grpcurl },
    Case { name: "a_wrong_genesis_or_setting_stops_the_start_and_is_named", run: faults::run },
    Case { name: "the_doctor_lets_a_sound_host_start_and_names_what_is_wrong", run: operations::doctor },
    Case {
        name: "a_stop_under_load_ends_in_time_and_loses_nothing_and_alarms_have_their_metrics",
        run: operations::stop_under_load,
    },
    Case { name: "a_validator_whose_key_is_at_a_remote_signer_makes_blocks", run: signers::own },
    Case { name: "a_validator_whose_key_is_at_tmkms_makes_blocks", run: signers::tmkms },
    Case {
        name: "a_crash_at_every_point_of_a_commit_is_replayed_to_the_same_state",
        run: replay::crash_points,
    },
    Case { name: "documents_and_hosts_that_are_killed_keep_what_was_committed", run: documents::run },
    Case { name: "every_host_heard_calls_in_legal_order_and_agrees_at_every_height", run: replay::agreement },
];

fn main() -> ExitCode {
    lane::run(CASES, LIMIT, Setting::start, |setting| setting.bed.logs())
}
