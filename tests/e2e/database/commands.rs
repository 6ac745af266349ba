//! The README's first document, word for word, and what the command line says of it.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use localnet::{Binaries, Layer};
use serde_json::Value;

use crate::setting::Setting;

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bottle.json");
    std::fs::write(&file, r#"{"kind":"bottle"}"#)?;
    let file = file.to_str().context("a path of text")?;
    let created = json(setting, &["create", "--data", file, "--from", "alice"])?;
    let asset = created["id"].as_str().context("no id")?.to_owned();
    let moved = json(setting, &["transfer", &asset, "--to", "bob"])?;
    ensure!(moved["asset"] == created["id"] && moved["operation"] == "TRANSFER", "{moved}");
    let (code, said) = sirius(setting, &["history", &asset, "--prove"])?;
    ensure!(code == Some(0) && said.contains("app hash") && said.contains("TRANSFER"), "{code:?}: {said}");
    let proven = json(setting, &["history", &asset, "--prove"])?;
    ensure!(proven["history"].as_array().is_some_and(|records| records.len() == 2), "{proven}");

    let (code, bundle) = sirius(setting, &["prove", &asset])?;
    ensure!(code == Some(0), "{bundle}");
    let path = folder.path().join("bundle.json");
    std::fs::write(&path, &bundle)?;
    let verify = |path: &std::path::Path| sirius(setting, &["verify", path.to_str().unwrap_or_default()]);
    let (code, said) = verify(&path)?;
    ensure!(code == Some(0), "{said}");
    std::fs::write(&path, bundle.replace("bottle", "barrel"))?;
    let (code, said) = verify(&path)?;
    ensure!(code == Some(1), "a forged bundle ends with {code:?}: {said}");
    let forged = folder.path().join("forged.json");
    std::fs::rename(&path, &forged)?;
    std::fs::write(&path, &bundle)?;
    operators_check_it_too(setting, &asset, [&path, &forged])?;

    // The same document of the same owner is the same transaction.
    let (code, said) = sirius(setting, &["create", "--data", file, "--from", "alice"])?;
    ensure!(code == Some(1) && said.contains("already exists"), "{code:?}: {said}");
    let (code, said) = sirius(setting, &["transfer", &asset, "--to", "carol", "--from", "alice"])?;
    ensure!(code == Some(1), "alice gave it away: {code:?}: {said}");
    Ok(())
}

/// `mongo-ledger verify doc`: of a document where it lies, and of bundles, the second of which is forged.
fn operators_check_it_too(setting: &Setting, asset: &str, bundles: [&Path; 2]) -> Result<()> {
    let verify = |words: &[&str]| operator(setting, 0, &[&["verify", "doc", "--json"], words].concat());
    let (code, said) = verify(&[asset])?;
    ensure!(code == Some(0) && said.contains(asset), "{code:?}: {said}");
    let (code, said) = verify(&[&"0".repeat(64)])?;
    ensure!(code == Some(1) && said.contains("no document"), "{code:?}: {said}");
    for (bundle, expected) in bundles.iter().zip([0, 1]) {
        let (code, said) = verify(&["--bundle", bundle.to_str().unwrap_or_default()])?;
        ensure!(code == Some(expected), "{}: {code:?}: {said}", bundle.display());
    }
    Ok(())
}

/// Runs `mongo-ledger` on a host's home, and gives its exit code and what it said.
pub(crate) fn operator(setting: &Setting, host: usize, words: &[&str]) -> Result<(Option<i32>, String)> {
    let home = setting.network().layout().chain(Layer::Database, host).app;
    let mut command = Command::new(Binaries::find()?.mongo_ledger()?);
    command.args(words).arg("--home").arg(&home).stdin(Stdio::null());
    let output = command.output().context("starting mongo-ledger")?;
    Ok((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

pub(crate) fn json(setting: &Setting, words: &[&str]) -> Result<Value> {
    let (code, said) = sirius(setting, &[words, &["--json"]].concat())?;
    ensure!(code == Some(0), "`sirius db {}`: {code:?}: {said}", words.join(" "));
    serde_json::from_str(&said).with_context(|| said)
}

/// Runs `sirius db`, and gives its exit code and all that it said.
pub(crate) fn sirius(setting: &Setting, words: &[&str]) -> Result<(Option<i32>, String)> {
    let program = Binaries::find()?.localnet.with_file_name("sirius");
    let mut command = Command::new(&program);
    command.arg("db").args(words).env("SIRIUS_HOME", setting.bed.dir()).stdin(Stdio::null());
    let output = command.output().with_context(|| format!("starting {}", program.display()))?;
    let (text, errors) =
        (String::from_utf8(output.stdout)?, String::from_utf8_lossy(&output.stderr).into_owned());
    let said = if output.status.success() { text } else { text + &errors };
    Ok((output.status.code(), said))
}
