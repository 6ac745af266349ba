//! The keys of the home as the database knows them.

use std::collections::BTreeMap;

use mongo_ledger_core::key::{PublicKey, SecretKey};
use sirius_sdk::{
    database::{
        DatabaseKeyError, ed25519_key, envelope::ReaderSecret, public_key, reader_secret, signing_key,
    },
    key::Key,
    keystore::{Entry, Name},
};

use crate::{failure::Failure, prompt, session::Session};

/// Keys that are opened to look for an owner, at most: each takes a tenth of a second.
const MOST_OPENED: usize = 50;

/// What the person calls public keys, as far as it is known without a passphrase.
#[derive(Debug, Default)]
pub(super) struct Owners(BTreeMap<PublicKey, String>);

impl Owners {
    pub(super) fn new(keys: &[Entry]) -> Self {
        Self(keys.iter().filter_map(|key| Some((public_key(key)?, key.name.to_string()))).collect())
    }

    /// One more name.
    pub(super) fn and(mut self, key: PublicKey, name: &Name) -> Self {
        self.0.insert(key, name.to_string());
        self
    }

    /// One more that the person calls so, unless that is the key itself.
    pub(super) fn called(mut self, key: PublicKey, text: &str) -> Self {
        if text.parse::<PublicKey>().is_err() {
            self.0.insert(key, text.into());
        }
        self
    }

    /// The key, and its name where it has one.
    pub(super) fn text(&self, key: &PublicKey) -> String {
        match self.0.get(key) {
            Some(name) => format!("{key} ({name})"),
            None => key.to_string(),
        }
    }
}

/// The secret key of this name.
pub(super) fn open(session: &Session, name: &Name) -> Result<SecretKey, Failure> {
    let entry = session.key(name)?;
    let passphrase = prompt::passphrase(&session.config)?;
    Ok(signing_key(&session.keystore()?, entry, &passphrase)?)
}

/// The secret by which the owner of this name reads what is sealed to them.
pub(super) fn reader(session: &Session, name: &Name) -> Result<ReaderSecret, Failure> {
    let entry = session.key(name)?;
    let passphrase = prompt::passphrase(&session.config)?;
    Ok(reader_secret(&session.keystore()?, entry, &passphrase)?)
}

/// The public key of an entry; asks for the passphrase only where it must.
pub(super) fn public(session: &Session, entry: &Entry) -> Result<PublicKey, Failure> {
    match public_key(entry) {
        Some(key) => Ok(key),
        None => Ok(open(session, &entry.name)?.public()),
    }
}

/// The ed25519 key behind that.
pub(super) fn ed25519(session: &Session, name: &Name) -> Result<Key, Failure> {
    let entry = session.key(name)?;
    let passphrase = prompt::passphrase(&session.config)?;
    Ok(ed25519_key(&session.keystore()?, entry, &passphrase)?)
}

/// The home's one key among these owners.
///
/// # Errors
/// None of the home's keys is, or several are.
pub(super) fn owner(
    session: &Session,
    owners: &BTreeMap<PublicKey, u128>,
) -> Result<(Name, SecretKey), Failure> {
    let known = |entry: &&Entry| public_key(entry).is_none_or(|key| owners.contains_key(&key));
    let candidates: Vec<&Entry> = session.keys.iter().filter(known).collect();
    let mut found = opened(session, &candidates)?;
    found.retain(|(_, secret)| owners.contains_key(&secret.public()));
    match found.len() {
        1 => found.pop().ok_or_else(|| Failure::input("name the key with --from")),
        0 => Err(Failure::input(format!(
            "none of the keys in {} owns something of the asset alone; `sirius db history` shows who does",
            session.config.keys.display()
        ))),
        _ => {
            let names: Vec<_> = found.iter().map(|(name, _)| name.to_string()).collect();
            Err(Failure::input(format!("{} own something of it; say which with --from", names.join(" and "))))
        }
    }
}

/// The name of the home's key by which the database knows somebody; `None` where it is not here.
pub(super) fn named(session: &Session, key: &PublicKey) -> Result<Option<Name>, Failure> {
    if let Some(entry) = session.keys.iter().find(|entry| public_key(entry).as_ref() == Some(key)) {
        return Ok(Some(entry.name.clone()));
    }
    let hidden: Vec<&Entry> = session.keys.iter().filter(|entry| public_key(entry).is_none()).collect();
    let found = opened(session, &hidden)?.into_iter().find(|(_, secret)| secret.public() == *key);
    Ok(found.map(|(name, _)| name))
}

/// The secrets of those entries that have one for the database.
fn opened(session: &Session, entries: &[&Entry]) -> Result<Vec<(Name, SecretKey)>, Failure> {
    if entries.len() > MOST_OPENED {
        return Err(Failure::input(format!(
            "{} keys would have to be opened to see which is meant; name the key with --from",
            entries.len()
        )));
    }
    let mut found = Vec::new();
    if entries.is_empty() {
        return Ok(found);
    }
    let (passphrase, keystore) = (prompt::passphrase(&session.config)?, session.keystore()?);
    for entry in entries {
        match signing_key(&keystore, entry, &passphrase) {
            Ok(secret) => found.push((entry.name.clone(), secret)),
            // A key that has none for the database signs nothing there.
            Err(DatabaseKeyError::NoWords(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}
