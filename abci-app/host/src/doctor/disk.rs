//! Space and speed of the disks, and how many files may be open.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use nix::sys::resource::{Resource, getrlimit};

use super::{Finding, Patient};
use crate::health::Volume;

const SPACE: &str = "space";
const SPEED: &str = "disk";
const FILES: &str = "open-files";
const GIB: u64 = 1 << 30;
/// A validator that begins with less is soon full.
const LITTLE: u64 = 20 * GIB;
/// Less does not hold a day of blocks.
const TOO_LITTLE: u64 = GIB;
/// How often a block's worth is written and synced.
const WRITES: usize = 16;
/// Bytes of each.
const PIECE: usize = 16 << 10;
/// Disks made for servers sync in under this.
const SLOW: Duration = Duration::from_millis(20);
/// CometBFT syncs a few times a block: such a disk takes longer than a round.
const TOO_SLOW: Duration = Duration::from_millis(500);
/// CometBFT's databases, its 40 peers and 900 RPC clients.
const FEW: u64 = 8_192;
const TOO_FEW: u64 = 1_024;

pub(super) fn check(patient: &Patient) -> Vec<Finding> {
    let space = patient.volumes.iter().map(space);
    let speed = patient.volumes.iter().filter(|volume| volume.folder.is_dir()).map(speed);
    space.chain(speed).collect()
}

fn space(volume: &Volume) -> Finding {
    let (name, folder) = (volume.name, volume.folder.display());
    let remedy =
        "give it a larger disk, or let the node keep less (store.keep_versions, store.retain_blocks)";
    match volume.free() {
        Err(error) => Finding::failed(SPACE, format!("{name}: {folder}: {error}"), "make the folder"),
        Ok(free) => {
            let found = format!("{name}: {} GiB left in {folder}", free / GIB);
            match free {
                free if free < TOO_LITTLE => Finding::failed(SPACE, found, remedy),
                free if free < LITTLE => Finding::warning(SPACE, found, remedy),
                _ => Finding::ok(SPACE, found),
            }
        }
    }
}

fn speed(volume: &Volume) -> Finding {
    match median_sync(&volume.folder) {
        Err(error) => {
            let found = format!("{}: writing to {} failed: {error}", volume.name, volume.folder.display());
            Finding::failed(SPEED, found, "make the folder the user's own that runs the node")
        }
        Ok(took) => {
            let found =
                format!("{}: {:.1} ms to write and sync 16 KiB", volume.name, took.as_secs_f64() * 1e3);
            let remedy = "use a local solid-state disk: blocks wait for it several times each";
            match took {
                took if took > TOO_SLOW => Finding::failed(SPEED, found, remedy),
                took if took > SLOW => Finding::warning(SPEED, found, remedy),
                _ => Finding::ok(SPEED, found),
            }
        }
    }
}

fn median_sync(folder: &Path) -> io::Result<Duration> {
    let path = folder.join(format!(".doctor-{}", std::process::id()));
    let measured = sync_times(&path);
    let removed = fs::remove_file(&path);
    let mut times = measured?;
    removed?;
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

fn sync_times(path: &Path) -> io::Result<Vec<Duration>> {
    let mut file = File::create_new(path)?;
    let piece = vec![0x5a; PIECE];
    let one = |_| {
        let begin = Instant::now();
        file.write_all(&piece)?;
        file.sync_data()?;
        Ok(begin.elapsed())
    };
    (0..WRITES).map(one).collect()
}

/// How many files a process started from here may open. A unit file sets its own limit.
pub(super) fn open_files() -> Finding {
    let remedy = "raise it: LimitNOFILE=65536 in the unit file, or ulimit -n 65536";
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Err(error) => Finding::skipped(FILES, error.to_string(), "look at `ulimit -n` yourself"),
        Ok((soft, _)) => {
            let found = format!("a process may have {soft} files open");
            match soft {
                soft if soft < TOO_FEW => Finding::failed(FILES, found, remedy),
                soft if soft < FEW => Finding::warning(FILES, found, remedy),
                _ => Finding::ok(FILES, found),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn measuring_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        assert!(median_sync(folder.path()).unwrap() > Duration::ZERO);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_cannot_be_written_fails() {
        // No file can be made below /proc, by nobody.
        let volume = Volume { name: "state", folder: "/proc".into() };
        let finding = speed(&volume);
        assert_eq!(finding.verdict, Verdict::Failed, "{finding:?}");
        assert!(finding.found.starts_with("state: writing to /proc failed"), "{finding:?}");
    }
}
