//! The lane `chaos`: hosts are killed at random while accounts pay each other; afterwards everything adds up.
//!
//! `SIRIUS_CHAOS_SEED=7 cargo test --release -p sirius-tests --test chaos` repeats the choices of an earlier run, though
//! not its timing. `SIRIUS_CHAOS_KILLS` is how many there are, 30 when it is not set.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod ledger;
mod payer;
mod sums;

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use localnet::Perturbation;
use sirius_sdk::key::Scheme;
use sirius_tests::bed::{self, Bed, LOAD_SEED};
use sirius_tests::kills;
use sirius_tests::lane::{self, Case};
use sirius_tests::load::Accounts;

/// Everything together; it takes half of that.
const LIMIT: Duration = Duration::from_secs(480);
/// How many pay at the same time, each for its own accounts.
const PAYERS: usize = 4;
/// Accounts of each.
const ACCOUNTS_EACH: usize = 15;
/// How long hosts may take to agree after the last kill.
const PATIENCE: Duration = Duration::from_secs(60);
/// Kills when nothing else is said.
const KILLS: u32 = 30;

/// How hosts are killed.
const KINDS: &[Perturbation] = &[Perturbation::Kill, Perturbation::KillApp, Perturbation::KillCometbft];

const CASES: &[Case<Bed>] =
    &[Case { name: "no_payment_is_lost_or_doubled_when_hosts_are_killed", run: kills_under_load }];

fn main() -> ExitCode {
    let accounts = u32::try_from(PAYERS * ACCOUNTS_EACH).unwrap();
    lane::run(CASES, LIMIT, || Bed::start(&bed::manifest(accounts)?), Bed::logs)
}

/// A number from the environment.
fn setting<T: std::str::FromStr>(name: &str) -> Result<Option<T>> {
    let Ok(text) = std::env::var(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| anyhow!("{name} is {text:?}: use a number"))
}

fn kills_under_load(bed: &mut Bed) -> Result<()> {
    let bed = &*bed;
    let seed = setting("SIRIUS_CHAOS_SEED")?.unwrap_or_else(|| u64::from(std::process::id()));
    let kills = setting("SIRIUS_CHAOS_KILLS")?.unwrap_or(KILLS);
    println!("  seed {seed}, {kills} kills");
    let count = u32::try_from(PAYERS * ACCOUNTS_EACH)?;
    let accounts = Accounts::find(&bed.rpc(0), &bed.prefix()?, LOAD_SEED, count, Scheme::Secp256k1)?.0;
    let addresses: Vec<String> = accounts.iter().map(|account| account.address.clone()).collect();
    let supply = sums::supply(&bed.rpc(0))?;

    let stop = AtomicBool::new(false);
    let payments = thread::scope(|scope| {
        let mut accounts = accounts.into_iter();
        let payers: Vec<_> = (0..PAYERS)
            .map(|index| {
                let own = accounts.by_ref().take(ACCOUNTS_EACH).collect();
                let payer = payer::Payer::new(bed, own, &addresses, index);
                let stop = &stop;
                scope.spawn(move || payer.run(stop))
            })
            .collect();
        let killed = kills::run(bed.network(), &bed.rpcs(), KINDS, seed, kills);
        stop.store(true, Ordering::SeqCst);
        let mut payments = Vec::new();
        for payer in payers {
            payments.extend(payer.join().map_err(|_| anyhow!("a payer panicked"))??);
        }
        killed.map(|()| payments)
    })
    .with_context(|| format!("seed {seed}"))?;
    println!("  {} payments", payments.len());
    ensure!(payments.len() > kills as usize, "there was hardly any load");

    let height = kills::height(&bed.rpcs()).context("no host answers")? + 2;
    bed.network().wait_height(height, PATIENCE)?;
    ledger::holds_each_once(bed, &payments, height)?;
    sums::add_up(bed, &addresses, &payments, supply)?;
    sirius_tests::history::agree(bed, 1..=height)?;
    for host in 0..bed.network().hosts() {
        let seen = sirius_tests::history::legal(bed, host)?;
        println!("  host{host}: {} calls, {} blocks, {} starts", seen.calls, seen.blocks, seen.processes);
    }
    Ok(())
}
