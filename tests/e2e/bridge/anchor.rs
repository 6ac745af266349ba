//! Headers of the database on the ledger: they arrive by themselves, prove records, and go on after the ledger was away.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sirius_ledger::service::anchor::wire::anchor as wire;
use sirius_tests::database::Http;
use sirius_tests::outside;

use crate::setting::{EVERY, Setting};

/// How long a header may take to arrive: turns of four members, and some blocks of a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the ledger stands still.
const AWAY: Duration = Duration::from_secs(15);

pub(crate) fn arrive(setting: &mut Setting) -> Result<()> {
    let registered = setting.wait_anchored(1, PATIENCE)?;
    ensure!(registered.every == EVERY && registered.status() == wire::ChainStatus::Active, "{registered:?}");
    let mut last = 0;
    for _ in 0..3 {
        for host in 0..usize::try_from(EVERY)? {
            setting.asset(host % 4)?;
        }
        last = setting.wait_anchored(last + EVERY, PATIENCE)?.latest.context("a header")?.height;
    }
    let chain = setting.anchored()?.context("it is registered")?;
    // A header is posted once, whoever has the turn, and never sooner than was agreed for either chain.
    let ledger = setting.bed.rpc(0).status()?.height;
    let most = (last - chain.first_height) / EVERY + (ledger - chain.registered_height) / EVERY + 1;
    ensure!(chain.posted <= most, "{} headers up to height {last}, at most {most} were due", chain.posted);
    let posted: f64 = (0..4)
        .map(|host| Http::new(setting.network(), host).metric("mongo_ledger_anchor_posted_total"))
        .sum::<Result<f64>>()?;
    ensure!(posted > 0.0 && posted <= chain.posted as f64, "members say that they posted {posted}");
    let (code, said) = setting.mongo_ledger(0, &["anchor", "status"])?;
    ensure!(code == Some(0) && said.contains("CHAIN_STATUS_ACTIVE"), "{code:?}: {said}");
    println!("  {} headers for {last} blocks, {posted} posted by members", chain.posted);
    Ok(())
}

pub(crate) fn prove(setting: &mut Setting) -> Result<()> {
    let made = setting.asset(0)?;
    let id = made.id().to_string();
    let (code, said) = setting.mongo_ledger(0, &["anchor", "prove", &id])?;
    ensure!(code == Some(1) && said.contains("is anchored yet"), "{code:?}: {said}");
    // Nothing is written after it: the ledger's own blocks make the header after the record's block due.
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (code, said) = setting.mongo_ledger(0, &["anchor", "prove", &id])?;
        if code == Some(0) {
            break;
        }
        ensure!(code == Some(1) && Instant::now() < deadline, "{code:?}: {said}");
        sleep(Duration::from_millis(500));
    }
    let request = wire::QueryProvenRequest {
        chain_id: setting.chain_id()?.to_owned(),
        subject: format!("record-{id}"),
    };
    let answer: wire::QueryProvenResponse =
        setting.bed.rpc(1).ask("/sirius.anchor.v1.Query/Proven", &request)?;
    let record = answer.proven.and_then(|proven| proven.record).context("a record")?;
    ensure!(record.transaction_id == made.id().as_bytes() && !answer.frozen, "{record:?}");
    let (code, said) = setting.mongo_ledger(1, &["anchor", "prove", &"ab".repeat(32)])?;
    ensure!(code == Some(2), "what is no record cannot be proven: {code:?}: {said}");
    Ok(())
}

pub(crate) fn away(setting: &mut Setting) -> Result<()> {
    let before = setting.anchored()?.and_then(|chain| chain.latest).context("a header")?.height;
    let status = setting.network().status();
    let pids: Vec<u32> = status.hosts.iter().filter_map(|host| host.cometbft_pid).collect();
    ensure!(pids.len() == 4, "the ledger has {} processes", pids.len());
    let standing = Standing::begin(&pids)?;
    let begin = Instant::now();
    let mut made = 0;
    // The database does not wait for the ledger.
    while begin.elapsed() < AWAY {
        setting.asset(made % 4)?;
        made += 1;
        sleep(Duration::from_millis(300));
    }
    let height = setting.height()?;
    ensure!(height >= before + 3 * EVERY, "only {made} assets in {height} blocks while the ledger was away");
    drop(standing);
    let woken = Instant::now();
    let chain = setting.wait_anchored(height - EVERY, PATIENCE)?;
    let (at, posted) = (chain.latest.context("a header")?.height, chain.posted);
    println!(
        "  {made} assets while the ledger stood still; header {at} after {:.1} s, {posted} in all",
        woken.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Processes that stand still until this is dropped.
struct Standing(Vec<u32>);

impl Standing {
    fn begin(pids: &[u32]) -> Result<Self> {
        let standing = Self(pids.to_vec());
        pids.iter().try_for_each(|pid| signal(*pid, "-STOP"))?;
        Ok(standing)
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        for pid in &self.0 {
            if let Err(error) = signal(*pid, "-CONT") {
                eprintln!("{error:#}");
            }
        }
    }
}

fn signal(pid: u32, signal: &str) -> Result<()> {
    outside::run(Command::new("kill").args([signal, &pid.to_string()]), "install procps").map(drop)
}
