//! The whole process without CometBFT: blocks, crashes at every write, and starts upon whatever was left.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use mongo_ledger_core::{
    json::{Object, Value},
    key::{PublicKey, SecretKey},
    transaction::{
        Asset, OutputRef, Proposal, Transaction,
        build::{self, Share, Spend},
    },
};
use mongodb::bson::Document;
use tendermint_abci::Application as _;
use tendermint_proto::{
    crypto::{PublicKey as WireKey, public_key::Sum},
    google::protobuf::Timestamp,
    v0_38::abci::{
        RequestFinalizeBlock, RequestInfo, RequestInitChain, RequestProcessProposal, ValidatorUpdate,
    },
};

use crate::{
    Machine,
    config::{Config, FILE},
    documents::{Collection, Documents, DocumentsError, Find, Memory, Shape},
    ledger::Ledger,
    recovery::recover,
};

fn key(seed: u8) -> SecretKey {
    SecretKey::new(&[seed; 32])
}

fn public(seed: u8) -> PublicKey {
    key(seed).public()
}

fn validators() -> Vec<(PublicKey, u64)> {
    let mut validators: Vec<_> = [101, 102, 103, 104].map(|seed| (public(seed), 10)).to_vec();
    validators.sort_unstable();
    validators
}

fn text(value: &str) -> Option<Object> {
    let nested = Value::Array(vec![Value::Array(vec![Value::Null])]);
    Some(Object::from([("text".to_owned(), Value::String(value.to_owned())), ("nested".to_owned(), nested)]))
}

fn spend(from: &Transaction, index: u32) -> Spend {
    let output = OutputRef { transaction_id: *from.id(), output_index: index };
    Spend { output, condition: from.outputs()[usize::try_from(index).unwrap()].condition.clone() }
}

/// Five blocks in which everything happens that the chain knows.
fn history() -> Vec<Vec<Transaction>> {
    let create = |owner: u8, name: &str| {
        build::create(&[public(owner)], &[Share::to(public(owner), 5)], text(name), text("made"))
            .sign(&[&key(owner)])
            .unwrap()
    };
    let (bottle, coin) = (create(1, "bottle"), create(2, "coin"));
    let moved = build::transfer(
        &[spend(&bottle, 0)],
        &[Share::to(public(2), 2), Share::to(public(3), 3)],
        *bottle.id(),
        text("moved"),
    )
    .sign(&[&key(1)])
    .unwrap();
    // Made and spent within one block.
    let fleeting = create(4, "fleeting");
    let passed = build::transfer(&[spend(&fleeting, 0)], &[Share::to(public(5), 5)], *fleeting.id(), None)
        .sign(&[&key(4)])
        .unwrap();
    let begun = build::record(&[public(6)], Asset::Data(text("log book")), None).sign(&[&key(6)]).unwrap();
    let noted = build::record(&[public(6)], Asset::Id(*begun.id()), text("noted")).sign(&[&key(6)]).unwrap();
    let proposal = Proposal::Validator { key: public(105), power: 7, node_id: "ab".repeat(20) };
    let election = build::election(public(101), &validators(), &proposal, "seed").sign(&[&key(101)]).unwrap();
    let vote = |voter: u8| {
        let place =
            election.outputs().iter().position(|output| output.public_keys == [public(voter)]).unwrap();
        let spend = spend(&election, u32::try_from(place).unwrap());
        build::vote(*election.id(), &spend, 10).sign(&[&key(voter)]).unwrap()
    };
    let joined = build::transfer(
        &[spend(&moved, 1), spend(&moved, 0)],
        &[Share::to(public(9), 5)],
        *bottle.id(),
        None,
    )
    .sign(&[&key(2), &key(3)])
    .unwrap();
    vec![
        vec![bottle, coin],
        vec![moved, fleeting, passed, begun],
        vec![],
        vec![noted, election.clone(), vote(101)],
        vec![vote(102), vote(103), joined],
    ]
}

/// Documents whose server dies in the middle of the n-th write from now on.
struct Mortal {
    inner: Arc<Memory>,
    left: AtomicI64,
}

impl Mortal {
    /// Whether this write is the last, half of which is still done.
    fn dies(&self) -> bool {
        self.left.fetch_sub(1, Ordering::SeqCst) == 0
    }
}

fn died(collection: Collection) -> DocumentsError {
    // Not one that may pass: the process ends as if it were killed here.
    DocumentsError::Changed { collection, id: String::new(), what: "is where the crash happens".into() }
}

fn half<T: Clone>(all: &[T]) -> Vec<T> {
    all[..all.len() / 2].to_vec()
}

#[async_trait]
impl Documents for Mortal {
    fn name(&self) -> &'static str {
        "mortal"
    }

    fn shape(&self) -> Shape {
        self.inner.shape()
    }

    async fn get(
        &self,
        collection: Collection,
        ids: &[String],
    ) -> Result<Vec<Option<Document>>, DocumentsError> {
        self.inner.get(collection, ids).await
    }

    async fn insert(&self, collection: Collection, documents: Vec<Document>) -> Result<(), DocumentsError> {
        if documents.is_empty() {
            return Ok(());
        }
        if self.dies() {
            self.inner.insert(collection, half(&documents)).await?;
            return Err(died(collection));
        }
        self.inner.insert(collection, documents).await
    }

    async fn replace(&self, collection: Collection, documents: Vec<Document>) -> Result<(), DocumentsError> {
        if documents.is_empty() {
            return Ok(());
        }
        if self.dies() {
            self.inner.replace(collection, half(&documents)).await?;
            return Err(died(collection));
        }
        self.inner.replace(collection, documents).await
    }

    async fn remove(&self, collection: Collection, ids: &[String]) -> Result<(), DocumentsError> {
        if ids.is_empty() {
            return Ok(());
        }
        if self.dies() {
            self.inner.remove(collection, &half(ids)).await?;
            return Err(died(collection));
        }
        self.inner.remove(collection, ids).await
    }

    async fn find(&self, collection: Collection, find: Find) -> Result<Vec<Document>, DocumentsError> {
        self.inner.find(collection, find).await
    }

    async fn ids(&self, collection: Collection) -> Result<Vec<String>, DocumentsError> {
        self.inner.ids(collection).await
    }

    async fn count(&self, collection: Collection) -> Result<u64, DocumentsError> {
        self.inner.count(collection).await
    }

    async fn clear(&self) -> Result<(), DocumentsError> {
        self.inner.clear().await
    }
}

/// Every document of every collection.
type Dump = Vec<(Collection, Vec<Document>)>;

/// A process: its home, its documents, and the threads that it waits on.
struct World {
    home: tempfile::TempDir,
    documents: Arc<Memory>,
    runtime: tokio::runtime::Runtime,
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let settings = "[abci]\nlisten = 'unix:///nowhere'\n[documents]\nuri = 'memory'\n";
        std::fs::write(home.path().join(FILE), settings).unwrap();
        Self { home, documents: Arc::default(), runtime: crate::runtime().unwrap() }
    }

    fn start(&self, documents: Arc<dyn Documents>) -> Machine {
        let config = Config::load(self.home.path()).unwrap();
        let store = self.runtime.block_on(recover(&config, &documents)).unwrap();
        Machine(Arc::new(Ledger::new(store, documents, self.runtime.handle().clone()).unwrap()))
    }

    fn plain(&self) -> Machine {
        self.start(self.documents.clone())
    }

    fn index(&self) -> std::path::PathBuf {
        Path::join(self.home.path(), "data")
    }

    /// Every document there is.
    fn dump(&self) -> Dump {
        let all = |collection| {
            (collection, self.runtime.block_on(self.documents.find(collection, Find::default())).unwrap())
        };
        Collection::ALL.map(all).to_vec()
    }
}

fn init(machine: &Machine) {
    let validators = validators().into_iter().map(|(key, power)| ValidatorUpdate {
        pub_key: Some(WireKey { sum: Some(Sum::Ed25519(key.as_bytes().to_vec())) }),
        power: i64::try_from(power).unwrap(),
    });
    machine.init_chain(RequestInitChain {
        chain_id: "test".into(),
        validators: validators.collect(),
        initial_height: 1,
        ..Default::default()
    });
}

/// Executes the block of a height; what is known of its commit comes from `commit`.
fn finalize(machine: &Machine, height: i64, block: &[Transaction], proposed: bool) -> (Bytes, usize) {
    let txs: Vec<Bytes> = block.iter().map(|transaction| transaction.raw().to_owned().into()).collect();
    let time = Some(Timestamp { seconds: 1_700_000_000 + height, nanos: 5 });
    let hash = Bytes::copy_from_slice(&height.to_be_bytes());
    if proposed {
        let request = RequestProcessProposal {
            height,
            time,
            hash: hash.clone(),
            txs: txs.clone(),
            ..Default::default()
        };
        assert_eq!(machine.process_proposal(request).status, 1, "an honest proposal is accepted");
    }
    let response =
        machine.finalize_block(RequestFinalizeBlock { height, time, hash, txs, ..Default::default() });
    assert!(response.tx_results.iter().all(|result| result.code == 0), "{:?}", response.tx_results);
    (response.app_hash, response.validator_updates.len())
}

/// Leads a process to the end of the history, as CometBFT would after a start.
fn replay(machine: &Machine) -> Bytes {
    let reached = machine.info(RequestInfo::default()).last_block_height;
    if reached == 0 {
        init(machine);
    }
    let mut last = machine.info(RequestInfo::default()).last_block_app_hash;
    for (block, height) in history().iter().zip(1_i64..).skip(usize::try_from(reached).unwrap()) {
        let (app_hash, updates) = finalize(machine, height, block, height % 2 == 0);
        assert_eq!(
            updates,
            usize::from(height == 5),
            "the election concludes in the fifth block, however often it runs"
        );
        machine.commit();
        last = app_hash;
    }
    last
}

/// A process that never crashed, at each height: its documents and app hash.
fn twin() -> Vec<(Dump, Bytes)> {
    let world = World::new();
    let machine = world.plain();
    init(&machine);
    let mut states = vec![(world.dump(), Bytes::new())];
    for (block, height) in history().iter().zip(1_i64..) {
        let (app_hash, _) = finalize(&machine, height, block, true);
        machine.commit();
        states.push((world.dump(), app_hash));
    }
    states
}

#[test]
fn a_crash_at_every_write_of_every_block_leaves_what_counted_and_is_replayed_to_the_same() {
    let twin = twin();
    let mut crashes = 0;
    for doomed in 1..=history().len() {
        for write in 0.. {
            let world = World::new();
            let mortal = Arc::new(Mortal { inner: world.documents.clone(), left: AtomicI64::new(i64::MAX) });
            let machine = world.start(mortal.clone());
            init(&machine);
            for (block, height) in history()[..doomed - 1].iter().zip(1_i64..) {
                finalize(&machine, height, block, false);
                machine.commit();
            }
            finalize(&machine, i64::try_from(doomed).unwrap(), &history()[doomed - 1], true);
            mortal.left.store(write, Ordering::SeqCst);
            let survived = machine.0.commit().is_ok();
            drop(machine);
            let again = world.plain();
            let reached = again.info(RequestInfo::default()).last_block_height;
            let expected = if survived { doomed } else { doomed - 1 };
            assert_eq!(reached, i64::try_from(expected).unwrap(), "block {doomed}, write {write}");
            let (documents, _) = &twin[expected];
            // Of the first block its facts about the chain may stand before anything counts.
            if expected > 0 {
                assert_eq!(world.dump(), *documents, "block {doomed}, write {write}");
            }
            assert_eq!(replay(&again), twin.last().unwrap().1);
            assert_eq!(world.dump(), twin.last().unwrap().0);
            if survived {
                break;
            }
            crashes += 1;
        }
    }
    assert!(crashes > 20, "only {crashes} writes crashed");
}

#[test]
fn a_lost_or_older_or_newer_index_comes_to_agree_with_the_documents() {
    let twin = twin();
    let world = World::new();
    let last = replay(&world.plain());
    std::fs::remove_dir_all(world.index()).unwrap();
    let rebuilt = world.plain();
    assert_eq!(rebuilt.info(RequestInfo::default()).last_block_app_hash, last);
    assert_eq!(replay(&rebuilt), last);
    drop(rebuilt);
    // Documents that were wiped are written anew by the replay from CometBFT's blocks.
    world.runtime.block_on(world.documents.clear()).unwrap();
    let wiped = world.plain();
    assert_eq!(wiped.info(RequestInfo::default()).last_block_height, 0);
    assert_eq!(replay(&wiped), last);
    assert_eq!(world.dump(), twin.last().unwrap().0);
}

#[test]
fn an_index_is_not_made_of_documents_that_were_changed() {
    let world = World::new();
    replay(&world.plain());
    std::fs::remove_dir_all(world.index()).unwrap();
    let change = |id: &str, raw: String| {
        let found =
            world.runtime.block_on(world.documents.get(Collection::Transactions, &[id.to_owned()])).unwrap();
        let mut document = found.into_iter().flatten().next().unwrap();
        let before = document.insert("raw", raw).unwrap();
        world.runtime.block_on(world.documents.replace(Collection::Transactions, vec![document])).unwrap();
        before.as_str().unwrap().to_owned()
    };
    let id = history()[0][0].id().to_string();
    let config = Config::load(world.home.path()).unwrap();
    let documents: Arc<dyn Documents> = world.documents.clone();
    let raw = change(&id, history()[0][1].raw().to_owned());
    let refused = world.runtime.block_on(recover(&config, &documents)).err().unwrap().to_string();
    assert!(refused.contains(&id) && refused.contains("repair"), "{refused}");
    change(&id, raw);
    assert!(world.runtime.block_on(recover(&config, &documents)).is_ok());
}

#[test]
fn a_proposal_with_a_transaction_that_does_not_count_is_rejected_and_none_is_proposed() {
    use tendermint_proto::v0_38::abci::RequestPrepareProposal;
    let world = World::new();
    let machine = world.plain();
    init(&machine);
    let blocks = history();
    let raw = |transaction: &Transaction| Bytes::from(transaction.raw().to_owned());
    let (good, early) = (raw(&blocks[0][0]), raw(&blocks[4][2]));
    let txs = vec![Bytes::from_static(b"[]"), early, good.clone(), good.clone(), Bytes::from_static(b"\xff")];
    let proposed = machine.prepare_proposal(RequestPrepareProposal {
        height: 1,
        max_tx_bytes: 1 << 20,
        txs: txs.clone(),
        ..Default::default()
    });
    assert_eq!(proposed.txs, [good]);
    let status = |txs: Vec<Bytes>| {
        machine.process_proposal(RequestProcessProposal { height: 1, txs, ..Default::default() }).status
    };
    assert_eq!(status(proposed.txs), 1);
    assert_eq!(status(txs), 2);
}

/// What `verify db` finds in a world.
fn findings(world: &World, machine: &Machine) -> Vec<String> {
    let work = crate::verify::database(&machine.0.store, &*world.documents, |_, _| {});
    world.runtime.block_on(work).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn whatever_is_edited_deleted_or_added_in_any_collection_is_named_and_repaired() {
    use crate::verify::{Source, repair};
    use mongodb::bson::{Bson, doc};
    let world = World::new();
    let machine = world.plain();
    replay(&machine);
    assert_eq!(findings(&world, &machine), Vec::<String>::new());
    let sound = world.dump();
    // Nobody listens there: what is repaired here follows from texts that are sound.
    let nowhere = Source::new("http://127.0.0.1:1").unwrap();
    let found = |expected: &str| {
        let found = world
            .runtime
            .block_on(crate::verify::database(&machine.0.store, &*world.documents, |_, _| {}))
            .unwrap();
        assert!(found.iter().any(|finding| finding.to_string() == expected), "{expected}: {found:?}");
        world.runtime.block_on(repair(&machine.0.store, &*world.documents, &found, &nowhere)).unwrap();
        assert_eq!(findings(&world, &machine), Vec::<String>::new(), "after repairing {expected}");
    };
    let mut changes = 0;
    for (collection, documents) in sound {
        for document in documents {
            let id = document.get_str("_id").unwrap().to_owned();
            for field in document.keys().filter(|field| *field != "_id" && *field != "raw") {
                if collection == Collection::Meta && field == "time" {
                    continue;
                }
                let mut edited = document.clone();
                edited.insert(field.clone(), Bson::String("forged".into()));
                world.runtime.block_on(world.documents.replace(collection, vec![edited])).unwrap();
                let named = world
                    .runtime
                    .block_on(crate::verify::database(&machine.0.store, &*world.documents, |_, _| {}))
                    .unwrap();
                assert!(
                    named.iter().any(|one| one.collection == collection.name() && one.id == id),
                    "{collection}/{id}, {field}: {named:?}"
                );
                world
                    .runtime
                    .block_on(repair(&machine.0.store, &*world.documents, &named, &nowhere))
                    .unwrap();
                assert_eq!(findings(&world, &machine), Vec::<String>::new());
                changes += 1;
            }
            let mut added = document.clone();
            added.insert("surplus", true);
            world.runtime.block_on(world.documents.replace(collection, vec![added])).unwrap();
            let named = world
                .runtime
                .block_on(crate::verify::database(&machine.0.store, &*world.documents, |_, _| {}))
                .unwrap();
            let named: Vec<String> = named.iter().map(ToString::to_string).collect();
            assert!(
                named.iter().any(|one| one.starts_with(&format!("{collection}/{id} was edited"))),
                "{named:?}"
            );
            world.runtime.block_on(world.documents.replace(collection, vec![document.clone()])).unwrap();
            if collection != Collection::Transactions {
                world
                    .runtime
                    .block_on(world.documents.remove(collection, std::slice::from_ref(&id)))
                    .unwrap();
                found(&format!("{collection}/{id} is missing"));
            }
        }
        let stray = "ab".repeat(32);
        world.runtime.block_on(world.documents.insert(collection, vec![doc! { "_id": &stray }])).unwrap();
        found(&format!("{collection}/{stray} is not of this ledger"));
    }
    assert!(changes > 100, "only {changes} fields were changed");
}

#[test]
fn a_changed_text_is_named_and_not_repaired_from_nowhere() {
    use crate::verify::{Source, VerifyError, repair};
    let world = World::new();
    let machine = world.plain();
    replay(&machine);
    let id = history()[0][0].id().to_string();
    let change = |id: &str, raw: Option<&str>| {
        let found =
            world.runtime.block_on(world.documents.get(Collection::Transactions, &[id.to_owned()])).unwrap();
        let mut document = found.into_iter().flatten().next().unwrap();
        raw.map(|raw| document.insert("raw", raw));
        document
    };
    let forged = change(&id, Some(history()[0][1].raw()));
    world.runtime.block_on(world.documents.replace(Collection::Transactions, vec![forged])).unwrap();
    let named = world
        .runtime
        .block_on(crate::verify::database(&machine.0.store, &*world.documents, |_, _| {}))
        .unwrap();
    assert_eq!(named[0].to_string(), format!("transactions/{id} was edited: raw"));
    let nowhere = Source::new("http://127.0.0.1:1").unwrap();
    let repaired = world.runtime.block_on(repair(&machine.0.store, &*world.documents, &named, &nowhere));
    assert!(matches!(repaired, Err(VerifyError::Blocks { height: 1, .. })), "{repaired:?}");
    let recent =
        world.runtime.block_on(crate::verify::recent(&machine.0.store, &*world.documents, 100)).unwrap();
    assert_eq!(recent, named, "a start would refuse");
}
