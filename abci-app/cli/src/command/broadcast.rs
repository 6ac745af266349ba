//! `sirius broadcast`: a signed transaction from a file.

use std::{path::PathBuf, time::Duration};

use clap::ArgMatches;
use sirius_sdk::submit::Pending;

use super::confirm;
use crate::{document::Document, failure::Failure, progress::Progress, session::Session};

/// How long the block is waited for: as `sirius tx` does by default.
const WAIT: Duration = Duration::from_secs(300);

pub(super) async fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let path = matches.get_one::<PathBuf>("file").ok_or_else(|| Failure::input("name a file"))?;
    let tx = Document::read(path, &session.catalogue)?.to_bytes()?;
    let progress = Progress::start("sending the transaction");
    let pending = Pending::send(session.client.clone(), tx, WAIT).await?;
    drop(progress);
    confirm::run(session, pending, !matches.get_flag("no-wait")).await
}
