//! A network whose database answers readers alone: by tokens and signed requests of those who have a role, and no others.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use localnet::{Documents, Readers};
use mongo_ledger_core::{
    key::SecretKey,
    pass::{KEY_HEADER, Pass, Request, SIGNATURE_HEADER, TIME_HEADER},
};
use sirius_sdk::database::signing_key;
use sirius_tests::{bed, database, database::Said};

use crate::{
    commands::{json, operator, sirius},
    setting::Setting,
};

pub(crate) fn run(_: &mut Setting) -> Result<()> {
    let mut manifest = bed::permissioned_manifest()?;
    manifest.database.as_mut().context("no database")?.read = Readers::Roles;
    let bed = database::start_with(&manifest, Documents::from_environment())?;
    let setting = Setting { bed, serial: 0 };
    let chain = setting.network().record().database.as_ref().context("no database")?.chain_id.clone();
    let asset = begun(&setting)?;
    let reader = Reader { setting: &setting, chain, path: format!("/api/v1/transactions/{asset}") };
    reader.tokens()?;
    reader.signed_requests()?;
    // An operator's own commands are answered as the validator.
    let (code, said) = operator(&setting, 1, &["verify", "doc", &asset])?;
    ensure!(code == Some(0), "{code:?}: {said}");
    reader.revoked()
}

/// A bottle of wine of Alice's, of which Bob may add records.
fn begun(setting: &Setting) -> Result<String> {
    let unknown = "0".repeat(64);
    let (code, said) = sirius(setting, &["show", &unknown])?;
    ensure!(code != Some(0) && said.contains("sirius db token --audience"), "{code:?}: {said}");
    json(setting, &["token", "--from", "alice", "--save"])?;
    let (code, said) = sirius(setting, &["show", &unknown])?;
    ensure!(code != Some(0) && !said.contains("sirius db token"), "an admin is answered: {code:?}: {said}");
    for words in [
        ["grant", "alice", "issuer", "--namespace", "wine", "--from", "alice"],
        ["grant", "bob", "recorder", "--namespace", "wine", "--from", "alice"],
    ] {
        json(setting, &words)?;
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bottle.json");
    std::fs::write(&file, r#"{"ns":"wine/red"}"#)?;
    let created =
        json(setting, &["create", "--data", file.to_str().context("a path of text")?, "--from", "alice"])?;
    setting.alike()?;
    Ok(created["id"].as_str().context("no id")?.to_owned())
}

/// Somebody who asks for Alice's bottle.
struct Reader<'a> {
    setting: &'a Setting,
    chain: String,
    path: String,
}

impl Reader<'_> {
    fn key(&self, name: &str) -> Result<SecretKey> {
        let (keystore, passphrase) = self.setting.bed.keystore()?;
        let keys = keystore.list()?.keys;
        let entry = keys.iter().find(|entry| entry.name.as_str() == name);
        Ok(signing_key(&keystore, entry.with_context(|| format!("no key {name}"))?, &passphrase)?)
    }

    fn ask(&self, host: usize, headers: &[(&str, &str)]) -> Result<Said> {
        self.setting.http(host).get_with(&self.path, headers)
    }

    fn with_token(&self, host: usize, token: &str) -> Result<Said> {
        self.ask(host, &[("authorization", &format!("Bearer {token}"))])
    }

    fn token(&self, words: &[&str]) -> Result<String> {
        let said = json(self.setting, &[&["token"], words].concat())?;
        Ok(said["token"].as_str().context("no token")?.to_owned())
    }

    fn tokens(&self) -> Result<()> {
        let good = self.token(&["--from", "bob"])?;
        let elsewhere = self.token(&["--from", "bob", "--chain", "elsewhere"])?;
        let stranger = self.token(&["--from", "dave"])?;
        let (bob, chain) = (self.key("bob")?, self.chain.clone());
        let key = bob.public().to_string();
        let ended = Pass { audience: chain.clone(), chain, key, until: now()? - 1 }.sign(&bob);
        for host in 0..self.setting.network().hosts() {
            expect(&self.with_token(host, &good)?, 200, "wine/red")?;
            expect(&self.ask(host, &[])?, 401, "sirius db token --audience")?;
            expect(&self.with_token(host, &elsewhere)?, 401, "make one for this chain")?;
            expect(&self.with_token(host, &ended)?, 401, "make another one")?;
            expect(&self.with_token(host, &stranger)?, 403, "sirius db grant")?;
        }
        Ok(())
    }

    /// A request that Bob signs for a chain.
    fn signed(&self, chain: &str) -> Result<[String; 3]> {
        let (bob, time) = (self.key("bob")?, now()?);
        let request = Request { chain, method: "GET", target: &self.path, time, body: b"" };
        Ok([bob.public().to_string(), time.to_string(), request.sign(&bob)])
    }

    fn send(&self, host: usize, [key, time, signature]: &[String; 3]) -> Result<Said> {
        self.ask(host, &[(KEY_HEADER, key), (TIME_HEADER, time), (SIGNATURE_HEADER, signature)])
    }

    fn signed_requests(&self) -> Result<()> {
        let signed = self.signed(&self.chain)?;
        expect(&self.send(2, &signed)?, 200, "wine/red")?;
        expect(&self.send(2, &signed)?, 401, "sign each one anew")?;
        expect(&self.send(2, &self.signed("elsewhere")?)?, 401, "is not that of the key")
    }

    /// A role that is taken opens nothing any more, by whatever was signed before.
    fn revoked(&self) -> Result<()> {
        let token = self.token(&["--from", "bob"])?;
        expect(&self.with_token(3, &token)?, 200, "wine/red")?;
        json(self.setting, &["revoke", "bob", "recorder", "--namespace", "wine", "--from", "alice"])?;
        self.setting.alike()?;
        for host in 0..self.setting.network().hosts() {
            expect(&self.with_token(host, &token)?, 403, "sirius db grant")?;
        }
        expect(&self.send(0, &self.signed(&self.chain)?)?, 403, "sirius db grant")
    }
}

/// Seconds since 1970.
fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

fn expect(said: &Said, status: u16, words: &str) -> Result<()> {
    ensure!(said.status == status && said.body.contains(words), "{status} {words:?}: {said:?}");
    Ok(())
}
