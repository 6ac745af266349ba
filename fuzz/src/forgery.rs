//! A proof of which the fuzzer replaces what it likes.
//!
//! ```text
//! place ‖ which ‖ key: part ‖ value: part ‖ state: part ‖ root: part
//! ```
//!
//! `place` counts the world's keys, and beyond them `key` is meant. A bit of `which` says that a part takes the place of
//! what is honest: 1 the value, 2 the way to the store's root, 4 the way to the app hash. 8 says that there is no value.

use std::sync::{Arc, LazyLock};

use sirius_primitives::{Hash, Height};
use sirius_store::{Memory, Options, Proof, ProofOp, ROOT_OP, STATE_OP, Store};

use crate::{Input, Output, WORLD};

/// A store with the world's state, and its root.
static STORE: LazyLock<(Store, Hash)> = LazyLock::new(|| {
    let store = Store::open(Arc::new(Memory::new()), Options::default()).expect("memory opens");
    let changes = WORLD.state.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
    let prepared = store.prepare(Height(1), &changes.collect()).expect("a first block");
    let root = prepared.app_hash();
    store.commit(prepared, Vec::new()).expect("memory takes it");
    (store, root)
});

const VALUE: u8 = 1;
const STATE: u8 = 2;
const ROOT: u8 = 4;
const ABSENT: u8 = 8;

/// See the module's documentation.
#[derive(Debug, Clone, Default)]
pub struct Forgery {
    place: u8,
    which: u8,
    key: Vec<u8>,
    value: Vec<u8>,
    state: Vec<u8>,
    root: Vec<u8>,
}

impl Forgery {
    /// The forgery that an input describes.
    pub fn read(mut input: Input<'_>) -> Self {
        Self {
            place: input.byte(),
            which: input.byte(),
            key: input.part().to_vec(),
            value: input.part().to_vec(),
            state: input.part().to_vec(),
            root: input.part().to_vec(),
        }
    }

    /// Writes what [`Forgery::read`] reads.
    pub fn write(&self) -> Vec<u8> {
        let Self { place, which, key, value, state, root } = self;
        Output::default().byte(*place).byte(*which).part(key).part(value).part(state).part(root).bytes()
    }

    /// What is honest of a key of the world, each part written out; `None` beyond its keys.
    pub fn honest(place: u8) -> Option<Self> {
        let (key, value) = WORLD.state.iter().nth(usize::from(place))?;
        let [state, root] = STORE.0.latest().prove(key).expect("the store is sound").to_ops();
        let which = VALUE | STATE | ROOT;
        Some(Self { place, which, key: Vec::new(), value: value.clone(), state: state.data, root: root.data })
    }

    /// The honest absence of a key, each part written out.
    pub fn absence(key: &[u8]) -> Self {
        let [state, root] = STORE.0.latest().prove(key).expect("the store is sound").to_ops();
        let which = ABSENT | STATE | ROOT;
        Self {
            place: u8::MAX,
            which,
            key: key.to_vec(),
            value: Vec::new(),
            state: state.data,
            root: root.data,
        }
    }

    /// Whether it convinces; whatever convinces is so.
    pub fn convinces(&self) -> bool {
        let (store, app_hash) = &*STORE;
        let known = match self.place {
            u8::MAX => None,
            place => WORLD.state.keys().nth(usize::from(place)),
        };
        let key = known.unwrap_or(&self.key);
        if key.is_empty() {
            return false;
        }
        let [inner, outer] = store.latest().prove(key).expect("the store is sound").to_ops();
        let part = |bit, given: &Vec<u8>, honest| if self.which & bit != 0 { given.clone() } else { honest };
        let held = WORLD.state.get(key);
        let value = match self.which & (ABSENT | VALUE) {
            0 => held.cloned(),
            VALUE => Some(self.value.clone()),
            _ => None,
        };
        let ops = [
            ProofOp { kind: STATE_OP.into(), key: key.clone(), data: part(STATE, &self.state, inner.data) },
            ProofOp { kind: ROOT_OP.into(), key: outer.key, data: part(ROOT, &self.root, outer.data) },
        ];
        let Ok(proof) = Proof::from_ops(key.clone(), value, &ops) else { return false };
        let convinces = proof.verify(app_hash).is_ok();
        assert!(!convinces || proof.value.as_ref() == held, "proven, and not so: {proof:?}");
        convinces
    }
}
