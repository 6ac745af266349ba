//! Hosts that are killed at random: who, how, and when.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use localnet::{Perturbation, Running};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::rpc::Rpc;

/// How long the network may take to make a block after a kill. Of each two hosts one dials, again after 5 to 8 s, and
/// the next proposer may be the one that is gone.
const RECOVERY: Duration = Duration::from_secs(45);
/// The pause after each kill, in milliseconds: hosts are hit while they replay, catch up and vote.
const PAUSE: std::ops::Range<u64> = 200..3_000;

/// Kills hosts in one of the ways of `kinds`, one after the other; the next one only after the chain behind `rpcs` has made
/// a block. The same seed repeats the choices.
///
/// # Errors
/// A host does not start again, or no block comes: says after which kill.
pub fn run(network: &Running, rpcs: &[Rpc], kinds: &[Perturbation], seed: u64, kills: u32) -> Result<()> {
    let mut dice = StdRng::seed_from_u64(seed);
    for number in 1..=kills {
        let host = dice.gen_range(0..network.hosts());
        let kind = *kinds.get(dice.gen_range(0..kinds.len())).context("there is a way to kill")?;
        let pause = Duration::from_millis(dice.gen_range(PAUSE));
        let before = height(rpcs).with_context(|| format!("before kill {number}"))?;
        network.perturb(host, kind).with_context(|| format!("kill {number}: {kind} of host{host}"))?;
        let deadline = Instant::now() + RECOVERY;
        while height(rpcs).is_none_or(|now| now <= before) {
            if Instant::now() >= deadline {
                bail!("no block came after kill {number}: {kind} of host{host}\n{}", network.status());
            }
            sleep(Duration::from_millis(50));
        }
        sleep(pause);
    }
    Ok(())
}

/// The highest height that a host knows.
pub fn height(rpcs: &[Rpc]) -> Option<u64> {
    rpcs.iter().filter_map(|rpc| Some(rpc.status().ok()?.height)).max()
}
