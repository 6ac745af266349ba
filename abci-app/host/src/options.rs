//! The limits of a server.

use std::time::Duration;

use thiserror::Error;

use crate::call_log::CallLogOptions;

const MEBIBYTE: usize = 1024 * 1024;

/// What a request that carries a block may hold beside its transactions, in bytes.
///
/// The last commit with its vote extensions and the evidence travel in the same frame; 16 MiB is room for 10,000
/// validators with extensions of 1 KiB each.
pub const FRAME_ALLOWANCE: usize = 16 * MEBIBYTE;

/// Longest message that CometBFT v0.38 reads from an application, in bytes (`abci/types/messages.go`).
pub const MAX_MESSAGE: usize = 0x7fff_ffff;

/// The limits of a [`Server`](crate::Server). `Options::default()` fits a block size of up to 48 MiB.
#[derive(Clone, Debug)]
pub struct Options {
    /// Longest request in bytes; a frame that declares more closes its connection before anything is allocated.
    ///
    /// At least block size + [`FRAME_ALLOWANCE`], see [`Self::for_block_size`]. `InitChain` carries the whole genesis
    /// state, so a chain with a larger genesis needs a larger limit. From 1 to [`MAX_MESSAGE`].
    pub max_frame: usize,
    /// Most connections at a time, at least 1. CometBFT opens four; the rest is for tools.
    pub max_connections: usize,
    /// How long a shutdown waits before it cuts connections that are still busy, because their peers do not read
    /// their answers or because a handler is at work. The handler itself is waited for without limit: a commit is
    /// never left half done, and whoever supervises the process has the longer patience.
    pub grace: Duration,
    /// Where to write the call log; `None` writes none.
    pub call_log: Option<CallLogOptions>,
}

impl Default for Options {
    /// Frames of 64 MiB: twice the 21 MiB that CometBFT's own default allows a block, and the allowance.
    fn default() -> Self {
        Self { max_frame: 64 * MEBIBYTE, max_connections: 16, grace: Duration::from_secs(5), call_log: None }
    }
}

impl Options {
    /// The default limits for blocks of at most `max_block_bytes` (the consensus parameter `block.max_bytes`).
    #[must_use]
    pub fn for_block_size(max_block_bytes: usize) -> Self {
        Self {
            max_frame: max_block_bytes.saturating_add(FRAME_ALLOWANCE).min(MAX_MESSAGE),
            ..Self::default()
        }
    }

    /// Checks each limit against its range.
    pub(crate) fn validate(&self) -> Result<(), OptionsError> {
        if self.max_frame == 0 || self.max_frame > MAX_MESSAGE {
            return Err(OptionsError::MaxFrame(self.max_frame));
        }
        if self.max_connections == 0 {
            return Err(OptionsError::MaxConnections);
        }
        if let Some(log) = &self.call_log {
            if log.max_bytes < CallLogOptions::MIN_BYTES {
                return Err(OptionsError::LogBytes(log.max_bytes));
            }
            if log.files == 0 || log.files > CallLogOptions::MAX_FILES {
                return Err(OptionsError::LogFiles(log.files));
            }
        }
        Ok(())
    }
}

/// Which of the [`Options`] is out of its range.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OptionsError {
    /// `max_frame` is 0 or more than CometBFT itself would take.
    #[error("max_frame is {0} bytes: choose 1 to {MAX_MESSAGE}, at least block size + {FRAME_ALLOWANCE}")]
    MaxFrame(usize),
    /// `max_connections` is 0, so nobody could ever call.
    #[error("max_connections is 0: CometBFT opens four connections")]
    MaxConnections,
    /// `call_log.max_bytes` is too small to hold a few lines.
    #[error("call_log.max_bytes is {0}: choose at least {min}", min = CallLogOptions::MIN_BYTES)]
    LogBytes(u64),
    /// `call_log.files` is 0 or more than anybody would look through.
    #[error("call_log.files is {0}: choose 1 to {max}", max = CallLogOptions::MAX_FILES)]
    LogFiles(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_limits_out_of_range() {
        let check = |change: fn(&mut Options), expected: Result<(), OptionsError>| {
            let mut options =
                Options { call_log: Some(CallLogOptions::at("/x".into())), ..Options::for_block_size(1) };
            change(&mut options);
            assert_eq!(options.validate(), expected);
        };
        check(|_| (), Ok(()));
        check(|options| options.max_frame = 0, Err(OptionsError::MaxFrame(0)));
        check(|options| options.max_frame = 1 << 31, Err(OptionsError::MaxFrame(1 << 31)));
        check(|options| options.max_connections = 0, Err(OptionsError::MaxConnections));
        check(
            |options| {
                options.call_log = Some(CallLogOptions { max_bytes: 1, ..CallLogOptions::at("/x".into()) })
            },
            Err(OptionsError::LogBytes(1)),
        );
        check(
            |options| options.call_log = Some(CallLogOptions { files: 0, ..CallLogOptions::at("/x".into()) }),
            Err(OptionsError::LogFiles(0)),
        );
    }

    #[test]
    fn a_frame_holds_a_block_and_its_allowance() {
        assert_eq!(Options::for_block_size(4 * MEBIBYTE).max_frame, 20 * MEBIBYTE);
        assert_eq!(Options::for_block_size(usize::MAX).max_frame, MAX_MESSAGE);
    }
}
