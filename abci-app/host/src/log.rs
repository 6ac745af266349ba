//! The log of a process: lower-case sentences with fields, on stderr, for people or as one JSON object a line.

use thiserror::Error;
use tracing_subscriber::EnvFilter;

use crate::settings::{Format, Log};

/// Why a log does not start.
#[derive(Debug, Error)]
pub enum LogError {
    /// The level is none.
    #[error("log.level: {level:?} is no level or filter: {cause}; use error, warn, info or debug")]
    Level {
        /// What was given.
        level: String,
        /// What is wrong with it.
        cause: tracing_subscriber::filter::ParseError,
    },
    /// The process has a log already.
    #[error("starting the log failed: {0}")]
    Twice(String),
}

/// Starts the log of this process.
///
/// # Errors
/// A level that is none, or a second call.
pub fn start(log: &Log) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(&log.level)
        .map_err(|cause| LogError::Level { level: log.level.clone(), cause })?;
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(std::io::stderr);
    match log.format {
        Format::Text => lines.with_ansi(false).try_init(),
        Format::Json => lines.json().try_init(),
    }
    .map_err(|error| LogError::Twice(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_is_none_is_named() {
        let log = Log { level: "loud,=".into(), ..Log::default() };
        let error = start(&log).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with("log.level: \"loud,=\" is no level"), "{error}");
    }
}
