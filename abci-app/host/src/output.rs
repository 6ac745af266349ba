//! Answers waiting to be written: one buffer, one write for as many answers as wait.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use prost::Message;
use tendermint_proto::v0_38::abci::{Response, response::Value};
use thiserror::Error;

use crate::options::MAX_MESSAGE;

/// Answers are written when this many bytes wait, whatever else is still to be handled.
const FULL: usize = 64 * 1024;
/// Answers are written when the oldest has waited this long for further quick requests to be handled. Writing at each
/// `Flush` instead costs a write and a wake-up of the peer for each transaction of a busy mempool: a fifth of the rate.
const PATIENCE: Duration = Duration::from_micros(250);
/// Largest buffer kept between writes.
const KEPT: usize = 4 * 1024 * 1024;

/// An answer that CometBFT would refuse to read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the application answers with {size} bytes, CometBFT reads at most {MAX_MESSAGE}")]
pub(crate) struct AnswerTooLong {
    pub(crate) size: usize,
}

/// Encoded answers in the order of their requests.
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    /// When the first of the waiting answers was ready.
    since: Option<Instant>,
}

impl Output {
    /// Appends an answer that was ready at `now`.
    pub(crate) fn push(&mut self, answer: Value, now: Instant) -> Result<(), AnswerTooLong> {
        let waiting = self.bytes.len();
        let answer = Response { value: Some(answer) };
        answer.encode_length_delimited(&mut self.bytes).expect("a vector has room for any message");
        let size = self.bytes.len() - waiting;
        if size > MAX_MESSAGE {
            self.bytes.truncate(waiting);
            return Err(AnswerTooLong { size });
        }
        self.since.get_or_insert(now);
        Ok(())
    }

    /// Whether the waiting answers should be written before another request is handled.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.bytes.len() >= FULL || self.since.is_some_and(|since| now.duration_since(since) >= PATIENCE)
    }

    /// Writes all that waits; says how many bytes, 0 if there was nothing to write.
    pub(crate) fn write_to(&mut self, target: &mut impl Write) -> io::Result<usize> {
        let size = self.bytes.len();
        if size > 0 {
            target.write_all(&self.bytes)?;
            self.bytes.clear();
            self.bytes.shrink_to(KEPT);
            self.since = None;
        }
        Ok(size)
    }
}
