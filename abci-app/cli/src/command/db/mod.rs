//! `sirius db`: documents and their owners, on the database chain.

mod draft;
mod handover;
mod payload;
mod prove;
mod read;
mod roles;
mod sealed;
mod send;
mod token;
mod wallet;
mod whom;

use std::{io::Read as _, path::Path};

use clap::ArgMatches;
use mongo_ledger_core::{
    json::{self, Limits, Object},
    transaction::{Transaction, TransactionId},
};
use serde_json::Value;

use crate::{failure::Failure, session::Session, show::Output};

pub(super) use prove::{placed, proven, verify};

/// The arguments of `sirius db verify`, which needs no home.
pub(super) fn verifies(matches: &ArgMatches) -> Option<&ArgMatches> {
    matches.subcommand().filter(|(word, _)| *word == "verify").map(|(_, arguments)| arguments)
}

pub(super) async fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((word, matches)) = matches.subcommand() else {
        return Err(Failure::input("name what to do with the database; `sirius db --help` lists it"));
    };
    match word {
        "create" => send::create(session, matches).await,
        "transfer" => send::transfer(session, matches).await,
        "record" => send::record(session, matches).await,
        "grant" => roles::grant(session, matches).await,
        "revoke" => roles::revoke(session, matches).await,
        "roles" => roles::list(session, matches).await,
        "show" => read::show(session, matches).await,
        "history" if matches.get_flag("prove") => prove::history(session, matches).await,
        "history" => read::history(session, matches).await,
        "outputs" => read::outputs(session, matches).await,
        "handover" => handover::run(session, matches).await,
        "keys" => read::keys(session, matches),
        "key-proof" => read::key_proof(session, matches),
        "token" => token::token(session, matches).await,
        "search" => read::search(session, matches).await,
        "prove" => prove::bundle(session, matches).await,
        "read" => sealed::read(session, matches).await,
        "readers" => sealed::readers(session, matches).await,
        "reader-key" => sealed::key(session, matches),
        "payload" => payload::payload(session, matches).await,
        "erase" => payload::erase(session, matches).await,
        other => Err(Failure::input(format!(
            "there is no `sirius db {other}`; `sirius db --help` lists the verbs"
        ))),
    }
}

/// The id among the arguments.
fn id(matches: &ArgMatches, name: &str) -> Result<TransactionId, Failure> {
    let id = matches.get_one::<TransactionId>(name).copied();
    id.ok_or_else(|| Failure::input("name a transaction by its id of 64 hexadecimal digits"))
}

/// A file, or standard input for `-`, up to `most` bytes.
pub(super) fn file(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::file("reading", path.display(), &error);
    let (mut bytes, more) = (Vec::new(), most.saturating_add(1));
    if path.as_os_str() == "-" {
        std::io::stdin().take(more).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        std::fs::File::open(path).map_err(failed)?.take(more).read_to_end(&mut bytes).map_err(failed)?;
    }
    match u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        true => Ok(bytes),
        false => Err(Failure::input(format!("{} has more than {most} bytes", path.display()))),
    }
}

/// A document in a file.
fn document(path: &Path) -> Result<Object, Failure> {
    let limits = Limits::default();
    let bytes = file(path, u64::try_from(limits.bytes).unwrap_or(u64::MAX))?;
    let refuse = |reason: String| Failure::input(format!("{} holds no document: {reason}", path.display()));
    match json::parse(&bytes, &limits).map_err(|error| refuse(error.to_string()))? {
        json::Value::Object(object) => Ok(object),
        other => Err(refuse(format!("a document is a JSON object, found {}", other.kind()))),
    }
}

/// A document of the database as other JSON is shown. A number keeps its value, not its spelling.
fn shown(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.into()))
}

/// A transaction as programs read it: as it is, and the exact text that its id is the hash of.
fn to_json(transaction: &Transaction) -> Value {
    serde_json::json!({
        "id": transaction.id().to_string(),
        "operation": transaction.operation().as_str(),
        "asset": transaction.asset_id().to_string(),
        "transaction": shown(transaction.raw()),
        "raw": transaction.raw(),
    })
}

/// One more field of an object.
pub(super) fn with(mut json: Value, name: &str, value: Value) -> Value {
    if let Some(fields) = json.as_object_mut() {
        fields.insert(name.into(), value);
    }
    json
}

#[cfg(test)]
mod tests;
