//! Reads a call log back, oldest line first.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use thiserror::Error;

use super::{CallLogOptions, Entry, Event};

/// A call log that cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A file cannot be opened or read.
    #[error("cannot read {path}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line in the middle of a process's lines is no entry.
    #[error("line {line} of {path} is no entry of a call log", path = path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// Every entry that the files of `options` hold, oldest first; empty where there is no file.
///
/// A line cut short by a crash (the last one before [`Event::Started`] or before the end) is left out.
///
/// # Errors
/// A file that cannot be read, a line in the middle that is no entry.
pub fn read(options: &CallLogOptions) -> Result<Vec<Entry>, ReadError> {
    let mut entries = Vec::new();
    let mut torn = None;
    for age in (0..options.files).rev() {
        let path = options.file(age);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(ReadError::File { path, source }),
        };
        for (position, text) in BufReader::new(file).split(b'\n').enumerate() {
            let text = text.map_err(|source| ReadError::File { path: path.clone(), source })?;
            match (serde_json::from_slice::<Entry>(&text), torn.take()) {
                (Ok(entry), None) => entries.push(entry),
                (Ok(entry), Some(_)) if entry.event == Event::Started => entries.push(entry),
                (_, Some(earlier)) => return Err(earlier),
                (Err(source), None) => {
                    torn = Some(ReadError::Line { path: path.clone(), line: position + 1, source });
                }
            }
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

    use std::fs;
    use std::sync::Arc;

    use super::*;
    use crate::call_log::{CallLog, Line};
    use crate::method::Method;
    use crate::metrics::Metrics;

    fn options(folder: &tempfile::TempDir) -> CallLogOptions {
        CallLogOptions { max_bytes: 4096, files: 3, ..CallLogOptions::at(folder.path().join("calls.log")) }
    }

    fn write(options: &CallLogOptions, calls: u64) {
        let log = CallLog::open(options.clone(), Arc::new(Metrics::default())).unwrap();
        for connection in 1..=calls {
            log.write(&Line::mark(connection, Event::Call(Method::Info)));
        }
    }

    #[test]
    fn keeps_the_youngest_lines_within_its_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let options = options(&folder);
        write(&options, 1000);
        let entries = read(&options).unwrap();
        assert_eq!(entries.last().unwrap().seq, 1000);
        assert!(entries.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        for file in fs::read_dir(folder.path()).unwrap() {
            assert!(file.unwrap().metadata().unwrap().len() <= 4096);
        }
        assert!(entries.len() > 60, "{} lines are left", entries.len());
    }

    #[test]
    fn a_line_cut_by_a_crash_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let options = options(&folder);
        write(&options, 2);
        let text = fs::read_to_string(&options.path).unwrap();
        fs::write(&options.path, &text[..text.len() - 20]).unwrap();
        assert_eq!(read(&options).unwrap().len(), 2);
        write(&options, 1);
        let seqs: Vec<u64> = read(&options).unwrap().iter().map(|entry| entry.seq).collect();
        assert_eq!(seqs, [0, 1, 0, 1]);
    }

    #[test]
    fn a_broken_line_in_the_middle_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let options = options(&folder);
        write(&options, 3);
        let text = fs::read_to_string(&options.path).unwrap().replacen("\"seq\":1", "\"seq\":x", 1);
        fs::write(&options.path, text).unwrap();
        let error = read(&options).unwrap_err();
        assert!(matches!(error, ReadError::Line { line: 2, .. }), "{error}");
    }
}
