//! Files and folders of a network, written so that a stopped machine leaves either the old or the new one.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::Error;

/// How much of a log's end is looked at for its last lines.
const TAIL_BYTES: u64 = 16 << 10;

/// Creates a folder, and those above it, that only its owner may enter.
pub(crate) fn create_dir(path: &Path) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(Error::io("create the folder", path))
}

/// Writes a file of the given permission bits at once: beside its place first, then renamed onto it.
pub(crate) fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        create_dir(parent)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let beside = Path::new(&name);
    // What an interrupted run left has perhaps other permissions, which opening would keep.
    remove(beside)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(beside)
        .map_err(Error::io("create", beside))?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(Error::io("write", beside))?;
    fs::rename(beside, path).map_err(Error::io("rename into place", path))
}

/// Removes a file if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    absent_is_fine(fs::remove_file(path)).map_err(Error::io("remove", path))
}

/// Removes a folder and everything in it, if it is there.
pub(crate) fn remove_dir(path: &Path) -> Result<(), Error> {
    absent_is_fine(fs::remove_dir_all(path)).map_err(Error::io("remove", path))
}

fn absent_is_fine(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The last `lines` lines of a log, each indented; empty when there is nothing to show.
///
/// Where a Go program has panicked, the lines begin with its reason: the last ones are only its stack.
pub(crate) fn tail(path: &Path, lines: usize) -> String {
    let mut text = Vec::new();
    if let Ok(mut file) = fs::File::open(path) {
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let start = SeekFrom::Start(length.saturating_sub(TAIL_BYTES));
        if file.seek(start).is_ok() {
            // A log that cannot be read shows nothing; the error that asked for it is worth more.
            let _ = file.take(TAIL_BYTES).read_to_end(&mut text);
        }
    }
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    let panic = all.iter().rposition(|line| line.starts_with("panic: "));
    let begin = panic.unwrap_or(usize::MAX).min(all.len().saturating_sub(lines));
    all.iter().skip(begin).take(lines).map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// Empties a log that has grown beyond `limit` bytes, keeping its content in `<path>.1`.
///
/// The process that writes it has it open for appending, so its next line goes to the new beginning.
pub(crate) fn trim_log(path: &Path, limit: u64) -> std::io::Result<()> {
    if fs::metadata(path)?.len() <= limit {
        return Ok(());
    }
    let mut old = path.as_os_str().to_owned();
    old.push(".1");
    fs::copy(path, Path::new(&old))?;
    OpenOptions::new().write(true).open(path)?.set_len(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn writes_with_the_mode_and_over_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/secret");
        write(&path, b"one", 0o600).unwrap();
        write(&path, b"two", 0o600).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn shows_the_last_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        assert_eq!(tail(&path, 3), "");
        fs::write(&path, "one\ntwo\nthree\n").unwrap();
        assert_eq!(tail(&path, 2), "    two\n    three");
        assert_eq!(tail(&path, 9), "    one\n    two\n    three");
        fs::write(&path, "one\npanic: why\nstack\nstack\nstack\n").unwrap();
        assert_eq!(tail(&path, 2), "    panic: why\n    stack");
        fs::write(&path, "x".repeat(100_000)).unwrap();
        assert!(tail(&path, 2).len() < 20_000, "a line without end must not be shown whole");
    }

    #[test]
    fn keeps_a_log_within_twice_its_limit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut writer = OpenOptions::new().create(true).append(true).open(&path).unwrap();
        writer.write_all(&[b'x'; 100]).unwrap();
        trim_log(&path, 100).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 100);
        writer.write_all(b"y").unwrap();
        trim_log(&path, 100).unwrap();
        writer.write_all(b"next").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"next");
        assert_eq!(fs::metadata(dir.path().join("log.1")).unwrap().len(), 101);
    }

    #[test]
    fn removing_what_is_not_there_is_fine() {
        let dir = tempfile::tempdir().unwrap();
        remove(&dir.path().join("none")).unwrap();
        remove_dir(&dir.path().join("none")).unwrap();
    }
}
