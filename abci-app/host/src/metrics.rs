//! Counts and times of calls, in the Prometheus text format, and a loopback exporter for them.
//!
//! Counting a call is a handful of relaxed atomic additions, no lock.

mod exporter;
mod histogram;
mod text;

use std::fmt::Write;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

pub use exporter::{Exporter, ExporterError, Health, serve};
pub use histogram::Histogram;
pub use text::{Text, documented, families};

use crate::method::Method;

/// Why a connection was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turned {
    OtherUser,
    Full,
}

impl Turned {
    const ALL: [Self; 2] = [Self::OtherUser, Self::Full];

    /// What the peer and the log are told.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::OtherUser => "only the user that runs the application, and root, may connect",
            Self::Full => "too many connections",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::OtherUser => "other_user",
            Self::Full => "full",
        }
    }
}

/// The counters of one server.
#[derive(Debug, Default)]
pub struct Metrics {
    calls: [Calls; Method::COUNT],
    open: AtomicU64,
    opened: AtomicU64,
    turned_away: [AtomicU64; 2],
    frames_refused: AtomicU64,
    received_bytes: AtomicU64,
    sent_bytes: AtomicU64,
    writes: AtomicU64,
    lost_log_lines: AtomicU64,
    height: AtomicI64,
}

/// One method's calls.
#[derive(Debug, Default)]
struct Calls {
    begun: AtomicU64,
    seconds: Histogram,
}

impl Metrics {
    /// Height of the last block committed, as `Commit` and `Info` have shown it; 0 before either was called.
    pub fn height(&self) -> i64 {
        self.height.load(Ordering::Relaxed)
    }

    /// How often the application was called with `method`, calls in progress included.
    pub fn calls(&self, method: Method) -> u64 {
        self.of(method).begun.load(Ordering::Relaxed)
    }

    /// How many connections are open.
    pub fn connections(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }

    /// How many writes the answers took: few where requests come pipelined.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    pub(crate) fn call_begins(&self, method: Method) {
        add(&self.of(method).begun, 1);
    }

    pub(crate) fn call_ends(&self, method: Method, took: Duration) {
        self.of(method).seconds.observe(took);
    }

    pub(crate) fn committed(&self, height: Option<i64>) {
        if let Some(height) = height {
            // An Info may be answered while the next block is being committed.
            self.height.fetch_max(height, Ordering::Relaxed);
        }
    }

    pub(crate) fn opened(&self) {
        add(&self.opened, 1);
        add(&self.open, 1);
    }

    pub(crate) fn closed(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn turned_away(&self, reason: Turned) {
        let [other_user, full] = &self.turned_away;
        add(if reason == Turned::OtherUser { other_user } else { full }, 1);
    }

    pub(crate) fn frame_refused(&self) {
        add(&self.frames_refused, 1);
    }

    pub(crate) fn received(&self, bytes: usize) {
        add(&self.received_bytes, bytes as u64);
    }

    pub(crate) fn sent(&self, bytes: usize) {
        add(&self.sent_bytes, bytes as u64);
        add(&self.writes, 1);
    }

    pub(crate) fn call_log_failed(&self) {
        add(&self.lost_log_lines, 1);
    }

    fn of(&self, method: Method) -> &Calls {
        self.calls.get(method.index()).expect("there is a row for each method")
    }

    /// Everything in the Prometheus text format, version 0.0.4.
    pub fn render(&self) -> String {
        let mut text = String::with_capacity(32 * 1024);
        // Writing to a string cannot fail.
        let _ = self.render_calls(&mut text).and_then(|()| self.render_connections(&mut text));
        text
    }

    fn render_calls(&self, text: &mut String) -> std::fmt::Result {
        let name = "abci_requests_total";
        head(text, name, "counter", "Calls of the application begun, by method.")?;
        for method in Method::ALL {
            writeln!(text, "{name}{{method=\"{method}\"}} {}", self.calls(method))?;
        }
        let name = "abci_call_seconds";
        head(text, name, "histogram", "Time the application took for a call, in seconds, by method.")?;
        for method in Method::ALL {
            self.of(method).seconds.render(text, name, &format!("method=\"{method}\""))?;
        }
        let name = "abci_height";
        head(text, name, "gauge", "Height of the last block committed, as Commit and Info have shown it.")?;
        writeln!(text, "{name} {}", self.height())
    }

    fn render_connections(&self, text: &mut String) -> std::fmt::Result {
        let rows = [
            ("abci_connections", "gauge", "Connections open now; CometBFT holds four.", &self.open),
            ("abci_connections_opened_total", "counter", "Connections accepted.", &self.opened),
            (
                "abci_frames_refused_total",
                "counter",
                "Connections closed because of a frame that was too long or no request, or of an answer that was too long.",
                &self.frames_refused,
            ),
            ("abci_received_bytes_total", "counter", "Bytes of requests received.", &self.received_bytes),
            ("abci_sent_bytes_total", "counter", "Bytes of answers sent.", &self.sent_bytes),
            ("abci_writes_total", "counter", "Writes that the answers took.", &self.writes),
            (
                "abci_call_log_lines_lost_total",
                "counter",
                "Lines of the call log that could not be written.",
                &self.lost_log_lines,
            ),
        ];
        for (name, kind, help, value) in rows {
            head(text, name, kind, help)?;
            writeln!(text, "{name} {}", value.load(Ordering::Relaxed))?;
        }
        let name = "abci_connections_refused_total";
        head(text, name, "counter", "Connections turned away, by reason.")?;
        for (reason, count) in Turned::ALL.iter().zip(&self.turned_away) {
            writeln!(text, "{name}{{reason=\"{}\"}} {}", reason.label(), count.load(Ordering::Relaxed))?;
        }
        Ok(())
    }
}

fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn counts_appear_in_the_text() {
        let metrics = Metrics::default();
        metrics.call_begins(Method::CheckTx);
        metrics.call_ends(Method::CheckTx, Duration::from_micros(30));
        metrics.call_begins(Method::CheckTx);
        metrics.committed(Some(7));
        metrics.opened();
        metrics.opened();
        metrics.closed();
        metrics.turned_away(Turned::Full);
        metrics.sent(100);
        let text = metrics.render();
        for line in [
            "abci_requests_total{method=\"check_tx\"} 2",
            "abci_requests_total{method=\"commit\"} 0",
            "abci_call_seconds_bucket{method=\"check_tx\",le=\"0.000025\"} 0",
            "abci_call_seconds_bucket{method=\"check_tx\",le=\"0.00005\"} 1",
            "abci_call_seconds_bucket{method=\"check_tx\",le=\"+Inf\"} 1",
            "abci_call_seconds_sum{method=\"check_tx\"} 0.000030",
            "abci_call_seconds_count{method=\"check_tx\"} 1",
            "abci_height 7",
            "abci_connections 1",
            "abci_connections_opened_total 2",
            "abci_connections_refused_total{reason=\"other_user\"} 0",
            "abci_connections_refused_total{reason=\"full\"} 1",
            "abci_sent_bytes_total 100",
            "abci_writes_total 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn every_family_has_one_help_and_one_type() {
        let text = Metrics::default().render();
        let named = |mark: &str| -> Vec<String> {
            let rest = text.lines().filter_map(|line| line.strip_prefix(mark));
            rest.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
        };
        let helped = named("# HELP ");
        assert_eq!(helped, named("# TYPE "));
        assert_eq!(helped.len(), helped.iter().collect::<BTreeSet<_>>().len());
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(helped.iter().any(|name| line.starts_with(name.as_str())), "{line}");
        }
    }
}
