//! Crashes in the middle of a commit, and whether all hosts went through the same history by legal calls.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sirius_tests::history;

use crate::setting::{FAIL_FILE, Setting};

/// How long a host may take to crash, come back and catch up.
const PATIENCE: Duration = Duration::from_secs(60);
/// Points at which CometBFT can be told to end (`FAIL_TEST_INDEX`): around saving a block, executing it, committing it
/// and saving what came of it. Half of them on one host and half on another, since a host that keeps ending by itself
/// is given up.
const POINTS: [(usize, [u32; 5]); 2] = [(2, [0, 1, 2, 3, 4]), (3, [5, 6, 7, 8, 9])];

pub(crate) fn crash_points(setting: &mut Setting) -> Result<()> {
    let network = setting.bed.network();
    for (host, points) in POINTS {
        let files = network.files(host);
        for point in points {
            let restarts = network.status().hosts.get(host).context("no such host")?.restarts;
            fs::write(files.cometbft.join(FAIL_FILE), point.to_string())?;
            network.perturb(host, localnet::Perturbation::Restart)?;
            let deadline = Instant::now() + PATIENCE;
            while network.status().hosts.get(host).is_none_or(|now| now.restarts == restarts) {
                ensure!(Instant::now() < deadline, "host{host} did not end at point {point}");
                sleep(Duration::from_millis(50));
            }
            let said = fs::read_to_string(&files.cometbft_log)?;
            ensure!(
                said.contains(&format!("*** fail-test {point} ***")),
                "host{host} ended, but not at point {point}"
            );
            let height = setting.bed.rpc(0).status()?.height;
            network.wait_host_height(host, height + 2, PATIENCE)?;
            history::agree(&setting.bed, height.saturating_sub(5)..=height + 1)
                .with_context(|| format!("after a crash of host{host} at point {point}"))?;
        }
    }
    Ok(())
}

pub(crate) fn agreement(setting: &mut Setting) -> Result<()> {
    let height = setting.bed.rpc(0).status()?.height;
    setting.bed.network().wait_height(height, PATIENCE)?;
    history::agree(&setting.bed, 1..=height)?;
    for host in 0..setting.bed.network().hosts() {
        let seen = history::legal(&setting.bed, host)?;
        println!("  host{host}: {} calls, {} blocks, {} starts", seen.calls, seen.blocks, seen.processes);
        ensure!(seen.blocks + 1 >= height, "host{host} has logged {} of {height} blocks", seen.blocks);
    }
    Ok(())
}
