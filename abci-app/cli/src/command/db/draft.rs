//! What stands in a transaction for a document: sealed to readers, and with bodies that can be erased beside it.

use std::path::PathBuf;

use clap::ArgMatches;
use mongo_ledger_core::{
    json::Object,
    payload::{MEMBER, MOST, MOST_BYTES, member},
};
use sirius_sdk::database::{
    envelope::{Envelope, Place, ReaderKey, ReaderSecret, divide},
    payload::Payload,
};

use super::{file, wallet};
use crate::{failure::Failure, session::Session};

/// A document as the chain will have it, and what travels beside it.
pub(super) struct Draft {
    pub(super) document: Object,
    pub(super) bodies: Vec<Payload>,
}

/// Makes it of a document, for `place`; who makes it can read it.
pub(super) fn draft(
    session: &Session,
    matches: &ArgMatches,
    document: Object,
    (place, own): (&Place, &ReaderSecret),
) -> Result<Draft, Failure> {
    let mut document = document;
    let bodies = bodies(matches)?;
    if !bodies.is_empty() {
        let declared: Vec<_> = bodies.iter().map(Payload::declared).collect();
        if document.insert(MEMBER.into(), member(&declared)).is_some() {
            return Err(Failure::input(format!(
                "the document has a member `{MEMBER}` already; leave it out, or leave --erasable out"
            )));
        }
    }
    if let Some(readers) = matches.get_many::<String>("readers") {
        let mut keys = vec![own.public()];
        for text in readers {
            let key = reader(session, text)?;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let (sealed, clear) = divide(document);
        document = Envelope::seal(&sealed, &keys, place)?.document(clear);
    }
    Ok(Draft { document, bodies })
}

fn bodies(matches: &ArgMatches) -> Result<Vec<Payload>, Failure> {
    let paths: Vec<&PathBuf> = matches.get_many("erasable").into_iter().flatten().collect();
    if paths.len() > MOST {
        return Err(Failure::input(format!(
            "a transaction has at most {MOST} erasable bodies, found {}",
            paths.len()
        )));
    }
    let read = |path: &&PathBuf| Ok(Payload::new(file(path, u64::from(MOST_BYTES))?)?);
    paths.iter().map(read).collect()
}

/// Who is meant: a reader's key, or the name of one of the home's keys.
pub(super) fn reader(session: &Session, text: &str) -> Result<ReaderKey, Failure> {
    match session.keys.iter().find(|key| key.name.as_str() == text) {
        Some(entry) => Ok(wallet::reader(session, &entry.name)?.public()),
        None => text.parse().map_err(|error| Failure::input(format!("{error}"))),
    }
}
