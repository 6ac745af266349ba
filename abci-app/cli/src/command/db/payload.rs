//! `sirius db payload` and `erase`: bodies beside the chain.

use std::{io::Write as _, path::PathBuf};

use clap::ArgMatches;
use mongo_ledger_core::{
    payload::{Commitment, Declared, MOST},
    transaction::{Transaction, build},
};
use serde_json::json;

use super::{id, send};
use crate::{failure::Failure, progress::Progress, session::Session, show::print};

/// What is said to who erases.
const STAYS: &str = "Every node removes these bodies from its documents. Nothing can remove what is elsewhere: backups of \
                     a node, copies that readers made, a node that is off until it runs again, the commitment and the \
                     length on the chain, and whatever stands in transactions themselves.";

pub(super) async fn payload(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let commitment = matches.get_one::<Commitment>("commitment");
    let commitment = commitment.ok_or_else(|| Failure::input("name a payload by its commitment"))?;
    let progress = Progress::start("asking for the payload");
    let payload = session.config.database()?.payload(commitment).await?;
    drop(progress);
    let (body, path) = (payload.body(), matches.get_one::<PathBuf>("out"));
    if let Some(path) = path {
        std::fs::write(path, body).map_err(|error| Failure::file("writing", path.display(), &error))?;
        let said = || format!("{} bytes written to {}", body.len(), path.display());
        return session.output.answer(|| json!({ "bytes": body.len(), "file": path }), said);
    }
    match session.output.is_json() {
        true => print(&json!({ "bytes": body.len(), "body": hex::encode(body) }).to_string()),
        false => {
            let mut out = std::io::stdout().lock();
            let written = out.write_all(body).and_then(|()| out.flush());
            written.map_err(|error| Failure::file("writing", "standard output", &error))
        }
    }
}

pub(super) async fn erase(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let asset = id(matches, "asset")?;
    let named: Vec<Commitment> = matches.get_many("commitment").into_iter().flatten().copied().collect();
    let commitments = match named.is_empty() {
        false => named,
        true => {
            let progress = Progress::start("asking what can be erased");
            let history = session.config.database()?.history(&asset).await?;
            drop(progress);
            left(&history)
        }
    };
    if commitments.is_empty() {
        return Err(Failure::input(format!("asset {asset} has no payload that is not erased already")));
    }
    let (name, secret) = send::signer(session, matches).await?;
    for part in commitments.chunks(MOST) {
        let prepared = build::erase(&[secret.public()], asset, part);
        let owners = send::owners(session, &name, &secret);
        send::send(session, prepared, &secret, (owners, None)).await?;
    }
    if session.output.is_json() { Ok(()) } else { print(STAYS) }
}

/// What an asset's transactions brought and none of them erased.
fn left(history: &[Transaction]) -> Vec<Commitment> {
    let mut left: Vec<Commitment> = Vec::new();
    for transaction in history {
        left.extend(transaction.payloads().iter().map(|Declared { commitment, .. }| *commitment));
        left.retain(|commitment| !transaction.erases().contains(commitment));
    }
    left
}
