//! `sirius db token`: what a reader signs so that the nodes of a closed database answer.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::ArgMatches;
use mongo_ledger_core::pass::Pass;
use serde_json::json;

use super::{wallet, whom::Whom};
use crate::{failure::Failure, session::Session};

/// Seconds of an hour.
const HOUR: u64 = 3_600;

pub(super) async fn token(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let name = Whom::own(session, matches).await?;
    let chain = match matches.get_one::<String>("chain") {
        Some(chain) => chain.clone(),
        None => session.config.database_trust()?.chain_id,
    };
    let audience = matches.get_one::<String>("audience").unwrap_or(&chain).clone();
    let hours = matches.get_one::<u32>("hours").copied().unwrap_or(24);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let until = now.saturating_add(u64::from(hours).saturating_mul(HOUR));
    let secret = wallet::open(session, &name)?;
    let pass = Pass { chain, key: secret.public().to_string(), audience, until };
    let token = pass.sign(&secret);
    let json = || json!({ "token": token, "chain": pass.chain, "key": pass.key, "audience": pass.audience, "until": pass.until });
    if !matches.get_flag("save") {
        return session.output.answer(json, || token.clone());
    }
    let path = session.config.database_token();
    keep(&path, &token).map_err(|error| Failure::file("writing", path.display(), &error))?;
    session.output.answer(json, || format!("kept in {} for {hours} hours", path.display()))
}

/// Writes a token so that nobody else reads it, whole or not at all.
fn keep(path: &Path, token: &str) -> std::io::Result<()> {
    let partial = path.with_extension("partial");
    let _ = fs::remove_file(&partial);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial)?;
    file.write_all(token.as_bytes())?;
    file.sync_all()?;
    fs::rename(partial, path)
}
