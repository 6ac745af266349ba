//! F10: no bytes prove to a root what it does not hold.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use sirius_primitives::Hash;
use sirius_store::{Memory, Options, Proof, ProofOp, ROOT_OP, STATE_OP, Store};

/// A store with the world's state, and its root.
static STORE: LazyLock<(Store, Hash)> = LazyLock::new(|| {
    let store = Store::open(Arc::new(Memory::new()), Options::default()).expect("memory opens");
    let changes = sirius_fuzz::WORLD.state.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
    let prepared = store.prepare(sirius_primitives::Height(1), &changes.collect()).expect("a first block");
    let root = prepared.app_hash();
    store.commit(prepared, Vec::new()).expect("memory takes it");
    (store, root)
});

fuzz_target!(|input: (&[u8], Option<Vec<u8>>, u8, &[u8], &[u8])| {
    let (key, value, place, state, root) = input;
    let (store, app_hash) = &*STORE;
    // The proof of a key that there is, or of one that there is not, with parts of it replaced.
    let known = sirius_fuzz::WORLD.state.keys().nth(usize::from(place));
    let key = known.map_or(key, Vec::as_slice);
    if key.is_empty() {
        return;
    }
    let honest = store.latest().prove(key).expect("the store is sound");
    let [inner, outer] = honest.to_ops();
    let data = |given: &[u8], own: &ProofOp| if given.is_empty() { own.data.clone() } else { given.to_vec() };
    let ops = [
        ProofOp { kind: STATE_OP.into(), key: key.to_vec(), data: data(state, &inner) },
        ProofOp { kind: ROOT_OP.into(), key: outer.key.clone(), data: data(root, &outer) },
    ];
    let Ok(proof) = Proof::from_ops(key.to_vec(), value.clone(), &ops) else { return };
    if proof.verify(app_hash).is_ok() {
        assert_eq!(value, sirius_fuzz::WORLD.state.get(key).cloned(), "proven, and not so: {proof:?}");
    }
});
