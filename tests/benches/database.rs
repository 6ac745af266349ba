//! Four validators of the database at saturation: with their document servers, and with documents kept in memory alone,
//! in turn; and where the time goes.
//!
//! `cargo bench -p sirius-tests --profile release --bench database [-- ROUNDS [UNDER_WAY]]`

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use localnet::{Documents, Layer};
use sirius_tests::{
    bed::Bed,
    bench::{Record, median},
    database::{self, Http},
    load::{self, Plan, Report},
    usage,
};

/// Assets that are made beforehand, each of which is moved once: enough for the whole load at 1,500 transactions a second.
const ASSETS: usize = 18_000;
/// Transactions under way over all hosts, when nothing else is said: what waits longer than four seconds at the least rate
/// that is asked for would be too many.
const UNDER_WAY: usize = 1_400;

fn plan(under_way: usize) -> Plan {
    Plan {
        pace: load::Pace::Saturate { under_way },
        duration: Duration::from_secs(24),
        warm_up: Duration::from_secs(6),
        batch: 50,
        ..Plan::default()
    }
}

/// Where processor time goes.
#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    cometbft: f64,
    ledger: f64,
    documents: f64,
    load: f64,
}

impl Spent {
    /// Processor seconds since each program began.
    fn now(bed: &Bed) -> Result<Self> {
        let status = bed.network().status();
        let mut spent = Self { load: usage::worked(std::process::id())?, ..Self::default() };
        for host in &status.database.context("the database runs")?.hosts {
            let of = |pid: Option<u32>| pid.map_or(Ok(0.0), usage::worked);
            spent.cometbft += of(host.node.cometbft_pid)?;
            spent.ledger += of(host.node.app_pid)?;
            spent.documents += of(host.server.as_ref().and_then(|server| server.pid))?;
        }
        Ok(spent)
    }
}

/// Seconds for which blocks waited for their documents, summed over all hosts.
fn writing(bed: &Bed) -> Result<f64> {
    let hosts = 0..bed.network().hosts();
    let of = |host| Http::new(bed.network(), host).metric("mongo_ledger_writing_microseconds_total");
    hosts.map(of).sum::<Result<f64>>().map(|micros| micros / 1e6)
}

fn measure(name: &str, documents: Documents, under_way: usize, seed: u64) -> Result<Report> {
    let bed = database::start(documents)?;
    let hosts = bed.network().hosts();
    let txs = load::documents(ASSETS, hosts, seed)?;
    let (begin, before, written) = (Instant::now(), Spent::now(&bed)?, writing(&bed)?);
    let report = load::run(&bed.chain_rpcs(Layer::Database), &txs, &plan(under_way))?;
    let (wall, after, written) = (begin.elapsed().as_secs_f64(), Spent::now(&bed)?, writing(&bed)? - written);
    println!("  {name:<9} {report}");
    let share = |before: f64, after: f64| 100.0 * (after - before) / wall;
    println!(
        "  {:<9} of {wall:.0} s: blocks wait for documents {:.0} % on each host; processor: cometbft {:.0} %, mongo-ledger \
         {:.0} %, documents {:.0} %, this load {:.0} % of one core",
        "",
        100.0 * written / wall / hosts as f64,
        share(before.cometbft, after.cometbft),
        share(before.ledger, after.ledger),
        share(before.documents, after.documents),
        share(before.load, after.load),
    );
    ensure!(
        report.committed == report.executed,
        "{} transactions were refused in blocks",
        report.committed - report.executed
    );
    Ok(report)
}

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1).filter_map(|word| word.parse::<usize>().ok());
    let (rounds, under_way) = (words.next().unwrap_or(3), words.next().unwrap_or(UNDER_WAY));
    let documents = Documents::from_environment();
    let named = match documents {
        Documents::Bundled => "bundled",
        Documents::At(_) => "MongoDB",
    };
    let (mut speed, mut ratio, mut latency, mut slower) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds as u64 {
        println!("round {}, machine's load {}", round + 1, fs::read_to_string("/proc/loadavg")?.trim());
        let kept = measure(named, documents.clone(), under_way, round)?;
        let memory = measure("memory", Documents::At("memory".to_owned()), under_way, round)?;
        speed.push(kept.per_second);
        ratio.push(kept.per_second / memory.per_second);
        latency.push(kept.p95_ms);
        slower.push(kept.p95_ms / memory.p95_ms);
    }
    let memory = "the same chain with documents in memory";
    Record::ratio("database_load", median(speed), "tx/s", median(ratio), memory)?;
    Record::ratio("database_load_latency_p95", median(latency), "ms", median(slower), memory)
}
