//! Who is killed, and when.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use localnet::Perturbation;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sirius_tests::bed::Bed;

/// How long the network may take to make a block after a kill. Of each two hosts one dials, again after 5 to 8 s, and
/// the next proposer may be the one that is gone.
const RECOVERY: Duration = Duration::from_secs(45);
/// The pause after each kill, in milliseconds: hosts are hit while they replay, catch up and vote.
const PAUSE: std::ops::Range<u64> = 200..3_000;

/// Kills hosts, one after the other; the next one only after the network has made a block.
pub(crate) fn run(bed: &Bed, seed: u64, kills: u32) -> Result<()> {
    let mut dice = StdRng::seed_from_u64(seed);
    for number in 1..=kills {
        let host = dice.gen_range(0..bed.network().hosts());
        let kind = match dice.gen_range(0..3) {
            0 => Perturbation::Kill,
            1 => Perturbation::KillApp,
            _ => Perturbation::KillCometbft,
        };
        let pause = Duration::from_millis(dice.gen_range(PAUSE));
        let before = height(bed).with_context(|| format!("before kill {number}"))?;
        bed.network().perturb(host, kind).with_context(|| format!("kill {number}: {kind} of host{host}"))?;
        let deadline = Instant::now() + RECOVERY;
        while height(bed).is_none_or(|now| now <= before) {
            if Instant::now() >= deadline {
                bail!("no block came after kill {number}: {kind} of host{host}\n{}", bed.network().status());
            }
            sleep(Duration::from_millis(50));
        }
        sleep(pause);
    }
    Ok(())
}

/// The highest height that a host knows.
fn height(bed: &Bed) -> Option<u64> {
    bed.rpcs().iter().filter_map(|rpc| Some(rpc.status().ok()?.height)).max()
}
