//! `mongo-ledger verify` and `mongo-ledger repair`.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::json;
use sirius_store::Store;

use super::Outcome;
use crate::{
    config::Config,
    connect,
    documents::Documents,
    ledger::open_store,
    runtime,
    verify::{self, Finding, Heard, Source},
};

/// How many records pass between two lines of progress.
const PROGRESS: u64 = 10_000;

/// An index that no process uses, and its documents.
fn open(config: &Config) -> Result<(Store, Arc<dyn Documents>, tokio::runtime::Runtime)> {
    let runtime = runtime()?;
    let documents = runtime.block_on(connect(config))?;
    let store = open_store(config)
        .with_context(|| format!("opening the index in {}; stop the node first", config.data().display()))?;
    Ok((store, documents, runtime))
}

fn progress(what: &'static str) -> impl FnMut(u64, u64) {
    move |done, of| {
        if done % PROGRESS == 0 {
            eprintln!("{done} of {of} {what} compared");
        }
    }
}

fn show(findings: &[Finding], as_json: bool) -> Outcome {
    match as_json {
        true => println!("{}", json!({ "sound": findings.is_empty(), "findings": findings })),
        false => findings.iter().for_each(|finding| println!("{finding}")),
    }
    match findings.is_empty() {
        true => Outcome::Done,
        false => Outcome::Refused,
    }
}

/// Compares every document with what the chain agreed on.
///
/// # Errors
/// The documents or the index cannot be read.
pub fn database(config: &Config, as_json: bool) -> Result<Outcome> {
    let (store, documents, runtime) = open(config)?;
    let findings = runtime.block_on(verify::database(&store, &*documents, progress("records")))?;
    if findings.is_empty() && !as_json {
        println!(
            "every document of {} is what the chain agreed on at height {}",
            documents.name(),
            store.committed().height
        );
    }
    Ok(show(&findings, as_json))
}

/// Executes the whole ledger again in memory and compares each block with its header.
///
/// # Errors
/// The documents or the headers cannot be read.
pub fn chain(config: &Config, from: Option<&str>, as_json: bool) -> Result<Outcome> {
    let runtime = runtime()?;
    let documents = runtime.block_on(connect(config))?;
    let heard = Heard::new(from.unwrap_or(&config.cometbft.rpc))?;
    match runtime.block_on(verify::chain(&*documents, &heard, progress("blocks"))) {
        Ok(height) if as_json => println!("{}", json!({ "sound": true, "height": height })),
        Ok(height) => println!(
            "{height} blocks lead to the app hashes in the headers of {}",
            from.unwrap_or(&config.cometbft.rpc)
        ),
        Err(error @ (verify::VerifyError::Wrong { .. } | verify::VerifyError::Documents(_))) => {
            match as_json {
                true => println!("{}", json!({ "sound": false, "error": error.to_string() })),
                false => println!("{error}"),
            }
            return Ok(Outcome::Refused);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Outcome::Done)
}

/// Makes the documents again what the chain agreed on, and compares them once more.
///
/// # Errors
/// What is missing cannot be had from the node behind `from`, or the documents cannot be written.
pub fn repair(config: &Config, from: Option<&str>, as_json: bool) -> Result<Outcome> {
    let (store, documents, runtime) = open(config)?;
    let source = Source::new(from.unwrap_or(&config.cometbft.rpc))?;
    let findings = runtime.block_on(verify::database(&store, &*documents, progress("records")))?;
    runtime.block_on(verify::repair(&store, &*documents, &findings, &source))?;
    let left = runtime.block_on(verify::database(&store, &*documents, progress("records")))?;
    if !as_json {
        findings.iter().for_each(|finding| println!("repaired: {finding}"));
        println!("{} documents repaired, {} left", findings.len().saturating_sub(left.len()), left.len());
    }
    Ok(show(&left, as_json))
}
