//! `mongo-ledger verify` and `mongo-ledger repair`.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde_json::json;
use sirius_store::Store;

use super::Outcome;
use crate::{
    config::Config,
    connect,
    documents::{Collection, Documents},
    genesis,
    ledger::open_store,
    payload::{Peers, fetch},
    reader,
    recovery::state_of,
    rpc::Rpc,
    runtime,
    verify::{self, Blocks, Finding, Wrong},
};

/// How many records pass between two lines of progress.
const PROGRESS: u64 = 10_000;

/// How often documents are compared again that blocks may have changed meanwhile.
const ROUNDS: usize = 10;

/// What documents are compared with.
enum Truth {
    /// The node's own index, while the node does not run.
    Own(Box<Store>),
    /// One made of CometBFT's blocks, while it does.
    Blocks(Box<Blocks>),
}

/// A database of documents and what it is compared with.
struct Case {
    truth: Truth,
    documents: Arc<dyn Documents>,
    runtime: tokio::runtime::Runtime,
}

impl Case {
    fn open(config: &Config, from: &str) -> Result<Self> {
        let runtime = runtime()?;
        let documents = runtime.block_on(connect(config))?;
        let truth = match open_store(config) {
            Ok(store) => Truth::Own(Box::new(store)),
            Err(fault) => {
                eprintln!(
                    "the node's own index is not to be had ({fault}); executing the blocks of {from} instead"
                );
                let folder = config.data().with_file_name("verify-index");
                Truth::Blocks(Box::new(Blocks::new(from, &folder, &runtime)?))
            }
        };
        Ok(Self { truth, documents, runtime })
    }

    fn store(&self) -> &Store {
        match &self.truth {
            Truth::Own(store) => store,
            Truth::Blocks(blocks) => blocks.store(),
        }
    }

    /// How far the documents say they are.
    fn height(&self) -> Result<u64> {
        let state = self.runtime.block_on(state_of(&*self.documents))?;
        let state =
            state.context("the documents do not say how far they are; stop the node and compare again")?;
        Ok(u64::try_from(state.height)?)
    }

    /// Compares everything; beside a running node until no block came meanwhile, or nothing is found.
    fn findings(&self) -> Result<Vec<Finding>> {
        let compare = || {
            let work = verify::database(self.store(), &*self.documents, progress("records"));
            self.runtime.block_on(work)
        };
        let Truth::Blocks(blocks) = &self.truth else { return Ok(compare()?) };
        for _ in 0..ROUNDS {
            // Never beyond what the documents say of themselves: the node's CometBFT may not be further.
            let height = self.height()?;
            blocks.follow(&self.runtime, height, progress("blocks"))?;
            let findings = compare()?;
            if findings.is_empty() || self.height()? == height {
                return Ok(findings);
            }
        }
        anyhow::bail!("blocks come faster than documents are compared; stop the node and compare again")
    }
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
/// The documents, the index or the blocks cannot be read.
pub fn database(config: &Config, from: Option<&str>, as_json: bool) -> Result<Outcome> {
    let case = Case::open(config, from.unwrap_or(config.rpc()))?;
    let findings = case.findings()?;
    if findings.is_empty() && !as_json {
        let (name, height) = (case.documents.name(), case.store().committed().height);
        println!("every document of {name} is what the chain agreed on at height {height}");
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
    let rpc = Rpc::new(from.unwrap_or(config.rpc()))?;
    match runtime.block_on(verify::chain(&*documents, &rpc, progress("blocks"))) {
        Ok(verify::Compared { height, from: None }) if height > 1 => anyhow::bail!(
            "{height} blocks were executed, and {} has the header of none of them; compare with another node by --from",
            rpc.url()
        ),
        Ok(compared) => told(compared, &rpc, as_json),
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

/// What was compared, and from which block on when headers were given up.
fn told(verify::Compared { height, from }: verify::Compared, rpc: &Rpc, as_json: bool) {
    if as_json {
        println!("{}", json!({ "sound": true, "height": height, "headers_from": from }));
        return;
    }
    println!("{height} blocks lead to the app hashes in the headers of {}", rpc.url());
    if let Some(from) = from.filter(|from| *from > 1) {
        println!(
            "headers were compared from block {from} on: those before it are no longer kept there, and it covers them"
        );
    }
}

/// Fetches bodies that are missing or were changed from the peers. Beside a running node it is left to that one, which
/// may be erasing them.
fn bodies(case: &Case, config: &Config, findings: &[Finding]) -> Result<()> {
    let (own, chain) = (config.clone(), genesis::load(case.store())?.map(|genesis| genesis.chain_id));
    let key = move || reader::token(&own, chain.as_deref()?).ok().flatten();
    let peers = Peers::new(&config.payloads.peers, config.peers_ca().as_deref(), Box::new(key))
        .context("mongo-ledger.toml, payloads.ca")?;
    let wanted = findings.iter().filter(|finding| {
        let lost = matches!(finding.fault, Wrong::Missing | Wrong::Edited { .. });
        lost && finding.collection == Collection::Payloads.name()
    });
    for commitment in wanted.filter_map(|finding| finding.id.parse().ok()) {
        match fetch(&peers, &commitment) {
            Ok(body) => {
                let document = [body.document()];
                case.runtime.block_on(case.documents.replace(Collection::Payloads, &document))?;
            }
            Err(reason) => eprintln!("payload {commitment} is not to be had: {reason}"),
        }
    }
    Ok(())
}

/// Makes the documents again what the chain agreed on, and compares them once more.
///
/// # Errors
/// What is missing cannot be had from the node behind `from`, or the documents cannot be written.
pub fn repair(config: &Config, from: Option<&str>, as_json: bool) -> Result<Outcome> {
    let from = from.unwrap_or(config.rpc());
    let case = Case::open(config, from)?;
    let source = Rpc::new(from)?;
    let findings = case.findings()?;
    case.runtime.block_on(verify::repair(case.store(), &*case.documents, &findings, &source))?;
    if matches!(case.truth, Truth::Own(_)) {
        bodies(&case, config, &findings)?;
    }
    let left = case.findings()?;
    if !as_json {
        findings.iter().for_each(|finding| println!("repaired: {finding}"));
        println!("{} documents repaired, {} left", findings.len().saturating_sub(left.len()), left.len());
    }
    Ok(show(&left, as_json))
}
