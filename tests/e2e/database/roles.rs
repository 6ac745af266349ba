//! A network whose database asks for roles: granted, used, revoked, decided by the validators, and told to whom has none.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use localnet::{Binaries, Documents, Layer};
use serde_json::Value;
use sirius_tests::bed;
use sirius_tests::database;

use crate::commands::{json, sirius};
use crate::setting::Setting;

/// Where Bob's assets are.
const WINE: [&str; 2] = ["--namespace", "wine"];

pub(crate) fn run(_: &mut Setting) -> Result<()> {
    let bed = database::start_with(&bed::permissioned_manifest()?, Documents::from_environment())?;
    let setting = Setting { bed, serial: 0 };
    let folder = tempfile::tempdir()?;
    let bottle = |serial: u32| create(&setting, folder.path(), serial);

    let (code, said) = bottle(1)?;
    let missing =
        said.contains("(RoleMissing)") && said.contains("has no role `issuer` in namespace `wine/red`");
    ensure!(code == Some(1) && missing, "{code:?}: {said}");
    let change = |verb: &str, who: &str, role: &str, from: &str| {
        sirius(&setting, &[&[verb, who, role, "--from", from][..], &WINE].concat())
    };
    let (code, said) = change("grant", "bob", "issuer", "bob")?;
    ensure!(code == Some(1) && said.contains("no role `admin`"), "bob is no admin: {code:?}: {said}");
    done(change("grant", "bob", "issuer", "alice")?)?;
    done(bottle(1)?)?;
    let proven = |status: &str| -> Result<()> {
        let said = json(&setting, &[&["roles", "bob", "issuer", "--prove"][..], &WINE].concat())?;
        ensure!(said["status"] == status && said["proof"]["app_hash"].is_string(), "{status}: {said}");
        Ok(())
    };
    proven("active")?;
    done(change("revoke", "bob", "issuer", "alice")?)?;
    let (code, said) = bottle(2)?;
    ensure!(code == Some(1) && said.contains("(RoleMissing)"), "{code:?}: {said}");
    proven("revoked")?;
    let (code, said) = sirius(&setting, &["revoke", "alice", "admin", "--from", "alice"])?;
    ensure!(code == Some(1) && said.contains("(LastAdmin)"), "{code:?}: {said}");

    elected(&setting)?;
    done(bottle(2)?)?;
    proven("active")?;
    let (height, documents) = setting.alike()?;
    let roles = documents.get("roles").context("there are no roles")?;
    ensure!(roles.len() == 2, "alice and bob have one each: {roles:?}");
    println!("  height {height}, {} roles on every host", roles.len());
    Ok(())
}

/// Three of four validators give Bob his role back.
fn elected(setting: &Setting) -> Result<()> {
    let bob = json(setting, &["keys", "bob"])?["public_key"].as_str().context("bob has a key")?.to_owned();
    let asked = ["new-policy", "--subject", &bob, "--role", "issuer"];
    let (code, said) = election(setting, 0, &[&asked[..], &WINE].concat())?;
    ensure!(code == Some(0), "{code:?}: {said}");
    let id = said.trim().to_owned();
    // Every host must have the election before its validator votes.
    setting.alike()?;
    for host in 0..3 {
        let (code, said) = election(setting, host, &["approve", &id])?;
        ensure!(code == Some(0), "host{host}: {code:?}: {said}");
    }
    let (code, said) = election(setting, 0, &["show", &id])?;
    let shown: Value = serde_json::from_str(&said).with_context(|| said.clone())?;
    ensure!(code == Some(0) && shown["kind"] == "policy" && shown["status"] == "concluded", "{shown}");
    Ok(())
}

/// `mongo-ledger election` of a host.
fn election(setting: &Setting, host: usize, words: &[&str]) -> Result<(Option<i32>, String)> {
    let home = setting.network().layout().chain(Layer::Database, host).app;
    let mut command = Command::new(Binaries::find()?.mongo_ledger()?);
    let (verb, rest) = words.split_first().context("a verb")?;
    command.args(["election", verb, "--home"]).arg(home).args(rest).stdin(Stdio::null());
    let output = command.output().context("starting mongo-ledger")?;
    let (said, errors) = (String::from_utf8(output.stdout)?, String::from_utf8_lossy(&output.stderr));
    Ok((output.status.code(), if output.status.success() { said } else { said + &errors }))
}

/// Bob makes a bottle of red wine.
fn create(setting: &Setting, folder: &Path, serial: u32) -> Result<(Option<i32>, String)> {
    let file = folder.join("bottle.json");
    std::fs::write(&file, format!(r#"{{"ns":"wine/red","serial":{serial}}}"#))?;
    sirius(setting, &["create", "--data", file.to_str().context("a path of text")?, "--from", "bob"])
}

fn done((code, said): (Option<i32>, String)) -> Result<()> {
    ensure!(code == Some(0), "{code:?}: {said}");
    Ok(())
}
