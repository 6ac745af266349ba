//! `mongo-ledger mongo-users`: accounts that read the documents by driver and change nothing.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use sirius_host::doctor;

use super::Outcome;
use crate::{config::Config, documents::Mongo, runtime};

/// Bytes of a password at most.
const LONGEST_PASSWORD: usize = 256;

/// Prints the command that makes a reader, or runs it with the password in a file.
///
/// # Errors
/// The server does not answer or refuses, or the file cannot be used.
pub fn reader(config: &Config, name: &str, password: Option<&Path>) -> Result<Outcome> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    ensure!(
        (1..=64).contains(&name.len()) && name.bytes().all(plain),
        "{name:?} is no name for an account: use 1 to 64 letters, digits, - and _"
    );
    let database = &config.documents.database;
    let Some(path) = password else {
        // `passwordPrompt` is mongosh's: the password stands in no history and no argument.
        let role = json!([{ "role": "read", "db": database }]);
        println!("use {database}");
        println!("db.createUser({{ user: \"{name}\", pwd: passwordPrompt(), roles: {role} }})");
        return Ok(Outcome::Done);
    };
    if config.documents.uri == "memory" {
        println!("documents in memory have no server and no users");
        return Ok(Outcome::Refused);
    }
    let runtime = runtime()?;
    let server = runtime
        .block_on(Mongo::connect(&config.documents.uri, database))
        .context("mongo-ledger.toml, documents.uri")?;
    if let Some(why) = server.lacks_users() {
        println!("{why}");
        return Ok(Outcome::Refused);
    }
    doctor::private(path)?;
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let password = text.trim_end_matches(['\r', '\n']);
    ensure!(
        (8..=LONGEST_PASSWORD).contains(&password.len()),
        "{} holds a password of {} bytes; use 8 to {LONGEST_PASSWORD}",
        path.display(),
        password.len()
    );
    runtime.block_on(server.create_reader(name, password))?;
    println!("{name} may read the database {database}, and write nothing");
    Ok(Outcome::Done)
}
