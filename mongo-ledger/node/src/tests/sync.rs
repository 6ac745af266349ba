//! A database travels to an empty node and arrives whole, or not at all: whatever strangers send on the way.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use sirius_host::snapshots::{Manifest as _, Pace};
use sirius_primitives::{Blocks, Hash, Height, sha256};
use sirius_store::{Order, Span};
use tendermint_abci::Application as _;
use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, RequestInfo, RequestLoadSnapshotChunk, RequestOfferSnapshot, Snapshot,
    response_apply_snapshot_chunk::Result as Applied, response_offer_snapshot::Result as Offered,
};

use super::{
    crash::Mortal,
    world::{Dump, World, history, replay},
};
use crate::{
    Machine,
    config::Config,
    documents::{Collection, Documents},
    ledger::Ledger,
    recovery::recover,
    snapshots::{Contents, Export, FileError, Item, Snapshots, Source, read_items, write, write_items},
};

/// A process that takes a snapshot at every height, in chunks of so many bytes.
fn offering(world: &World, bytes: usize) -> Machine {
    let mut config = Config::load(world.home.path()).unwrap();
    (config.snapshots.every_blocks, config.snapshots.keep) = (Blocks(1), 10);
    let documents: Arc<dyn Documents> = world.documents.clone();
    let store = world.runtime.block_on(recover(&config, &documents)).unwrap();
    let ledger = Arc::new(Ledger::new(store, documents, world.runtime.handle().clone()).unwrap());
    Machine { ledger, snapshots: Arc::new(Snapshots::open(&config, Pace::AtOnce(bytes)).unwrap()) }
}

/// A snapshot as it travels.
#[derive(Clone)]
struct Shipped {
    app_hash: Hash,
    offer: Snapshot,
    chunks: Vec<Vec<u8>>,
}

impl Shipped {
    fn contents(&self) -> Contents {
        Contents::decode(&self.offer.metadata).unwrap()
    }

    /// The same with other contents and chunks, whose hashes fit again.
    fn refitted(&self, mut contents: Contents, chunks: Vec<Vec<u8>>) -> Self {
        let states = contents.state.chunks.len();
        for (index, chunk) in chunks.iter().enumerate() {
            match index.checked_sub(states) {
                None => contents.state.chunks[index] = sha256(chunk),
                Some(text) => contents.texts[text].hash = sha256(chunk),
            }
        }
        let metadata = contents.encode();
        let mut offer = self.offer.clone();
        offer.hash = sha256(&metadata).as_bytes().to_vec().into();
        offer.chunks = u32::try_from(chunks.len()).unwrap();
        offer.metadata = metadata.into();
        Self { app_hash: self.app_hash, offer, chunks }
    }
}

/// The snapshots of a process, the oldest first.
fn shipped(machine: &Machine) -> Vec<Shipped> {
    let all = machine.list_snapshots().snapshots.into_iter().rev();
    let one = |offer: Snapshot| {
        let chunk = |chunk| {
            let (height, format) = (offer.height, offer.format);
            machine.load_snapshot_chunk(RequestLoadSnapshotChunk { height, format, chunk }).chunk.to_vec()
        };
        let app_hash = machine.ledger.store.at(Height(offer.height)).unwrap().app_hash();
        Shipped { app_hash, chunks: (0..offer.chunks).map(chunk).collect(), offer }
    };
    all.map(one).collect()
}

fn offer(machine: &Machine, shipped: &Shipped) -> Offered {
    let app_hash = shipped.app_hash.as_bytes().to_vec().into();
    let request = RequestOfferSnapshot { snapshot: Some(shipped.offer.clone()), app_hash };
    machine.snapshots.offered(&machine.ledger, &request).unwrap()
}

fn apply(machine: &Machine, index: usize, chunk: &[u8]) -> Result<(Applied, Vec<String>), String> {
    let chunk = chunk.to_vec().into();
    let request =
        RequestApplySnapshotChunk { index: u32::try_from(index).unwrap(), chunk, sender: "peer".into() };
    let response = machine.snapshots.apply(&machine.ledger, request).map_err(|fault| fault.to_string())?;
    Ok((Applied::try_from(response.result).unwrap(), response.reject_senders))
}

/// Puts everything back.
fn take(machine: &Machine, shipped: &Shipped) {
    assert_eq!(offer(machine, shipped), Offered::Accept);
    for (index, chunk) in shipped.chunks.iter().enumerate() {
        assert_eq!(machine.ledger.height(), 0, "nothing counts before the last chunk");
        assert_eq!(apply(machine, index, chunk).unwrap(), (Applied::Accept, vec![]), "chunk {index}");
    }
}

/// Every row of the index.
fn rows(machine: &Machine) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut rows = BTreeMap::new();
    let every = Span::prefix(b"");
    let visit = &mut |key: &[u8], row: &[u8]| {
        rows.insert(key.to_vec(), row.to_vec());
        ControlFlow::Continue(())
    };
    machine.ledger.store.scan_rows(&every, Order::Ascending, visit).unwrap();
    rows
}

/// Documents without the time of the last block, which nobody can prove when it has no records.
fn timeless(mut dump: Dump) -> Dump {
    for (collection, documents) in &mut dump {
        if *collection == Collection::Meta {
            documents.iter_mut().for_each(|document| drop(document.remove("time")));
        }
    }
    dump
}

#[test]
fn a_database_arrives_whole_in_chunks_of_any_size_at_any_height_and_goes_on() {
    let mut heights = Vec::new();
    for bytes in [1, 700, 5_000, usize::MAX] {
        let source = World::new();
        let offered = offering(&source, bytes);
        let last = replay(&offered);
        let (snapshots, end) = (shipped(&offered), source.dump());
        assert_eq!(snapshots.len(), history().len());
        for shipped in &snapshots {
            let world = World::new();
            let machine = offering(&world, bytes);
            take(&machine, shipped);
            let info = machine.info(RequestInfo::default());
            assert_eq!(info.last_block_app_hash, shipped.app_hash.as_bytes().as_slice());
            let height = usize::try_from(info.last_block_height).unwrap();
            // What a process has that executed every block.
            let twin = World::new();
            let executed = twin.plain();
            super::world::replay_to(&executed, height);
            assert_eq!(timeless(world.dump()), timeless(twin.dump()), "documents at {height}");
            assert_eq!(rows(&machine), rows(&executed), "rows at {height}");
            let work = crate::verify::database(&machine.ledger.store, &*world.documents, |_, _| {});
            assert_eq!(world.runtime.block_on(work).unwrap(), []);
            assert_eq!(replay(&machine), last, "it goes on from {height}");
            assert_eq!(timeless(world.dump()), timeless(end.clone()));
            let own: Vec<_> = machine.list_snapshots().snapshots;
            assert!(own.iter().all(|own| snapshots.iter().any(|one| one.offer == *own)), "the same bytes");
            assert_eq!(own.len(), history().len() - height);
            drop(machine);
            assert_eq!(world.plain().info(RequestInfo::default()).last_block_app_hash, last);
            heights.push(height);
        }
    }
    assert_eq!(heights.len(), 4 * history().len());
}

/// The last snapshot of the history, in chunks of about so many bytes.
fn sample(bytes: usize) -> Shipped {
    let source = World::new();
    let offered = offering(&source, bytes);
    replay(&offered);
    shipped(&offered).pop().unwrap()
}

#[test]
fn a_wrong_missing_or_reordered_chunk_is_asked_for_again_and_its_sender_named() {
    let honest = sample(700);
    let world = World::new();
    let machine = world.plain();
    assert_eq!(offer(&machine, &honest), Offered::Accept);
    // More than 64 wrong ones, and the snapshot would be given up.
    let step = honest.chunks.len().div_ceil(12);
    for (index, chunk) in honest.chunks.iter().enumerate() {
        if index % step != 0 {
            assert_eq!(apply(&machine, index, chunk).unwrap(), (Applied::Accept, vec![]));
            continue;
        }
        let mut wrong = chunk.clone();
        wrong[index % chunk.len()] ^= 1;
        for wrong in [wrong, Vec::new(), honest.chunks[(index + 1) % honest.chunks.len()].clone()] {
            assert_eq!(apply(&machine, index, &wrong).unwrap(), (Applied::Retry, vec!["peer".to_owned()]));
        }
        assert_eq!(apply(&machine, index + 1, chunk).unwrap(), (Applied::Retry, vec![]), "not its turn");
        assert_eq!(apply(&machine, index, chunk).unwrap(), (Applied::Accept, vec![]));
    }
    assert_eq!(machine.ledger.store.committed().app_hash, honest.app_hash);
}

/// What a liar may change so that every hash of the manifest still fits.
fn lies(honest: &Shipped) -> Vec<(String, Shipped)> {
    let (contents, mut lies) = (honest.contents(), Vec::new());
    let states = contents.state.chunks.len();
    let mut add = |name: &str, contents: Contents, chunks: Vec<Vec<u8>>| {
        lies.push((name.to_owned(), honest.refitted(contents, chunks)));
    };
    let mut other = contents.clone();
    other.genesis.chain_id = "another".into();
    add("another genesis", other, honest.chunks.clone());
    for index in states..honest.chunks.len() {
        let items = read_items(&honest.chunks[index]).unwrap();
        for place in 0..items.len() {
            let mut with = |name: &str, change: &dyn Fn(&mut Vec<Item>)| {
                let (mut chunks, mut changed) = (honest.chunks.clone(), items.clone());
                change(&mut changed);
                chunks[index] = write_items(&changed);
                add(&format!("{name} of item {place} in chunk {index}"), contents.clone(), chunks);
            };
            with("loss", &|items| drop(items.remove(place)));
            with("doubling", &|items| items.insert(place, items[place].clone()));
            match &items[place] {
                Item::Block(_) => {
                    let facts = |change: fn(&mut mongo_ledger_core::seal::Facts)| {
                        move |items: &mut Vec<Item>| {
                            if let Item::Block(facts) = &mut items[place] {
                                change(facts);
                            }
                        }
                    };
                    with("time", &facts(|facts| facts.time.push('0')));
                    with("proposer", &facts(|facts| facts.proposer.push('0')));
                    with("height", &facts(|facts| facts.height += 1));
                    with("count", &facts(|facts| facts.count += 1));
                    with("app hash", &facts(|facts| facts.before = sha256(b"other")));
                    with("validators", &facts(|facts| facts.validators = Some(Vec::new())));
                }
                Item::Record { .. } => {
                    let text = history()[0][1].raw().to_owned();
                    with("text", &move |items| {
                        if let Item::Record { raw, .. } = &mut items[place] {
                            *raw = if *raw == text { history()[1][0].raw().to_owned() } else { text.clone() };
                        }
                    });
                    with("previous", &move |items| {
                        if let Item::Record { previous, .. } = &mut items[place] {
                            *previous = sha256(b"other");
                        }
                    });
                }
            }
        }
    }
    lies
}

#[test]
fn a_forgery_whose_hashes_fit_is_given_up_before_it_counts() {
    let source = World::new();
    let offered = offering(&source, 2_500);
    replay(&offered);
    let honest = shipped(&offered).pop().unwrap();
    let world = World::new();
    let machine = world.plain();
    let lies = lies(&honest);
    assert!(lies.len() > 60, "only {} lies", lies.len());
    for (name, lie) in &lies {
        assert_eq!(offer(&machine, lie), Offered::Accept, "{name}");
        let mut last = Applied::Accept;
        for (index, chunk) in lie.chunks.iter().enumerate() {
            last = apply(&machine, index, chunk).unwrap().0;
            if last != Applied::Accept {
                break;
            }
        }
        assert_eq!(last, Applied::RejectSnapshot, "{name}");
        assert_eq!(machine.ledger.height(), 0, "{name}");
    }
    take(&machine, &honest);
    assert_eq!(timeless(world.dump()), timeless(source.dump()), "and the true one is taken after all");
}

#[test]
fn an_offer_that_is_not_for_this_node_is_not_taken() {
    let honest = sample(700);
    let check = |machine: &Machine, change: &dyn Fn(&mut Shipped), expected: Offered| {
        let mut changed = honest.clone();
        change(&mut changed);
        assert_eq!(offer(machine, &changed), expected);
    };
    let world = World::new();
    let machine = world.plain();
    check(&machine, &|one| one.offer.format = 9, Offered::RejectFormat);
    check(&machine, &|one| one.app_hash = sha256(b"other"), Offered::RejectSender);
    check(&machine, &|one| one.offer.chunks += 1, Offered::RejectSender);
    check(&machine, &|one| one.offer.metadata = vec![1].into(), Offered::RejectSender);
    take(&machine, &honest);
    check(&machine, &|_| {}, Offered::Reject);
}

#[test]
fn a_crash_at_every_write_leaves_nothing_and_another_attempt_succeeds() {
    let honest = sample(2_000);
    for left in 0.. {
        let world = World::new();
        let mortal = Arc::new(Mortal { inner: world.documents.clone(), left: AtomicI64::new(i64::MAX) });
        let machine = world.start(mortal.clone());
        mortal.left.store(left, Ordering::SeqCst);
        let app_hash = honest.app_hash.as_bytes().to_vec().into();
        let request = RequestOfferSnapshot { snapshot: Some(honest.offer.clone()), app_hash };
        let begun = machine.snapshots.offered(&machine.ledger, &request).is_ok();
        let mut chunks = honest.chunks.iter().enumerate();
        let survived = begun && chunks.all(|(index, chunk)| apply(&machine, index, chunk).is_ok());
        drop(machine);
        let again = world.plain();
        if survived {
            assert_eq!(again.ledger.store.committed().app_hash, honest.app_hash);
            assert!(left > 10, "only {left} writes crashed");
            return;
        }
        assert_eq!((again.ledger.height(), rows(&again).len()), (0, 0), "write {left}");
        assert!(world.dump().iter().all(|(_, documents)| documents.is_empty()), "write {left}");
        take(&again, &honest);
        assert_eq!(again.ledger.store.committed().app_hash, honest.app_hash);
    }
}

#[test]
fn a_file_holds_the_whole_database_and_is_refused_when_a_byte_of_it_is_wrong() {
    let source = World::new();
    let machine = source.plain();
    replay(&machine);
    let path = source.home.path().join("export");
    let state = machine.ledger.store.latest();
    let (documents, runtime) = (&*source.documents, source.runtime.handle());
    let from = Source { store: &machine.ledger.store, state: &state, documents, runtime };
    let (_, digest) = write(&from, 700, &path).unwrap();
    let mut export = Export::open(&path).unwrap();
    assert_eq!(export.digest(), digest);
    let world = World::new();
    let empty = world.plain();
    let contents = export.contents().clone();
    let mut arriving = empty.ledger.begin_restore(contents, &export.contents().app_hash()).unwrap();
    while let Some(chunk) = export.next().unwrap() {
        empty.ledger.restore_chunk(&mut arriving, &chunk).unwrap();
    }
    assert_eq!(timeless(world.dump()), timeless(source.dump()));
    assert_eq!(rows(&empty), rows(&machine));
    let whole = std::fs::read(&path).unwrap();
    for change in 0..40 {
        let mut bytes = whole.clone();
        let place = change * whole.len() / 40;
        match change % 2 {
            0 => bytes[place] ^= 1,
            _ => bytes.truncate(place),
        }
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(Export::open(&path), Err(FileError::NotWhole { .. })), "change {change}");
    }
}
