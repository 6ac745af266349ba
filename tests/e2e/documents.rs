//! Document servers and hosts of the database that are killed: what was committed is read by a plain driver on every host.

use std::collections::BTreeSet;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use localnet::{Documents, Layer, Layers, Perturbation, Running};
use mongo_ledger_core::json::{Object, Value};
use mongo_ledger_core::key::SecretKey;
use mongo_ledger_core::transaction::build::{self, Share};
use mongodb::bson::{Document, doc};
use mongodb::sync::{Client, Collection};
use sirius_tests::agent;
use sirius_tests::bed::{self, Bed};
use ureq::Agent;

use crate::setting::Setting;

/// How long a host may take to come back and catch up.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often a document server is killed while transactions are written.
const KILLS: usize = 6;
/// How many transactions are written after each other disturbance.
const WRITES: usize = 3;
/// A commit waits for a block.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) fn run(_: &mut Setting) -> Result<()> {
    let bed = Bed::start_with(&bed::database_manifest()?, |options| {
        options.layers = Some(Layers::only(Layer::Database));
        options.documents = Documents::Bundled;
        Ok(())
    })?;
    let result = disturb(&bed);
    if result.is_err() {
        eprintln!("{}\n{}", bed.network().status(), bed.logs());
    }
    result
}

fn disturb(bed: &Bed) -> Result<()> {
    let network = bed.network();
    let mut writer = Writer::new(network);
    writer.commit(WRITES)?;
    everywhere(network, &writer.committed)?;
    kill_documents_under_load(network, &mut writer)?;
    println!("  {KILLS} kills of document servers under {} transactions", writer.committed.len());
    everywhere(network, &writer.committed)?;
    for (host, kind) in [
        (2, Perturbation::Kill),
        (3, Perturbation::Restart),
        (1, Perturbation::KillDatabaseApp),
        (2, Perturbation::KillDatabaseCometbft),
    ] {
        network.perturb(host, kind)?;
        writer.commit(WRITES)?;
        everywhere(network, &writer.committed).with_context(|| format!("after {kind} of host{host}"))?;
    }
    Ok(())
}

/// Kills the servers of the hosts that nothing is written through, while it is written.
fn kill_documents_under_load(network: &Running, writer: &mut Writer) -> Result<()> {
    thread::scope(|scope| {
        let killing = scope.spawn(|| -> Result<()> {
            for kill in 0..KILLS {
                network.perturb(1 + kill % 3, Perturbation::KillDocuments)?;
                sleep(Duration::from_millis(400));
            }
            Ok(())
        });
        while !killing.is_finished() {
            writer.commit(1)?;
        }
        killing.join().unwrap_or_else(|_| bail!("the thread that kills has panicked"))
    })
}

/// Makes assets through one host, one after the other.
struct Writer {
    agent: Agent,
    url: String,
    secret: SecretKey,
    committed: BTreeSet<String>,
}

impl Writer {
    fn new(network: &Running) -> Self {
        let url = format!("http://127.0.0.1:{}/api/v1/transactions?mode=commit", network.ports().http(0));
        Self {
            agent: agent(COMMIT_TIMEOUT),
            url,
            secret: SecretKey::new(&[7; 32]),
            committed: BTreeSet::new(),
        }
    }

    /// Commits so many transactions and remembers them.
    fn commit(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            let number = i64::try_from(self.committed.len())?;
            let data = Object::from([("number".to_owned(), Value::from(number))]);
            let key = self.secret.public();
            let made = build::create(&[key], &[Share::to(key, 1)], Some(data), None).sign(&[&self.secret])?;
            let mut answer = self
                .agent
                .post(&self.url)
                .header("content-type", "application/json")
                .send(made.raw().as_bytes())?;
            let said = answer.body_mut().read_to_string()?;
            ensure!(answer.status().as_u16() == 202, "{}: {said}", answer.status());
            self.committed.insert(made.id().to_string());
        }
        Ok(())
    }
}

/// Waits until a plain driver finds every one of these transactions on every host, by `_id` and among all.
fn everywhere(network: &Running, ids: &BTreeSet<String>) -> Result<()> {
    for host in 0..network.hosts() {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let missing = match missing(network, host, ids) {
                Ok(none) if none.is_empty() => break,
                Ok(missing) => format!("{} of {} are missing: {missing:?}", missing.len(), ids.len()),
                Err(error) => format!("{error:#}"),
            };
            ensure!(Instant::now() < deadline, "host{host}: {missing}");
            sleep(Duration::from_millis(200));
        }
    }
    Ok(())
}

fn missing(network: &Running, host: usize, ids: &BTreeSet<String>) -> Result<Vec<String>> {
    let transactions = collection(network, host)?;
    let all = transactions.find(doc! {}).run()?;
    let all: BTreeSet<String> =
        all.map(|found| Ok(found?.get_str("_id")?.to_owned())).collect::<Result<_>>()?;
    let mut missing: Vec<String> = ids.difference(&all).cloned().collect();
    for id in ids {
        if transactions.find_one(doc! { "_id": id }).run()?.is_none() {
            missing.push(id.clone());
        }
    }
    Ok(missing)
}

fn collection(network: &Running, host: usize) -> Result<Collection<Document>> {
    let (uri, database) = network.documents(host);
    Ok(Client::with_uri_str(uri)?.database(&database).collection("transactions"))
}
