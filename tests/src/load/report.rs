//! What a load came to.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;
use sirius_primitives::{Hash, sha256};

use super::Tx;
use super::send::{Fate, Sent};
use super::watch::Seen;

/// The figures of a load. Rates and times are of the measured part alone, counts of the whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Transactions that a mempool took.
    pub taken: usize,
    /// Transactions that a mempool refused.
    pub refused: usize,
    /// Taken transactions that are in a block.
    pub committed: usize,
    /// Those of them that were executed (code 0).
    pub executed: usize,
    /// Times that a transaction is in a block once more.
    pub doubled: usize,
    /// Length of the first transaction and mean length, in bytes.
    pub bytes: (usize, usize),
    /// Executed transactions a second between the first and the last block decided in the measured part.
    pub per_second: f64,
    /// Median time from sending a transaction until its block is decided, in milliseconds.
    pub p50_ms: f64,
    /// The time that 95 of 100 transactions do not exceed, in milliseconds.
    pub p95_ms: f64,
    /// Blocks decided in the measured part.
    pub blocks: usize,
    /// Mean time between them, in milliseconds.
    pub block_ms: f64,
    /// The most transactions in one block.
    pub fullest: usize,
}

impl Report {
    pub(super) fn new(txs: &[Tx], sent: &[Sent], blocks: &[Seen], window: (i128, i128)) -> Self {
        let taken = sent.iter().filter(|sent| sent.fate == Fate::Taken);
        let mut waiting: HashMap<Hash, (i128, bool)> = taken
            .filter_map(|sent| Some((sha256(&txs.get(sent.index)?.bytes), (sent.nanos, false))))
            .collect();
        let taken = waiting.len();
        let inside = |nanos: i128| (window.0..=window.1).contains(&nanos);
        let (mut latencies, mut committed, mut executed, mut doubled) = (Vec::new(), 0, 0, 0);
        let mut measured: Vec<(i128, usize)> = Vec::new();
        for block in blocks {
            let mut executed_here = 0;
            for (tx, code) in block.txs.iter().zip(&block.codes) {
                let Some((nanos, seen)) = waiting.get_mut(&sha256(tx)) else { continue };
                if std::mem::replace(seen, true) {
                    doubled += 1;
                    continue;
                }
                committed += 1;
                executed_here += usize::from(*code == 0);
                if inside(*nanos) {
                    latencies.push(block.decided - *nanos);
                }
            }
            executed += executed_here;
            if inside(block.decided) {
                measured.push((block.decided, executed_here));
            }
        }
        latencies.sort_unstable();
        let span = measured.last().zip(measured.first()).map_or(0, |(last, first)| last.0 - first.0);
        // What the first block holds was worked on before the measured part.
        let count: usize = measured.iter().skip(1).map(|(_, count)| count).sum();
        let seconds = span as f64 / 1e9;
        let ratio = |over: f64, under: f64| if under > 0.0 { over / under } else { 0.0 };
        let bytes: usize = txs.iter().map(|tx| tx.bytes.len()).sum();
        Self {
            taken,
            refused: sent.iter().filter(|sent| sent.fate == Fate::Refused).count(),
            committed,
            executed,
            doubled,
            bytes: (txs.first().map_or(0, |tx| tx.bytes.len()), bytes / txs.len().max(1)),
            per_second: ratio(count as f64, seconds),
            p50_ms: percentile(&latencies, 50),
            p95_ms: percentile(&latencies, 95),
            blocks: measured.len(),
            block_ms: ratio(seconds * 1e3, measured.len().saturating_sub(1) as f64),
            fullest: blocks.iter().map(|block| block.txs.len()).max().unwrap_or(0),
        }
    }

    /// Taken transactions that are in no block.
    pub fn lost(&self) -> usize {
        self.taken - self.committed
    }
}

/// The nearest-rank percentile of sorted nanoseconds, in milliseconds; 0 of nothing.
fn percentile(sorted: &[i128], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map_or(0.0, |nanos| *nanos as f64 / 1e6)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0} tx/s of {} bytes, latency p50 {:.0} ms, p95 {:.0} ms; {} blocks, one in {:.0} ms, at most {} \
             transactions; {} taken, {} refused, {} executed, {} lost, {} doubled",
            self.per_second,
            self.bytes.1,
            self.p50_ms,
            self.p95_ms,
            self.blocks,
            self.block_ms,
            self.fullest,
            self.taken,
            self.refused,
            self.executed,
            self.lost(),
            self.doubled,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i128 = 1_000_000;

    #[test]
    fn counts_what_is_in_blocks_and_measures_the_middle() {
        let tx = |name: u8| Tx { bytes: vec![name; 10], lane: 0 };
        let txs: Vec<_> = (0..6).map(tx).collect();
        let sent = |index, at, fate| Sent { index, nanos: at * MS, fate };
        let sent = [
            sent(0, 0, Fate::Taken),
            sent(1, 1_100, Fate::Taken),
            sent(2, 1_200, Fate::Taken),
            sent(3, 1_300, Fate::Taken),
            sent(4, 1_400, Fate::Refused),
            sent(5, 1_900, Fate::Taken),
        ];
        let block = |decided, names: &[u8], codes: &[u32]| Seen {
            decided: decided * MS,
            txs: names.iter().map(|name| vec![*name; 10]).collect(),
            codes: codes.to_vec(),
        };
        // The second block holds a stranger, the third one a transaction once more.
        let blocks =
            [block(1_000, &[0], &[0]), block(1_500, &[1, 9, 2], &[0, 0, 5]), block(2_000, &[3, 1], &[0, 0])];
        let report = Report::new(&txs, &sent, &blocks, (1_000 * MS, 2_000 * MS));
        assert_eq!((report.taken, report.refused, report.committed, report.executed), (5, 1, 4, 3));
        assert_eq!((report.lost(), report.doubled, report.blocks, report.fullest), (1, 1, 3, 3));
        assert_eq!((report.per_second, report.block_ms), (2.0, 500.0));
        assert_eq!((report.p50_ms, report.p95_ms), (400.0, 700.0));
    }

    #[test]
    fn nothing_is_no_division_by_nothing() {
        let report = Report::new(&[], &[], &[], (0, 0));
        assert_eq!((report.per_second, report.p95_ms, report.lost()), (0.0, 0.0, 0));
    }
}
