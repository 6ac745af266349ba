//! What hosts have in common when all is well: the same blocks, the same states, calls in legal order.

use std::ops::RangeInclusive;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use localnet::Layer;
use sirius_host::CallLogOptions;
use sirius_host::call_log;
use sirius_host::grammar::{Checker, Seen};

use crate::bed::Bed;
use crate::rpc::{Header, Rpc};

/// How many headers CometBFT gives at once.
const PAGE: u64 = 20;

/// Compares block hash and app hash of every height on every host.
///
/// # Errors
/// Names the first height at which two hosts differ, or that one does not have.
pub fn agree(bed: &Bed, heights: RangeInclusive<u64>) -> Result<()> {
    agree_among(bed.rpcs(), heights)
}

/// The same of the hosts behind these clients.
///
/// # Errors
/// Those of [`agree`].
pub fn agree_among(hosts: Vec<Rpc>, heights: RangeInclusive<u64>) -> Result<()> {
    let heights = (*heights.start()).max(1)..=*heights.end();
    let mut hosts = hosts.into_iter();
    let first = headers(&hosts.next().context("a network has a host")?, &heights)?;
    for (index, rpc) in hosts.enumerate() {
        for (one, other) in first.iter().zip(headers(&rpc, &heights)?) {
            ensure!(*one == other, "hosts 0 and {} differ:\n{one:?}\n{other:?}", index + 1);
        }
    }
    Ok(())
}

/// All headers of these heights, in order.
fn headers(rpc: &Rpc, heights: &RangeInclusive<u64>) -> Result<Vec<Header>> {
    let mut all = Vec::new();
    let mut next = *heights.start();
    while next <= *heights.end() {
        let last = heights.end().min(&(next + PAGE - 1)).to_owned();
        let mut page = rpc.headers(next, last)?;
        page.sort_by_key(|header| header.height);
        let found: Vec<u64> = page.iter().map(|header| header.height).collect();
        if found != (next..=last).collect::<Vec<_>>() {
            bail!("{} has not all blocks from {next} to {last}: {found:?}", rpc.url());
        }
        all.append(&mut page);
        next = last + 1;
    }
    Ok(all)
}

/// Whether every call that a host's application ever heard was legal by CometBFT's grammar.
///
/// # Errors
/// The first call that was not, or a log that cannot be read.
pub fn legal(bed: &Bed, host: usize) -> Result<Seen> {
    legal_on(bed, Layer::Ledger, host)
}

/// The same of a layer's application.
///
/// # Errors
/// Those of [`legal`].
pub fn legal_on(bed: &Bed, layer: Layer, host: usize) -> Result<Seen> {
    let app = bed.network().layout().chain(layer, host).app;
    legal_in(&app).with_context(|| format!("host{host}"))
}

/// The same of the application whose home is the folder `app`.
///
/// # Errors
/// Those of [`legal`].
pub fn legal_in(app: &Path) -> Result<Seen> {
    let path = app.join("calls.log");
    let entries = call_log::read(&CallLogOptions::at(path))?;
    let mut checker = Checker::new();
    for entry in &entries {
        checker.feed(entry)?;
    }
    ensure!(checker.seen().calls > 0, "the call log in {} is empty", app.display());
    Ok(checker.seen())
}
