//! A state travels to an empty store and arrives whole, or not at all: whatever strangers send on the way.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod common;

use std::sync::Arc;

use common::{History, Place, State, commit, history, states, whole};
use proptest::prelude::*;
use sirius_primitives::{Blocks, Hash, Height, sha256};
use sirius_store::{
    Changes, Fault, LONGEST_VALUE, Memory, Options, Read as _, Store,
    backend::{Backend, Batch, Space, View},
    sync::{CHUNK_BYTES, MOST_CHUNK, Manifest, Restore, RestoreError},
};

/// A state as it travels.
#[derive(Debug, Clone)]
struct Shipped {
    app_hash: Hash,
    manifest: Manifest,
    chunks: Vec<Vec<u8>>,
}

fn ship(store: &Store, chunk: usize) -> Shipped {
    let latest = store.latest();
    let mut export = latest.export(chunk).unwrap();
    let chunks = export.by_ref().collect::<Result<_, _>>().unwrap();
    Shipped { app_hash: latest.app_hash(), manifest: export.manifest(), chunks }
}

/// Puts everything back.
fn take(store: &Store, shipped: &Shipped) -> Result<(), RestoreError> {
    let mut restore = store.begin_restore(shipped.manifest.clone(), &shipped.app_hash)?;
    for (index, chunk) in shipped.chunks.iter().enumerate() {
        assert_eq!(restore.next(), index);
        let done = store.restore_chunk(&mut restore, chunk)?;
        assert_eq!(done, index + 1 == shipped.chunks.len());
        assert_eq!(store.committed().height == Height::ZERO, !done, "nothing counts before the last chunk");
    }
    Ok(())
}

/// A store with keys of all lengths, and its state.
fn sample(keys: u64) -> (Store, State) {
    let store = Place::Memory(Memory::new()).open(5);
    let mut state = State::new();
    for block in 0..3u64 {
        let changes: Changes = (0..keys)
            .filter(|number| number % 3 != block || *number < 5)
            .map(|number| {
                let seed = sha256(&number.to_be_bytes());
                let length = 1 + usize::from(seed.as_bytes()[0] % 32);
                let value = (number % 11 != block).then(|| vec![seed.as_bytes()[1]; 1 + length * 3]);
                ([&seed.as_bytes()[..length], &number.to_be_bytes()].concat(), value)
            })
            .collect();
        state = common::after(&state, &changes);
        commit(&store, &changes);
    }
    (store, state)
}

/// What every store must do that has this state.
fn check(store: &Store, shipped: &Shipped, state: &State) {
    let latest = store.latest();
    assert_eq!((latest.height(), latest.app_hash()), (shipped.manifest.height, shipped.app_hash));
    assert_eq!(&whole(&latest), state);
    for key in state.keys().chain([&b"absent".to_vec()]).take(40) {
        let proof = latest.prove(key).unwrap();
        assert_eq!(proof.value, latest.get_bytes(key).unwrap());
        proof.verify(&shipped.app_hash).unwrap();
    }
}

#[test]
fn a_state_arrives_whole_in_chunks_of_any_size_and_the_chain_goes_on() {
    let (source, state) = sample(600);
    for chunk in [1, 100, 3_000, 20_000, CHUNK_BYTES] {
        let shipped = ship(&source, chunk);
        for place in Place::each() {
            let store = place.open(5);
            take(&store, &shipped).unwrap();
            check(&store, &shipped, &state);
            // The next blocks come to the same, and the past begins here.
            let next = Changes::from([
                (b"next".to_vec(), Some(vec![1])),
                (state.keys().next().unwrap().clone(), None),
            ]);
            let prepared = source.prepare(Height(4), &next).unwrap().app_hash();
            commit(&store, &next);
            assert_eq!(store.committed().app_hash, prepared);
            assert_eq!(store.oldest(), Height(3));
            assert_eq!(&whole(&store.at(Height(3)).unwrap()), &state);
            drop(store);
            let again = place.open(5);
            assert_eq!(again.committed().app_hash, prepared);
        }
    }
}

#[test]
fn every_node_ships_the_same_bytes() {
    let (one, _) = sample(300);
    let other = Place::Memory(Memory::new()).open(5);
    take(&other, &ship(&one, 5_000)).unwrap();
    for chunk in [700, CHUNK_BYTES] {
        let (one, other) = (ship(&one, chunk), ship(&other, chunk));
        assert_eq!(one.chunks, other.chunks);
        assert_eq!(one.manifest.encode(), other.manifest.encode());
    }
}

#[test]
fn the_longest_values_fit_into_a_chunk() {
    let store = Place::Memory(Memory::new()).open(5);
    let pair = |number: u8| (vec![number; 100], Some(vec![number; LONGEST_VALUE]));
    commit(&store, &(0..5).map(pair).collect());
    let shipped = ship(&store, usize::MAX);
    assert_eq!(shipped.chunks.len(), 2);
    assert!(shipped.chunks.iter().all(|chunk| chunk.len() <= MOST_CHUNK));
    const { assert!(MOST_CHUNK < 10_000_000) };
    take(&Place::Memory(Memory::new()).open(5), &shipped).unwrap();
}

#[test]
fn a_snapshot_stays_what_it_was_while_blocks_go_on() {
    let (store, state) = sample(600);
    let latest = store.latest();
    let mut export = latest.export(2_000).unwrap();
    let mut chunks = Vec::new();
    let mut number = 0u64;
    for chunk in export.by_ref() {
        chunks.push(chunk.unwrap());
        let changes = state.keys().skip(usize::try_from(number % 7).unwrap()).step_by(7);
        commit(
            &store,
            &changes.map(|key| (key.clone(), number.is_multiple_of(2).then(|| vec![9; 9]))).collect(),
        );
        number += 1;
    }
    assert!(number > 5);
    let shipped = Shipped { app_hash: latest.app_hash(), manifest: export.manifest(), chunks };
    let other = Place::Memory(Memory::new()).open(5);
    take(&other, &shipped).unwrap();
    check(&other, &shipped, &state);
    let past = store.at(Height(store.committed().height.0 - 1)).unwrap();
    assert!(matches!(past.export(1), Err(Fault::Contradiction(_))), "only the latest state is read out");
}

#[test]
fn a_snapshot_is_taken_by_an_empty_store_of_the_same_kind_and_of_the_trusted_hash_alone() {
    let (store, _) = sample(50);
    let shipped = ship(&store, 500);
    assert!(matches!(take(&store, &shipped), Err(RestoreError::NotEmpty(Height(3)))));
    let empty = Place::Memory(Memory::new()).open(5);
    let untrusted = Shipped { app_hash: sha256(b"another"), ..shipped.clone() };
    assert!(matches!(take(&empty, &untrusted), Err(RestoreError::OtherAppHash { .. })));
    let options = Options { name: "other".to_owned(), ..Options::default() };
    let other = Store::open(Arc::new(Memory::new()), options).unwrap();
    assert!(matches!(take(&other, &shipped), Err(RestoreError::OtherStores { .. })));
    let mut two = shipped;
    two.manifest.roots.insert("second".to_owned(), sha256(b"root"));
    two.app_hash = two.manifest.app_hash();
    assert!(matches!(take(&empty, &two), Err(RestoreError::OtherStores { .. })));
}

/// The bytes of everything that a backend holds.
fn bytes(backend: &dyn Backend) -> usize {
    let (view, mut total) = (backend.view().unwrap(), 0);
    for space in Space::ALL {
        let every = sirius_store::Span::prefix(b"");
        view.scan(space, &every, sirius_store::Order::Ascending, &mut |key, value| {
            total += key.len() + value.len();
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    }
    total
}

/// What a liar sends instead: a manifest that may fit the chunks again, so that only the state itself can tell.
fn mangle(
    shipped: &Shipped,
    kind: u8,
    one: prop::sample::Index,
    other: prop::sample::Index,
    bit: u8,
) -> Shipped {
    let mut lie = shipped.clone();
    let (a, b) = (one.index(lie.chunks.len()), other.index(lie.chunks.len()));
    let honest = lie.chunks[a].clone();
    match kind % 9 {
        0 => {
            let at = other.index(honest.len());
            lie.chunks[a][at] ^= 1 << (bit % 8);
        }
        1 => lie.chunks[a].truncate(other.index(honest.len())),
        2 => lie.chunks.swap(a, b),
        3 => lie.chunks[a].extend_from_slice(&honest),
        4 => drop(lie.chunks.remove(a)),
        5 => lie.chunks.insert(a, honest),
        6 => lie.chunks[a] = vec![bit; other.index(5_000)],
        // The way to the root is another chunk's.
        7 => {
            let donor = &shipped.chunks[b];
            let cut = honest.len().saturating_sub(64);
            lie.chunks[a].truncate(cut);
            lie.chunks[a].extend_from_slice(&donor[donor.len().saturating_sub(64)..]);
        }
        // A pair is missing: the count says one less and its bytes are gone.
        _ => {
            let count = u32::from_be_bytes(*honest.first_chunk().unwrap()) - 1;
            lie.chunks[a][..4].copy_from_slice(&count.to_be_bytes());
            let key = usize::from(honest[4]);
            let value = usize::from(honest[5 + key]);
            lie.chunks[a].drain(4..6 + key + value);
        }
    }
    lie
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]
    #[test]
    fn whatever_a_liar_changes_is_refused_before_it_is_written(
        kind in any::<u8>(), one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
        bit in any::<u8>(), refits in any::<bool>(),
    ) {
        thread_local! {
            static HONEST: Shipped = ship(&sample(120).0, 900);
        }
        let honest = HONEST.with(Clone::clone);
        let mut lie = mangle(&honest, kind, one, other, bit);
        prop_assume!(lie.chunks != honest.chunks);
        if refits {
            lie.manifest.chunks = lie.chunks.iter().map(|chunk| sha256(chunk)).collect();
        }
        let backend = Memory::new();
        let store = Store::open(Arc::new(backend.clone()), Options::default()).unwrap();
        let mut restore = store.begin_restore(lie.manifest.clone(), &lie.app_hash).unwrap();
        let (mut refused, mut arrived) = (false, false);
        for (index, chunk) in lie.chunks.iter().enumerate() {
            let before = bytes(&backend);
            match store.restore_chunk(&mut restore, chunk) {
                Ok(done) => {
                    prop_assert_eq!(Some(chunk), honest.chunks.get(index), "only what is true is taken");
                    arrived = done;
                }
                Err(RestoreError::Fault(fault)) => prop_assert!(false, "{} is no fault", fault),
                Err(error) => {
                    let blamed = matches!(error, RestoreError::WrongChunk { .. });
                    prop_assert_eq!(blamed, !refits && restore.next() < lie.manifest.chunks.len());
                    prop_assert_eq!(bytes(&backend), before, "nothing is written");
                    refused = true;
                    break;
                }
            }
        }
        // Chunks that are missing at the end are missed by the manifest, those too many never asked for.
        prop_assert!(refused || arrived || restore.next() < restore.chunks());
        // The true ones are taken in spite of all that.
        if !arrived {
            take(&store, &honest).unwrap();
        }
        prop_assert_eq!(store.committed().app_hash, honest.app_hash);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_history_arrives(history in history(8), chunk in 1usize..400) {
        let source = Place::Memory(Memory::new()).open(20);
        history.iter().for_each(|changes| commit(&source, changes));
        let state = states(&History::clone(&history)).pop().unwrap();
        let shipped = ship(&source, chunk);
        if state.is_empty() {
            prop_assert!(shipped.chunks.is_empty(), "there is nothing to ship");
            return Ok(());
        }
        let store = Place::Memory(Memory::new()).open(20);
        take(&store, &shipped).unwrap();
        check(&store, &shipped, &state);
    }
}

/// A backend that fails at a certain commit, as a disk does that is full or gone.
struct Failing {
    inner: Memory,
    left: std::sync::atomic::AtomicU64,
}

impl Backend for Failing {
    fn view(&self) -> Result<Arc<dyn View>, Fault> {
        self.inner.view()
    }

    fn commit(&self, batch: Batch) -> Result<(), Fault> {
        use std::sync::atomic::Ordering::SeqCst;
        if self.left.load(SeqCst) == 0 {
            return Err(Fault::Disk { action: "writing", cause: "full".into() });
        }
        self.left.fetch_sub(1, SeqCst);
        self.inner.commit(batch)
    }
}

#[test]
fn a_crash_at_any_point_leaves_nothing_or_the_restored_state() {
    let (source, state) = sample(200);
    let shipped = ship(&source, 1_500);
    for writes in 0..shipped.chunks.len() + 3 {
        let backend = Memory::new();
        let failing = Failing { inner: backend.clone(), left: u64::try_from(writes).unwrap().into() };
        let store = Store::open(Arc::new(failing), Options::default()).unwrap();
        let outcome = take(&store, &shipped);
        assert_eq!(outcome.is_ok(), writes >= shipped.chunks.len());
        drop(store);
        let options = Options { keep_versions: Blocks(5), ..Options::default() };
        let store = Store::open(Arc::new(backend.clone()), options).unwrap();
        if outcome.is_ok() {
            check(&store, &shipped, &state);
            continue;
        }
        assert_eq!(store.committed().height, Height::ZERO);
        assert_eq!(bytes(&backend), 0, "nothing is left after {writes} writes");
        // Such a store begins from genesis as if nothing had been, or takes the snapshot after all.
        commit(&store, &Changes::from([(b"first".to_vec(), Some(vec![1]))]));
        assert_eq!(whole(&store.latest()).len(), 1);
    }
}

#[test]
fn clearing_what_was_abandoned_goes_on_after_a_crash() {
    let (source, _) = sample(200);
    let shipped = ship(&source, 1_500);
    let backend = Memory::new();
    let store = Store::open(Arc::new(backend.clone()), Options::default()).unwrap();
    let mut restore: Restore = store.begin_restore(shipped.manifest.clone(), &shipped.app_hash).unwrap();
    store.restore_chunk(&mut restore, &shipped.chunks[0]).unwrap();
    drop(store);
    for writes in 0..2u64 {
        let failing = Failing { inner: backend.clone(), left: writes.into() };
        assert!(Store::open(Arc::new(failing), Options::default()).is_err());
    }
    Store::open(Arc::new(backend.clone()), Options::default()).unwrap();
    assert_eq!(bytes(&backend), 0);
}
