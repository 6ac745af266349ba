//! `sirius verify`: checks a file that `sirius db prove` wrote; asks nobody.

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use serde::Deserialize;
use serde_json::{Value, json};
use sirius_primitives::{Hash, Height, Prefix};
use sirius_sdk::{
    anchored::{self, Anchored},
    config::Config,
    database::bundle::{self, Trust},
    trust::{Anchor, Evidence, Genesis},
};

use super::db;
use crate::{
    failure::Failure,
    session::{self, Session},
    show::{Output, table},
};

/// The most bytes of a file with a trusted header: a light client's own is no larger.
const MOST_HEADER: u64 = 8 << 20;

/// What every file of a proof says of itself.
#[derive(Deserialize)]
struct Head {
    format: String,
}

/// A header that somebody vouches for, as a file has it.
#[derive(Deserialize)]
struct Named {
    height: Height,
    hash: String,
}

pub(super) fn run(matches: &ArgMatches, arguments: &ArgMatches, output: Output) -> Result<(), Failure> {
    let path = arguments.get_one::<PathBuf>("file").ok_or_else(|| Failure::input("name a file"))?;
    let text = db::file(path, bundle::MOST_BYTES)?;
    let refuse = |reason: &dyn std::fmt::Display| {
        Failure::input(format!("{} is no file of `sirius db prove`: {reason}", path.display()))
    };
    let head: Head = serde_json::from_slice(&text).map_err(|error| refuse(&error))?;
    match head.format.as_str() {
        anchored::FORMAT => {
            let bundle = anchored::Bundle::read(&text)?;
            let (trust, told) = trust(matches, arguments, bundle.evidence(), Config::trust)?;
            let proven = bundle.verify(&trust, Session::now())?;
            // Addresses are shown with the prefix of the home's chain, else with that of Sirius.
            let prefix = session::config(matches).map(|config| config.chain.prefix);
            let prefix = prefix.or_else(|_| Prefix::new("sirius"));
            let prefix = prefix.map_err(|error| Failure::input(error.to_string()))?;
            output.answer(|| to_json(&proven, &prefix, &told), || to_text(&proven, &prefix, &told))
        }
        bundle::FORMAT => {
            let bundle = bundle::Bundle::read(&text)?;
            let (trust, told) = trust(matches, arguments, &bundle.evidence, Config::database_trust)?;
            db::proven(&bundle.verify(&trust, Session::now())?, &told, output)
        }
        other => Err(refuse(&format!("its format is {other:?}"))),
    }
}

/// What is trusted, and how people call it: what the arguments say, else what the home does.
fn trust(
    matches: &ArgMatches,
    arguments: &ArgMatches,
    evidence: &Evidence,
    of_home: impl Fn(&Config) -> Result<sirius_sdk::trust::Settings, sirius_sdk::trust::TrustError>,
) -> Result<(Trust, String), Failure> {
    if let Some(text) = arguments.get_one::<String>("trusted-header") {
        let (height, hash) = header(text)?;
        if let Some(height) = height
            && evidence.height_of(&hash)? != height
        {
            return Err(Failure::input(format!(
                "the header with hash {hash} is not that of height {height}"
            )));
        }
        return Ok((Trust::Header(hash), format!("the header with hash {hash}")));
    }
    let anchor = match arguments.get_one::<PathBuf>("genesis") {
        Some(path) => Anchor::Genesis(Genesis::read(path)?),
        None => of_home(&session::config(matches)?)?.anchor,
    };
    let told = anchor.describe();
    Ok(match anchor {
        Anchor::Genesis(genesis) => (Trust::Genesis(genesis.into()), told),
        Anchor::Header { hash, .. } => (Trust::Header(hash), told),
    })
}

/// A trusted header: `HASH@HEIGHT`, a hash alone, or a file with either or with JSON that has `height` and `hash`.
fn header(text: &str) -> Result<(Option<Height>, Hash), Failure> {
    if let Some(found) = named(text) {
        return Ok(found);
    }
    let bytes = db::file(Path::new(text), MOST_HEADER)?;
    let content = String::from_utf8_lossy(&bytes);
    let parsed = named(content.trim()).or_else(|| {
        let json: Named = serde_json::from_slice(&bytes).ok()?;
        Some((Some(json.height), json.hash.parse().ok()?))
    });
    parsed.ok_or_else(|| {
        Failure::input(format!(
            "{text} names no header; write HASH@HEIGHT, or JSON with height and hash, such as a home's trust.json"
        ))
    })
}

fn named(text: &str) -> Option<(Option<Height>, Hash)> {
    match text.split_once('@') {
        Some((hash, height)) => Some((Some(Height(height.parse().ok()?)), hash.parse().ok()?)),
        None => Some((None, text.parse().ok()?)),
    }
}

fn to_json(proven: &Anchored, prefix: &Prefix, told: &str) -> Value {
    let Anchored { transaction, record, chain_id, owner, registered, anchor, header } = proven;
    let json = db::placed(transaction, record);
    db::with(
        json,
        "proof",
        json!({
            "database": {
                "chain_id": chain_id,
                "header": { "height": anchor.height, "hash": anchor.hash.to_string() },
                "registered_by": owner.bech32(prefix),
                "registered_at": registered,
            },
            "ledger": {
                "header": {
                    "height": header.height, "time": header.time.to_rfc3339(), "hash": header.hash.to_string(),
                },
                "app_hash": header.app_hash.to_string(),
            },
            "trusted": told,
        }),
    )
}

fn to_text(proven: &Anchored, prefix: &Prefix, told: &str) -> String {
    let Anchored { transaction, record, chain_id, owner, registered, anchor, header } = proven;
    let registered = format!("{} in block {registered} of the ledger", owner.bech32(prefix));
    table(&[
        ["id".to_owned(), transaction.id().to_string()],
        ["operation".into(), transaction.operation().as_str().into()],
        ["asset".into(), transaction.asset_id().to_string()],
        ["block".into(), format!("{} of {chain_id}, transaction {} of it", record.height, record.position)],
    ]) + "\n"
        + &table(&[
            ["proven".to_owned(), "this transaction is in the database, signed as it must be".into()],
            ["anchored".into(), format!("header {} of {chain_id}, hash {}", anchor.height, anchor.hash)],
            ["registered".into(), registered],
            [
                "by header".into(),
                format!(
                    "{} of the ledger of {}, hash {}",
                    header.height,
                    header.time.to_rfc3339(),
                    header.hash
                ),
            ],
            ["light client".into(), format!("the header is signed by validators that lead back to {told}")],
        ])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]
    use super::*;

    #[test]
    fn a_header_is_named_by_its_hash_and_height_or_by_a_file() {
        let (hash, folder) = (Hash::new([7; 32]), tempfile::tempdir().unwrap());
        assert_eq!(header(&hash.to_string()).unwrap(), (None, hash));
        assert_eq!(header(&format!("{hash}@9")).unwrap(), (Some(Height(9)), hash));
        let path = folder.path().join("header");
        let check = |content: &str, expected: Option<(Option<Height>, Hash)>| {
            std::fs::write(&path, content).unwrap();
            assert_eq!(header(path.to_str().unwrap()).ok(), expected, "{content}");
        };
        check(&format!("{hash}@9\n"), Some((Some(Height(9)), hash)));
        check(&format!(r#"{{"chain_id":"c","height":9,"hash":"{hash}"}}"#), Some((Some(Height(9)), hash)));
        check("{}", None);
        check("", None);
        assert!(header("no such file").is_err());
        assert!(header(&format!("{hash}@x")).is_err());
    }
}
