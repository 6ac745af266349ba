//! The disk of an application and that of a CometBFT run full while the others go on.

use std::fs;
use std::io::Read as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use localnet::{Layer, Perturbation};
use sirius_tests::agent;
use sirius_tests::bed::{self, Bed};

use crate::mounts::Disk;
use crate::setting::{ACCOUNTS, Setting, drill};

/// The host whose application's disk runs full.
const APP: usize = 2;
/// The host whose CometBFT's disk runs full.
const COMETBFT: usize = 3;
/// The size of each disk in MiB. What a host writes here in a minute is less than a tenth.
const SIZE: u32 = 192;
/// Below so much a host calls itself ill, in MiB.
const LEAST: u32 = 32;
/// How long a host may take to say so: it is asked whenever somebody wants to know.
const TOLD: Duration = Duration::from_secs(5);
/// How long anything else may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Blocks that the others make meanwhile.
const BLOCKS: u64 = 3;

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    setting.stop();
    let mut disks = Vec::new();
    let bed = Bed::start_edited(&bed::manifest(ACCOUNTS)?, |layout| {
        let (app, cometbft) = (layout.host(APP).app, layout.host(COMETBFT).cometbft);
        for folder in [app.join("data"), cometbft.join("data")] {
            disks.push(Disk::mount(&folder, SIZE)?);
        }
        for host in [APP, COMETBFT] {
            let path = layout.host(host).app.join("app.toml");
            let text = fs::read_to_string(&path)?;
            fs::write(path, format!("{text}\n[health]\nleast_free_mib = {LEAST}\n"))?;
        }
        Ok(())
    })?;
    let [app, cometbft] = disks.as_slice() else { unreachable!("two disks were mounted") };
    let drilled = drill(&bed, || {
        of_the_application(&bed, app).context("the application's disk")?;
        of_cometbft(&bed, cometbft).context("CometBFT's disk")?;
        Ok(0)
    });
    // A folder on which a disk is mounted is not removed with the network's.
    drop(disks);
    drilled.with_context(|| bed.logs())
}

/// An application that cannot write stops at once. It is started again by whoever watches it, in vain until there is space.
fn of_the_application(bed: &Bed, disk: &Disk) -> Result<()> {
    wait("host 2 to be well", || healthy(bed, APP).0, PATIENCE)?;
    let log = bed.network().files(APP).app_log;
    let told = fs::read_to_string(&log)?.len();
    let begin = Instant::now();
    disk.fill()?;
    wait("/health to turn", || !healthy(bed, APP).0, TOLD)?;
    println!("  host{APP}: ill after {:.1} s: {}", begin.elapsed().as_secs_f64(), healthy(bed, APP).1);
    wait(
        "the application to say why it ends",
        || fs::read_to_string(&log).is_ok_and(|text| text.get(told..).is_some_and(is_about_space)),
        PATIENCE,
    )?;
    others_go_on(bed, APP)?;
    disk.free()?;
    comes_back(bed, APP)
}

/// CometBFT stays up without making blocks; the application beside it says that its disk is full, and it goes on with a
/// restart, as the runbook says.
fn of_cometbft(bed: &Bed, disk: &Disk) -> Result<()> {
    wait("host 3 to be well", || healthy(bed, COMETBFT).0, PATIENCE)?;
    let begin = Instant::now();
    disk.fill()?;
    wait("/health to turn", || !healthy(bed, COMETBFT).0, TOLD)?;
    let (_, said) = healthy(bed, COMETBFT);
    println!("  host{COMETBFT}: ill after {:.1} s: {said}", begin.elapsed().as_secs_f64());
    ensure!(said.contains("the disk of cometbft"), "/health does not name the disk: {said}");
    others_go_on(bed, COMETBFT)?;
    disk.free()?;
    bed.network().perturb(COMETBFT, Perturbation::Restart)?;
    comes_back(bed, COMETBFT)
}

fn is_about_space(text: &str) -> bool {
    text.contains("No space left on device")
}

fn others_go_on(bed: &Bed, full: usize) -> Result<()> {
    let height = bed.rpc(0).status()?.height + BLOCKS;
    for host in (0..bed.network().hosts()).filter(|host| *host != full) {
        let rpc = bed.rpc(host);
        let goes_on = || rpc.status().is_ok_and(|status| status.height >= height);
        wait(&format!("block {height} on host{host}"), goes_on, PATIENCE)?;
    }
    Ok(())
}

fn comes_back(bed: &Bed, host: usize) -> Result<()> {
    let begin = Instant::now();
    let height = bed.rpc(0).status()?.height + BLOCKS;
    let rpc = bed.rpc(host);
    wait("the host to catch up", || rpc.status().is_ok_and(|status| status.height >= height), PATIENCE)?;
    wait("the host to be well", || healthy(bed, host).0, PATIENCE)?;
    println!("  host{host}: back after {:.1} s", begin.elapsed().as_secs_f64());
    Ok(())
}

/// What `/health` of a host answers; one that does not answer is not well.
fn healthy(bed: &Bed, host: usize) -> (bool, String) {
    let port = bed.network().ports().app_metrics(Layer::Ledger, host);
    let asked = agent(TOLD).get(format!("http://127.0.0.1:{port}/health")).call();
    match asked {
        Ok(answer) => {
            let well = answer.status() == 200;
            let mut text = String::new();
            let read = answer.into_body().into_reader().read_to_string(&mut text);
            (well && read.is_ok(), text)
        }
        Err(error) => (false, error.to_string()),
    }
}

fn wait(what: &str, mut holds: impl FnMut() -> bool, limit: Duration) -> Result<()> {
    let deadline = Instant::now() + limit;
    while !holds() {
        ensure!(Instant::now() < deadline, "waited {} s in vain for {what}", limit.as_secs());
        sleep(LOOK);
    }
    Ok(())
}
