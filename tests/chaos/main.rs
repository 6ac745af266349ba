//! The lane `chaos`: hosts are killed at random while accounts pay each other; afterwards everything adds up.
//!
//! `make chaos SEED=7` repeats the choices of an earlier run, though not its timing. `KILLS` is how many there are, 20 when
//! it is not set.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use localnet::Perturbation;
use sirius_tests::bed::{self, Bed};
use sirius_tests::kills::{self, Kill};
use sirius_tests::lane::{self, Case, number};
use sirius_tests::trade::Trade;

/// Everything but the kills.
const LIMIT: Duration = Duration::from_secs(300);
/// Each of them.
const LIMIT_EACH: Duration = Duration::from_secs(15);
/// How many accounts pay.
const ACCOUNTS: u32 = 60;
/// Kills when nothing else is said.
const KILLS: u32 = 20;

/// How is killed: a host, each of its programs alone, and all hosts at the same moment.
const KINDS: &[Kill] = &[
    Kill::One(Perturbation::Kill),
    Kill::One(Perturbation::KillApp),
    Kill::One(Perturbation::KillCometbft),
    Kill::All,
];

const CASES: &[Case<Bed>] =
    &[Case { name: "no_payment_is_lost_or_doubled_when_hosts_are_killed", run: kills_under_load }];

fn main() -> ExitCode {
    // A number that is none is refused by the case.
    let kills = number("KILLS").ok().flatten().unwrap_or(KILLS);
    let limit = LIMIT + LIMIT_EACH.saturating_mul(kills);
    lane::run(CASES, limit, || Bed::start(&bed::manifest(ACCOUNTS)?), Bed::logs)
}

fn kills_under_load(bed: &mut Bed) -> Result<()> {
    let bed = &*bed;
    let seed = number("SEED")?.unwrap_or_else(|| u64::from(std::process::id()));
    let kills = number("KILLS")?.unwrap_or(KILLS);
    println!("  seed {seed}, {kills} kills");
    let trade = Trade::open(bed, ACCOUNTS)?;
    let ((), payments) = trade
        .during(|| kills::run(bed.network(), &bed.rpcs(), KINDS, seed, kills))
        .with_context(|| format!("seed {seed}"))?;
    println!("  {} payments", payments.len());
    ensure!(payments.len() > kills as usize, "there was hardly any load");
    trade.close(&payments, 0).with_context(|| format!("seed {seed}"))?;
    for host in 0..bed.network().hosts() {
        let seen = sirius_tests::history::legal(bed, host)?;
        println!("  host{host}: {} calls, {} blocks, {} starts", seen.calls, seen.blocks, seen.processes);
    }
    Ok(())
}
