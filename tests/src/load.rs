//! A load generator: transactions are made beforehand, sent in batches to every host, and found again in the blocks.
//!
//! ```text
//! Accounts ── transfers ──┐                        ┌── host 0 ──┐
//! kvstore(count, bytes) ──┼── Vec<Tx> ── run ──────┼── …        ├── blocks ── Report
//! documents(assets, …) ───┘   made in parallel     └── host n ──┘
//! ```
//!
//! The same [`run`] drives the ledger, the database and CometBFT's built-in key-value store, so that both are measured alike.
//! A transaction counts when it is in a block; its latency ends when that block was decided, which is the time in the
//! header of the next one (CometBFT's median of the validators' clocks).
//!
//! Not a goal: load from other machines. The generator shares the cores with what it measures, and therefore makes
//! everything that can be made beforehand.

mod accounts;
mod documents;
mod kvstore;
mod report;
mod send;
mod transfer;
mod watch;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

pub use accounts::{Account, Accounts};
pub use documents::{CREATE_BYTES, assets, documents};
pub use kvstore::kvstore;
pub use report::Report;
pub use transfer::{Fee, Transfers};

use crate::rpc::Rpc;
use send::{Gauge, Lane};
use watch::Watch;

/// A transaction ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tx {
    /// What a node gets.
    pub bytes: Vec<u8>,
    /// Which host gets it, modulo their number. All transactions of an account have the same, and so stay in order.
    pub lane: usize,
}

/// How fast transactions are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as they are executed, with so many under way. Less than a mempool holds (5,000): one that is full
    /// drops what came in by [`Broadcast::Async`] without a word, and all later ones of its account with it.
    Saturate {
        /// Sent and not known to be executed, over all hosts.
        under_way: usize,
    },
    /// So many a second over all hosts, whatever becomes of them.
    Steady {
        /// Transactions a second.
        per_second: u32,
    },
}

/// How a node takes a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broadcast {
    /// Before the application has looked at it: the fastest way in. A refusal shows only in the blocks.
    Async,
    /// After the application has looked at it.
    Sync,
}

impl Broadcast {
    const fn method(self) -> &'static str {
        match self {
            Self::Async => "broadcast_tx_async",
            Self::Sync => "broadcast_tx_sync",
        }
    }
}

/// What to do with the transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// How fast.
    pub pace: Pace,
    /// For how long; sending ends earlier when nothing is left.
    pub duration: Duration,
    /// The part at the beginning that is not measured.
    pub warm_up: Duration,
    /// Transactions in one request: at most 1,000, and fewer than there are accounts a host, so that no request holds
    /// two of one account and a refused one can be sent again in order.
    pub batch: usize,
    /// How a node takes them.
    pub broadcast: Broadcast,
    /// How long the last ones may take to get into a block after sending has ended.
    pub drain: Duration,
}

impl Default for Plan {
    /// Saturation for 20 s, of which 5 s are warm-up.
    fn default() -> Self {
        Self {
            pace: Pace::Saturate { under_way: 4_500 },
            duration: Duration::from_secs(20),
            warm_up: Duration::from_secs(5),
            batch: 200,
            broadcast: Broadcast::Async,
            drain: Duration::from_secs(30),
        }
    }
}

/// Sends transactions by plan and measures what becomes of them.
///
/// # Errors
/// A host that cannot be reached for long, or none at all.
pub fn run(hosts: &[Rpc], txs: &[Tx], plan: &Plan) -> Result<Report> {
    let first = hosts.first().context("a load needs at least one host")?;
    ensure!((1..=1_000).contains(&plan.batch), "batch is {}: CometBFT takes 1 to 1000 a request", plan.batch);
    let mut watch = Watch::begin(first.clone())?;
    let gauge = Gauge::default();
    let begin = Instant::now();
    let begin_nanos = send::now_nanos();
    let sent = thread::scope(|scope| {
        let lanes: Vec<_> = hosts
            .iter()
            .enumerate()
            .map(|(lane, rpc)| {
                let lane = Lane::new(rpc, (lane, hosts.len()), txs, plan, &gauge);
                scope.spawn(move || lane.run(begin))
            })
            .collect();
        while lanes.iter().any(|lane| !lane.is_finished()) {
            watch.look(&gauge)?;
        }
        let mut sent = Vec::new();
        for lane in lanes {
            sent.extend(lane.join().map_err(|_| anyhow::anyhow!("a sender panicked"))??);
        }
        anyhow::Ok(sent)
    })?;
    let end_nanos = send::now_nanos();
    watch.drain(&gauge, plan.drain)?;
    let warm_up = i128::try_from(plan.warm_up.as_nanos()).unwrap_or(i128::MAX);
    let window = (begin_nanos.saturating_add(warm_up), end_nanos);
    Ok(Report::new(txs, &sent, &watch.blocks()?, window))
}
