//! A document server that is killed, and one that hangs, while transactions come: its node says so, and goes on afterwards.

use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use localnet::Perturbation;
use mongo_ledger_core::key::SecretKey;
use sirius_tests::database::{self, Http};
use sirius_tests::outside;

use crate::setting::Setting;

/// Whose server is away.
const HOST: usize = 1;
/// For how long it hangs.
const HANGS: Duration = Duration::from_secs(20);
/// How long its node may take to be well again.
const RECOVERY: Duration = Duration::from_secs(60);
/// How many transactions must get in meanwhile, each in a block of its own. Of four blocks one is its node's to propose,
/// for which the others wait three seconds.
const LEAST: usize = 5;
/// Apart from the numbers of other assets.
const SERIALS: i64 = 1_000_000;

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let Some(pid) = server(setting)? else {
        println!("  MONGODB_URI names a server that is not ours to stop");
        return Ok(());
    };
    let (stop, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let acknowledged = thread::scope(|scope| {
        let writer = scope.spawn(|| write(setting, &stop, &count));
        let result = disturb(setting, pid, &count);
        stop.store(true, Ordering::SeqCst);
        let written = writer.join().unwrap_or_else(|_| bail!("the writer has panicked"));
        result.and(written)
    })?;
    let (_, documents) = setting.alike()?;
    database::holds(&documents, &acknowledged)?;
    println!("  {} transactions meanwhile, all on every host", acknowledged.len());
    Ok(())
}

fn disturb(setting: &Setting, pid: u32, count: &AtomicUsize) -> Result<()> {
    let http = Http::with_timeout(setting.network(), HOST, Duration::from_secs(3));
    setting.network().perturb(HOST, Perturbation::KillDocuments)?;
    well(&http)?;
    // Another process since it was killed.
    let pid = server(setting)?.filter(|now| *now != pid).context("the server was not started again")?;
    let before = count.load(Ordering::SeqCst);
    let hanging = Hanging::begin(pid)?;
    let begin = Instant::now();
    let mut told = None;
    while begin.elapsed() < HANGS {
        if told.is_none() && troubled(&http) {
            told = Some(begin.elapsed());
        }
        sleep(Duration::from_millis(100));
    }
    drop(hanging);
    let made = count.load(Ordering::SeqCst) - before;
    ensure!(made >= LEAST, "the other hosts took only {made} transactions while one had no documents");
    let told = told.context("the node did not say that its document server hangs")?;
    well(&http)?;
    println!(
        "  a server that hung {} s: told after {:.1} s, {made} transactions meanwhile",
        HANGS.as_secs(),
        told.as_secs_f64()
    );
    Ok(())
}

/// Whether the node says over HTTP and in its metrics that it waits.
fn troubled(http: &Http) -> bool {
    let waits = http.metric("mongo_ledger_waiting").is_ok_and(|value| value > 0.0);
    let says = http.get("/health").is_ok_and(|said| said.status == 503 && said.body.contains("document"));
    waits && says
}

/// Waits until the node is well.
fn well(http: &Http) -> Result<()> {
    let deadline = Instant::now() + RECOVERY;
    loop {
        match http.get("/health") {
            Ok(said) if said.status == 200 => return Ok(()),
            other => {
                ensure!(Instant::now() < deadline, "it is not well after {} s: {other:?}", RECOVERY.as_secs())
            }
        }
        sleep(Duration::from_millis(200));
    }
}

/// The process of the server, if it is one of ours.
fn server(setting: &Setting) -> Result<Option<u32>> {
    let status = setting.network().status().database.context("the database runs")?;
    Ok(status.hosts[HOST].server.as_ref().and_then(|server| server.pid))
}

/// A process that stands still until this is dropped.
struct Hanging(u32);

impl Hanging {
    fn begin(pid: u32) -> Result<Self> {
        signal(pid, "-STOP")?;
        Ok(Self(pid))
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        if let Err(error) = signal(self.0, "-CONT") {
            eprintln!("{error:#}");
        }
    }
}

fn signal(pid: u32, signal: &str) -> Result<()> {
    outside::run(Command::new("kill").args([signal, &pid.to_string()]), "install procps").map(drop)
}

/// Commits one asset after the other through another host; gives the ids of those that were acknowledged.
fn write(setting: &Setting, stop: &AtomicBool, count: &AtomicUsize) -> Result<Vec<String>> {
    let (http, owner) = (setting.http(0), SecretKey::new(&[6; 32]));
    let mut ids = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let made = crate::forge::asset(&owner, &[1], SERIALS + i64::try_from(ids.len())?)?;
        let said = http.send("commit", made.raw().as_bytes())?;
        ensure!(said.status == 202, "a host that was left alone answered {said:?}");
        ids.push(made.id().to_string());
        count.fetch_add(1, Ordering::SeqCst);
    }
    Ok(ids)
}
