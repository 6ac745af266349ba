//! `sirius db history --prove`, `prove` and `verify`: what nobody has to be believed for.

use std::path::PathBuf;

use clap::ArgMatches;
use mongo_ledger_core::{
    record::Record,
    transaction::{Transaction, TransactionId},
};
use serde_json::{Value, json};
use sirius_primitives::Hash;
use sirius_sdk::{
    anchored,
    config::Config,
    database::bundle::{Bundle, MOST_BYTES, Proven, Trust},
    trust::{Anchor, Genesis, LightClient, TrustedHeader},
};

use super::{Output, file, id, to_json, wallet::Owners, with};
use crate::{
    failure::Failure,
    progress::Progress,
    session::{self, Session},
    show::{step, table},
};

/// A light client of the database chain.
pub(super) fn light(session: &Session, matches: &ArgMatches) -> Result<LightClient, Failure> {
    let config = config(session, matches);
    Ok(LightClient::open(config.database_rpc()?, config.database_trust()?)?)
}

/// The home's settings with what the arguments say of the database chain.
fn config(session: &Session, matches: &ArgMatches) -> Config {
    let mut config = session.config.clone();
    if let Some(genesis) = matches.get_one::<PathBuf>("genesis") {
        config.database.genesis = Some(genesis.clone());
        config.database.trusted = None;
    }
    config
}

pub(super) async fn history(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let asset = id(matches, "asset")?;
    let mut light = light(session, matches)?;
    let progress = Progress::start("waiting for the next header and proving the history");
    let proven = session.config.database()?.proven_history(&mut light, &asset, Session::now).await?;
    drop(progress);
    if proven.value.is_empty() {
        return Err(Failure::input(format!(
            "the database has no asset {asset}; that is proven at height {}",
            proven.height
        )));
    }
    let (anchor, owners) = (light.anchor().describe(), Owners::new(&session.keys));
    let json = || {
        let history: Vec<_> =
            proven.value.iter().map(|(transaction, record)| placed(transaction, record)).collect();
        json!({ "asset": asset.to_string(), "history": history, "proof": proof_json(&proven, &anchor) })
    };
    let text = || {
        let rows = proven.value.iter().map(|(transaction, record)| {
            let [operation, id, rest] = step(transaction, &|key| owners.text(key));
            [format!("block {}", record.height), operation, id, rest]
        });
        let rows: Vec<_> = rows.collect();
        let whole = format!("{}: nothing was left out, changed or moved", counted(rows.len()));
        table(&rows) + "\n" + &proof_text(&proven, &anchor, &whole)
    };
    session.output.answer(json, text)
}

fn counted(records: usize) -> String {
    if records == 1 { "one record".into() } else { format!("{records} records") }
}

/// `sirius db prove`: against the database's own headers, or against what the ledger anchored of them.
pub(super) async fn bundle(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let id = id(matches, "id")?;
    let json = match matches.get_one::<String>("against").map(String::as_str) {
        Some("ledger") => json!(anchored(session, matches, &id).await?),
        _ => json!(of_database(session, matches, &id).await?),
    };
    match matches.get_one::<PathBuf>("out") {
        // A file is JSON for people and programs alike.
        None => session.output.answer(|| json.clone(), || json.to_string()),
        Some(path) => {
            std::fs::write(path, json.to_string())
                .map_err(|error| Failure::file("writing", path.display(), &error))?;
            let told = json!({ "file": path.display().to_string(), "id": id.to_string() });
            let text = || format!("{} proves {id}; `sirius verify {0}` checks it", path.display());
            session.output.answer(|| told.clone(), text)
        }
    }
}

async fn anchored(
    session: &Session,
    matches: &ArgMatches,
    id: &TransactionId,
) -> Result<anchored::Bundle, Failure> {
    // The chain's name is that of its genesis, or of the header that somebody vouches for.
    let chain = config(session, matches).database_trust()?.chain_id;
    let progress = Progress::start("proving the transaction against the ledger");
    let database = session.config.database()?;
    let bundle = database.anchored(&mut session.prover()?, (&chain, id), Session::now).await?;
    drop(progress);
    Ok(bundle)
}

async fn of_database(session: &Session, matches: &ArgMatches, id: &TransactionId) -> Result<Bundle, Failure> {
    let mut light = light(session, matches)?;
    let progress = Progress::start("waiting for the next header and proving the transaction");
    let bundle = session.config.database()?.bundle(&mut light, id, Session::now).await?;
    drop(progress);
    bundle.ok_or_else(|| {
        Failure::input(format!("the database has no transaction {id}, or its nodes give no proofs"))
    })
}

/// `sirius db verify`: reads files, asks nobody.
pub(in crate::command) fn verify(
    matches: &ArgMatches,
    arguments: &ArgMatches,
    output: Output,
) -> Result<(), Failure> {
    let path = arguments.get_one::<PathBuf>("file").ok_or_else(|| Failure::input("name a file"))?;
    let bundle = Bundle::read(&file(path, MOST_BYTES)?)?;
    let (trust, anchor) = trust(matches, arguments)?;
    proven(&bundle.verify(&trust, Session::now())?, &anchor, output)
}

/// What a bundle of the database alone proved.
pub(in crate::command) fn proven(
    proven: &Proven<(Transaction, Record)>,
    anchor: &str,
    output: Output,
) -> Result<(), Failure> {
    let (transaction, record) = &proven.value;
    let json = || with(placed(transaction, record), "proof", proof_json(proven, anchor));
    let text = || {
        let [operation, id, rest] = step(transaction, &ToString::to_string);
        let rows = [
            ["id".to_owned(), id],
            ["operation".into(), operation],
            ["asset".into(), transaction.asset_id().to_string()],
            ["says".into(), rest],
            ["block".into(), format!("{}, transaction {} of it", record.height, record.position)],
        ];
        table(&rows)
            + "\n"
            + &proof_text(proven, anchor, "this transaction is in the chain, signed as it must be")
    };
    output.answer(json, text)
}

/// What is trusted, and how people call it: what the arguments say, else the genesis file of the home.
fn trust(matches: &ArgMatches, arguments: &ArgMatches) -> Result<(Trust, String), Failure> {
    if let Some(hash) = arguments.get_one::<Hash>("trust") {
        return Ok((Trust::Header(*hash), format!("the header with hash {hash}")));
    }
    if let Some(path) = arguments.get_one::<PathBuf>("genesis") {
        return Ok(genesis(Genesis::read(path)?));
    }
    match session::config(matches)?.database_trust()?.anchor {
        Anchor::Genesis(first) => Ok(genesis(first)),
        Anchor::Header { hash, .. } => Ok((Trust::Header(hash), format!("the header with hash {hash}"))),
    }
}

fn genesis(genesis: Genesis) -> (Trust, String) {
    let anchor = Anchor::Genesis(genesis.clone()).describe();
    (Trust::Genesis(genesis.into()), anchor)
}

pub(in crate::command) fn placed(transaction: &Transaction, record: &Record) -> Value {
    let json = with(to_json(transaction), "height", json!(record.height));
    with(json, "position", json!(record.position))
}

pub(super) fn proof_json<T>(proven: &Proven<T>, anchor: &str) -> Value {
    let TrustedHeader { height, time, hash, app_hash, .. } = &proven.header;
    json!({
        "height": proven.height,
        "header": { "height": height, "time": time.to_rfc3339(), "hash": hash.to_string() },
        "app_hash": app_hash.to_string(),
        "trusted": anchor,
    })
}

pub(super) fn proof_text<T>(proven: &Proven<T>, anchor: &str, claim: &str) -> String {
    let TrustedHeader { height, time, hash, app_hash, .. } = &proven.header;
    table(&[
        ["proven".to_owned(), claim.to_owned()],
        ["at height".into(), proven.height.to_string()],
        ["by header".into(), format!("{height} of {}, hash {hash}", time.to_rfc3339())],
        ["app hash".into(), app_hash.to_string()],
        ["light client".into(), format!("the header is signed by validators that lead back to {anchor}")],
    ])
}
