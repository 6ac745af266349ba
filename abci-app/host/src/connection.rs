//! One connection: reads frames, calls the application, writes the answers in order.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use prost::{DecodeError, Message};
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{Request, ResponseException, request, response};
use thiserror::Error;

use crate::call_log::{Event, Line};
use crate::dispatch;
use crate::facts::Facts;
use crate::frame::{FrameBuffer, FrameError, Source};
use crate::method::Method;
use crate::output::{AnswerTooLong, Output};
use crate::shared::Shared;
use crate::stop;

/// How often what has arrived is taken in while frames are handled. CometBFT must never wait for room in the socket: as
/// long as it does, its timer for flushes, meant to be one of 20 ms and made one of 20 ns, burns a core
/// (`abci/client/socket_client.go`, `flushThrottleMS`). At its pace the socket's buffer lasts for about four times as long.
const INTAKE: Duration = Duration::from_micros(100);

/// A connection and the application that answers on it.
pub(crate) struct Connection<'a, A, S> {
    number: u64,
    application: A,
    stream: S,
    shared: &'a Shared,
    input: FrameBuffer,
    /// When the input was last read.
    read: Instant,
    output: Output,
    /// Height of the last block executed here, which is what a commit is about.
    executed: Option<i64>,
}

/// Why a connection is over.
#[derive(Debug, Error)]
pub(crate) enum Ending {
    #[error("the peer closed it")]
    Closed,
    #[error("the server stops")]
    Stopping,
    #[error("the peer closed it within a frame")]
    CutShort,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Broken(#[from] io::Error),
}

/// What is wrong with a frame or with its answer.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the frame is no ABCI request: {0}")]
    Undecodable(DecodeError),
    #[error("the request names no method of ABCI 2.0 (CometBFT v0.38)")]
    NoMethod,
    #[error(transparent)]
    Answer(#[from] AnswerTooLong),
}

impl<'a, A: Application, S: Source + Write> Connection<'a, A, S> {
    /// A connection on which nothing was read yet.
    pub(crate) fn new(number: u64, application: A, stream: S, shared: &'a Shared) -> Self {
        let input = FrameBuffer::new(shared.options.max_frame);
        let (read, output) = (Instant::now(), Output::default());
        Self { number, application, stream, shared, input, read, output, executed: None }
    }

    /// Answers requests until the connection is over; a refused peer is told why.
    pub(crate) fn serve(&mut self) -> Ending {
        let ending = loop {
            if let Err(ending) = self.turn() {
                break ending;
            }
        };
        if let Ending::Refused(refusal) = &ending {
            let answer = exception(refusal.to_string());
            if self.output.push(answer, Instant::now()).is_ok() {
                // The peer may be gone already; the reason is logged all the same.
                let _ = self.write();
            }
        }
        ending
    }

    /// Handles every frame that is here, writes what is left to write, and reads once.
    ///
    /// Answers are written when no complete frame is left, so a call and its flush cost one write; before that, when
    /// a request that may take long is next, or when [`Output::is_due`].
    fn turn(&mut self) -> Result<(), Ending> {
        while let Some(frame) = self.input.next_frame().map_err(Refusal::from)? {
            let request = Request::decode(frame).map_err(Refusal::Undecodable)?;
            self.answer(request.value.ok_or(Refusal::NoMethod)?)?;
            if self.shared.is_stopping() {
                self.write()?;
                return Err(Ending::Stopping);
            }
            self.take_in();
        }
        self.write()?;
        let read = self.input.fill(&mut self.stream)?;
        self.read = Instant::now();
        match read {
            0 if self.shared.is_stopping() => Err(Ending::Stopping),
            0 if self.input.is_empty() => Err(Ending::Closed),
            0 => Err(Ending::CutShort),
            read => {
                self.shared.metrics.received(read);
                Ok(())
            }
        }
    }

    /// Reads ahead when it is time to and frames are waiting: with none, the next read is about to come.
    fn take_in(&mut self) {
        let now = Instant::now();
        if self.input.is_empty() || now.duration_since(self.read) < INTAKE {
            return;
        }
        self.read = now;
        let read = self.input.read_ahead(&mut self.stream);
        if read > 0 {
            self.shared.metrics.received(read);
        }
    }

    fn answer(&mut self, request: request::Value) -> Result<(), Ending> {
        let method = Method::of(&request);
        if !method.is_quick() {
            self.write()?;
        }
        let mut facts = Facts::of_request(&request);
        if method == Method::Commit {
            facts.height = self.executed;
        }
        self.shared.metrics.call_begins(method);
        let begun = Instant::now();
        let application = &self.application;
        let answer = stop::during(method, facts.height, begun, || dispatch::call(application, request));
        let now = Instant::now();
        let took = now.duration_since(begun);
        self.shared.metrics.call_ends(method, took);
        if method.is_logged() {
            facts.complete(&answer);
            self.log(method, &facts, took);
        }
        match method {
            Method::FinalizeBlock => self.executed = facts.height,
            Method::Commit | Method::Info => self.shared.metrics.committed(facts.height),
            _ => {}
        }
        self.output.push(answer, now).map_err(Refusal::from)?;
        if self.output.is_due(now) {
            self.write()?;
        }
        Ok(())
    }

    fn log(&self, method: Method, facts: &Facts, took: Duration) {
        let Some(log) = &self.shared.log else { return };
        log.write(&Line {
            connection: self.number,
            event: Event::Call(method),
            height: facts.height,
            hash: &facts.hash,
            app_hash: &facts.app_hash,
            outcome: facts.outcome,
            took,
        });
    }

    fn write(&mut self) -> io::Result<()> {
        let written = self.output.write_to(&mut self.stream)?;
        if written > 0 {
            self.shared.metrics.sent(written);
        }
        Ok(())
    }
}

/// The protocol's way to say that a connection is over and why.
pub(crate) fn exception(error: String) -> response::Value {
    response::Value::Exception(ResponseException { error })
}
