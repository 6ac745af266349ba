//! Senders, one a host, and the gauge that keeps them from flooding the mempool.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{Pace, Plan, Tx};
use crate::rpc::{Rpc, RpcError};

/// How long a sender sleeps when it may not send.
const NAP: Duration = Duration::from_millis(3);
/// How long it waits after a host did not answer, or had no room.
const PAUSE: Duration = Duration::from_millis(100);
/// How often in a row a host may not answer before the load is given up.
const MOST_FAILURES: u32 = 50;

/// How many transactions are sent and not yet in a block.
#[derive(Debug, Default)]
pub(super) struct Gauge(AtomicI64);

impl Gauge {
    fn reserve(&self, count: usize, limit: usize) -> bool {
        let (count, limit) = (signed(count), signed(limit));
        let free = |now: i64| (now + count <= limit).then_some(now + count);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).is_ok()
    }

    fn add(&self, count: usize) {
        self.0.fetch_add(signed(count), Ordering::Relaxed);
    }

    pub(super) fn release(&self, count: usize) {
        self.0.fetch_sub(signed(count), Ordering::Relaxed);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.load(Ordering::Relaxed) <= 0
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The clock that block times come from too, in nanoseconds since 1970.
pub(super) fn now_nanos() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)
}

/// What a host did with a transaction that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Taken,
    Refused,
}

/// A transaction that was sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) index: usize,
    pub(super) nanos: i128,
    pub(super) fate: Fate,
}

/// The sender of one host.
pub(super) struct Lane<'a> {
    rpc: &'a Rpc,
    lanes: usize,
    queue: VecDeque<usize>,
    txs: &'a [Tx],
    plan: &'a Plan,
    gauge: &'a Gauge,
    sent: Vec<Sent>,
}

/// CometBFT's answer to a broadcast; nothing else of it matters here.
#[derive(Deserialize)]
struct Broadcasted {
    code: u32,
}

impl<'a> Lane<'a> {
    pub(super) fn new(
        rpc: &'a Rpc,
        (lane, lanes): (usize, usize),
        txs: &'a [Tx],
        plan: &'a Plan,
        gauge: &'a Gauge,
    ) -> Self {
        let own = txs.iter().enumerate().filter(|(_, tx)| tx.lane % lanes == lane).map(|(index, _)| index);
        Self { rpc, lanes, queue: own.collect(), txs, plan, gauge, sent: Vec::new() }
    }

    pub(super) fn run(mut self, begin: Instant) -> Result<Vec<Sent>> {
        let mut failures = 0;
        while !self.queue.is_empty() && begin.elapsed() < self.plan.duration {
            let count = self.allowance(begin);
            if count == 0 {
                sleep(NAP);
                continue;
            }
            let batch: Vec<usize> = self.queue.drain(..count).collect();
            match self.send(&batch) {
                Ok(()) => failures = 0,
                Err(error) if failures < MOST_FAILURES => {
                    // What the host did is not known, so all of it is sent again: a mempool takes each only once.
                    tracing::debug!(%error, "sending a batch again");
                    self.put_back(&batch);
                    failures += 1;
                    sleep(PAUSE);
                }
                Err(error) => bail!("{MOST_FAILURES} batches in a row were not answered: {error}"),
            }
        }
        Ok(self.sent)
    }

    /// How many may be sent now; they are reserved.
    fn allowance(&self, begin: Instant) -> usize {
        let wanted = self.plan.batch.min(self.queue.len());
        match self.plan.pace {
            Pace::Saturate { under_way } if self.gauge.reserve(wanted, under_way) => wanted,
            Pace::Saturate { .. } => 0,
            Pace::Steady { per_second } => {
                let due = begin.elapsed().as_secs_f64() * f64::from(per_second) / self.lanes as f64;
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "elapsed seconds times a rate, far below 2^52"
                )]
                let count = (due as usize).saturating_sub(self.sent.len()).min(wanted);
                self.gauge.add(count);
                count
            }
        }
    }

    fn put_back(&mut self, batch: &[usize]) {
        self.gauge.release(batch.len());
        batch.iter().rev().for_each(|index| self.queue.push_front(*index));
    }

    fn send(&mut self, batch: &[usize]) -> Result<(), RpcError> {
        let body = self.body(batch);
        let nanos = now_nanos();
        let answers = self.rpc.batch::<Broadcasted>(self.plan.broadcast.method(), body)?;
        let mut no_room = Vec::new();
        for (index, answer) in batch.iter().zip(answers) {
            match answer {
                Ok(Broadcasted { code: 0 }) => self.note(*index, nanos, Fate::Taken),
                // "mempool is full", or still rechecking and "considered as full".
                Err(RpcError::Refused { message, .. }) if message.contains("full") => no_room.push(*index),
                // Sent before in a batch that was not answered.
                Err(RpcError::Refused { message, .. }) if message.contains("already exists in cache") => {
                    self.note(*index, nanos, Fate::Taken);
                }
                Ok(_) | Err(_) => {
                    self.gauge.release(1);
                    self.note(*index, nanos, Fate::Refused);
                }
            }
        }
        if !no_room.is_empty() {
            self.put_back(&no_room);
            sleep(PAUSE);
        }
        Ok(())
    }

    fn note(&mut self, index: usize, nanos: i128, fate: Fate) {
        self.sent.push(Sent { index, nanos, fate });
    }

    fn body(&self, batch: &[usize]) -> Vec<u8> {
        let method = self.plan.broadcast.method();
        let mut body = String::with_capacity(batch.len().saturating_mul(512));
        for (id, tx) in batch.iter().filter_map(|index| self.txs.get(*index)).enumerate() {
            let before = if id == 0 { '[' } else { ',' };
            // Writing to a string cannot fail.
            let _ =
                write!(body, r#"{before}{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{"tx":""#);
            STANDARD.encode_string(&tx.bytes, &mut body);
            body.push_str("\"}}");
        }
        body.push(']');
        body.into_bytes()
    }
}
