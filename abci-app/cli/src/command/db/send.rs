//! `sirius db create`, `transfer` and `record`: what changes the database.

use std::path::PathBuf;

use clap::ArgMatches;
use mongo_ledger_core::{
    json::Object,
    key::SecretKey,
    payload::Declared,
    transaction::{
        Asset, AssetId, Transaction,
        build::{self, Prepared, Share},
    },
};
use serde_json::json;
use sirius_sdk::{
    database::{envelope::Place, holding, payload::Payload},
    keystore::Name,
};

use super::{
    document,
    draft::{Draft, draft},
    id, to_json,
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
    let (data, metadata) = (needed_document(matches, "data")?, some_document(matches, "metadata")?);
    let amount = matches.get_one::<u64>("amount").copied().unwrap_or(1);
    let to = match matches.get_one::<String>("to") {
        Some(text) => Some((Whom::find(session, text).await?, text)),
        None => None,
    };
    let (name, secret) = signer(session, matches).await?;
    let (key, mut owners) = (secret.public(), owners(session, &name, &secret));
    let owner = to.as_ref().map_or(key, |(whom, _)| whom.key);
    let draft = drafted(session, matches, (&name, Place::new(None, [key])), data)?;
    let prepared = build::create(&[key], &[Share::to(owner, amount)], Some(draft.document), metadata);
    if let Some((whom, text)) = &to {
        owners = owners.called(whom.key, text);
    }
    send_with(session, prepared, &secret, (owners, to.as_ref().map(|(whom, _)| whom)), &draft.bodies).await
}

pub(super) async fn record(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let data = needed_document(matches, "data")?;
    let (name, secret) = signer(session, matches).await?;
    let asset = matches.get_one::<AssetId>("asset").copied();
    let place = Place::new(asset, [secret.public()]);
    let draft = drafted(session, matches, (&name, place), data)?;
    // What begins a chain is its asset; what continues one stands beside it.
    let (asset, metadata) = match asset {
        Some(asset) => (Asset::Id(asset), Some(draft.document)),
        None => (Asset::Data(Some(draft.document)), None),
    };
    let prepared = build::record(&[secret.public()], asset, metadata);
    send_with(session, prepared, &secret, (owners(session, &name, &secret), None), &draft.bodies).await
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
    let (name, secret) = match matches.contains_id("from") {
        true => signer(session, matches).await?,
        false => wallet::owner(session, &holding::owners(&holdings))?,
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

pub(super) async fn signer(session: &Session, matches: &ArgMatches) -> Result<(Name, SecretKey), Failure> {
    let name = Whom::own(session, matches).await?;
    let secret = wallet::open(session, &name)?;
    Ok((name, secret))
}

/// The document as it will stand on the chain, when it is to be sealed or has bodies beside it.
fn drafted(
    session: &Session,
    matches: &ArgMatches,
    (name, place): (&Name, Place),
    document: Object,
) -> Result<Draft, Failure> {
    match matches.contains_id("readers") || matches.contains_id("erasable") {
        true => draft(session, matches, document, (&place, &wallet::reader(session, name)?)),
        false => Ok(Draft { document, bodies: Vec::new() }),
    }
}

fn needed_document(matches: &ArgMatches, name: &str) -> Result<Object, Failure> {
    let document = some_document(matches, name)?;
    document.ok_or_else(|| Failure::input(format!("give a file with a JSON object with --{name}")))
}

fn some_document(matches: &ArgMatches, name: &str) -> Result<Option<Object>, Failure> {
    matches.get_one::<PathBuf>(name).map(|path| document(path)).transpose()
}

/// Signs, sends, waits for the block, and says what came of it.
pub(super) async fn send(
    session: &Session,
    prepared: Prepared,
    secret: &SecretKey,
    told: (Owners, Option<&Whom>),
) -> Result<(), Failure> {
    send_with(session, prepared, secret, told, &[]).await
}

/// The same with the bodies that go beside it, which nodes have before the transaction.
async fn send_with(
    session: &Session,
    prepared: Prepared,
    secret: &SecretKey,
    (owners, to): (Owners, Option<&Whom>),
    bodies: &[Payload],
) -> Result<(), Failure> {
    let transaction = prepared.sign(&[secret])?;
    let database = session.config.database()?;
    let progress = Progress::start(format!("waiting for a block with {}", transaction.id()));
    let mut nodes = Vec::with_capacity(bodies.len());
    for body in bodies {
        nodes.push(database.put_payload(body).await?);
    }
    database.submit(&transaction).await?;
    // A block has it; that its height is not told takes nothing back.
    let height = database.height_of(transaction.id()).await.ok().flatten();
    drop(progress);
    let json = || {
        let mut json = with(to_json(&transaction), "height", json!(height));
        if !bodies.is_empty() {
            let each = bodies.iter().zip(&nodes).map(|(body, nodes)| {
                let Declared { commitment, bytes } = body.declared();
                json!({ "commitment": commitment.to_string(), "bytes": bytes, "nodes": nodes })
            });
            json = with(json, "payloads", each.collect());
        }
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
    rows.extend(
        transaction.payloads().iter().map(|body| ["payload".to_owned(), body.commitment.to_string()]),
    );
    table(&rows)
}
