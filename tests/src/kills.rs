//! Hosts that are killed at random: who, how, and when.

use std::fmt;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use localnet::{Perturbation, Running};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::rpc::Rpc;

/// How long the network may take to make a block after a kill. Of each two hosts one dials, again after 5 to 8 s, and
/// the next proposer may be the one that is gone.
const RECOVERY: Duration = Duration::from_secs(45);
/// The pause after each kill, in milliseconds: hosts are hit while they replay, catch up and vote.
const PAUSE: std::ops::Range<u64> = 200..3_000;

/// How something is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    /// One host, or a part of one.
    One(Perturbation),
    /// All processes of all hosts at the same moment.
    All,
}

impl fmt::Display for Kill {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(kind) => kind.fmt(formatter),
            Self::All => formatter.write_str("kill of all hosts at once"),
        }
    }
}

/// Kills in one of the ways of `kinds`, one after the other; the next one only after the chain behind `rpcs` has made a
/// block. The same seed repeats the choices.
///
/// # Errors
/// A host does not start again, or no block comes: says after which kill.
pub fn run(network: &Running, rpcs: &[Rpc], kinds: &[Kill], seed: u64, kills: u32) -> Result<()> {
    let mut dice = StdRng::seed_from_u64(seed);
    for number in 1..=kills {
        let host = dice.gen_range(0..network.hosts());
        let kind = *kinds.get(dice.gen_range(0..kinds.len())).context("there is a way to kill")?;
        let pause = Duration::from_millis(dice.gen_range(PAUSE));
        let before = height(rpcs).with_context(|| format!("before kill {number}"))?;
        kill(network, host, kind).with_context(|| format!("kill {number}: {kind}, host{host}"))?;
        let deadline = Instant::now() + RECOVERY;
        while height(rpcs).is_none_or(|now| now <= before) {
            if Instant::now() >= deadline {
                bail!("no block came after kill {number}: {kind}, host{host}\n{}", network.status());
            }
            sleep(Duration::from_millis(50));
        }
        sleep(pause);
    }
    Ok(())
}

fn kill(network: &Running, host: usize, kind: Kill) -> Result<()> {
    let Kill::One(kind) = kind else {
        return thread::scope(|scope| {
            let hosts: Vec<_> = (0..network.hosts())
                .map(|host| scope.spawn(move || network.perturb(host, Perturbation::Kill)))
                .collect();
            let ended = hosts.into_iter().map(|host| host.join().map_err(|_| anyhow!("a thread panicked")));
            ended.collect::<Result<Vec<_>>>()?.into_iter().try_for_each(|killed| Ok(killed?))
        });
    };
    Ok(network.perturb(host, kind)?)
}

/// The highest height that a host knows.
pub fn height(rpcs: &[Rpc]) -> Option<u64> {
    rpcs.iter().filter_map(|rpc| Some(rpc.status().ok()?.height)).max()
}
