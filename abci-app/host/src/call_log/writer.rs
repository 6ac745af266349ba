//! Appends lines to the call log and rotates its files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use thiserror::Error;

use super::{CallLogOptions, Entry, Event};
use crate::metrics::Metrics;

/// The call log cannot be opened.
#[derive(Debug, Error)]
#[error("cannot open the call log {path}: check that its folder exists and may be written", path = path.display())]
pub struct OpenError {
    path: PathBuf,
    source: io::Error,
}

/// What a line says beside its number and time.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) connection: u64,
    pub(crate) event: Event,
    pub(crate) height: Option<i64>,
    pub(crate) hash: &'a [u8],
    pub(crate) app_hash: &'a [u8],
    pub(crate) outcome: &'a str,
    pub(crate) took: Duration,
}

impl Line<'_> {
    /// A line that is no call.
    pub(crate) fn mark(connection: u64, event: Event) -> Self {
        Self { connection, event, height: None, hash: &[], app_hash: &[], outcome: "", took: Duration::ZERO }
    }
}

/// The open log. A line that cannot be written (a full disk) is counted and reported once; the node goes on.
#[derive(Debug)]
pub(crate) struct CallLog {
    options: CallLogOptions,
    metrics: Arc<Metrics>,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    file: File,
    size: u64,
    next: u64,
    /// Whether the last line failed; only the first of a row of failures is reported.
    failing: bool,
}

impl CallLog {
    /// Opens the log behind what earlier processes wrote, and marks the start of this one.
    pub(crate) fn open(options: CallLogOptions, metrics: Arc<Metrics>) -> Result<Self, OpenError> {
        let (file, size) =
            open(&options.path).map_err(|source| OpenError { path: options.path.clone(), source })?;
        let current = Mutex::new(Current { file, size, next: 0, failing: false });
        let log = Self { options, metrics, current };
        log.write(&Line::mark(0, Event::Started));
        Ok(log)
    }

    /// Appends one line.
    pub(crate) fn write(&self, line: &Line<'_>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = current.next;
        current.next += 1;
        let written = self.append(&mut current, &entry(seq, line));
        if let Err(error) = &written {
            self.metrics.call_log_failed();
            if !current.failing {
                tracing::warn!(path = %self.options.path.display(), %error, "a line of the call log is lost");
            }
        }
        current.failing = written.is_err();
    }

    fn append(&self, current: &mut Current, entry: &Entry) -> io::Result<()> {
        let mut text = serde_json::to_vec(entry)?;
        text.push(b'\n');
        let size = text.len() as u64;
        if current.size > 0 && current.size + size > self.options.max_bytes {
            self.rotate(current)?;
        }
        current.file.write_all(&text)?;
        current.size += size;
        Ok(())
    }

    fn rotate(&self, current: &mut Current) -> io::Result<()> {
        let oldest = self.options.file(self.options.files - 1);
        if oldest.exists() {
            fs::remove_file(oldest)?;
        }
        for age in (1..self.options.files).rev() {
            let younger = self.options.file(age - 1);
            if younger.exists() {
                fs::rename(younger, self.options.file(age))?;
            }
        }
        (current.file, current.size) = open(&self.options.path)?;
        Ok(())
    }
}

fn entry(seq: u64, line: &Line<'_>) -> Entry {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Entry {
        seq,
        at_ms: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
        connection: line.connection,
        event: line.event,
        height: line.height,
        hash: hex::encode_upper(line.hash),
        app_hash: hex::encode_upper(line.app_hash),
        outcome: line.outcome.to_owned(),
        micros: u64::try_from(line.took.as_micros()).unwrap_or(u64::MAX),
    }
}

/// Opens a file for appending, readable by its owner only, and ends a line that a crash cut short.
fn open(path: &Path) -> io::Result<(File, u64)> {
    let mut file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path)?;
    let mut size = file.metadata()?.len();
    if size > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
            size += 1;
        }
    }
    Ok((file, size))
}
