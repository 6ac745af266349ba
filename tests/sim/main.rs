//! Lane `sim`: random histories of all modules over the real state machine and store. One seed is one world.
//!
//! `SEED=7 cargo test --release -p sirius-tests --test sim` plays one seed again; `SEEDS` and `BLOCKS` change how many
//! worlds there are and how long they live.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod chain;
mod crowd;
mod history;
mod mangle;
mod tally;
mod traffic;

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use history::{Ending, History};
use sirius_runtime::VerbKind;
use tally::Tally;

/// How many worlds there are, and how many blocks each lives.
const SEEDS: u64 = 50;
const BLOCKS: u64 = 200;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a whole number")))
}

/// The seeds to play: all, or the one of the environment.
fn seeds() -> Vec<u64> {
    match std::env::var("SEED") {
        Ok(_) => vec![number("SEED", 0)],
        Err(_) => (1..=number("SEEDS", SEEDS)).collect(),
    }
}

/// Plays every seed, on all processors. A seed that fails says how to play it again.
fn play(crashes: bool) -> Vec<Ending> {
    let (seeds, next) = (seeds(), AtomicU64::new(0));
    let blocks = number("BLOCKS", BLOCKS);
    let worker = || {
        let mut endings = Vec::new();
        while let Some(seed) = seeds.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap()) {
            let played = catch_unwind(AssertUnwindSafe(|| History::begin(*seed, crashes).live(blocks)));
            endings.push(played.unwrap_or_else(|panic| {
                eprintln!(
                    "replay: SEED={seed} BLOCKS={blocks} cargo test --release -p sirius-tests --test sim"
                );
                resume_unwind(panic)
            }));
        }
        endings
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut endings: Vec<Ending> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        joined.flatten().collect()
    });
    endings.sort_by_key(|ending| ending.seed);
    endings
}

/// What came of every seed without crashes; both tests need it.
static PLAIN: LazyLock<Vec<Ending>> = LazyLock::new(|| play(false));

/// Each block of each world was followed by a check of every module's invariants, of the supply, and of the past.
#[test]
fn invariants_hold_after_every_block() {
    let mut tally = Tally::default();
    PLAIN.iter().for_each(|ending| tally.add(&ending.tally));
    println!("{tally}");
    if seeds().len() < 10 {
        // One world alone need not meet everything.
        return;
    }
    let registry = sirius_ledger::registry();
    for verb in registry.verbs().iter().filter(|verb| verb.kind == VerbKind::Message) {
        assert!(
            tally.done(&verb.path) > 0,
            "{} never succeeded: give its module a random move that does",
            verb.path
        );
        assert!(
            tally.refused(&verb.path) > 0,
            "{} was never refused: its random moves are too careful",
            verb.path
        );
    }
    for mangle in mangle::ALL {
        assert!(tally.turned_away(*mangle) > 0, "{mangle:?} was never turned away");
    }
    assert!(tally.blocks_full() > 0, "no block was ever full");
    assert!(tally.rises() > 100, "full blocks made gas dearer only {} times", tally.rises());
}

/// The same seed again, on nodes that crash between preparing a block and committing it, forget what they had seen,
/// open their store anew and execute the block again: every header, result and event is the same.
#[test]
fn a_seed_gives_one_history() {
    let again = play(true);
    let crashes: u64 = again.iter().map(|ending| ending.crashes).sum();
    assert!(crashes > 0, "nobody crashed");
    for (plain, crashed) in PLAIN.iter().zip(&again) {
        assert_eq!((plain.seed, plain.digest), (crashed.seed, crashed.digest), "replay: SEED={}", plain.seed);
    }
    println!("{} seeds, {crashes} crashes, one history each", again.len());
}
