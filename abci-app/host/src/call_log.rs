//! A file with one line for each consensus, snapshot and info call, to be checked against CometBFT's grammar later.
//!
//! Each line is a JSON object, see [`Entry`]. The file is rotated by size: `calls.log`, `calls.log.1`, … with the
//! oldest deleted, so it is bounded for any length of run. `CheckTx`, `Query`, `Echo` and `Flush` are only counted
//! (see [`Metrics`](crate::Metrics)). Lines are not synced to disk: the log is evidence about calls, not state.

mod entry;
mod reader;
mod writer;

use std::path::PathBuf;

pub use entry::{Entry, Event, UnknownEvent};
pub use reader::{ReadError, read};
pub use writer::OpenError;
pub(crate) use writer::{CallLog, Line};

/// Where the call log is and how large it may grow.
#[derive(Clone, Debug)]
pub struct CallLogOptions {
    /// The current file; older ones get `.1`, `.2`, … behind this name.
    pub path: PathBuf,
    /// Size in bytes at which a file is rotated, at least [`Self::MIN_BYTES`].
    pub max_bytes: u64,
    /// How many files there are with the current one, from 1 to [`Self::MAX_FILES`].
    pub files: usize,
}

impl CallLogOptions {
    /// Smallest size of a file, in bytes: a few lines.
    pub const MIN_BYTES: u64 = 4096;
    /// Most files that are kept.
    pub const MAX_FILES: usize = 100;

    /// Four files of 16 MiB: about 300,000 lines, the last 20 hours of a chain with a block a second.
    pub fn at(path: PathBuf) -> Self {
        Self { path, max_bytes: 16 * 1024 * 1024, files: 4 }
    }

    /// The file that is `age` rotations old; 0 is the current one.
    fn file(&self, age: usize) -> PathBuf {
        if age == 0 {
            return self.path.clone();
        }
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{age}"));
        name.into()
    }
}
