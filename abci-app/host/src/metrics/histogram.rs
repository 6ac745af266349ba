//! A latency histogram of atomics.

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets, as printed in seconds and as compared with in nanoseconds: from 10 microseconds, below
/// which a call is noise, to 10 seconds, above which CometBFT has long voted nil.
const BOUNDS: [(&str, u64); 19] = [
    ("0.00001", 10_000),
    ("0.000025", 25_000),
    ("0.00005", 50_000),
    ("0.0001", 100_000),
    ("0.00025", 250_000),
    ("0.0005", 500_000),
    ("0.001", 1_000_000),
    ("0.0025", 2_500_000),
    ("0.005", 5_000_000),
    ("0.01", 10_000_000),
    ("0.025", 25_000_000),
    ("0.05", 50_000_000),
    ("0.1", 100_000_000),
    ("0.25", 250_000_000),
    ("0.5", 500_000_000),
    ("1", 1_000_000_000),
    ("2.5", 2_500_000_000),
    ("5", 5_000_000_000),
    ("10", 10_000_000_000),
];

/// How many calls took at most how long.
#[derive(Debug, Default)]
pub struct Histogram {
    /// Calls between a bound and the one before it.
    within: [AtomicU64; BOUNDS.len()],
    /// Calls that took longer than the last bound.
    beyond: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Histogram {
    /// Counts one call.
    pub fn observe(&self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|&(_, bound)| nanoseconds <= bound);
        let bucket = bucket.and_then(|position| self.within.get(position)).unwrap_or(&self.beyond);
        bucket.fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Writes the lines of one row, which `labels`, such as `method="commit"`, tell from others. The count is the sum of
    /// the buckets read, so the lines agree with each other even while calls are being counted.
    pub(super) fn render(&self, text: &mut String, name: &str, labels: &str) -> fmt::Result {
        let mut count = 0;
        for ((bound, _), within) in BOUNDS.iter().zip(&self.within) {
            count += within.load(Ordering::Relaxed);
            writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {count}")?;
        }
        count += self.beyond.load(Ordering::Relaxed);
        let sum = Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed));
        writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {count}")?;
        writeln!(text, "{name}_sum{{{labels}}} {}.{:06}", sum.as_secs(), sum.subsec_micros())?;
        writeln!(text, "{name}_count{{{labels}}} {count}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_bounds_are_the_ones_compared_with() {
        for (text, nanoseconds) in BOUNDS {
            let seconds: f64 = text.parse().expect("a number");
            assert_eq!(format!("{:.0}", seconds * 1e9), nanoseconds.to_string());
        }
    }

    #[test]
    fn a_call_is_in_the_first_bucket_that_is_not_shorter() {
        let check = |took: Duration, bound: Option<usize>| {
            let histogram = Histogram::default();
            histogram.observe(took);
            let filled = histogram.within.iter().position(|bucket| bucket.load(Ordering::Relaxed) == 1);
            assert_eq!(filled, bound, "{took:?}");
            assert_eq!(histogram.beyond.load(Ordering::Relaxed), u64::from(bound.is_none()));
        };
        check(Duration::ZERO, Some(0));
        check(Duration::from_micros(10), Some(0));
        check(Duration::from_nanos(10_001), Some(1));
        check(Duration::from_secs(10), Some(18));
        check(Duration::from_secs(11), None);
        check(Duration::MAX, None);
    }
}
