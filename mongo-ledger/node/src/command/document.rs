//! `mongo-ledger verify doc`: one document, from its text to the signatures under the header that commits to it.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use mongo_ledger_core::{record::Record, transaction::Transaction, transaction::TransactionId};
use serde_json::json;
use sirius_sdk::{
    client::Client,
    database::{
        Database,
        bundle::{Bundle, MOST_BYTES, Proven, Trust},
    },
    trust::{Anchor, Genesis, LightClient, Settings, TRUSTING_PERIOD},
};
use tendermint::Time;

use super::Outcome;
use crate::{config::Config, connect, documents::Collection, reader, runtime};

/// Compares the document of a transaction, and what follows from its text, with a header of the chain.
///
/// The text is the document server's, the proof the own node's, the headers those of the CometBFT at `from`; none of them
/// is believed: everything is checked from the genesis file on.
///
/// # Errors
/// A server does not answer, or a file cannot be read.
pub fn here(config: &Config, id: &TransactionId, from: Option<&str>, as_json: bool) -> Result<Outcome> {
    let runtime = runtime()?;
    let documents = runtime.block_on(connect(config))?;
    let ids = [id.to_string()];
    let found = runtime.block_on(documents.get(Collection::Transactions, &ids))?.into_iter().flatten().next();
    let Some(found) = found else {
        return refuse(&format!("{} has no document {id}", documents.name()), as_json);
    };
    let genesis = genesis(config)?;
    let rpc = Client::new(&[from.unwrap_or_else(|| config.rpc()).to_owned()])?;
    let settings = Settings {
        chain_id: genesis.chain_id().into(),
        anchor: Anchor::Genesis(genesis.clone()),
        period: TRUSTING_PERIOD,
        file: None,
    };
    let mut light = LightClient::open(rpc, settings)?;
    let mut node = Database::new(&[format!("http://{}", config.http.listen)])?;
    if let Some(token) = reader::token(config, genesis.chain_id())? {
        node = node.with_token(&token);
    }
    let Some(bundle) = runtime.block_on(node.bundle(&mut light, id, Time::now))? else {
        return refuse(&format!("the chain has no transaction {id}"), as_json);
    };
    if found.get_str("raw").ok() != Some(bundle.proof.raw.as_str()) {
        let text = format!("transactions/{id} has another text than the chain agreed on");
        return refuse(&format!("{text}; run `mongo-ledger verify db`, then `mongo-ledger repair`"), as_json);
    }
    tell(bundle.verify(&Trust::Genesis(genesis.into()), Time::now())?, as_json)
}

/// Checks a bundle that `sirius db prove` wrote, asking nobody.
///
/// # Errors
/// A file cannot be read.
pub fn bundle(config: &Config, file: &Path, as_json: bool) -> Result<Outcome> {
    let length = fs::metadata(file).with_context(|| format!("reading {}", file.display()))?.len();
    ensure!(
        length <= MOST_BYTES,
        "{} has {length} bytes, a bundle at most {MOST_BYTES}; name the file that `sirius db prove` wrote",
        file.display()
    );
    let text = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let trust = Trust::Genesis(genesis(config)?.into());
    match Bundle::read(&text).and_then(|bundle| bundle.verify(&trust, Time::now())) {
        Ok(proven) => tell(proven, as_json),
        Err(error) => refuse(&error.to_string(), as_json),
    }
}

/// The chain's first validators, on whom everything rests.
fn genesis(config: &Config) -> Result<Genesis> {
    let home = config.cometbft();
    let home = home.context("mongo-ledger.toml says no cometbft.home, where the genesis file is")?;
    Ok(Genesis::read(&home.join("config/genesis.json"))?)
}

fn tell(proven: Proven<(Transaction, Record)>, as_json: bool) -> Result<Outcome> {
    let Proven { value: (transaction, record), height, header } = proven;
    if as_json {
        let header = json!({ "height": header.height.0, "hash": header.hash.to_string() });
        let id = transaction.id().to_string();
        println!(
            "{}",
            json!({ "sound": true, "id": id, "height": record.height, "position": record.position, "header": header })
        );
        return Ok(Outcome::Done);
    }
    println!("text          has the id {}", transaction.id());
    println!("signatures    are those that its inputs ask for");
    println!(
        "inclusion     transaction {} of block {}, in the log at height {height}",
        record.position, record.height
    );
    println!("header        {}, hash {}", header.height, header.hash);
    println!("commit        signed by validators that lead back to the genesis file");
    Ok(Outcome::Done)
}

fn refuse(why: &str, as_json: bool) -> Result<Outcome> {
    match as_json {
        true => println!("{}", json!({ "sound": false, "error": why })),
        false => println!("{why}"),
    }
    Ok(Outcome::Refused)
}
