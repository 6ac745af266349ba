//! Whom a person means on the database: one of the home's keys, a public key, or somebody the ledger knows.

use clap::ArgMatches;
use mongo_ledger_core::key::PublicKey;
use serde_json::{Value, json};
use sirius_ledger::base::name::Name;
use sirius_sdk::{
    identity::{Identity, Source},
    keystore::Name as KeyName,
};

use super::wallet;
use crate::{failure::Failure, progress::Progress, session::Session};

/// What stands before a name of the ledger that one of the home's keys has too.
const LEDGER: &str = "name:";

/// Somebody, and how that was understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Whom {
    /// The key by which the database knows them.
    pub(super) key: PublicKey,
    /// As what the text was read, for people.
    pub(super) understood: String,
    /// What the ledger says of them, proven; `None` where it was not asked.
    pub(super) identity: Option<Identity>,
}

impl Whom {
    /// Reads a text: the name of one of the home's keys, a public key, an address or a contact, or a name of the ledger;
    /// the first of these that it is.
    ///
    /// # Errors
    /// It is none of them, or the ledger does not prove whose it is.
    pub(super) async fn find(session: &Session, text: &str) -> Result<Self, Failure> {
        if let Some(name) = text.strip_prefix(LEDGER) {
            return Self::of_name(session, &name_of(name)?).await;
        }
        if let Some(entry) = session.keys.iter().find(|key| key.name.as_str() == text) {
            let key = wallet::public(session, entry)?;
            return Ok(Self { key, understood: format!("{text}, one of your keys"), identity: None });
        }
        if let Ok(key) = text.parse() {
            return Ok(Self { key, understood: "a public key of the database".into(), identity: None });
        }
        if let Ok(address) = session.names.resolve(text) {
            let progress = Progress::start("asking the ledger, with proof, for the account's key");
            let identity = session.prover()?.identity_of(&address, Session::now).await?;
            drop(progress);
            return Ok(Self::known(session, identity));
        }
        match Name::parse(text) {
            Ok(name) => Self::of_name(session, &name).await,
            Err(_) => Err(Failure::input(format!(
                "{text:?} is neither one of your keys (`sirius keys list`), nor a public key of the database, nor an \
                 address or contact, nor a name of the ledger; whom you mean prints their key with `sirius db keys NAME`"
            ))),
        }
    }

    /// The name of the home's key that `--from` means: it is called so, or the ledger's name of an account whose key in the
    /// database it is.
    ///
    /// # Errors
    /// There is no such key here, or the ledger does not prove whom the name means.
    pub(super) async fn own(session: &Session, matches: &ArgMatches) -> Result<KeyName, Failure> {
        let text =
            matches.get_one::<String>("from").ok_or_else(|| Failure::input("name a key with --from"))?;
        let name = match text.strip_prefix(LEDGER) {
            Some(name) => name_of(name)?,
            None => match text.parse::<KeyName>() {
                Ok(key) if is_here(session, &key) || Name::parse(text).is_err() => {
                    return Ok(session.key(&key)?.name.clone());
                }
                _ => name_of(text)?,
            },
        };
        let whom = Self::of_name(session, &name).await?;
        wallet::named(session, &whom.key)?.ok_or_else(|| {
            Failure::input(format!(
                "the database knows {} by the key {}, which is none of those in {}; sign where that key is, or name one \
                 of `sirius keys list`",
                whom.understood,
                whom.key,
                session.config.keys.display()
            ))
        })
    }

    async fn of_name(session: &Session, name: &Name) -> Result<Self, Failure> {
        let progress = Progress::start(format!("asking the ledger, with proof, whom {name} means"));
        let identity = session.prover()?.identity_of_name(name, Session::now).await?;
        drop(progress);
        Ok(Self::known(session, identity))
    }

    fn known(session: &Session, identity: Identity) -> Self {
        let address = session.names.text(&identity.address);
        let who = match &identity.name {
            Some(name) => format!("{name}, a name of the ledger that stands for {address}"),
            None => format!("{address}, an account of the ledger"),
        };
        let (key, since) = (source(&identity), since(&identity));
        let understood = format!("{who}, by {key}{since}; proven at height {}", identity.height);
        Self { key: identity.key, understood, identity: Some(identity) }
    }

    /// The same for programs.
    pub(super) fn to_json(&self, session: &Session) -> Value {
        let ledger = self.identity.as_ref().map(|identity| {
            json!({
                "chain_id": session.config.chain.id,
                "name": identity.name.as_ref().map(ToString::to_string),
                "address": session.names.text(&identity.address),
                "source": source(identity),
                "since": identity.since,
                "height": identity.height,
                "header": identity.header.hash.to_string(),
            })
        });
        json!({ "public_key": self.key.to_string(), "understood": self.understood, "ledger": ledger })
    }
}

/// Whether one of the home's keys or multisigs is called so.
fn is_here(session: &Session, name: &KeyName) -> bool {
    let keys = session.keys.iter().map(|key| &key.name);
    keys.chain(session.groups.iter().map(|group| &group.name)).any(|here| here == name)
}

fn name_of(text: &str) -> Result<Name, Failure> {
    Name::parse(text).map_err(|error| Failure::input(format!("{text:?} is no name of the ledger: {error}")))
}

fn source(identity: &Identity) -> &'static str {
    match identity.source {
        Source::Own => "its own key",
        Source::Registered => "a key that it registered",
    }
}

fn since(identity: &Identity) -> String {
    match identity.since.0 {
        0 => String::new(),
        height => format!(" since block {height}"),
    }
}
