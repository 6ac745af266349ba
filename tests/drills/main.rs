//! The lane `drills`: real programs under faults that an operator meets, each ended by the same check.
//!
//! `cargo test --release -p sirius-tests --test drills [-- WORD…]` runs the cases whose names contain a word. `CRASHES=all`
//! tries every combination of crash points and orders; `SEED` repeats choices.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that panics fails"
)]

mod chain;
mod clock;
mod crashes;
mod disk;
mod flood;
mod gate;
mod mounts;
mod partition;
mod program;
mod setting;
mod twin;

use std::process::ExitCode;
use std::time::Duration;

use setting::Setting;
use sirius_tests::lane::{self, Case};

/// Everything together; it takes a third of that.
const LIMIT: Duration = Duration::from_secs(900);

const CASES: &[Case<Setting>] = &[
    Case { name: "a_crash_at_every_pair_of_points_comes_to_the_uninterrupted_state", run: crashes::run },
    Case { name: "a_network_in_halves_stands_and_three_of_four_go_on", run: partition::run },
    Case { name: "a_clock_an_hour_off_stops_nobody_else_and_moves_no_block_time", run: clock::run },
    Case { name: "a_flood_of_garbage_leaves_honest_payments_within_three_blocks", run: flood::run },
    Case {
        name: "a_validator_that_signs_twice_is_slashed_and_tombstoned_within_five_blocks",
        run: twin::run,
    },
    Case { name: "a_full_disk_is_told_and_the_host_goes_on_when_there_is_space", run: disk::run },
];

fn main() -> ExitCode {
    mounts::enter();
    let limit = if crashes::all() { LIMIT * 3 } else { LIMIT };
    lane::run(CASES, limit, || Ok(Setting::default()), Setting::logs)
}
