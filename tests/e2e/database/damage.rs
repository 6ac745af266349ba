//! Documents that somebody deletes, changes or wipes behind the node's back.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use localnet::Perturbation;
use mongo_ledger_core::key::SecretKey;
use mongodb::bson::{Document, doc};
use sirius_tests::database;

use crate::setting::Setting;

/// Whose documents are damaged.
const HOST: usize = 3;
/// A host whose documents are whole.
const OTHER: usize = 1;
/// The collections in which an asset stands.
const OF_ASSET: [&str; 2] = ["transactions", "assets"];

pub(crate) fn tampered(setting: &mut Setting) -> Result<()> {
    let owner = SecretKey::new(&[5; 32]);
    let (lost, changed) = (setting.asset(&owner, &[1])?, setting.asset(&owner, &[1])?);
    setting.commit(0, &lost)?;
    setting.commit(0, &changed)?;
    let (_, whole) = setting.alike()?;
    let server = database::server(setting.network(), HOST)?;
    let (lost_id, changed_id) = (lost.id().to_string(), changed.id().to_string());
    for name in OF_ASSET {
        server.collection::<Document>(name).delete_one(doc! { "_id": &lost_id }).run()?;
    }
    let mut forged = whole["transactions"][&changed_id].clone();
    let raw = forged.get_str("raw")?.replacen("\"serial\":", "\"serial\":7", 1);
    forged.insert("raw", raw);
    server.collection::<Document>("transactions").replace_one(doc! { "_id": &changed_id }, &forged).run()?;

    let (damaged, intact) = (setting.http(HOST), setting.http(OTHER));
    for id in [&lost_id, &changed_id] {
        let path = format!("/api/v1/transactions/{id}");
        let said = damaged.get(&path)?;
        ensure!(said.status == 500 && said.body.contains(id.as_str()), "{path}: {said:?}");
        ensure!(intact.get(&path)?.status == 200, "a whole host answers {path}");
    }
    // What was deleted here cannot be made a second time: the state knows it, whatever the documents say.
    let again = damaged.send("sync", lost.raw().as_bytes())?;
    ensure!(again.status == 400 && again.body.contains("(DuplicateTransaction)"), "{again:?}");
    let next = setting.asset(&owner, &[1])?;
    setting.commit(HOST, &next)?;

    for (name, id) in OF_ASSET.iter().flat_map(|name| [(*name, &lost_id), (*name, &changed_id)]) {
        let document = whole[name].get(id).with_context(|| format!("{name} has {id}"))?;
        let collection = server.collection::<Document>(name);
        collection.replace_one(doc! { "_id": id }, document).upsert(true).run()?;
    }
    setting.alike()?;
    Ok(())
}

/// A node whose database is gone when it starts executes the chain again and ends where the others are.
pub(crate) fn wiped(setting: &mut Setting) -> Result<()> {
    let (height, whole) = setting.alike()?;
    database::server(setting.network(), HOST)?.drop().run()?;
    let begin = Instant::now();
    setting.network().perturb(HOST, Perturbation::Kill)?;
    let (again, rebuilt) = setting.alike()?;
    ensure!(
        again >= height && rebuilt["transactions"] == whole["transactions"],
        "it was rebuilt to something else"
    );
    let seconds = Duration::as_secs_f64(&begin.elapsed());
    println!("  {} transactions of {height} blocks in {seconds:.1} s", whole["transactions"].len());
    let owner = SecretKey::new(&[5; 32]);
    let next = setting.asset(&owner, &[1])?;
    setting.commit(HOST, &next)
}
