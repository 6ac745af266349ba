//! `sirius sign`: a signature for a transaction in a file; no node is asked.

use std::path::PathBuf;

use clap::ArgMatches;
use serde_json::json;
use sirius_sdk::{keystore::Name, units::Units};

use super::secrets;
use crate::{document::Document, failure::Failure, session::Session, show::tree};

pub(super) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let (Some(path), Some(name)) = (matches.get_one::<PathBuf>("file"), matches.get_one::<Name>("from"))
    else {
        return Err(Failure::input("name a file, and with --from a key"));
    };
    let mut document = Document::read(path, &session.catalogue)?;
    // Whoever signs sees what the bytes say, not what the file says they do.
    if !session.output.is_json() {
        let content = json!({ "signing": document.content() });
        eprint!("{}", tree(&content, &Units::default(), &session.names));
    }
    let key = secrets::open(session, name)?;
    document.sign(&session.config.chain.id, &key.public_key(), |bytes| key.sign(bytes))?;
    let json = document.to_json();
    session.output.answer(|| json.clone(), || format!("{json:#}"))
}
