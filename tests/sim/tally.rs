//! What happened how often, over all blocks of a world.

use std::{collections::BTreeMap, fmt};

use tendermint_proto::v0_38::abci::ExecTxResult;

use crate::{mangle::Mangle, point::Point};

/// How often a kind of message was done, and how often it was refused.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    done: u64,
    refused: u64,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    messages: BTreeMap<String, Count>,
    refusals: BTreeMap<(String, u32), u64>,
    points: BTreeMap<Point, u64>,
    calls: u64,
    mangled: BTreeMap<Mangle, u64>,
    blocks: u64,
    full: u64,
    txs: u64,
    answers: u64,
    rises: u64,
    dearest: u64,
}

impl Tally {
    /// A transaction with messages of these types came to this in a block.
    pub(crate) fn executed(&mut self, types: &[String], result: &ExecTxResult) {
        self.txs += 1;
        for path in types {
            let count = self.messages.entry(path.clone()).or_default();
            match result.code {
                0 => count.done += 1,
                _ => count.refused += 1,
            }
        }
        self.met(&result.codespace, result.code);
    }

    /// A refusal in the mempool or in a block.
    pub(crate) fn met(&mut self, space: &str, code: u32) {
        if code != 0 {
            *self.refusals.entry((space.to_owned(), code)).or_default() += 1;
        }
    }

    /// Something went wrong here.
    pub(crate) fn hit(&mut self, point: Point) {
        *self.points.entry(point).or_default() += 1;
    }

    pub(crate) fn hits(&self, point: Point) -> u64 {
        self.points.get(&point).copied().unwrap_or(0)
    }

    /// So many calls were legal.
    pub(crate) fn calls(&mut self, calls: u64) {
        self.calls += calls;
    }

    /// Something that was made wrong on purpose was not let in.
    pub(crate) fn turned(&mut self, mangle: Mangle) {
        *self.mangled.entry(mangle).or_default() += 1;
    }

    pub(crate) fn block(&mut self, full: bool) {
        self.blocks += 1;
        self.full += u64::from(full);
    }

    /// What a million gas cost before a block, and after it.
    pub(crate) fn priced(&mut self, before: u64, after: u64) {
        self.rises += u64::from(after > before);
        self.dearest = self.dearest.max(after);
    }

    pub(crate) fn answered(&mut self) {
        self.answers += 1;
    }

    pub(crate) fn done(&self, path: &str) -> u64 {
        self.messages.get(path).map_or(0, |count| count.done)
    }

    pub(crate) fn refused(&self, path: &str) -> u64 {
        self.messages.get(path).map_or(0, |count| count.refused)
    }

    pub(crate) fn turned_away(&self, mangle: Mangle) -> u64 {
        self.mangled.get(&mangle).copied().unwrap_or(0)
    }

    pub(crate) fn blocks_full(&self) -> u64 {
        self.full
    }

    /// How often gas got dearer.
    pub(crate) fn rises(&self) -> u64 {
        self.rises
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (path, count) in &other.messages {
            let sum = self.messages.entry(path.clone()).or_default();
            sum.done += count.done;
            sum.refused += count.refused;
        }
        for (refusal, count) in &other.refusals {
            *self.refusals.entry(refusal.clone()).or_default() += count;
        }
        for (mangle, count) in &other.mangled {
            *self.mangled.entry(*mangle).or_default() += count;
        }
        for (point, count) in &other.points {
            *self.points.entry(*point).or_default() += count;
        }
        self.calls += other.calls;
        self.blocks += other.blocks;
        self.full += other.full;
        self.txs += other.txs;
        self.answers += other.answers;
        self.rises += other.rises;
        self.dearest = self.dearest.max(other.dearest);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} blocks, {} of them full, {} transactions, {} questions about the past, gas {} times dearer and up to {} a million",
            self.blocks, self.full, self.txs, self.answers, self.rises, self.dearest
        )?;
        for (path, count) in &self.messages {
            writeln!(f, "  {path}: {} done, {} refused", count.done, count.refused)?;
        }
        for ((space, code), count) in &self.refusals {
            writeln!(f, "  refused as {space} {code}: {count}")?;
        }
        for (mangle, count) in &self.mangled {
            writeln!(f, "  turned away for {mangle:?}: {count}")?;
        }
        for (point, count) in &self.points {
            writeln!(f, "  {point:?}: {count} times")?;
        }
        writeln!(f, "  {} calls, all legal", self.calls)
    }
}
