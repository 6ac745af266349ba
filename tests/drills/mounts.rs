//! Disks that a drill can fill: file systems in memory, in a mount namespace that this process alone sees.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use sirius_tests::lane::Impossible;

/// Set for the program that runs in a namespace of its own.
const INSIDE: &str = "SIRIUS_DRILLS_INSIDE";
/// What fills a disk.
const BALLAST: &str = "ballast";

/// Becomes this program again in a mount namespace of its own, where the system lets it; goes on where it does not.
pub(crate) fn enter() {
    if std::env::var_os(INSIDE).is_some() {
        return;
    }
    // Root needs no more; others are root in a user namespace of their own.
    for arguments in [&["--mount"][..], &["--map-root-user", "--mount"]] {
        let unshare = || {
            let mut command = Command::new("unshare");
            command.args(arguments).arg("--");
            command
        };
        let tried = unshare().arg("true").stdin(Stdio::null()).stderr(Stdio::null()).status();
        if let (true, Ok(program)) = (tried.is_ok_and(|status| status.success()), std::env::current_exe()) {
            let error = unshare().arg(program).args(std::env::args_os().skip(1)).env(INSIDE, "1").exec();
            eprintln!("not in a mount namespace: {error}");
        }
    }
}

/// A disk of its own.
pub(crate) struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// Mounts a disk of `mebibytes` at `folder`, and moves the files there onto it.
    pub(crate) fn mount(folder: &Path, mebibytes: u32) -> Result<Self> {
        if std::env::var_os(INSIDE).is_none() {
            let reason = "`unshare --mount` is not allowed here, so that no disk can be filled";
            return Err(Impossible(reason.to_owned()).into());
        }
        let before = folder.with_extension("before");
        fs::create_dir_all(folder)?;
        fs::rename(folder, &before)?;
        fs::create_dir(folder)?;
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m,mode=700"), "drill"])
            .arg(folder)
            .output()
            .context("starting mount")?;
        ensure!(output.status.success(), "mount: {}", String::from_utf8_lossy(&output.stderr));
        let disk = Self { folder: folder.to_owned() };
        for file in fs::read_dir(&before)? {
            let file = file?;
            fs::copy(file.path(), folder.join(file.file_name()))?;
        }
        fs::remove_dir_all(before)?;
        Ok(disk)
    }

    /// Writes until nothing more fits.
    pub(crate) fn fill(&self) -> Result<()> {
        let mut ballast = File::create(self.folder.join(BALLAST))?;
        for size in [1 << 20, 4 << 10] {
            let block = vec![7; size];
            loop {
                match ballast.write_all(&block) {
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    /// Gives the space back.
    pub(crate) fn free(&self) -> Result<()> {
        Ok(fs::remove_file(self.folder.join(BALLAST))?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: programs that still write there end with the network. The namespace ends with this process anyway.
        let _ = Command::new("umount").arg("--lazy").arg(&self.folder).status();
    }
}
