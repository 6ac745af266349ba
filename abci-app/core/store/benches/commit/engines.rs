//! The two candidates on the pattern that a ledger writes: blocks of 5,000 transfers.

use std::{sync::atomic::Ordering, time::Instant};

use crate::{
    Wish, child,
    measure::{Times, on_disk, processor, report, resident, written},
    workload::{Chain, Counted, Engine},
};

/// Transfers in each block.
const TRANSFERS: u64 = 5000;

pub(crate) fn compare(wish: &Wish) {
    let accounts = if wish.long { 1_000_000 } else { wish.accounts };
    let runs = [Engine::Redb, Engine::Fjall].map(|engine| run(engine, accounts, wish.blocks));
    for ((name, unit, redb), (_, _, fjall)) in runs[0].iter().zip(&runs[1]) {
        report(&format!("engine_{name}_fjall"), *fjall, unit, Some((*redb, "redb")));
    }
}

/// Name, unit and value of everything that is measured of one engine.
fn run(engine: Engine, accounts: u64, blocks: u64) -> Vec<(&'static str, &'static str, f64)> {
    let folder = tempfile::tempdir().unwrap();
    let backend = Counted::new(engine.open(folder.path()));
    let mut chain = Chain::filled(backend.clone(), accounts);
    let (mut prepare, mut commit) = (Times::default(), Times::default());
    let (logical, physical) = (backend.bytes.load(Ordering::Relaxed), written());
    let (used, start) = (processor(true) + processor(false), Instant::now());
    for _ in 0..blocks {
        let cost = chain.block(TRANSFERS);
        prepare.add(cost.prepare);
        commit.add(cost.commit);
    }
    let elapsed = start.elapsed().as_secs_f64();
    let used = processor(true) + processor(false) - used;
    let (logical, physical) = (backend.bytes.load(Ordering::Relaxed) - logical, written() - physical);
    let memory = resident();
    drop((chain, backend));
    let disk = on_disk(folder.path());
    child::kill_while_writing(engine, accounts, 5, folder.path());
    let (recovery, _) = child::open(engine, accounts, 0, folder.path());
    println!("{}: {accounts} accounts, {blocks} blocks, {elapsed:.0} s, RSS {memory:.0} MB", engine.name());
    vec![
        ("prepare_p50", "ms", prepare.milliseconds(0.5)),
        ("commit_p50", "ms", commit.milliseconds(0.5)),
        ("commit_p99", "ms", commit.milliseconds(0.99)),
        ("processor_a_block", "ms", used / blocks as f64),
        ("batch_a_block", "MB", logical as f64 / 1e6 / blocks as f64),
        ("written_a_block", "MB", physical as f64 / 1e6 / blocks as f64),
        ("write_amplification", "x", physical as f64 / logical as f64),
        ("disk", "MB", disk as f64 / 1e6),
        ("open_after_kill", "ms", recovery),
    ]
}
