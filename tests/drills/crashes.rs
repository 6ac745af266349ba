//! Our crash points × CometBFT's × the orders of a restart, on ledgers of one validator under load.
//!
//! CI tries a selection in which every two of the three meet; `CRASHES=all` tries all 210.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sirius_tests::lane::number;
use sirius_tests::trade::Trade;

use crate::chain::{Chain, Combination, Order};
use crate::gate::Point;
use crate::setting::{PAYING, Setting};

/// Ledgers side by side: most of a restart is waiting.
const CHAINS: usize = 4;
/// CometBFT's crash points: around saving a block, executing it, committing it, and saving what came of it.
const INDICES: u32 = 10;
/// How deep in a call the application ends, in microseconds: a block of a few payments takes about that long.
const DEPTH: std::ops::Range<u64> = 0..3_000;

/// Whether everything is tried.
pub(crate) fn all() -> bool {
    std::env::var("CRASHES").is_ok_and(|word| word == "all")
}

/// What is tried. With one order for each pair of points, and that one more at each next point, every order meets every
/// point too: there are fewer orders than points of either kind.
fn combinations(all: bool) -> Vec<Combination> {
    let pairs = Point::ALL
        .into_iter()
        .enumerate()
        .flat_map(|(place, point)| (0..INDICES).map(move |index| (place + index as usize, point, index)));
    pairs
        .flat_map(|(sum, point, index)| {
            let orders = Order::ALL.into_iter().enumerate();
            let chosen = orders.filter(move |(order, _)| all || sum % Order::ALL.len() == *order);
            chosen.map(move |(_, order)| Combination { point, index, order })
        })
        .collect()
}

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    setting.stop();
    let seed = number("SEED")?.unwrap_or_else(|| u64::from(std::process::id()));
    let combinations = combinations(all());
    println!("  seed {seed}, {} combinations", combinations.len());
    let next = AtomicUsize::new(0);
    let started = Mutex::new(());
    thread::scope(|scope| {
        let work = |number: usize| {
            let dice = StdRng::seed_from_u64(seed.wrapping_add(number as u64));
            one(&combinations, &next, &started, dice)
        };
        let chains: Vec<_> = (0..CHAINS).map(|number| scope.spawn(move || work(number))).collect();
        let ended = chains.into_iter().map(|chain| chain.join().map_err(|_| anyhow!("a chain panicked"))?);
        ended.collect::<Vec<_>>().into_iter().collect::<Result<Vec<()>>>().map(drop)
    })
    .with_context(|| format!("seed {seed}"))
}

/// One ledger takes one combination after the other until none is left.
fn one(
    combinations: &[Combination],
    next: &AtomicUsize,
    started: &Mutex<()>,
    mut dice: StdRng,
) -> Result<()> {
    // One after the other, so that none takes the ports that another has found free.
    let turn = started.lock().map_err(|_| anyhow!("another chain did not start"))?;
    let mut chain = Chain::start()?;
    drop(turn);
    let trade = Trade::among(vec![chain.rpc().clone()], chain.chain_id(), chain.prefix(), PAYING)?;
    let (tried, payments) = trade.during(|| {
        let mut tried = 0;
        while let Some(combination) = combinations.get(next.fetch_add(1, Ordering::SeqCst)) {
            let depth = Duration::from_micros(dice.gen_range(DEPTH));
            chain.crash(*combination, depth).with_context(|| format!("{combination:?}\n{}", chain.logs()))?;
            tried += 1;
        }
        Ok(tried)
    })?;
    let height = trade.close(&payments, 0)?;
    println!("  {tried} combinations, {} payments, {height} blocks", payments.len());
    chain.replay_elsewhere(height)
}
