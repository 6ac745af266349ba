//! `sirius db create`, `transfer` and `record`: what changes the database.

use std::path::PathBuf;

use clap::ArgMatches;
use mongo_ledger_core::{
    json::Object,
    key::SecretKey,
    transaction::{
        Asset, AssetId, Transaction,
        build::{self, Prepared, Share},
    },
};
use serde_json::json;
use sirius_sdk::{database::holding, keystore::Name};

use super::{
    document, id, to_json,
    wallet::{self, Owners},
    whom::Whom,
    with,
};
use crate::{
    failure::Failure,
    progress::Progress,
    session::Session,
    show::{outputs, table},
};

pub(super) async fn create(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let (data, metadata) = (some_document(matches, "data")?, some_document(matches, "metadata")?);
    let amount = matches.get_one::<u64>("amount").copied().unwrap_or(1);
    let to = match matches.get_one::<String>("to") {
        Some(text) => Some((Whom::find(session, text).await?, text)),
        None => None,
    };
    let (name, secret) = signer(session, matches)?;
    let (key, mut owners) = (secret.public(), owners(session, &name, &secret));
    let owner = to.as_ref().map_or(key, |(whom, _)| whom.key);
    let prepared = build::create(&[key], &[Share::to(owner, amount)], data, metadata);
    if let Some((whom, text)) = &to {
        owners = owners.called(whom.key, text);
    }
    send(session, prepared, &secret, (owners, to.as_ref().map(|(whom, _)| whom))).await
}

pub(super) async fn record(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let data = some_document(matches, "data")?;
    // What begins a chain is its asset; what continues one stands beside it.
    let (asset, metadata) = match matches.get_one::<AssetId>("asset") {
        Some(asset) => (Asset::Id(*asset), data),
        None => (Asset::Data(data), None),
    };
    let (name, secret) = signer(session, matches)?;
    let prepared = build::record(&[secret.public()], asset, metadata);
    send(session, prepared, &secret, (owners(session, &name, &secret), None)).await
}

pub(super) async fn transfer(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let asset = id(matches, "asset")?;
    let metadata = some_document(matches, "metadata")?;
    let whom = matches.get_one::<String>("to").ok_or_else(|| Failure::input("say to whom with --to"))?;
    let to = Whom::find(session, whom).await?;
    let progress = Progress::start("asking who owns the asset");
    let history = session.config.database()?.history(&asset).await?;
    drop(progress);
    if history.is_empty() {
        return Err(Failure::input(format!(
            "the database has no asset {asset}; `sirius db search` finds assets by their words"
        )));
    }
    let holdings = holding::unspent(&history);
    let (name, secret) = match matches.get_one::<Name>("from") {
        Some(name) => (name.clone(), wallet::open(session, name)?),
        None => wallet::owner(session, &holding::owners(&holdings))?,
    };
    let amount = matches.get_one::<u64>("amount").copied();
    let prepared = holding::transfer(&holdings, asset, (secret.public(), to.key), amount, metadata)?;
    let owners = owners(session, &name, &secret).called(to.key, whom);
    send(session, prepared, &secret, (owners, Some(&to))).await
}

/// What people call those who are told of.
pub(super) fn owners(session: &Session, name: &Name, secret: &SecretKey) -> Owners {
    Owners::new(&session.keys).and(secret.public(), name)
}

pub(super) fn signer(session: &Session, matches: &ArgMatches) -> Result<(Name, SecretKey), Failure> {
    let name = matches.get_one::<Name>("from").ok_or_else(|| Failure::input("name a key with --from"))?;
    Ok((name.clone(), wallet::open(session, name)?))
}

fn some_document(matches: &ArgMatches, name: &str) -> Result<Option<Object>, Failure> {
    matches.get_one::<PathBuf>(name).map(|path| document(path)).transpose()
}

/// Signs, sends, waits for the block, and says what came of it.
pub(super) async fn send(
    session: &Session,
    prepared: Prepared,
    secret: &SecretKey,
    (owners, to): (Owners, Option<&Whom>),
) -> Result<(), Failure> {
    let transaction = prepared.sign(&[secret])?;
    let database = session.config.database()?;
    let progress = Progress::start(format!("waiting for a block with {}", transaction.id()));
    database.submit(&transaction).await?;
    // A block has it; that its height is not told takes nothing back.
    let height = database.height_of(transaction.id()).await.ok().flatten();
    drop(progress);
    let json = || {
        let json = with(to_json(&transaction), "height", json!(height));
        match to {
            Some(whom) => with(json, "to", whom.to_json(session)),
            None => json,
        }
    };
    let text = || {
        let height = height.map_or_else(|| "unknown".to_owned(), |height| height.to_string());
        summary(&transaction, (&owners, to), &height)
    };
    session.output.answer(json, text)
}

/// What a person needs to go on.
fn summary(transaction: &Transaction, (owners, to): (&Owners, Option<&Whom>), height: &str) -> String {
    let mut rows = vec![
        ["id".to_owned(), transaction.id().to_string()],
        ["operation".into(), transaction.operation().as_str().into()],
        ["asset".into(), transaction.asset_id().to_string()],
        ["height".into(), height.into()],
    ];
    let lines = outputs(transaction, &|key| owners.text(key));
    rows.extend(lines.into_iter().map(|line| ["output".to_owned(), line]));
    rows.extend(to.map(|whom| ["to".to_owned(), whom.understood.clone()]));
    table(&rows)
}
