//! Lane `sim`: four hosts in one process, and chance from one number: the real applications, CometBFT's calls as its
//! grammar allows them, people who send whatever the modules know, disks that lose and tear what was not synced. One
//! seed is one world.
//!
//! `make sim SEED=7` plays one seed again; `SEEDS` and `BLOCKS` change how many worlds there are and how long they live.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod calls;
mod consensus;
mod crowd;
mod drive;
mod joining;
mod mangle;
mod node;
mod point;
mod tally;
mod traffic;
mod world;

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use drive::POWER_CUT;
use point::Point;
use sirius_runtime::VerbKind;
use tally::Tally;
use world::{Ending, World};

/// How many worlds there are, and how many blocks each lives.
const SEEDS: u64 = 300;
const BLOCKS: u64 = 40;
/// Every which seed is played twice.
const TWICE: usize = 10;

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

/// Plays these seeds on all processors. One that fails says how to play it again.
fn play(seeds: &[u64]) -> Vec<Ending> {
    be_quiet_about_power_cuts();
    let (begin, next, blocks) = (Instant::now(), AtomicU64::new(0), number("BLOCKS", BLOCKS));
    let worker = || {
        let mut endings = Vec::new();
        while let Some(seed) = seeds.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap()) {
            let played = catch_unwind(AssertUnwindSafe(|| World::begin(*seed).live(blocks)));
            endings.push(played.unwrap_or_else(|panic| {
                eprintln!("replay: make sim SEED={seed} BLOCKS={blocks}");
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
    println!("{} seeds of {blocks} blocks in {:.1} s", endings.len(), begin.elapsed().as_secs_f32());
    endings
}

/// A power cut ends an application as any fault does, with words; these are expected.
fn be_quiet_about_power_cuts() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_cut = panic.payload_as_str().is_some_and(|text| text.contains(POWER_CUT));
            if !is_cut {
                usual(panic);
            }
        }));
    });
}

/// What came of every seed; both tests need it.
static PLAYED: LazyLock<Vec<Ending>> = LazyLock::new(|| play(&seeds()));

/// Each block of each world was followed by a check of every module's invariants, of the supply, and of the past; every
/// host came to the same results, and every call was legal.
#[test]
fn invariants_hold_after_every_block() {
    let mut tally = Tally::default();
    PLAYED.iter().for_each(|ending| tally.add(&ending.tally));
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

/// Every point at which something can go wrong was met.
#[test]
fn everything_that_can_go_wrong_went_wrong() {
    if seeds().len() < usize::try_from(SEEDS).unwrap() {
        return;
    }
    let mut tally = Tally::default();
    PLAYED.iter().for_each(|ending| tally.add(&ending.tally));
    let missed: Vec<Point> = Point::ALL.into_iter().filter(|point| tally.hits(*point) == 0).collect();
    assert!(missed.is_empty(), "never met: {missed:?}");
}

/// The same seed again: every header, result and event is the same, whatever ended, tore and came back in between.
#[test]
fn a_seed_gives_one_history() {
    let some: Vec<&Ending> = PLAYED.iter().step_by(TWICE).collect();
    let again = play(&some.iter().map(|ending| ending.seed).collect::<Vec<_>>());
    for (one, other) in some.iter().zip(&again) {
        assert_eq!((one.seed, one.digest), (other.seed, other.digest), "replay: make sim SEED={}", one.seed);
    }
}

/// The simulator sees what it looks for: a page that a disk loses without a word is noticed, wherever it was.
#[test]
fn a_disk_that_breaks_its_promise_is_noticed() {
    for seed in 1..=5 {
        World::begin(seed).live(BLOCKS);
        let lived = catch_unwind(AssertUnwindSafe(|| World::begin(seed).live_with_a_liar(BLOCKS)));
        assert!(lived.is_err(), "nobody noticed in seed {seed}");
    }
}
