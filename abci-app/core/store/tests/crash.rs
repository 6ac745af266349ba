//! A store that is killed at any moment opens again with exactly one of its states, whole and proven.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "killing at random moments needs a clock"
)]

mod common;

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use common::{pairs, whole};
use sirius_primitives::{Blocks, Height, sha256};
use sirius_store::{Changes, Disk, DiskOptions, Options, Order, Read, Row, Span, Store};

/// Where the child that is to be killed finds its folder; a test program that is started with it is that child.
const FOLDER: &str = "SIRIUS_STORE_CRASH_FOLDER";

/// How often the child is killed.
const KILLS: u64 = 12;

/// The longest that the whole test may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// Keys of the state; every block changes a third of them.
const KEYS: u64 = 600;

fn open(folder: &Path) -> Store {
    // Little memory makes the database write tables, merge and move its journal all the time.
    let disk =
        Disk::open(folder, DiskOptions { cache: 1 << 20, buffer: 256 << 10, journal: 64 << 20 }).unwrap();
    let options = Options { keep_versions: Blocks(20), page_cache: 64 << 10, ..Options::default() };
    Store::open(Arc::new(disk), options).unwrap()
}

/// What block `height` does, a function of the height alone.
fn block(height: Height) -> (Changes, Vec<Row>) {
    let key = |number: u64| sha256(&number.to_be_bytes()).as_bytes()[..20].to_vec();
    let touched = (0..KEYS).filter(|number| (number + height.0).is_multiple_of(3));
    let value = |number: u64| {
        (number % 7 != height.0 % 7).then(|| [height.0.to_be_bytes(), number.to_be_bytes()].concat())
    };
    let changes = touched.map(|number| (key(number), value(number))).collect();
    (changes, vec![(height.0.to_be_bytes().to_vec(), Some(vec![1; 100]))])
}

/// The state after `height`: every key as the last of three blocks left it.
fn state(height: Height) -> common::State {
    let mut state = common::State::new();
    for block_height in height.0.saturating_sub(2).max(1)..=height.0 {
        state = common::after(&state, &block(Height(block_height)).0);
    }
    state
}

/// The child: commits one block after the other, and says so only after each commit.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = open(Path::new(&folder));
    loop {
        let height = store.committed().height.next();
        let (changes, rows) = block(height);
        let prepared = store.prepare(height, &changes).unwrap();
        let app_hash = prepared.app_hash();
        store.commit(prepared, rows).unwrap();
        println!("committed {height} {app_hash}");
    }
}

/// Lets the child commit for a while, kills it, and gives the last height that it said was committed.
fn killed(folder: &Path, after: Duration) -> Height {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let height = |line: String| line.strip_prefix("committed ")?.split(' ').next()?.parse().ok();
        lines.filter_map(height).last().map_or(Height::ZERO, Height)
    });
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn a_kill_at_any_moment_leaves_a_whole_block() {
    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let mut seen = Height::ZERO;
    for round in 0..KILLS {
        if start.elapsed() > PATIENCE {
            break;
        }
        // Moments spread over opening and committing, different each round and the same in every run.
        let moment = u64::from(sha256(&round.to_be_bytes()).as_bytes()[0]);
        let said = killed(folder.path(), Duration::from_millis(40 + moment * 4));
        let store = open(folder.path());
        let height = store.committed().height;
        // What was said to be committed is there, and at most the one block that was under way besides.
        assert!(height >= said.max(seen), "{height} after {said} was committed");
        assert!(height <= said.max(seen).next(), "{height} after {said} was committed");
        seen = height;
        if height == Height::ZERO {
            continue;
        }
        let oldest = store.oldest();
        for height in [height, Height((height.0 + oldest.0) / 2), oldest] {
            let snapshot = store.at(height).unwrap();
            if height.0 >= 3 {
                assert_eq!(whole(&snapshot), state(height), "height {height}");
            }
            for number in 0..10u64 {
                let key = sha256(&number.to_be_bytes()).as_bytes()[..20].to_vec();
                let proof = snapshot.prove(&key).unwrap();
                assert_eq!(proof.value, snapshot.get_bytes(&key).unwrap());
                proof.verify(&snapshot.app_hash()).unwrap();
            }
        }
        let mut rows = 0;
        store
            .scan_rows(&Span::prefix(b""), Order::Ascending, &mut |_, _| {
                rows += 1;
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(rows, height.0, "one row a block");
        assert!(pairs(&store.latest(), &Span::prefix(b""), Order::Descending, 1).len() == 1);
    }
    assert!(seen > Height(20), "only {seen} blocks between the kills");
}

#[test]
fn a_folder_is_open_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let refusal = Disk::open(folder.path(), DiskOptions::default()).err().unwrap();
    assert!(refusal.to_string().contains("another process"), "{refusal}");
    drop(store);
    open(folder.path());
}
