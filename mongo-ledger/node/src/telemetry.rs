//! What an operator sees: log lines, metrics and health.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use sirius_host::metrics::Health;
use tracing_subscriber::EnvFilter;

use crate::{
    config::{Format, Log},
    ledger::Ledger,
};

/// Starts the log.
///
/// # Errors
/// A level that is none.
pub(crate) fn init(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.level).context("mongo-ledger.toml, log.level")?;
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(std::io::stderr);
    match log.format {
        Format::Text => lines.with_ansi(false).try_init(),
        Format::Json => lines.json().try_init(),
    }
    .map_err(|error| anyhow::anyhow!("starting the log failed: {error}"))
}

/// The chain's own metrics in Prometheus' text format.
pub(crate) fn render(ledger: &Ledger) -> String {
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, value: u64| {
        // Writing to a string cannot fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
    };
    metric("mongo_ledger_height", "gauge", "Height of the last block that counts.", ledger.height());
    metric(
        "mongo_ledger_records_total",
        "counter",
        "Transactions accepted since the process started.",
        ledger.counts.accepted(),
    );
    metric(
        "mongo_ledger_refused_total",
        "counter",
        "Transactions in blocks that were refused.",
        ledger.counts.refused(),
    );
    metric(
        "mongo_ledger_writing_microseconds_total",
        "counter",
        "Time for which blocks waited for the document server.",
        ledger.counts.writing(),
    );
    metric(
        "mongo_ledger_waiting",
        "gauge",
        "1 while the node waits for the document server, else 0.",
        u64::from(ledger.trouble().is_some()),
    );
    text
}

/// Whether the node can go on. A quiet chain makes no blocks, so that the last block's age says nothing.
pub(crate) fn health(ledger: &Ledger) -> Health {
    match ledger.trouble() {
        Some(trouble) => Health::Down(trouble),
        None => Health::Up(format!("height {}", ledger.height())),
    }
}
