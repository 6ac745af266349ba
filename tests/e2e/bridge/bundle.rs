//! A record of the database, proven to somebody who trusts one header of the ledger and asks nobody.

use std::{
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use localnet::Binaries;
use serde_json::Value;
use sirius_primitives::Hash;
use sirius_sdk::{anchored::Bundle, database::bundle::Trust};
use tendermint::Time;

use crate::{identity::done, setting::Setting};

/// How long the anchor may be behind.
const PATIENCE: Duration = Duration::from_secs(60);
/// What reading and checking a bundle may take.
const MOST: Duration = Duration::from_millis(20);

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let document = folder.path().join("document.json");
    std::fs::write(&document, r#"{"kind":"proven across both layers"}"#)?;
    let document = document.to_str().context("a path of text")?;
    let made = done(setting, &["db", "create", "--data", document, "--from", "alice"])?;
    let id = made["id"].as_str().context("no id")?.to_owned();
    let file = folder.path().join("proof.json");
    let path = file.to_str().context("a path of text")?;
    prove(setting, &id, path)?;

    // Somebody with the file, the hash of a header of the ledger, and nothing else.
    let bytes = std::fs::read(&file)?;
    let bundle = Bundle::read(&bytes)?;
    let last = bundle.evidence().last().context("the bundle has headers")?;
    let height = bundle.evidence().height_of(&last)?;
    let trusted = format!("{last}@{height}");
    let found = alone(&["verify", path, "--trusted-header", &trusted])?;
    ensure!(found["id"] == id.as_str() && found["height"] == made["height"], "{found}");
    ensure!(found["proof"]["database"]["chain_id"] == "sirius-local-1-db", "{found}");
    // The home trusts the ledger's genesis.
    ensure!(done(setting, &["verify", path])?["id"] == id.as_str(), "the home's own trust");

    let forged = folder.path().join("forged.json");
    std::fs::write(&forged, String::from_utf8(bytes.clone())?.replace("both layers", "two layers"))?;
    let forged = forged.to_str().context("a path of text")?;
    ensure!(alone(&["verify", forged, "--trusted-header", &trusted]).is_err(), "a forged document");
    let other = format!("{}@{height}", Hash::new([7; 32]));
    ensure!(alone(&["verify", path, "--trusted-header", &other]).is_err(), "a header that is not there");

    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..21 {
        let begun = Instant::now();
        Bundle::read(&bytes)?.verify(&Trust::Header(last), Time::now())?;
        times.push(begun.elapsed());
    }
    times.sort();
    println!("  {} KiB are read and checked in {:?}", bytes.len() / 1_024, times[10]);
    ensure!(times[10] < MOST, "checking took {:?}", times[10]);
    Ok(())
}

/// Writes the proof as soon as the ledger has anchored a header behind the document, which comes without anything that is
/// written after it.
fn prove(setting: &mut Setting, id: &str, path: &str) -> Result<()> {
    let begun = Instant::now();
    loop {
        match done(setting, &["db", "prove", id, "--against", "ledger", "--out", path]) {
            Ok(_) => return Ok(()),
            Err(error) if begun.elapsed() > PATIENCE => return Err(error),
            Err(_) => thread::sleep(Duration::from_millis(500)),
        }
    }
}

/// What `sirius` answers without a home.
fn alone(words: &[&str]) -> Result<Value> {
    let program = Binaries::find()?.localnet.with_file_name("sirius");
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(&program);
    command.args(words).arg("--json").env_remove("SIRIUS_HOME").env("HOME", folder.path());
    command.current_dir(folder.path()).stdin(Stdio::null());
    let output = command.output().with_context(|| format!("starting {}", program.display()))?;
    let said = String::from_utf8(output.stdout)?;
    if output.status.code() != Some(0) {
        bail!("`sirius {}`: {:?}: {said}", words.join(" "), output.status.code());
    }
    serde_json::from_str(&said).with_context(|| said)
}
