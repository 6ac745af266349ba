//! What an operator does: examines a host, stops a node under load, scrapes what alarms ask for.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::Command,
    thread::{self, sleep},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use localnet::{Binaries, Layer, Perturbation};
use serde_json::Value;
use sirius_sdk::key::Scheme;
use sirius_tests::{
    bed::LOAD_SEED,
    load::{self, Accounts, Broadcast, Pace, Plan, Transfers},
    outside,
};

use crate::setting::{LOAD_ACCOUNTS, Setting};

/// How long a process may take to end when it is asked to: its grace is five seconds.
const GRACE: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(60);
/// The host that is stopped.
const STOPPED: usize = 3;
/// For how long it then makes no vote: several blocks.
const ABSENT: Duration = Duration::from_secs(2);
/// Transfers of each account meanwhile.
const ROUNDS: u32 = 10;

/// The doctor lets a sound host start, and names what is wrong with others.
pub(crate) fn doctor(setting: &mut Setting) -> Result<()> {
    let home = setting.bed.network().files(0);
    let cometbft = Binaries::find()?.cometbft;
    let examine = |more: &[&str]| -> Result<(Option<i32>, Value)> {
        let mut command = Command::new(Binaries::find()?.abci_app()?);
        command.args(["doctor", "--json", "--home"]).arg(&home.app);
        command.arg("--cometbft-program").arg(&cometbft);
        command.args(["--peer", setting.bed.rpc(1).url(), "--peer", setting.bed.rpc(2).url()]).args(more);
        let output = command.output()?;
        let report = serde_json::from_slice(&output.stdout);
        Ok((output.status.code(), report.with_context(|| format!("{output:?}"))?))
    };
    let named = |report: &Value, check: &str| -> Vec<String> {
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        let of = findings.into_iter().filter(|finding| finding["check"] == check);
        of.map(|finding| finding["verdict"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let (code, report) = examine(&[])?;
    ensure!(code == Some(0) && report["may_start"] == true, "{report:#}");
    ensure!(
        named(&report, "genesis") == ["skipped", "ok", "ok"],
        "its own genesis is its peers': {report:#}"
    );
    for check in ["permissions", "clock", "cometbft"] {
        ensure!(named(&report, check) == ["ok"], "{check}: {report:#}");
    }
    ensure!(named(&report, "ports") == ["warning"], "its ports are in use: {report:#}");
    let (code, report) = examine(&["--genesis-hash", &"00".repeat(32)])?;
    ensure!(code == Some(1) && report["may_start"] == false, "{report:#}");
    ensure!(named(&report, "genesis").first().is_some_and(|verdict| verdict == "failed"), "{report:#}");
    Ok(())
}

/// A node that is asked to end under load does so in time, says so, comes back, and nothing is lost meanwhile; and
/// whatever an alarm asks for is shown by some process.
pub(crate) fn stop_under_load(setting: &mut Setting) -> Result<()> {
    let (bed, prefix) = (&setting.bed, setting.bed.prefix()?);
    let mut accounts = Accounts::find(&bed.rpc(0), &prefix, LOAD_SEED, LOAD_ACCOUNTS, Scheme::Secp256k1)?;
    let txs = Transfers::new(bed.chain_id()).sign(&mut accounts, ROUNDS);
    let plan = Plan {
        pace: Pace::Saturate { under_way: 400 },
        duration: PATIENCE,
        warm_up: Duration::ZERO,
        batch: 40,
        broadcast: Broadcast::Sync,
        ..Plan::default()
    };
    let others: Vec<_> = (0..STOPPED).map(|host| bed.rpc(host)).collect();
    let report = thread::scope(|scope| {
        let load = scope.spawn(|| load::run(&others, &txs, &plan));
        sleep(Duration::from_secs(1));
        let stopped = stop(setting);
        let report = load.join().map_err(|_| anyhow::anyhow!("the load has panicked"))?;
        stopped.and(report)
    })?;
    println!("  {report}");
    ensure!(report.executed == txs.len() && report.lost() == 0 && report.doubled == 0, "{report}");
    // A validator that never missed a vote shows no metric of missed ones.
    bed.network().perturb(STOPPED, Perturbation::Pause(ABSENT))?;
    sleep(ABSENT);
    let height = bed.rpc(0).status()?.height;
    bed.network().wait_height(height, PATIENCE)?;
    alarms(setting)
}

fn stop(setting: &Setting) -> Result<()> {
    let network = setting.bed.network();
    let files = network.files(STOPPED);
    let pid = network.status().hosts[STOPPED].app_pid.context("the application runs")?;
    let told = fs::read_to_string(&files.app_log)?.len();
    outside::run(Command::new("kill").args(["-TERM", &pid.to_string()]), "install procps")?;
    let begin = Instant::now();
    while Path::new(&format!("/proc/{pid}/exe")).exists() {
        ensure!(begin.elapsed() < GRACE, "it did not end within {} s", GRACE.as_secs());
        sleep(Duration::from_millis(10));
    }
    println!("  ended after {:.1} s", begin.elapsed().as_secs_f64());
    let log = fs::read_to_string(&files.app_log)?;
    let said = log.get(told..).unwrap_or(&log);
    ensure!(said.contains("stopping") && said.contains("no longer serving the application"), "{said}");
    ensure!(!said.contains("abci: panic"), "{said}");
    Ok(())
}

/// Each metric that a rule of `docs/alerts.yml` asks for is shown by some host.
fn alarms(setting: &Setting) -> Result<()> {
    let ports = setting.bed.network().ports();
    let mut shown = BTreeSet::new();
    for host in 0..setting.bed.network().hosts() {
        for port in [ports.app_metrics(Layer::Ledger, host), ports.metrics(Layer::Ledger, host)] {
            let page =
                ureq::get(format!("http://127.0.0.1:{port}/metrics")).call()?.body_mut().read_to_string()?;
            let names = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
            shown.extend(names.map(str::to_owned));
        }
    }
    let rules = fs::read_to_string(outside::client("../../docs/alerts.yml"))?;
    let mut missing = BTreeSet::new();
    for rule in rules.lines().filter_map(|line| line.trim_start().strip_prefix("expr: ")) {
        let words = rule.split(|one: char| !one.is_ascii_alphanumeric() && one != '_');
        let names =
            words.filter(|word| ["sirius_", "abci_", "cometbft_"].iter().any(|head| word.starts_with(head)));
        let names = names.map(|name| name.strip_suffix("_bucket").unwrap_or(name));
        missing.extend(names.filter(|name| !shown.contains(*name)).map(str::to_owned));
    }
    ensure!(missing.is_empty(), "no process shows {missing:?}");
    Ok(())
}
