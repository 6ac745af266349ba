//! Roots are those of crate `jmt`, and proofs convince a standard ICS-23 verifier of what is true and of nothing else.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod common;

use common::{Place, State, commit, history, key, states};
use ics23::{HostFunctionsManager, commitment_proof::Proof as Kind};
use jmt::{KeyHash, Sha256Jmt, mock::MockTreeStore};
use proptest::prelude::*;
use sha2::Sha256;
use sirius_primitives::{Hash, Height, sha256};
use sirius_store::{
    Changes, Proof, ProofError, ProofOp, Snapshot, roots, state_spec, verify_absence, verify_value,
};

/// The root that `jmt` finds after each block of a history.
fn jmt_roots(history: &[Changes], states: &[State]) -> Vec<Hash> {
    let pages = MockTreeStore::default();
    let tree = Sha256Jmt::new(&pages);
    let root = |(version, (changes, before)): (usize, (&Changes, &State))| {
        let effective = changes.iter().filter(|(key, value)| before.get(*key) != value.as_ref());
        let values = effective.map(|(key, value)| (KeyHash::with::<Sha256>(key), value.clone()));
        let (root, batch) = tree.put_value_set(values, version as u64).unwrap();
        pages.write_tree_update_batch(batch).unwrap();
        Hash::new(root.0)
    };
    history.iter().zip(states).enumerate().map(root).collect()
}

fn app_hash(root: Hash) -> Hash {
    roots::app_hash(&roots::Roots::from([("ledger".to_owned(), root)]))
}

/// Whether the standard verifier, told nothing but the specification, is convinced.
fn convinces(proof: &Proof, root: &Hash, spec: &ics23::ProofSpec) -> bool {
    let root = root.as_bytes().to_vec();
    match &proof.value {
        Some(value) => {
            ics23::verify_membership::<HostFunctionsManager>(&proof.state, spec, &root, &proof.key, value)
        }
        None => ics23::verify_non_membership::<HostFunctionsManager>(&proof.state, spec, &root, &proof.key),
    }
}

fn check(snapshot: &Snapshot, state: &State, key: &[u8], root: &Hash) {
    let proof = snapshot.prove(key).unwrap();
    assert_eq!(proof.value.as_ref(), state.get(key));
    proof.verify(&snapshot.app_hash()).unwrap();
    if !state.is_empty() {
        assert!(convinces(&proof, root, &jmt::ics23_spec()));
        assert!(convinces(&proof, root, &state_spec()));
    }

    // The same over the wire, for a client without a store.
    let ops = proof.to_ops();
    let read = Proof::from_ops(key.to_vec(), proof.value.clone(), &ops).unwrap();
    assert_eq!(read, proof);
    let app_hash = snapshot.app_hash();
    match &proof.value {
        Some(value) => {
            verify_value(&app_hash, "ledger", key, value, &ops).unwrap();
            verify_value(&app_hash, "ledger", key, b"another value", &ops).unwrap_err();
            verify_value(&app_hash, "ledger", b"another key", value, &ops).unwrap_err();
            verify_absence(&app_hash, "ledger", key, &ops).unwrap_err();
            verify_value(&app_hash, "other", key, value, &ops).unwrap_err();
        }
        None => {
            verify_absence(&app_hash, "ledger", key, &ops).unwrap();
            verify_value(&app_hash, "ledger", key, b"a value", &ops).unwrap_err();
            for present in state.keys() {
                verify_absence(&app_hash, "ledger", present, &ops).unwrap_err();
            }
        }
    }
    proof.verify(&sha256(b"another app hash")).unwrap_err();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn roots_are_those_of_jmt_and_every_height_proves_every_key(
        history in history(7), others in prop::collection::vec(key(), 3),
    ) {
        let states = states(&history);
        let expected = jmt_roots(&history, &states);
        for place in Place::each() {
            let store = place.open(100);
            for (changes, root) in history.iter().zip(&expected) {
                commit(&store, changes);
                prop_assert_eq!(store.committed().app_hash, app_hash(*root));
            }
            for (height, (root, state)) in expected.iter().zip(&states[1..]).enumerate() {
                let snapshot = store.at(Height(height as u64 + 1)).unwrap();
                let keys = states.iter().flat_map(State::keys).chain(&others);
                for key in keys {
                    check(&snapshot, state, key, root);
                }
            }
        }
    }

    #[test]
    fn hostile_bytes_are_refused(data in prop::collection::vec(any::<u8>(), 0..200)) {
        let op = |kind: &str| ProofOp { kind: kind.into(), key: b"ledger".to_vec(), data: data.clone() };
        let ops = [op("ics23:jmt"), op("ics23:simple")];
        prop_assert!(verify_value(&sha256(b""), "ledger", b"k", b"v", &ops).is_err());
        prop_assert!(verify_absence(&sha256(b""), "ledger", b"k", &ops).is_err());
    }
}

#[test]
fn no_changed_byte_of_a_proof_convinces() {
    // A key of an empty tree, one that is absent with one and two neighbours, one that is present, and several levels.
    for (count, key) in [(0, 1), (1, 0), (1, 1), (2, 1), (2, 2), (9, 4), (9, 60)] {
        let store = Place::each()[0].open(10);
        commit(&store, &(0..count).map(|key| (vec![key], Some(vec![key, 1]))).collect());
        let (snapshot, key) = (store.latest(), vec![key]);
        let proof = snapshot.prove(&key).unwrap();
        let ops = proof.to_ops();
        for (step, op) in ops.iter().enumerate() {
            for (index, flip) in (0..op.data.len()).flat_map(|index| (1..=255).map(move |flip| (index, flip)))
            {
                let mut changed = ops.clone();
                changed[step].data[index] ^= flip;
                // A flip may be one that protobuf reads the same way; then it is the same proof.
                if let Ok(read) = Proof::from_ops(key.clone(), proof.value.clone(), &changed) {
                    assert!(
                        read == proof || read.verify(&snapshot.app_hash()).is_err(),
                        "{count} keys, key {key:?}, step {step}, byte {index}, flip {flip}"
                    );
                }
            }
        }
    }
}

#[test]
fn nothing_is_in_an_empty_store() {
    for place in Place::each() {
        let store = place.open(10);
        let proof = store.latest().prove(b"a").unwrap();
        assert_eq!(proof.value, None);
        proof.verify(&store.committed().app_hash).unwrap();
        commit(&store, &Changes::from([(b"a".to_vec(), Some(b"1".to_vec()))]));
        assert!(proof.verify(&store.committed().app_hash).is_err());
        // And in one that was emptied again.
        commit(&store, &Changes::from([(b"a".to_vec(), None)]));
        store.latest().prove(b"a").unwrap().verify(&store.committed().app_hash).unwrap();
        let before = store.at(Height(1)).unwrap();
        assert_eq!(before.prove(b"a").unwrap().value.unwrap(), b"1");
    }
}

#[test]
fn an_empty_absence_does_not_pass_for_a_full_tree() {
    let store = Place::each()[0].open(10);
    commit(&store, &Changes::from([(b"a".to_vec(), Some(b"1".to_vec()))]));
    let mut proof = store.latest().prove(b"b").unwrap();
    let Some(Kind::Nonexist(absence)) = &mut proof.state.proof else { panic!("b is absent") };
    (absence.left, absence.right) = (None, None);
    let error = proof.verify(&store.committed().app_hash).unwrap_err();
    assert!(matches!(error, ProofError::State { .. }), "{error}");
}

#[test]
fn steps_are_the_two_of_this_chain() {
    let store = Place::each()[0].open(10);
    commit(&store, &Changes::from([(b"a".to_vec(), Some(b"1".to_vec()))]));
    let [state, root] = store.latest().prove(b"a").unwrap().to_ops();
    assert_eq!((state.kind.as_str(), state.key.as_slice()), ("ics23:jmt", &b"a"[..]));
    assert_eq!((root.kind.as_str(), root.key.as_slice()), ("ics23:simple", &b"ledger"[..]));
    for ops in
        [vec![state.clone()], vec![root.clone(), state.clone()], vec![state.clone(), root.clone(), root]]
    {
        let error = Proof::from_ops(b"a".to_vec(), None, &ops).unwrap_err();
        assert!(matches!(error, ProofError::Steps { .. }), "{error}");
    }
}

#[test]
fn a_large_tree_has_the_root_of_jmt() {
    // Deep pages, and enough changes to be worked out in parallel.
    let value = |number: u32| number.to_le_bytes().to_vec();
    let blocks: Vec<Changes> = (0..4u32)
        .map(|block| {
            let keys = (0..6000u32).filter(|key| key % 4 <= block);
            keys.map(|key| {
                (
                    sha256(&value(key)).as_bytes()[..20].to_vec(),
                    (key % 5 != block).then(|| value(key + block)),
                )
            })
            .collect()
        })
        .collect();
    let states = states(&blocks);
    let expected = jmt_roots(&blocks, &states);
    for place in Place::each() {
        let store = place.open(10);
        for (changes, root) in blocks.iter().zip(&expected) {
            commit(&store, changes);
            assert_eq!(store.committed().app_hash, app_hash(*root));
        }
        for (height, (root, state)) in expected.iter().zip(&states[1..]).enumerate() {
            let snapshot = store.at(Height(height as u64 + 1)).unwrap();
            for key in states[4].keys().step_by(97).chain([&b"absent".to_vec(), &b"too".to_vec()]) {
                let proof = snapshot.prove(key).unwrap();
                assert_eq!(proof.value.as_ref(), state.get(key));
                assert!(convinces(&proof, root, &jmt::ics23_spec()));
                proof.verify(&snapshot.app_hash()).unwrap();
            }
        }
    }
}
