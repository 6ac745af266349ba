//! Four validators at saturation: the ledger beside CometBFT's built-in key-value store on the same configuration, load
//! and machine, in turn; and how fast both make empty blocks.
//!
//! `cargo bench -p sirius-tests --profile release --bench load [-- ROUNDS [memory]]`

use std::{thread, time::Duration};

use anyhow::{Context as _, Result};
use localnet::{Application, Manifest};
use sirius_sdk::key::Scheme;
use sirius_tests::{
    bed::{self, Bed, LOAD_SEED},
    bench::{Record, median},
    load::{self, Accounts, Plan, Report, Transfers},
};

/// Accounts that send.
const SENDERS: u32 = 2_000;
/// Transfers of each: enough for the whole load.
const EACH: u32 = 70;
/// Makes a transfer whose key the chain knows as long as the 249 bytes of the probe that set the goal.
const MEMO: &str = "23, as payments carry it";
/// For how long empty blocks are counted.
const EMPTY: Duration = Duration::from_secs(10);

fn plan() -> Plan {
    Plan { duration: Duration::from_secs(18), warm_up: Duration::from_secs(5), ..Plan::default() }
}

/// Blocks a second of a chain without transactions.
fn empty_blocks(bed: &Bed) -> Result<f64> {
    let rpc = bed.rpc(0);
    let height = || anyhow::Ok(rpc.status()?.height);
    let first = height()?;
    thread::sleep(EMPTY);
    let made = height()?.checked_sub(first).context("the height never falls")?;
    Ok(made as f64 / EMPTY.as_secs_f64())
}

fn ledger(manifest: &Manifest) -> Result<(f64, Report)> {
    let bed = Bed::start(manifest)?;
    let empty = empty_blocks(&bed)?;
    let mut accounts = Accounts::find(&bed.rpc(0), &bed.prefix()?, LOAD_SEED, SENDERS, Scheme::Secp256k1)?;
    let transfers = Transfers { memo: MEMO.into(), ..Transfers::new(bed.chain_id()) };
    let txs = transfers.sign(&mut accounts, EACH);
    let report = load::run(&bed.rpcs(), &txs, &plan())?;
    println!("  ledger   {report}");
    Ok((empty, report))
}

fn kvstore(manifest: &Manifest, bytes: usize, round: u64) -> Result<(f64, Report)> {
    let bed = Bed::start(manifest)?;
    let empty = empty_blocks(&bed)?;
    let txs = load::kvstore((SENDERS * EACH) as usize * 2, bytes, round);
    let report = load::run(&bed.rpcs(), &txs, &plan())?;
    println!("  kvstore  {report}");
    Ok((empty, report))
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rounds = words.iter().find_map(|word| word.parse().ok()).unwrap_or(5);
    let mut ours = bed::manifest(SENDERS)?;
    if words.iter().any(|word| word == "memory") {
        ours.store.backend = "memory".into();
    }
    let mut theirs = bed::manifest(0)?;
    theirs.application = Application::Kvstore;
    let (mut speed, mut ratio, mut latency, mut empty) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut latencies = Vec::new();
    for round in 0..rounds {
        println!("round {}", round + 1);
        let (our_empty, our) = ledger(&ours)?;
        let (their_empty, their) = kvstore(&theirs, our.bytes.1, round)?;
        speed.push(our.per_second);
        ratio.push(our.per_second / their.per_second);
        latencies.push(our.p95_ms);
        latency.push(our.p95_ms / their.p95_ms);
        empty.push(our_empty / their_empty);
        println!(
            "  transfers {:.3}, p95 {:.3}, empty blocks {:.3} of kvstore's",
            our.per_second / their.per_second,
            our.p95_ms / their.p95_ms,
            our_empty / their_empty
        );
    }
    let kvstore = "CometBFT's built-in kvstore";
    Record::ratio("load_transfers", median(speed), "tx/s", median(ratio), kvstore)?;
    Record::ratio("load_latency_p95", median(latencies), "ms", median(latency), kvstore)?;
    let empty = median(empty);
    Record::ratio("load_empty_blocks", empty, "of 1", empty, kvstore)
}
