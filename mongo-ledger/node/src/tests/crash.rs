//! Crashes at every write, and indexes that are lost, older or newer than the documents.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use mongo_ledger_core::{access::Access, transaction::Transaction};
use mongodb::bson::Document;
use tendermint_abci::Application as _;
use tendermint_proto::v0_38::abci::{RequestInfo, RequestPrepareProposal, RequestProcessProposal};

use super::world::{Dump, World, finalize, history, init, replay};
use crate::{
    config::Config,
    documents::{Collection, Documents, DocumentsError, Find, Memory, Shape},
    recovery::recover,
};

/// Documents whose server dies in the middle of the n-th write from now on.
pub(super) struct Mortal {
    pub(super) inner: Arc<Memory>,
    pub(super) left: AtomicI64,
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

    async fn insert(&self, collection: Collection, documents: &[Document]) -> Result<(), DocumentsError> {
        if documents.is_empty() {
            return Ok(());
        }
        if self.dies() {
            self.inner.insert(collection, &half(documents)).await?;
            return Err(died(collection));
        }
        self.inner.insert(collection, documents).await
    }

    async fn replace(&self, collection: Collection, documents: &[Document]) -> Result<(), DocumentsError> {
        if documents.is_empty() {
            return Ok(());
        }
        if self.dies() {
            self.inner.replace(collection, &half(documents)).await?;
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

/// A process that never crashed, at each height: its documents and app hash.
fn twin() -> Vec<(Dump, Bytes)> {
    let world = World::new();
    let machine = world.plain();
    init(&machine, Access::Permissioned);
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
            init(&machine, Access::Permissioned);
            for (block, height) in history()[..doomed - 1].iter().zip(1_i64..) {
                finalize(&machine, height, block, false);
                machine.commit();
            }
            finalize(&machine, i64::try_from(doomed).unwrap(), &history()[doomed - 1], true);
            mortal.left.store(write, Ordering::SeqCst);
            let survived = machine.ledger.commit().is_ok();
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
fn documents_that_a_power_cut_set_back_are_written_again() {
    let twin = twin();
    for reached in 1..history().len() {
        let world = World::new();
        let last = replay(&world.plain());
        world.runtime.block_on(world.documents.clear()).unwrap();
        for (collection, documents) in &twin[reached].0 {
            world.runtime.block_on(world.documents.insert(*collection, documents)).unwrap();
        }
        let behind = world.plain();
        let height = behind.info(RequestInfo::default()).last_block_height;
        assert_eq!(height, i64::try_from(reached).unwrap());
        assert_eq!(replay(&behind), last);
        assert_eq!(world.dump(), twin.last().unwrap().0);
    }
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
        world.runtime.block_on(world.documents.replace(Collection::Transactions, &[document])).unwrap();
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
    let world = World::new();
    let machine = world.plain();
    init(&machine, Access::Permissioned);
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
