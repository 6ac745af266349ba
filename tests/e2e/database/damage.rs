//! Documents that somebody deletes, changes or wipes behind the node's back.

use std::{
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use localnet::{Binaries, Layer, Perturbation};
use mongo_ledger_core::key::SecretKey;
use mongodb::bson::{Document, doc};
use sirius_tests::{database, outside};

use crate::setting::Setting;

/// Whose documents are damaged.
const HOST: usize = 3;
/// A host whose documents are whole.
const OTHER: usize = 1;
/// The collections in which an asset stands.
const OF_ASSET: [&str; 2] = ["transactions", "assets"];
/// How long a node may take to come upon a document that was changed, and to be back after its repair.
const PATIENCE: Duration = Duration::from_secs(90);

/// A node whose documents somebody changes names one of them and stops, while the others go on; repaired from another's
/// blocks it comes back. What was deleted cannot be made a second time.
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

    let files = setting.network().layout().chain(Layer::Database, HOST);
    let begin = Instant::now();
    let named = || -> Result<bool> {
        let log = fs::read_to_string(&files.app_log)?;
        Ok(log.lines().any(|line| {
            line.contains("repair") && [&lost_id, &changed_id].iter().any(|id| line.contains(id.as_str()))
        }))
    };
    while !named()? {
        ensure!(begin.elapsed() < PATIENCE, "{} names no document", files.app_log.display());
        thread::sleep(Duration::from_millis(200));
    }
    println!("  named and stopped after {:.1} s", begin.elapsed().as_secs_f64());
    let next = setting.asset(&owner, &[1])?;
    setting.commit(OTHER, &next)?;
    let again = setting.http(OTHER).send("sync", lost.raw().as_bytes())?;
    ensure!(again.status == 400 && again.body.contains("(DuplicateTransaction)"), "{again:?}");

    repair(setting, &files.app)?;
    setting.network().perturb(HOST, Perturbation::Restart)?;
    let (_, repaired) = setting.alike()?;
    ensure!(
        repaired["transactions"][&changed_id] == whole["transactions"][&changed_id],
        "the text is as it was"
    );
    ensure!(repaired["assets"][&lost_id] == whole["assets"][&lost_id], "what was deleted is back");
    Ok(())
}

/// Repairs the documents of a node that does not vote, from the blocks of another.
fn repair(setting: &Setting, home: &Path) -> Result<()> {
    let binaries = Binaries::find()?;
    let from = setting.network().chain_rpc(Layer::Database, OTHER)?.url().to_owned();
    let mut command = Command::new(binaries.mongo_ledger()?);
    command.arg("repair").arg("--home").arg(home).args(["--from", &from]);
    let said = outside::run(&mut command, "look at what it says")?;
    ensure!(said.contains("0 left"), "{said}");
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
