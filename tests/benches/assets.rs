//! One node of the database with many assets: how fast it reads, starts and makes blocks, and how much memory it takes.
//!
//! This program speaks to `mongo-ledger` as CometBFT does, so that filling takes minutes; the documents are those of the
//! bundled server.
//!
//! `cargo bench -p sirius-tests --profile release --bench assets [-- ASSETS]`; 1,000,000 assets unless said otherwise.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use mongo_ledger_core::{json::Limits, transaction::Transaction};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use sirius_tests::{
    agent,
    bench::{Record, median, percentile},
    load,
    solo::{Consensus, Node, Store},
};

/// Transactions of a block while the database is filled.
const FILL: usize = 2_000;
/// Blocks whose time is taken, and how many assets each of them makes and moves.
const BLOCKS: usize = 15;
const MOVED: usize = 250;
/// Transactions looked up by their id.
const LOOKUPS: usize = 3_000;
/// The seed of every asset.
const SEED: u64 = 4;
/// How long a look-up may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// `CREATE` transactions of assets.
fn creates(range: Range<usize>) -> Result<Vec<Bytes>> {
    Ok(load::assets(range, SEED)?.into_iter().map(|(create, _)| create.into()).collect())
}

/// The median time of blocks that each make assets, from `next` on, and move some of those that were never moved, from
/// `unmoved` on.
fn blocks(consensus: &mut Consensus, unmoved: usize, next: &mut usize, random: &mut StdRng) -> Result<f64> {
    let among = next.checked_sub(unmoved).filter(|count| *count >= BLOCKS * MOVED);
    let among = among.context("there are too few assets to move each once")?;
    let mut chosen: Vec<usize> = rand::seq::index::sample(random, among, BLOCKS * MOVED).into_vec();
    let mut times = Vec::with_capacity(BLOCKS);
    for _ in 0..BLOCKS {
        let mut txs = creates(*next..*next + MOVED)?;
        *next += MOVED;
        for index in chosen.drain(..MOVED).map(|place| unmoved + place) {
            let (_, transfer) = load::assets(index..index + 1, SEED)?.swap_remove(0);
            txs.push(transfer.into());
        }
        times.push(consensus.block(txs)?);
    }
    Ok(median(times))
}

/// Milliseconds that each of so many look-ups of random assets by their id took.
fn look_up(node: &Node, assets: usize, count: usize, random: &mut StdRng) -> Result<Vec<f64>> {
    let agent = agent(PATIENCE);
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let index = random.gen_range(0..assets);
        let (create, _) = load::assets(index..index + 1, SEED)?.swap_remove(0);
        let id = *Transaction::parse(&create, &Limits::default())?.id();
        let begin = Instant::now();
        let found = agent.get(format!("{}/api/v1/transactions/{id}", node.http)).call()?;
        let body = found.into_body().read_to_string()?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        ensure!(body.contains(&id.to_string()), "{body}");
    }
    Ok(times)
}

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1).filter_map(|word| word.parse().ok());
    let assets: usize = words.next_back().unwrap_or(1_000_000);
    let folder = tempfile::tempdir()?;
    let node = Node::new(folder.path(), Store::Bundled, 0)?;
    let mut random = StdRng::seed_from_u64(SEED);
    let (process, mut consensus, _) = node.start()?;
    consensus.begin()?;
    let mut next = BLOCKS * MOVED;
    consensus.block(creates(0..next)?)?;
    let empty = blocks(&mut consensus, 0, &mut next, &mut random)?;
    let unmoved = next;
    let begin = Instant::now();
    while next < assets {
        let most = (next + FILL).min(assets);
        consensus.block(creates(next..most)?)?;
        if next / 100_000 != most / 100_000 {
            println!(
                "  {most} assets after {:.0} s, {:.0} MB",
                begin.elapsed().as_secs_f64(),
                process.memory()?
            );
        }
        next = most;
    }
    let filled = blocks(&mut consensus, unmoved, &mut next, &mut random)?;
    let times = look_up(&node, assets, LOOKUPS, &mut random)?;
    let memory = process.memory()?;
    drop(consensus);
    process.stop()?;
    let (process, consensus, start) = node.start()?;
    drop(consensus);
    process.stop()?;
    node.stop()?;
    let name = |what: &str| format!("database_{assets}_{what}");
    Record::ratio(&name("block"), filled, "ms", filled / empty, "the empty database, documents bundled")?;
    Record::figure(&name("lookup_p50"), percentile(times.clone(), 50), "ms")?;
    Record::figure(&name("lookup_p99"), percentile(times, 99), "ms")?;
    Record::figure(&name("start"), start, "s")?;
    Record::figure(&name("memory"), memory, "MB")
}
