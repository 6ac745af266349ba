//! A snapshot on its way to a node that joins, of which the fuzzer replaces the manifest or the last chunks.
//!
//! ```text
//! place ‖ manifest: part ‖ (chunk: part)…
//! ```
//!
//! The honest chunks before `place` are followed by the given ones; the manifest of these is made to fit, as a liar would.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Arc, LazyLock},
};

use sirius_primitives::{Hash, Height, sha256};
use sirius_store::{
    Memory, Options, Order, Read as _, Span, Store,
    sync::{Manifest, RestoreError},
};

use crate::{Input, Output, WORLD};

/// Pairs of the state that is shipped: enough for a few chunks, few enough for many inputs a second.
const PAIRS: usize = 64;
/// Bytes with which a chunk is full.
const FULL: usize = 1_024;

/// What an honest node ships.
pub struct Shipped {
    state: BTreeMap<Vec<u8>, Vec<u8>>,
    app_hash: Hash,
    /// What is said of it first.
    pub manifest: Manifest,
    /// Its chunks.
    pub chunks: Vec<Vec<u8>>,
}

/// The honest snapshot that all inputs begin from.
pub static SHIPPED: LazyLock<Shipped> = LazyLock::new(|| {
    let state: BTreeMap<_, _> =
        WORLD.state.iter().take(PAIRS).map(|(key, value)| (key.clone(), value.clone())).collect();
    let store = empty();
    let changes = state.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    let prepared = store.prepare(Height(1), &changes).expect("a first block");
    store.commit(prepared, Vec::new()).expect("memory takes it");
    let latest = store.latest();
    let mut export = latest.export(FULL).expect("the latest state");
    let chunks = export.by_ref().collect::<Result<_, _>>().expect("the store is sound");
    Shipped { state, app_hash: latest.app_hash(), manifest: export.manifest(), chunks }
});

fn empty() -> Store {
    let options = Options { page_cache: 1 << 20, ..Options::default() };
    Store::open(Arc::new(Memory::new()), options).expect("memory opens")
}

/// See the module's documentation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shipment {
    /// Honest chunks before the given ones.
    pub place: u8,
    /// A manifest, tried for itself.
    pub manifest: Vec<u8>,
    /// The chunks from there on.
    pub chunks: Vec<Vec<u8>>,
}

impl Shipment {
    /// The shipment that an input describes.
    pub fn read(mut input: Input<'_>) -> Self {
        let (place, manifest) = (input.byte(), input.part().to_vec());
        let mut chunks = Vec::new();
        while !input.is_empty() && chunks.len() <= SHIPPED.chunks.len() {
            chunks.push(input.part().to_vec());
        }
        Self { place, manifest, chunks }
    }

    /// Writes what [`Shipment::read`] reads.
    pub fn write(&self) -> Vec<u8> {
        let begun = Output::default().byte(self.place).part(&self.manifest);
        self.chunks.iter().fold(begun, |output, chunk| output.part(chunk)).bytes()
    }

    /// Tries the manifest; whether it could be begun from.
    pub fn is_begun(&self) -> bool {
        let Ok(manifest) = Manifest::decode(&self.manifest) else { return false };
        assert_eq!(manifest.encode(), self.manifest, "two encodings of one manifest");
        let leads = manifest.app_hash() == SHIPPED.app_hash;
        let begun = match empty().begin_restore(manifest, &SHIPPED.app_hash) {
            Ok(_) => true,
            Err(RestoreError::Fault(fault)) => panic!("a manifest is a fault: {fault}"),
            Err(_) => false,
        };
        assert!(leads || !begun, "a manifest of another state was taken");
        begun
    }

    /// Tries the chunks; whether they arrived. What arrives is the state, and nothing counts before that.
    pub fn arrives(&self) -> bool {
        let honest = SHIPPED.chunks.iter().take(usize::from(self.place));
        let chunks: Vec<_> = honest.chain(&self.chunks).collect();
        let names = chunks.iter().map(|chunk| sha256(chunk)).collect();
        let manifest = Manifest { chunks: names, ..SHIPPED.manifest.clone() };
        let store = empty();
        let mut restore = store.begin_restore(manifest, &SHIPPED.app_hash).expect("an empty store");
        for chunk in chunks {
            match store.restore_chunk(&mut restore, chunk) {
                Ok(false) => assert_eq!(store.committed().height, Height::ZERO, "it counts too early"),
                Ok(true) => {
                    assert_eq!(whole(&store), SHIPPED.state, "another state arrived");
                    assert_eq!(store.committed().app_hash, SHIPPED.app_hash);
                    return true;
                }
                Err(RestoreError::Forged { .. }) => break,
                Err(error) => panic!("an honest node stops, or blames the wrong one: {error}"),
            }
        }
        assert_eq!(store.committed().height, Height::ZERO, "half a state counts");
        assert!(whole(&store).is_empty(), "half a state can be read");
        false
    }
}

fn whole(store: &Store) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut pairs = BTreeMap::new();
    let read = store.latest().scan(&Span::prefix(b""), Order::Ascending, &mut |key, value| {
        pairs.insert(key.to_vec(), value.to_vec());
        ControlFlow::Continue(())
    });
    read.expect("the store is sound");
    pairs
}
