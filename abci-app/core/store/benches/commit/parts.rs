//! The tree beside `jmt`, commits, proofs, and opening again.

use std::time::Instant;

use jmt::{KeyHash, Sha256Jmt, mock::MockTreeStore};
use sha2::Sha256;
use sirius_primitives::Height;
use sirius_store::{Changes, Read, Snapshot};

use crate::{
    Wish, child,
    measure::{Times, report},
    workload::{Chain, Engine, balance},
};

/// Runs of which the median counts.
const RUNS: u64 = 5;

/// What a changed key costs in the tree, ours with everything that is to be written, `jmt` with its nodes in memory.
pub(crate) fn tree(wish: &Wish) {
    let sizes = [10_000, 100_000, 1_000_000];
    for accounts in sizes.into_iter().take(if wish.long { 3 } else { 2 }) {
        let mut chain = Chain::filled(Engine::Memory.open("".as_ref()), accounts);
        let blocks: Vec<Changes> = (0..RUNS).map(|_| chain.transfers(5000)).collect();
        let mut ours = Times::default();
        for changes in &blocks {
            let start = Instant::now();
            let prepared = chain.prepare(changes);
            ours.add(start.elapsed() / changes.len() as u32);
            chain.store.commit(prepared, Vec::new()).unwrap();
        }
        let theirs = jmt(&chain.store.at(Height(chain.store.committed().height.0 - RUNS)).unwrap(), &blocks);
        let [ours, theirs] = [ours, theirs].map(|times| times.milliseconds(0.5) * 1e3);
        report(&format!("tree_key_{accounts}_accounts"), ours, "us", Some((theirs, "jmt")));
    }
}

fn jmt(before: &Snapshot, blocks: &[Changes]) -> Times {
    let nodes = MockTreeStore::default();
    let tree = Sha256Jmt::new(&nodes);
    let mut version = 0;
    let mut put = |changes: &mut dyn Iterator<Item = (Vec<u8>, Option<Vec<u8>>)>| {
        let values: Vec<_> = changes.map(|(key, value)| (KeyHash::with::<Sha256>(key), value)).collect();
        let (_, batch) = tree.put_value_set(values, version).unwrap();
        nodes.write_tree_update_batch(batch).unwrap();
        version += 1;
    };
    let mut all = Changes::new();
    before
        .scan(&sirius_store::Span::prefix(b""), sirius_store::Order::Ascending, &mut |key, value| {
            all.insert(key.to_vec(), Some(value.to_vec()));
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    put(&mut all.into_iter());
    let mut times = Times::default();
    for changes in blocks {
        let start = Instant::now();
        put(&mut changes.clone().into_iter());
        times.add(start.elapsed() / changes.len() as u32);
    }
    times
}

/// Blocks on disk: of 10,000 transfers as a whole, and commits of 2,000.
pub(crate) fn commit(wish: &Wish) {
    let mut whole = Vec::new();
    for accounts in [10_000, 100_000, 1_000_000].into_iter().take(if wish.long { 3 } else { 2 }) {
        let folder = tempfile::tempdir().unwrap();
        let mut chain = Chain::filled(Engine::Fjall.open(folder.path()), accounts);
        let mut blocks = Times::default();
        for _ in 0..4 * RUNS {
            let cost = chain.block(10_000);
            blocks.add(cost.prepare + cost.commit);
        }
        let beside = whole.first().map(|first| (*first, "10,000 accounts"));
        let median = blocks.milliseconds(0.5);
        report(&format!("block_10000_{accounts}_accounts"), median, "ms", beside);
        whole.push(median);
        let mut commits = Times::default();
        for _ in 0..200 {
            commits.add(chain.block(2000).commit);
        }
        let p50 = commits.milliseconds(0.5);
        report(
            &format!("commit_2000_p99_{accounts}_accounts"),
            commits.milliseconds(0.99),
            "ms",
            Some((p50, "its median")),
        );
    }
}

/// What an answer with proof costs, and one without.
pub(crate) fn proof(wish: &Wish) {
    let accounts = if wish.long { 1_000_000 } else { wish.accounts };
    let folder = tempfile::tempdir().unwrap();
    let mut chain = Chain::filled(Engine::Fjall.open(folder.path()), accounts);
    chain.blocks(100, 1000);
    let latest = chain.store.latest();
    let past = |blocks| chain.store.at(latest.height().before(sirius_primitives::Blocks(blocks))).unwrap();
    let read = each(&|key| drop(latest.get_bytes(&balance(key * 7 % accounts)).unwrap()));
    report("read_latest", read, "us", None);
    for (name, snapshot) in
        [("latest", latest.clone()), ("10_blocks_ago", past(10)), ("100_blocks_ago", past(99))]
    {
        let present = each(&|key| drop(snapshot.prove(&balance(key * 7 % accounts)).unwrap()));
        report(&format!("prove_value_{name}"), present, "us", Some((read, "reading it")));
        let absent = each(&|key| drop(snapshot.prove(&balance(accounts + key)).unwrap()));
        report(&format!("prove_absence_{name}"), absent, "us", Some((read, "reading it")));
    }
}

/// Microseconds of one of 500 runs, the median of five times.
fn each(work: &dyn Fn(u64)) -> f64 {
    let mut times = Times::default();
    for run in 0..RUNS {
        let start = Instant::now();
        (run * 500..(run + 1) * 500).for_each(work);
        times.add(start.elapsed() / 500);
    }
    times.milliseconds(0.5) * 1e3
}

/// Opening after a clean stop and after a kill, and the memory after some blocks.
pub(crate) fn open(wish: &Wish) {
    let accounts = if wish.long { 1_000_000 } else { wish.accounts };
    let folder = tempfile::tempdir().unwrap();
    child::fill(Engine::Fjall, accounts, 50, folder.path());
    let (clean, memory) = child::open(Engine::Fjall, accounts, 40, folder.path());
    report(&format!("open_{accounts}_accounts"), clean, "ms", None);
    report(&format!("memory_{accounts}_accounts"), memory, "MB", None);
    child::kill_while_writing(Engine::Fjall, accounts, 5, folder.path());
    let (killed, _) = child::open(Engine::Fjall, accounts, 0, folder.path());
    report(
        &format!("open_after_kill_{accounts}_accounts"),
        killed,
        "ms",
        Some((clean, "after a clean stop")),
    );
}
