//! A host that joins from a snapshot: it has none of the blocks before, every document, and then a vote.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use localnet::{Beginning, Binaries, Layer};
use mongo_ledger_core::key::SecretKey;
use mongodb::bson::{Document, doc};
use serde_json::Value;
use sirius_tests::{database, outside};

use crate::setting::{SNAPSHOTS_EVERY, Setting};

/// How long anything may take here.
const PATIENCE: Duration = Duration::from_secs(60);
/// Its power as a validator: less than a third of what the others have together.
const POWER: &str = "10";

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let owner = SecretKey::new(&[12; 32]);
    // Its light client needs the two headers behind a snapshot.
    let wanted = next_snapshot(setting)? + 3;
    let begin = Instant::now();
    while setting.network().chain_rpc(Layer::Database, 0)?.status()?.height < wanted {
        ensure!(begin.elapsed() < PATIENCE, "the chain does not reach height {wanted}");
        let asset = setting.asset(&owner, &[1])?;
        setting.commit(0, &asset)?;
    }
    let begin = Instant::now();
    let host = setting.network().join(Layer::Database, Beginning::StateSync)?;
    let joined = setting.network().guest_rpc(Layer::Database, host)?;
    let earliest = joined.earliest()?;
    println!("  host{host} follows after {:.1} s, from block {earliest} on", begin.elapsed().as_secs_f32());
    ensure!(earliest > 1, "host{host} has block {earliest}: it did not begin from a snapshot");
    let asset = setting.asset(&owner, &[1])?;
    setting.commit(host, &asset)?;
    let hosts: Vec<usize> = (0..=host).collect();
    let (height, documents) = database::alike(setting.network(), &hosts, PATIENCE)?;
    println!("  {} transactions are alike at height {height}", documents["transactions"].len());
    sound(setting, host)?;
    users(setting, host)?;
    vote(setting, host, &owner)
}

/// The height of the next snapshot that there is to be.
fn next_snapshot(setting: &Setting) -> Result<u64> {
    let height = setting.network().chain_rpc(Layer::Database, 0)?.status()?.height;
    Ok(height.next_multiple_of(SNAPSHOTS_EVERY))
}

/// Runs the program of the database on a host's home.
fn mongo_ledger(home: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(Binaries::find()?.mongo_ledger()?);
    command.args(arguments).arg("--home").arg(home);
    outside::run(&mut command, "look at what it says")
}

/// Every document is what the blocks of another host lead to.
fn sound(setting: &Setting, host: usize) -> Result<()> {
    let home = setting.network().layout().chain(Layer::Database, host).app;
    let from = setting.network().chain_rpc(Layer::Database, 0)?.url().to_owned();
    let said = mongo_ledger(&home, &["verify", "db", "--from", &from])?;
    ensure!(said.contains("is what the chain agreed on"), "{said}");
    Ok(())
}

/// An account that only reads is made by a command that shows no password; a server without users says so.
fn users(setting: &Setting, host: usize) -> Result<()> {
    let home = setting.network().layout().chain(Layer::Database, host).app;
    let said = mongo_ledger(&home, &["mongo-users", "--name", "reader"])?;
    ensure!(said.contains("createUser") && said.contains("passwordPrompt()"), "{said}");
    let password = home.join("password");
    fs::write(&password, "a password for this test")?;
    let mut command = Command::new(Binaries::find()?.mongo_ledger()?);
    command.args(["mongo-users", "--name", "reader", "--apply"]).arg(&password).arg("--home").arg(&home);
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    fs::remove_file(&password)?;
    ensure!(output.status.success() || said.contains("has no users"), "{said}");
    Ok(())
}

/// The host becomes a validator, and a block is its own.
fn vote(setting: &mut Setting, host: usize, owner: &SecretKey) -> Result<()> {
    let layout = setting.network().layout().clone();
    let files = layout.chain(Layer::Database, host);
    let path = files.cometbft.join("config/priv_validator_key.json");
    let key: Value = serde_json::from_slice(&fs::read(&path)?)?;
    let (public, address) = (key["pub_key"]["value"].as_str(), key["address"].as_str());
    let (public, address) = (public.context("no key")?, address.context("no address")?.to_owned());
    let home = |host| layout.chain(Layer::Database, host).app;
    let propose = ["election", "new-validator", "--key", public, "--power", POWER];
    let election = mongo_ledger(&home(0), &propose)?.trim().to_owned();
    for voter in 0..3 {
        mongo_ledger(&home(voter), &["election", "approve", &election])?;
    }
    let (begin, server) = (Instant::now(), database::server(setting.network(), host)?);
    loop {
        ensure!(begin.elapsed() < PATIENCE, "host{host} has made no block");
        let asset = setting.asset(owner, &[1])?;
        setting.commit(host, &asset)?;
        let own = server.collection::<Document>("blocks").find_one(doc! { "proposer": &address }).run()?;
        if let Some(block) = own {
            println!("  host{host} made block {}", block.get_i64("height")?);
            return Ok(());
        }
    }
}
