//! State as far as it is proven.

use std::{cell::RefCell, collections::BTreeMap};

use sirius_store::{Fault, Order, Read, Span, Visit};

/// Proven values by key; `None` is a key proven to be absent. Reading another key takes it down and fails.
#[derive(Debug, Default)]
pub(super) struct ProvenState {
    proven: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    asked: RefCell<Asked>,
}

/// What a handler asked for that is not proven.
#[derive(Debug, Default)]
struct Asked {
    /// The first such key: a handler that goes on after a fault asks for more than it needs.
    key: Option<Vec<u8>>,
    range: bool,
}

impl ProvenState {
    pub(super) fn insert(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.proven.insert(key, value);
    }

    /// How many keys are proven.
    pub(super) fn len(&self) -> usize {
        self.proven.len()
    }

    /// Hands out the key that was read and is not proven.
    pub(super) fn missing(&self) -> Option<Vec<u8>> {
        self.asked.borrow_mut().key.take()
    }

    /// Whether a range was read.
    pub(super) fn ranged(&self) -> bool {
        self.asked.borrow().range
    }
}

impl Read for ProvenState {
    fn get_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        match self.proven.get(key) {
            Some(value) => Ok(value.clone()),
            None => {
                self.asked.borrow_mut().key.get_or_insert_with(|| key.to_vec());
                Err(Fault::Contradiction("a key was read that is not proven yet".into()))
            }
        }
    }

    fn scan(&self, _: &Span, _: Order, _: &mut Visit<'_>) -> Result<(), Fault> {
        self.asked.borrow_mut().range = true;
        Err(Fault::Contradiction("a range was read, which cannot be proven".into()))
    }
}
