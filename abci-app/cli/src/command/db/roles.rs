//! `sirius db grant`, `revoke` and `roles`: who may do what on a permissioned database.

use clap::ArgMatches;
use mongo_ledger_core::{
    access::{Change, Holder, Namespace, Right, Role},
    condition::Condition,
    json::Object,
    transaction::build,
};
use serde_json::json;
use sirius_sdk::database::{Granted, Wanted};

use super::{prove, send, whom::Whom};
use crate::{failure::Failure, progress::Progress, session::Session, show::table};

pub(super) async fn grant(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let until = matches.get_one::<u64>("until").copied();
    change(session, matches, |right| Change::Grant { right, until }).await
}

pub(super) async fn revoke(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    change(session, matches, |right| Change::Revoke { right }).await
}

async fn change(
    session: &Session,
    matches: &ArgMatches,
    asked: impl FnOnce(Right) -> Change,
) -> Result<(), Failure> {
    let chain = session.config.database_trust()?.chain_id;
    let change = asked(right(session, matches).await?);
    let (name, secret) = send::signer(session, matches).await?;
    let admin = Condition::Ed25519(secret.public());
    // The same change may be made again later, and is then another transaction.
    let made = Object::from([("made".to_owned(), Session::now().to_rfc3339().into())]);
    let prepared = build::change(&admin, &chain, &change, Some(made));
    send::send(session, prepared, &secret, (send::owners(session, &name, &secret), None)).await
}

/// The right that the arguments name.
async fn right(session: &Session, matches: &ArgMatches) -> Result<Right, Failure> {
    let missing = || Failure::input("say whose role, and which");
    let subject = matches.get_one::<String>("subject").ok_or_else(missing)?;
    let role = *matches.get_one::<Role>("role").ok_or_else(missing)?;
    let namespace = matches.get_one::<Namespace>("namespace").cloned().unwrap_or_default();
    Ok(Right { holder: holder(session, subject).await?, role, namespace })
}

/// Whom a text means: a key as elsewhere, or a condition by its URI.
async fn holder(session: &Session, text: &str) -> Result<Holder, Failure> {
    match text.starts_with("ni:") {
        true => text.parse().map_err(|error| Failure::input(format!("{text:?} names nobody: {error}"))),
        false => Ok(Holder::from(&Whom::find(session, text).await?.key)),
    }
}

pub(super) async fn list(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    if matches.get_flag("prove") {
        return proven(session, matches).await;
    }
    let subject = match matches.get_one::<String>("subject") {
        Some(text) => Some(holder(session, text).await?),
        None => None,
    };
    let wanted = Wanted {
        holder: subject,
        role: matches.get_one::<Role>("role").copied(),
        namespace: matches.get_one::<Namespace>("namespace").cloned(),
    };
    let progress = Progress::start("asking for roles");
    let found = session.config.database()?.roles(&wanted).await?;
    drop(progress);
    let text = || match found.is_empty() {
        true => "nobody".into(),
        false => {
            let titles = ["role", "namespace", "status", "since", "until", "subject"].map(str::to_owned);
            table(&[titles].into_iter().chain(found.iter().map(row)).collect::<Vec<_>>())
        }
    };
    session.output.answer(|| json!({ "roles": found }), text)
}

fn row(granted: &Granted) -> [String; 6] {
    let height = |height: Option<u64>| height.map_or_else(|| "-".to_owned(), |height| height.to_string());
    let namespace = if granted.namespace.is_empty() { "(all)" } else { &granted.namespace };
    [
        granted.role.clone(),
        namespace.to_owned(),
        granted.status.clone(),
        granted.since.to_string(),
        height(granted.revoked.or(granted.until)),
        granted.subject.clone(),
    ]
}

/// What the chain has of one right, against a verified header.
async fn proven(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let right = right(session, matches).await?;
    let mut light = prove::light(session, matches)?;
    let progress = Progress::start("waiting for the next header and proving the role");
    let proven = session.config.database()?.proven_role(&mut light, &right.id(), Session::now).await?;
    drop(progress);
    let anchor = light.anchor().describe();
    let status = proven.value.as_ref().map_or("absent", |grant| grant.status_at(proven.height.0));
    let json = || {
        let until = proven.value.as_ref().and_then(|grant| grant.until);
        let revoked = proven.value.as_ref().and_then(|grant| grant.revoked).map(|revoked| revoked.height);
        json!({
            "id": right.id().to_string(), "status": status, "until": until, "revoked": revoked,
            "proof": prove::proof_json(&proven, &anchor),
        })
    };
    let text = || {
        let claim = match status {
            "absent" => format!("{} was never granted", right.id()),
            status => format!("{} is {status}", right.id()),
        };
        prove::proof_text(&proven, &anchor, &claim)
    };
    session.output.answer(json, text)
}
