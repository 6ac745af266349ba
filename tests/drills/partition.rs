//! A network that falls in two: halves stand still, three of four go on, and all agree when it is whole again.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sirius_tests::bed::Bed;
use sirius_tests::kills;

use crate::setting::{Setting, drill};

/// The longest that a parting may last before it is healed.
const LONGEST: Duration = Duration::from_secs(120);
/// For how long halves are watched. The network makes a block in about 0.4 s, and rounds that fail take 3 s.
const WATCHED: Duration = Duration::from_secs(6);
/// How long a network may take to go on or to agree: nodes dial again after 5 to 8 s, every fourth block waits for a
/// proposer that is away, and a machine that compiles meanwhile misses more turns than that.
const PATIENCE: Duration = Duration::from_secs(90);
/// Blocks that show that a network goes on.
const BLOCKS: u64 = 5;
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let bed = setting.bed()?;
    drill(bed, || {
        halves(bed)?;
        three_of_four(bed)?;
        Ok(0)
    })
}

fn heights(bed: &Bed) -> Vec<u64> {
    bed.rpcs().iter().map(|rpc| rpc.status().map_or(0, |status| status.height)).collect()
}

/// Two and two: nobody has more than two thirds. A block that was voted for before the parting may still come.
fn halves(bed: &Bed) -> Result<()> {
    bed.network().part(&[0, 1], LONGEST)?;
    let most = heights(bed).into_iter().max().unwrap_or(0) + 1;
    let end = Instant::now() + WATCHED;
    while Instant::now() < end {
        let now = heights(bed);
        ensure!(now.iter().all(|height| *height <= most), "halves went on from {most}: {now:?}");
        sleep(LOOK);
    }
    healed(bed, "2–2")
}

/// Three and one: the three go on, the one stands.
fn three_of_four(bed: &Bed) -> Result<()> {
    bed.network().part(&[3], LONGEST)?;
    let before = heights(bed);
    let goal = before.iter().max().unwrap_or(&0) + BLOCKS;
    let deadline = Instant::now() + PATIENCE;
    while heights(bed).iter().take(3).any(|height| *height < goal) {
        ensure!(Instant::now() < deadline, "three hosts did not go on: {:?}", heights(bed));
        sleep(LOOK);
    }
    let alone = heights(bed)[3];
    ensure!(alone <= before[3] + 1, "a host alone went on from {} to {alone}", before[3]);
    healed(bed, "3–1")
}

fn healed(bed: &Bed, what: &str) -> Result<()> {
    let begin = Instant::now();
    bed.network().heal();
    let height = kills::height(&bed.rpcs()).unwrap_or(0) + BLOCKS;
    bed.network().wait_height(height, PATIENCE)?;
    println!("  {what}: all at block {height} {:.1} s after it was healed", begin.elapsed().as_secs_f64());
    Ok(())
}
