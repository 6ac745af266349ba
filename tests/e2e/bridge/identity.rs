//! One identity on both layers: a name of the ledger owns documents, also after a change of key.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use localnet::Binaries;
use serde_json::Value;

use crate::setting::Setting;

/// Thirty days, the shortest lease.
const MONTH: &str = "2592000";

/// What is sent to a new account.
const FUNDS: &str = "100xpx";

/// Makes keys and accounts of their own: those of the network sign the headers that its hosts post.
fn people(setting: &Setting) -> Result<()> {
    done(setting, &["keys", "add", "giver", "--scheme", "ed25519"])?;
    for (name, scheme) in [("merchant", "ed25519"), ("sailor", "secp256k1")] {
        done(setting, &["keys", "add", name, "--scheme", scheme])?;
        let pay = ["tx", "bank", "send", name, FUNDS, "--from", "bob"];
        // A header of bob's host may be before it.
        done(setting, &pay).or_else(|_| done(setting, &pay))?;
    }
    Ok(())
}

/// Documents are given to names; what the ledger does not prove is refused.
pub(crate) fn names(setting: &mut Setting) -> Result<()> {
    people(setting)?;
    done(setting, &["tx", "name", "register", "company", MONTH, "--from", "merchant"])?;
    done(setting, &["tx", "name", "register", "company.shop", "--from", "merchant"])?;
    let folder = tempfile::tempdir()?;
    let document = |text: &str| -> Result<String> {
        let path = folder.path().join("document.json");
        std::fs::write(&path, text)?;
        Ok(path.to_str().context("a path of text")?.to_owned())
    };
    let first = document(r#"{"kind":"given to a name"}"#)?;
    let given =
        done(setting, &["db", "create", "--data", &first, "--from", "giver", "--to", "company.shop"])?;
    let own = done(setting, &["db", "keys", "merchant"])?["public_key"].clone();
    ensure!(given["to"]["public_key"] == own, "the merchant's own key is an ed25519 key: {given}");
    let ledger = &given["to"]["ledger"];
    ensure!(ledger["name"] == "company.shop" && ledger["source"] == "its own key", "{given}");
    let owned = done(setting, &["db", "outputs", "merchant"])?;
    ensure!(owned["total"] == 1, "{owned}");

    // Nobody has it, it stands for nobody, the account has no key on the database.
    refused(
        setting,
        &["db", "create", "--data", &first, "--from", "giver", "--to", "stranger"],
        "not found",
    )?;
    done(setting, &["tx", "name", "clear-target", "company.shop", "--from", "merchant"])?;
    let to = ["db", "create", "--data", &first, "--from", "giver", "--to", "company.shop"];
    refused(setting, &to, "stands for nobody")?;
    done(setting, &["tx", "name", "register", "harbour", MONTH, "--from", "sailor"])?;
    let second = document(r#"{"kind":"given to a registered key"}"#)?;
    let to = ["db", "create", "--data", &second, "--from", "giver", "--to", "harbour"];
    refused(setting, &to, "database key of account")?;

    // The key of the sailor's words, which proves itself.
    let proof = done(setting, &["db", "key-proof", "sailor"])?;
    let (key, proof) = (text(&proof, "key")?, text(&proof, "proof")?);
    done(setting, &["tx", "auth", "set-database-key", &key, &proof, "--from", "sailor"])?;
    let given = done(setting, &to)?;
    ensure!(given["to"]["public_key"] == done(setting, &["db", "keys", "sailor"])?["public_key"], "{given}");
    ensure!(given["to"]["ledger"]["source"] == "a key that it registered", "{given}");
    let stolen = ["tx", "auth", "set-database-key", &key, &proof, "--from", "merchant"];
    refused(setting, &stolen, "the database key's proof does not count")
}

/// A key is changed on the ledger; what the old one owns on the database is handed over to the new one.
pub(crate) fn handover(setting: &mut Setting) -> Result<()> {
    done(setting, &["keys", "add", "fresh", "--scheme", "ed25519"])?;
    let proof = done(setting, &["keys", "rotation-proof", "fresh", "merchant"])?;
    let (key, proof) = (proof["public_key"].to_string(), text(&proof, "proof")?);
    done(setting, &["tx", "auth", "rotate-key", &key, &proof, "--from", "merchant"])?;
    let before = done(setting, &["db", "outputs", "merchant"])?["total"].as_u64().context("no total")?;
    ensure!(before > 0, "the merchant owns nothing to hand over");
    let moved = done(setting, &["db", "handover", "--from", "merchant", "--to", "name:company"])?;
    ensure!(moved["moved"].as_array().is_some_and(|moved| moved.len() as u64 == before), "{moved}");
    ensure!(moved["to"]["ledger"]["since"].as_u64().is_some_and(|since| since > 0), "{moved}");
    let fresh = done(setting, &["db", "keys", "fresh"])?["public_key"].clone();
    ensure!(moved["to"]["public_key"] == fresh, "the ledger knows the new key: {moved}");
    ensure!(
        done(setting, &["db", "outputs", "merchant"])?["total"] == 0,
        "the merchant's old key still owns something"
    );
    ensure!(done(setting, &["db", "outputs", "fresh"])?["total"] == before, "the new key owns it");
    // Who signs may be said by the ledger's name too: it means the one key here by which the database knows the account.
    let token = |name: &'static str| ["db", "token", "--chain", "any", "--from", name];
    ensure!(done(setting, &token("company"))?["key"] == fresh, "the name does not mean the new key");
    ensure!(done(setting, &token("name:company"))?["key"] == fresh, "the name does not mean the new key");
    refused(setting, &token("nobodys"), "nobodys")?;
    let again = done(setting, &["db", "handover", "--from", "merchant", "--to", "name:company"])?;
    ensure!(again["moved"].as_array().is_some_and(Vec::is_empty), "{again}");
    let same = ["db", "handover", "--from", "fresh", "--to", "name:company"];
    refused(setting, &same, "nothing has to be handed over")
}

fn text(value: &Value, name: &str) -> Result<String> {
    Ok(value[name].as_str().with_context(|| format!("no {name} in {value}"))?.to_owned())
}

/// What `sirius` answers to these words, as JSON.
pub(crate) fn done(setting: &Setting, words: &[&str]) -> Result<Value> {
    let (code, said) = sirius(setting, words)?;
    ensure!(code == Some(0), "`sirius {}`: {code:?}: {said}", words.join(" "));
    serde_json::from_str(&said).with_context(|| said)
}

/// Makes sure that it refuses them, for this reason.
pub(crate) fn refused(setting: &Setting, words: &[&str], reason: &str) -> Result<()> {
    let (code, said) = sirius(setting, words)?;
    ensure!(code == Some(1) && said.contains(reason), "`sirius {}`: {code:?}: {said}", words.join(" "));
    Ok(())
}

fn sirius(setting: &Setting, words: &[&str]) -> Result<(Option<i32>, String)> {
    let program = Binaries::find()?.localnet.with_file_name("sirius");
    let mut command = Command::new(&program);
    command.args(words).arg("--json").env("SIRIUS_HOME", setting.bed.dir()).stdin(Stdio::null());
    let output = command.output().with_context(|| format!("starting {}", program.display()))?;
    Ok((output.status.code(), String::from_utf8(output.stdout)?))
}
