//! `sirius db show`, `history`, `outputs`, `keys` and `search`: what a node says.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::ArgMatches;
use mongo_ledger_core::{
    json::{self, Form},
    key::PublicKey,
    transaction::OutputRef,
};
use serde_json::{Value, json};
use sirius_ledger::base::auth::database_proof_bytes;
use sirius_sdk::{
    database::{Field, Found},
    keystore::{Entry, Name},
    units::Units,
};

use super::{
    id, shown, to_json,
    wallet::{self, Owners},
    whom::Whom,
    with,
};
use crate::{
    failure::Failure,
    progress::Progress,
    session::Session,
    show::{step, table, tree},
};

pub(super) async fn show(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let (id, database) = (id(matches, "id")?, session.config.database()?);
    let progress = Progress::start("asking for the transaction");
    let found = database.transaction(&id).await?;
    let height = database.height_of(&id).await?;
    drop(progress);
    let transaction = found.ok_or_else(|| {
        Failure::input(format!("the database has no transaction {id}; it may still come, or never was sent"))
    })?;
    let json = || with(to_json(&transaction), "height", json!(height));
    let text = || {
        let height = height.map_or_else(|| "none yet".to_owned(), |height| height.to_string());
        tree(&shown(transaction.raw()), &Units::default(), &session.names) + &format!("\nblock  {height}\n")
    };
    session.output.answer(json, text)
}

pub(super) async fn history(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let asset = id(matches, "asset")?;
    let progress = Progress::start("asking for the history");
    let history = session.config.database()?.history(&asset).await?;
    drop(progress);
    if history.is_empty() {
        return Err(Failure::input(format!("the database has no asset {asset}")));
    }
    let owners = Owners::new(&session.keys);
    let json =
        || json!({ "asset": asset.to_string(), "history": history.iter().map(to_json).collect::<Vec<_>>() });
    let text = || {
        let rows = history.iter().map(|transaction| step(transaction, &|key| owners.text(key)));
        table(&rows.collect::<Vec<_>>())
    };
    session.output.answer(json, text)
}

/// An output, with what it is a share of.
struct Owned {
    owner: PublicKey,
    output: OutputRef,
    asset: String,
    amount: u64,
}

pub(super) async fn outputs(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let mut owners = Owners::new(&session.keys);
    let mut keys = Vec::new();
    match matches.get_one::<String>("who") {
        Some(text) => {
            let whom = Whom::find(session, text).await?;
            owners = owners.called(whom.key, text);
            keys.push(whom.key);
        }
        None => {
            for entry in &session.keys {
                let key = wallet::public(session, entry)?;
                owners = owners.and(key, &entry.name);
                keys.push(key);
            }
        }
    }
    let spent = matches.get_flag("spent");
    let limit =
        usize::try_from(matches.get_one::<u32>("limit").copied().unwrap_or(100)).unwrap_or(usize::MAX);
    let progress = Progress::start("asking what they own");
    let database = session.config.database()?;
    let (mut found, mut all) = (Vec::new(), 0_usize);
    for owner in keys {
        let outputs = database.outputs(&owner, Some(spent)).await?;
        all = all.saturating_add(outputs.len());
        for output in outputs.into_iter().take(limit.saturating_sub(found.len())) {
            found.push(owned(session, owner, output).await?);
        }
    }
    drop(progress);
    let json = || {
        let each = found.iter().map(|Owned { owner, output, asset, amount }| {
            json!({
                "public_key": owner.to_string(), "transaction_id": output.transaction_id.to_string(),
                "output_index": output.output_index, "asset": asset, "amount": amount.to_string(),
            })
        });
        json!({ "outputs": each.collect::<Vec<_>>(), "total": all })
    };
    let text = || {
        let row = |owned: &Owned| {
            [
                owned.amount.to_string(),
                owned.asset.clone(),
                owned.output.to_string(),
                owners.text(&owned.owner),
            ]
        };
        let titles = ["amount", "asset", "output", "owner"].map(str::to_owned);
        match (found.is_empty(), all.saturating_sub(found.len())) {
            (true, _) => "nothing".into(),
            (false, more) => {
                let rows: Vec<_> = [titles].into_iter().chain(found.iter().map(row)).collect();
                let rest =
                    if more > 0 { format!("and {more} more; --limit shows them\n") } else { String::new() };
                table(&rows) + &rest
            }
        }
    };
    session.output.answer(json, text)
}

async fn owned(session: &Session, owner: PublicKey, output: OutputRef) -> Result<Owned, Failure> {
    let id = output.transaction_id;
    let transaction = session.config.database()?.transaction(&id).await?;
    let found = transaction.as_ref().and_then(|transaction| {
        let place = usize::try_from(output.output_index).ok()?;
        Some((transaction.asset_id().to_string(), transaction.outputs().get(place)?.amount))
    });
    let (asset, amount) = found.ok_or_else(|| {
        Failure::input(format!("the node names output {output}, and has no such output; ask another node"))
    })?;
    Ok(Owned { owner, output, asset, amount })
}

pub(super) fn keys(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let name = matches.get_one::<Name>("name").ok_or_else(|| Failure::input("name a key"))?;
    let entry: &Entry = session.key(name)?;
    let key = wallet::public(session, entry)?.to_string();
    session.output.answer(|| json!({ "name": name, "public_key": key }), || key.clone())
}

/// What `MsgSetDatabaseKey` needs of a key: itself, and a signature that somebody has it.
pub(super) fn key_proof(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let name = matches.get_one::<Name>("name").ok_or_else(|| Failure::input("name a key"))?;
    let account = matches.get_one::<String>("account").map_or(name.as_str(), String::as_str);
    let address = session.names.resolve(account)?;
    let key = wallet::ed25519(session, name)?;
    let proof = STANDARD.encode(key.sign(&database_proof_bytes(&session.config.chain.id, &address)));
    let public = STANDARD.encode(key.public_key().as_bytes());
    let text = || format!("{public} {proof}");
    session.output.answer(|| json!({ "key": public, "proof": proof }), text)
}

pub(super) async fn search(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let text = matches.get_one::<String>("text").map(String::as_str).unwrap_or_default();
    let field = if matches.get_flag("metadata") { Field::Metadata } else { Field::Asset };
    let limit = matches.get_one::<u32>("limit").copied().unwrap_or(20);
    let progress = Progress::start("searching");
    let found = session.config.database()?.search(field, text, limit).await?;
    drop(progress);
    let document = |found: &Found| shown(&json::canonical(&found.document.clone().into(), Form::AsWritten));
    let entry = |found: &Found| json!({ "id": found.id.to_string(), "document": document(found) });
    let json = || json!({ "found": found.iter().map(entry).collect::<Vec<Value>>() });
    let text = || match found.is_empty() {
        true => "nothing".into(),
        false => {
            let each = found.iter().map(|found| {
                format!("{}\n{}", found.id, tree(&document(found), &Units::default(), &session.names))
            });
            each.collect::<Vec<_>>().join("\n")
        }
    };
    session.output.answer(json, text)
}
