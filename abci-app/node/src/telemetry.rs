//! What an operator sees: log lines, metrics and health.

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context as _, Result};
use sirius_host::metrics::Health;
use tracing_subscriber::EnvFilter;

use crate::{
    Machine,
    config::{Format, Log},
};

/// A node that committed nothing for this long is not healthy: CometBFT stays up without making blocks when its disk
/// is full, so only the height tells.
const STALLED: Duration = Duration::from_secs(60);

/// Starts the log.
///
/// # Errors
/// A level that is none.
pub(crate) fn init(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.level).context("app.toml, log.level")?;
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(std::io::stderr);
    match log.format {
        Format::Text => lines.with_ansi(false).try_init(),
        Format::Json => lines.json().try_init(),
    }
    .map_err(|error| anyhow::anyhow!("starting the log failed: {error}"))
}

/// The ledger's own metrics in Prometheus' text format.
pub(crate) fn render(machine: &Machine) -> String {
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, value: u64| {
        // Writing to a string cannot fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
    };
    let shared = machine.shared();
    metric("abci_app_height", "gauge", "Height of the last committed block.", machine.height().0);
    metric(
        "abci_app_txs_total",
        "counter",
        "Transactions in blocks committed since the process started, refused ones too.",
        shared.counts.txs(),
    );
    metric(
        "abci_app_txs_refused_total",
        "counter",
        "Those of them that were refused.",
        shared.counts.refused(),
    );
    metric(
        "abci_app_proposals_reused_total",
        "counter",
        "Blocks whose execution as a proposal served as their final one.",
        shared.counts.reused(),
    );
    text
}

/// Whether blocks are being committed.
pub(crate) fn health(machine: &Machine) -> Health {
    let idle = machine.shared().counts.idle();
    let height = machine.height();
    if idle > STALLED {
        let seconds = idle.as_secs();
        return Health::Down(format!(
            "no block was committed for {seconds} s, the last is {height}; look at CometBFT's log, its peers and the disk"
        ));
    }
    Health::Up(format!("height {height}"))
}
