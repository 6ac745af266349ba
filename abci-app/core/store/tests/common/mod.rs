//! A state that is right by being simple, random histories for it, and a store that is compared with it.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "shared by several test programs; a test that panics fails"
)]

use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc};

use proptest::prelude::*;
use sirius_primitives::{Blocks, Height};
use sirius_store::{
    Changes, Disk, DiskOptions, Memory, Options, Order, Read, Span, Store, Unavailable, backend::Backend,
};
use tempfile::TempDir;

/// A whole state.
pub(crate) type State = BTreeMap<Vec<u8>, Vec<u8>>;

/// What becomes of each key, block after block.
pub(crate) type History = Vec<Changes>;

/// A place to keep a store that can be opened again.
pub(crate) enum Place {
    /// One that the process keeps.
    Memory(Memory),
    /// One in a folder.
    Disk(TempDir),
}

impl Place {
    /// A fresh one of each kind.
    pub(crate) fn each() -> [Self; 2] {
        [Self::Memory(Memory::new()), Self::Disk(tempfile::tempdir().unwrap())]
    }

    /// Opens what is there. Of a folder at most one backend is open at a time.
    pub(crate) fn backend(&self) -> Arc<dyn Backend> {
        match self {
            Self::Memory(memory) => Arc::new(memory.clone()),
            Self::Disk(folder) => Arc::new(Disk::open(folder.path(), DiskOptions::default()).unwrap()),
        }
    }

    /// Opens the store that is there, keeping so many versions.
    pub(crate) fn open(&self, keep: u64) -> Store {
        // A cache this small makes nearly every read go to the backend.
        let options = Options { keep_versions: Blocks(keep), page_cache: 8 << 10, ..Options::default() };
        Store::open(self.backend(), options).unwrap()
    }
}

/// Keys that begin with one another, hold zero bytes, and are few enough to meet again.
pub(crate) fn key() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(0u8), Just(1), Just(b'a'), Just(0xff)];
    prop::collection::vec(byte, 1..4)
}

/// Up to `blocks` blocks of random changes.
pub(crate) fn history(blocks: usize) -> impl Strategy<Value = History> {
    let value = prop::option::weighted(0.6, prop::collection::vec(any::<u8>(), 1..20));
    prop::collection::vec(prop::collection::btree_map(key(), value, 0..30), 1..blocks)
}

/// The state after `changes`.
pub(crate) fn after(state: &State, changes: &Changes) -> State {
    let mut state = state.clone();
    for (key, value) in changes {
        match value {
            Some(value) => state.insert(key.clone(), value.clone()),
            None => state.remove(key),
        };
    }
    state
}

/// The states after each block; the first is the empty one before them all.
pub(crate) fn states(history: &History) -> Vec<State> {
    let mut states = vec![State::new()];
    states.extend(history.iter().scan(State::new(), |state, changes| {
        *state = after(state, changes);
        Some(state.clone())
    }));
    states
}

/// Commits `changes` as the next block.
pub(crate) fn commit(store: &Store, changes: &Changes) {
    let height = store.committed().height.next();
    let prepared = store.prepare(height, changes).unwrap();
    store.commit(prepared, Vec::new()).unwrap();
}

/// At most `most` pairs of a scan.
pub(crate) fn pairs(state: &dyn Read, span: &Span, order: Order, most: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    state
        .scan(span, order, &mut |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            if found.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    found
}

/// Everything that a state holds.
pub(crate) fn whole(state: &dyn Read) -> State {
    pairs(state, &Span::prefix(b""), Order::Ascending, usize::MAX).into_iter().collect()
}

/// Compares every height that is kept, and refuses every other one. `states` are those after heights 0, 1, 2 and on.
pub(crate) fn compare(store: &Store, states: &[State], keep: u64) {
    let latest = store.committed().height;
    assert_eq!(latest.0 as usize, states.len() - 1);
    let oldest = Height(latest.0.saturating_sub(keep).max(1)).min(latest);
    assert_eq!(store.oldest(), if latest == Height::ZERO { Height::ZERO } else { oldest });
    for (height, state) in states.iter().enumerate().map(|(height, state)| (Height(height as u64), state)) {
        match store.at(height) {
            Err(error) => {
                assert_eq!(error, Unavailable::Pruned { asked: height, oldest }, "of {latest}");
                assert!(height < oldest);
            }
            Ok(snapshot) => {
                assert_eq!(snapshot.height(), height);
                assert_eq!(&whole(&snapshot), state, "height {height} of {latest}");
            }
        }
    }
    let asked = latest.next();
    assert_eq!(store.at(asked).unwrap_err(), Unavailable::Future { asked, latest });
}
