//! One line of the call log.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::method::Method;

/// One line of the call log: a call that was answered, or a mark between calls.
///
/// ```json
/// {"seq":9,"at_ms":1735689600000,"connection":4,"event":"finalize_block","height":7,"hash":"5B…","app_hash":"09…","outcome":"ok","micros":812}
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts the lines of one process from 0; a number left out is a line that could not be written.
    pub seq: u64,
    /// When the line was written: milliseconds since 1970 by this machine's clock, for people only.
    pub at_ms: u64,
    /// Which connection, counted from 1 in the order of acceptance; 0 in [`Event::Started`].
    pub connection: u64,
    /// What happened.
    pub event: Event,
    /// The height the call is about: of `info` the last committed one, of `init_chain` the first to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
    /// Hash of the block or of the snapshot, upper-case hex as CometBFT prints it; empty where a call has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// Application hash that the call states, upper-case hex; empty where it states none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub app_hash: String,
    /// `ok`, the application's verdict (`accept`, `reject`, …) or `panic`; empty for marks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub outcome: String,
    /// How long the application took, in microseconds; 0 for marks.
    #[serde(default)]
    pub micros: u64,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Event {
    /// The server was bound: the first line of each process.
    Started,
    /// A connection was accepted.
    Opened,
    /// A connection ended, for whatever reason.
    Closed,
    /// A call was answered.
    Call(Method),
}

/// A line of the log names an event that this version does not know.
#[derive(Debug, Error)]
#[error("`{0}` is no event of a call log")]
pub struct UnknownEvent(String);

impl From<Event> for &'static str {
    fn from(event: Event) -> Self {
        match event {
            Event::Started => "started",
            Event::Opened => "opened",
            Event::Closed => "closed",
            Event::Call(method) => method.name(),
        }
    }
}

impl TryFrom<String> for Event {
    type Error = UnknownEvent;

    fn try_from(name: String) -> Result<Self, UnknownEvent> {
        match name.as_str() {
            "started" => Ok(Self::Started),
            "opened" => Ok(Self::Opened),
            "closed" => Ok(Self::Closed),
            other => match Method::named(other) {
                Some(method) => Ok(Self::Call(method)),
                None => Err(UnknownEvent(name)),
            },
        }
    }
}
