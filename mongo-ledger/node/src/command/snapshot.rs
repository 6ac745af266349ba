//! `mongo-ledger export` and `mongo-ledger import`: a whole database as one file.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use mongo_ledger_core::state;
use serde_json::{Value, json};
use sirius_host::snapshots::{Step, Unfit};
use sirius_primitives::{Hash, Height};
use sirius_store::sync::CHUNK_BYTES;

use super::Outcome;
use crate::{
    config::Config,
    connect,
    ledger::Ledger,
    recovery::recover,
    runtime,
    snapshots::{Export, Source, write},
};

/// How many chunks pass between two lines of progress.
const PROGRESS: usize = 50;

/// Writes the database of a node that does not run into a file.
///
/// # Errors
/// The index is in use, the documents are not what the chain agreed on, or the file cannot be written.
pub fn export(config: &Config, out: &Path, as_json: bool) -> Result<Outcome> {
    ensure!(!out.exists(), "{} is there already; name another file", out.display());
    let runtime = runtime()?;
    let documents = runtime.block_on(connect(config))?;
    let store = runtime.block_on(recover(config, &documents));
    let store = store.context("a database is exported while its node does not run; stop it first")?;
    let state = store.latest();
    ensure!(state.height() != Height::ZERO, "this node has no ledger yet");
    let source = Source { store: &store, state: &state, documents: &*documents, runtime: runtime.handle() };
    let (contents, digest) =
        write(&source, CHUNK_BYTES, out).with_context(|| format!("writing {}", out.display()))?;
    let chain = contents.genesis().chain_id.clone();
    let (height, app_hash) = (state.height(), state.app_hash());
    match as_json {
        true => println!(
            "{}",
            json!({ "chain_id": chain, "height": height.0, "app_hash": app_hash.to_string(), "digest": digest.to_string() })
        ),
        false => println!(
            "{chain} at height {height}, app hash {app_hash}\n{} has the digest {digest}",
            out.display()
        ),
    }
    Ok(Outcome::Done)
}

/// Puts the database of a file into an empty home and an empty document database.
///
/// # Errors
/// There is a ledger already, the file is damaged, or something cannot be written.
pub fn import(config: &Config, from: &Path, trusted: Option<&str>, as_json: bool) -> Result<Outcome> {
    let runtime = runtime()?;
    let mut export = Export::open(from)?;
    let found = export.contents().app_hash();
    if let Some(trusted) = trusted {
        let trusted: Hash = trusted.parse().context("--app-hash")?;
        if found != trusted {
            println!("{} leads to the app hash {found}, not to {trusted}", from.display());
            return Ok(Outcome::Refused);
        }
    }
    let documents = runtime.block_on(connect(config))?;
    let store = runtime.block_on(recover(config, &documents))?;
    let height = store.committed().height;
    ensure!(
        height == Height::ZERO,
        "there is a ledger of height {height} already; import into an empty home and an empty document database"
    );
    let ledger = Ledger::new(store, Arc::clone(&documents), runtime.handle().clone())?;
    let mut arriving = ledger.begin_restore(export.contents().clone(), &found)?;
    let (mut taken, chunks) = (0_usize, arriving.chunks());
    while let Some(chunk) = export.next()? {
        match ledger.restore_chunk(&mut arriving, &chunk) {
            Ok(Step::More | Step::Done) => {}
            Err(Unfit::Wrong(reason) | Unfit::Forged(reason)) => {
                println!("{} is a forgery: {reason}; nothing of it counts", from.display());
                return Ok(Outcome::Refused);
            }
            Err(Unfit::Fault(fault)) => return Err(fault.into()),
        }
        taken = taken.saturating_add(1);
        if taken.is_multiple_of(PROGRESS) {
            eprintln!("{taken} of {chunks} chunks are put back");
        }
    }
    let told = told(&ledger, export.digest())?;
    match as_json {
        true => println!("{told}"),
        false => println!(
            "{} is restored at height {}, app hash {found}{}",
            told.get("chain_id").and_then(Value::as_str).unwrap_or_default(),
            ledger.height(),
            match trusted {
                Some(_) => "",
                None => "; compare it with the next header of a node you trust",
            }
        ),
    }
    Ok(Outcome::Done)
}

/// What was restored, and what the genesis file of a chain that goes on from it must say.
fn told(ledger: &Ledger, digest: Hash) -> Result<Value> {
    let latest = ledger.store.latest();
    let (height, app_hash) = (latest.height(), latest.app_hash().to_string());
    let validator = |(key, power): &(mongo_ledger_core::key::PublicKey, u64)| {
        let value = STANDARD.encode(key.as_bytes());
        json!({ "pub_key": { "type": "tendermint/PubKeyEd25519", "value": value }, "power": power.to_string() })
    };
    let validators: Vec<Value> = state::validators(&latest)?.iter().map(validator).collect();
    let records = state::head().get(&latest)?.unwrap_or_default().size;
    let chain_id = ledger.genesis().map(|genesis| genesis.chain_id.clone()).unwrap_or_default();
    Ok(json!({
        "chain_id": chain_id,
        "height": height.0,
        "records": records,
        "app_hash": app_hash,
        "digest": digest.to_string(),
        "genesis": { "initial_height": height.next().to_string(), "app_hash": app_hash, "validators": validators },
    }))
}
