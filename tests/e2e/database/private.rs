//! Documents that only some can read, and bodies that are on every host until they are on none.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use mongo_ledger_core::{
    json::Object,
    key::SecretKey,
    payload::{Commitment, Declared, MEMBER, member},
    transaction::{
        Transaction,
        build::{self, Share},
    },
};
use mongodb::bson::{Document, doc};
use sirius_tests::database;

use crate::{
    commands::{json, operator, sirius},
    setting::Setting,
};

/// How long hosts may take to fetch a body, and to erase it.
const PATIENCE: Duration = Duration::from_secs(30);
const BODY: &str = "Dear Bob, this is between us.";
const SALT: [u8; 32] = [7; 32];

/// A body put at one host is at all four, comes back where it is lost, and is gone everywhere after its erasure.
pub(crate) fn payloads(setting: &mut Setting) -> Result<()> {
    let owner = SecretKey::new(&[21; 32]);
    let commitment = Commitment::of(&SALT, BODY.as_bytes());
    let letter = letter(&owner, commitment)?;
    let path = format!("/api/v1/payloads/{commitment}");
    let said = setting.http(0).put(&hex::encode(SALT), BODY.as_bytes())?;
    ensure!(said.status == 202, "{said:?}");
    ensure!(setting.http(0).get(&path)?.status == 404, "no transaction names it yet");
    setting.commit(2, &letter)?;
    everywhere(setting, &path, 200)?;

    // A host that lost it names it, says what to do, and has it again in a moment.
    let lost = database::server(setting.network(), 3)?;
    lost.collection::<Document>("payloads").delete_one(doc! { "_id": commitment.to_string() }).run()?;
    let (code, said) = operator(setting, 3, &["verify", "db"])?;
    ensure!(
        code == Some(1) && said.contains(&format!("payloads/{commitment} is missing")),
        "{code:?}: {said}"
    );
    let said = setting.http(3).get(&path)?;
    ensure!(said.status == 404 && said.body.contains("ask another node"), "{said:?}");
    everywhere(setting, &path, 200)?;
    // What is put there in its place is not shown.
    lost.collection::<Document>("payloads")
        .update_one(doc! { "_id": commitment.to_string() }, doc! { "$set": { "salt": "00".repeat(32) } })
        .run()?;
    ensure!(setting.http(3).get(&path)?.status == 500, "a forged body was shown");
    everywhere(setting, &path, 200)?;

    let erase = build::erase(&[owner.public()], *letter.id(), &[commitment]).sign(&[&owner])?;
    setting.commit(1, &erase)?;
    everywhere(setting, &path, 410)?;
    let again = setting.http(0).put(&hex::encode(SALT), BODY.as_bytes())?;
    ensure!(again.status == 410 && again.body.contains("was erased at height"), "{again:?}");
    let (_, documents) = setting.alike()?;
    ensure!(!documents.contains_key("payloads"), "{:?}", documents["payloads"].keys());
    let proof = setting.http(3).get(&format!("/api/v1/proofs/tx/{}", letter.id()))?;
    ensure!(proof.status == 200, "{proof:?}");
    let (code, said) = operator(setting, 1, &["verify", "db"])?;
    ensure!(code == Some(0), "{code:?}: {said}");
    let (code, said) = operator(setting, 1, &["verify", "doc", &letter.id().to_string()])?;
    ensure!(code == Some(0), "{code:?}: {said}");
    Ok(())
}

fn letter(owner: &SecretKey, commitment: Commitment) -> Result<Transaction> {
    let bytes = u32::try_from(BODY.len())?;
    let data = Object::from([(MEMBER.to_owned(), member(&[Declared { commitment, bytes }]))]);
    Ok(build::create(&[owner.public()], &[Share::to(owner.public(), 1)], Some(data), None).sign(&[owner])?)
}

/// Waits until every host answers so.
fn everywhere(setting: &Setting, path: &str, status: u16) -> Result<()> {
    let begun = Instant::now();
    for host in 0..setting.network().hosts() {
        loop {
            let said = setting.http(host).get(path)?;
            if said.status == status {
                ensure!(status != 200 || said.body == BODY, "host{host}: {said:?}");
                break;
            }
            ensure!(begun.elapsed() < PATIENCE, "host{host} still answers {said:?}");
            thread::sleep(Duration::from_millis(100));
        }
    }
    println!("  {status} on every host after {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// The command line seals, opens, lets in and shuts out, puts bodies beside the chain and erases them.
pub(crate) fn commands(setting: &mut Setting) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text)?;
        path.into_os_string().into_string().ok().context("a path of text")
    };
    let (data, body) = (write("pay.json", r#"{"salary":41.50}"#)?, write("letter.txt", BODY)?);
    let words = ["create", "--data", &data, "--readers", "bob", "--erasable", &body, "--from", "alice"];
    let created = json(setting, &words)?;
    let asset = created["id"].as_str().context("no id")?.to_owned();
    ensure!(!created.to_string().contains("salary"), "{created}");
    let commitment = created["payloads"][0]["commitment"].as_str().context("no payload")?.to_owned();
    for (reader, expected) in [("alice", 0), ("bob", 0), ("carol", 1)] {
        let (code, said) = sirius(setting, &["read", &asset, "--from", reader])?;
        ensure!(code == Some(expected), "{reader}: {code:?}: {said}");
        let says = if expected == 0 { "{\"salary\":41.50}" } else { "is not among the 2 readers" };
        ensure!(said.contains(says), "{reader}: {said}");
    }
    let key = json(setting, &["reader-key", "carol"])?["reader_key"].as_str().context("no key")?.to_owned();
    ensure!(key.starts_with("x25519:"), "{key}");
    json(setting, &["readers", "add", &asset, &key, "--from", "alice"])?;
    let (code, said) = sirius(setting, &["read", &asset, "--from", "carol"])?;
    ensure!(code == Some(0) && said.contains("41.50"), "{code:?}: {said}");
    let (code, said) = sirius(setting, &["readers", "remove", &asset, "bob", "--from", "alice"])?;
    ensure!(code == Some(0) && said.contains("may have kept"), "{code:?}: {said}");
    let (code, said) = sirius(setting, &["read", &asset, "--from", "bob"])?;
    ensure!(code == Some(1) && said.contains("is not among the 2 readers"), "{code:?}: {said}");
    let signing = json(setting, &["keys", "dave"])?["public_key"].as_str().context("no key")?.to_owned();
    let (code, said) = sirius(setting, &["readers", "add", &asset, &signing, "--from", "alice"])?;
    ensure!(code == Some(1) && said.contains("sirius db reader-key"), "{code:?}: {said}");

    let (code, said) = sirius(setting, &["payload", &commitment])?;
    ensure!(code == Some(0) && said == BODY, "{code:?}: {said}");
    let (code, said) = sirius(setting, &["erase", &asset, "--from", "bob"])?;
    ensure!(code == Some(1) && said.contains("EraseNotAllowed"), "{code:?}: {said}");
    let (code, said) = sirius(setting, &["erase", &asset, "--from", "alice"])?;
    ensure!(code == Some(0) && said.contains("backups of a node"), "{code:?}: {said}");
    let (code, said) = sirius(setting, &["payload", &commitment])?;
    ensure!(code == Some(1) && said.contains("was erased at height"), "{code:?}: {said}");
    let (code, said) = sirius(setting, &["erase", &asset, &commitment, "--from", "alice"])?;
    ensure!(code == Some(1), "an erasure twice: {code:?}: {said}");
    let (code, said) = sirius(setting, &["history", &asset, "--prove"])?;
    ensure!(code == Some(0) && said.contains("ERASE"), "{code:?}: {said}");
    Ok(())
}
