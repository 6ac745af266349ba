//! When blocks came, how far apart they usually are, and whether a transaction waits for one.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How many intervals between blocks are remembered: enough that a few slow ones do not change the median.
const REMEMBERED: usize = 31;

/// The blocks of a node as they come. All methods may be called from any thread.
#[derive(Debug)]
pub struct Pulse(Mutex<Beats>);

#[derive(Debug)]
struct Beats {
    /// The last block, or the start of the process.
    last: Instant,
    /// Whether there was one since.
    any: bool,
    intervals: VecDeque<Duration>,
    waiting: Option<Instant>,
}

/// A pulse at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// How old the last block is, or the process where it has seen none.
    pub age: Duration,
    /// The median of the last intervals between blocks; `None` until there were two.
    pub usual: Option<Duration>,
    /// For how long a transaction has waited for a block.
    pub waiting: Option<Duration>,
}

impl Default for Pulse {
    fn default() -> Self {
        let beats = Beats { last: Instant::now(), any: false, intervals: VecDeque::new(), waiting: None };
        Self(Mutex::new(beats))
    }
}

impl Pulse {
    /// A block was committed. What still waits is told again by the mempool's recheck.
    pub fn block(&self) {
        self.block_at(Instant::now());
    }

    fn block_at(&self, now: Instant) {
        let mut beats = self.beats();
        let interval = now.saturating_duration_since(beats.last);
        if beats.any {
            if beats.intervals.len() == REMEMBERED {
                beats.intervals.pop_front();
            }
            beats.intervals.push_back(interval);
        }
        beats.last = now;
        beats.any = true;
        beats.waiting = None;
    }

    /// A transaction was let into the mempool, so that a block is due.
    pub fn awaits(&self) {
        self.awaits_since(Instant::now());
    }

    fn awaits_since(&self, now: Instant) {
        self.beats().waiting.get_or_insert(now);
    }

    /// How it stands now.
    pub fn now(&self) -> Beat {
        self.at(Instant::now())
    }

    fn at(&self, now: Instant) -> Beat {
        let beats = self.beats();
        let mut sorted: Vec<_> = beats.intervals.iter().copied().collect();
        sorted.sort_unstable();
        Beat {
            age: now.saturating_duration_since(beats.last),
            usual: sorted.get(sorted.len() / 2).copied(),
            waiting: beats.waiting.map(|since| now.saturating_duration_since(since)),
        }
    }

    /// A panic stops the process, so a poisoned lock is never met by anyone who goes on.
    fn beats(&self) -> MutexGuard<'_, Beats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_usual_interval_is_the_median_of_the_last() {
        let (pulse, begin) = (Pulse::default(), Instant::now());
        assert_eq!(pulse.at(begin).usual, None);
        let mut now = begin;
        for seconds in [5, 1, 1, 60, 1, 1] {
            now += SECOND * seconds;
            pulse.block_at(now);
        }
        // The time before the first block is no interval.
        assert_eq!(pulse.at(now + 3 * SECOND).usual, Some(SECOND));
        assert_eq!(pulse.at(now + 3 * SECOND).age, 3 * SECOND);
        for _ in 0..1_000 {
            now += 2 * SECOND;
            pulse.block_at(now);
        }
        assert_eq!(pulse.at(now).usual, Some(2 * SECOND));
        assert_eq!(pulse.beats().intervals.len(), REMEMBERED);
    }

    #[test]
    fn the_oldest_that_waits_counts_until_a_block() {
        let (pulse, begin) = (Pulse::default(), Instant::now());
        pulse.awaits_since(begin);
        pulse.awaits_since(begin + SECOND);
        assert_eq!(pulse.at(begin + 3 * SECOND).waiting, Some(3 * SECOND));
        pulse.block_at(begin + 3 * SECOND);
        assert_eq!(pulse.at(begin + 4 * SECOND).waiting, None);
    }
}
