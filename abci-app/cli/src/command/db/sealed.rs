//! `sirius db read`, `readers` and `reader-key`: documents that only some can read.

use clap::ArgMatches;
use mongo_ledger_core::{
    json::{self, Form},
    transaction::{Asset, AssetId, build},
};
use serde_json::json;
use sirius_sdk::{
    database::envelope::{Place, ReaderKey, Sealed},
    keystore::Name,
};

use super::{draft::reader, id, send, shown, wallet, whom::Whom};
use crate::{failure::Failure, progress::Progress, session::Session, show::print};

/// What is said to who removes a reader.
const KEPT: &str = "From here on they cannot read. What they could read until now they may have kept, and its envelope \
                    stays on the chain.";

async fn latest(session: &Session, asset: &AssetId) -> Result<Sealed, Failure> {
    let progress = Progress::start("asking for the history");
    let history = session.config.database()?.history(asset).await?;
    drop(progress);
    if history.is_empty() {
        return Err(Failure::input(format!("the database has no asset {asset}")));
    }
    Ok(Sealed::latest(&history)?)
}

pub(super) async fn read(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let sealed = latest(session, &id(matches, "asset")?).await?;
    let document = sealed.open(&wallet::reader(session, &Whom::own(session, matches).await?)?)?;
    let text = json::canonical(&document.into(), Form::AsWritten);
    let readers: Vec<String> = sealed.readers().map(|reader| reader.to_string()).collect();
    let json = || {
        let transaction = sealed.transaction.to_string();
        json!({ "transaction": transaction, "document": shown(&text), "raw": text, "readers": readers })
    };
    session.output.answer(json, || text.clone())
}

pub(super) fn key(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let name = matches.get_one::<Name>("name").ok_or_else(|| Failure::input("name a key"))?;
    let key = wallet::reader(session, name)?.public().to_string();
    session.output.answer(|| json!({ "name": name, "reader_key": key }), || key.clone())
}

pub(super) async fn readers(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((word, matches)) = matches.subcommand() else {
        return Err(Failure::input("say what to do with readers; `sirius db readers --help` lists it"));
    };
    let asset = id(matches, "asset")?;
    let sealed = latest(session, &asset).await?;
    if word == "list" {
        let readers: Vec<String> = sealed.readers().map(|reader| reader.to_string()).collect();
        return session.output.answer(|| json!({ "readers": readers }), || readers.join("\n"));
    }
    let texts = matches.get_many::<String>("key").into_iter().flatten();
    let keys = texts.map(|text| reader(session, text)).collect::<Result<Vec<ReaderKey>, _>>()?;
    let (name, secret) = send::signer(session, matches).await?;
    let own = wallet::reader(session, &name)?;
    let document = match word {
        "add" => sealed.admit(&own, &keys)?,
        _ => sealed.without(&own, &keys, &Place::new(Some(asset), [secret.public()]))?,
    };
    let prepared = build::record(&[secret.public()], Asset::Id(asset), Some(document));
    let owners = send::owners(session, &name, &secret);
    send::send(session, prepared, &secret, (owners, None)).await?;
    match word {
        "remove" if !session.output.is_json() => print(KEPT),
        _ => Ok(()),
    }
}
