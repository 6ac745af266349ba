//! The network that most drills share, started for the first that asks.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sirius_tests::bed::{self, Bed};
use sirius_tests::trade::Trade;

/// Accounts that pay during a drill.
pub(crate) const PAYING: u32 = 32;
/// More of them, of which each drill may use one or two for itself.
pub(crate) const ACCOUNTS: u32 = PAYING + 8;

/// See the module's documentation.
#[derive(Default)]
pub(crate) struct Setting {
    bed: Option<Bed>,
}

impl Setting {
    /// The network.
    pub(crate) fn bed(&mut self) -> Result<&Bed> {
        if self.bed.is_none() {
            self.bed = Some(Bed::start_edited(&bed::manifest(ACCOUNTS)?, |layout| {
                quick_gossip(&layout.host(super::twin::HOST).cometbft)
            })?);
        }
        self.bed.as_ref().context("it was just started")
    }

    /// Stops the network, so that a drill with one of its own has the machine for itself.
    pub(crate) fn stop(&mut self) {
        self.bed = None;
    }

    /// The ends of the programs' logs.
    pub(crate) fn logs(&self) -> String {
        self.bed.as_ref().map(Bed::logs).unwrap_or_default()
    }
}

/// Makes a node send votes at once and not every hundredth of a second: of two votes that contradict each other the second
/// is asked for by nobody, so that both must be under way at the same time.
pub(crate) fn quick_gossip(home: &Path) -> Result<()> {
    let path = home.join("config/config.toml");
    let text = fs::read_to_string(&path)?;
    let quick = text.replace("peer_gossip_sleep_duration = \"10ms\"", "peer_gossip_sleep_duration = \"1ms\"");
    ensure!(quick != text, "{} does not say how often votes are sent", path.display());
    Ok(fs::write(path, quick)?)
}

/// Does `work` while accounts of the network pay each other, and checks what every drill must keep. The work says how
/// many units it burned.
pub(crate) fn drill(bed: &Bed, work: impl FnOnce() -> Result<u128>) -> Result<()> {
    let trade = Trade::open(bed, PAYING)?;
    let (burned, payments) = trade.during(work)?;
    ensure!(payments.len() > 10, "only {} payments: there was hardly any load", payments.len());
    let height = trade.close(&payments, burned)?;
    for host in 0..bed.network().hosts() {
        sirius_tests::history::legal(bed, host)?;
    }
    println!("  {} payments, all there once on every host at block {height}", payments.len());
    Ok(())
}
