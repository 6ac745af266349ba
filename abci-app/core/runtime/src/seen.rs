//! Transactions this node has decoded lately, so that each is decoded and its signatures verified once.

use std::{collections::BTreeMap, sync::Arc};

use sirius_primitives::Hash;

use crate::Tx;

/// How many transactions a generation holds: two of them are four times the mempool's 5,000.
const GENERATION: usize = 10_000;

/// Bytes of transactions that a generation holds: more than a block's. A decoded transaction takes up a few times its
/// bytes, and whoever sends the largest need not even sign them; so two generations are at most some 100 MB.
const GENERATION_BYTES: usize = 8 << 20;

/// A bounded memory in two generations: when the young one is full it becomes the old one, whose content is forgotten.
/// What is found in the old one becomes young again.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    young: BTreeMap<Hash, Arc<Tx>>,
    /// Bytes of the young ones.
    bytes: usize,
    old: BTreeMap<Hash, Arc<Tx>>,
}

impl Seen {
    pub(crate) fn get(&mut self, hash: &Hash) -> Option<Arc<Tx>> {
        if let Some(tx) = self.young.get(hash) {
            return Some(tx.clone());
        }
        let tx = self.old.remove(hash)?;
        self.put(tx.clone());
        Some(tx)
    }

    pub(crate) fn put(&mut self, tx: Arc<Tx>) {
        if self.young.len() >= GENERATION || self.bytes >= GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes = self.bytes.saturating_add(tx.bytes.len());
        self.young.insert(tx.hash, tx);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests {
    use sirius_primitives::sha256;

    use super::*;

    fn tx(number: usize) -> Arc<Tx> {
        sized(number, 250)
    }

    fn sized(number: usize, length: usize) -> Arc<Tx> {
        Arc::new(Tx {
            hash: sha256(&number.to_be_bytes()),
            bytes: vec![0; length].into(),
            body_bytes: Vec::new(),
            auth_info_bytes: Vec::new(),
            memo: String::new(),
            timeout_height: None,
            messages: Vec::new(),
            signers: Vec::new(),
            signatures: Vec::new(),
            fee: crate::tx::Fee::default(),
            verified: std::sync::OnceLock::new(),
        })
    }

    #[test]
    fn forgets_the_oldest_and_stays_bounded() {
        let mut seen = Seen::default();
        for number in 0..GENERATION * 3 {
            seen.put(tx(number));
            // The first one is asked for again and again, so it stays.
            assert!(seen.get(&tx(0).hash).is_some());
        }
        assert!(seen.len() <= GENERATION * 2);
        assert!(seen.get(&tx(1).hash).is_none());
    }

    #[test]
    fn large_ones_are_forgotten_sooner() {
        let mut seen = Seen::default();
        for number in 0..1_000 {
            seen.put(sized(number, crate::tx::MOST_BYTES));
        }
        assert!(seen.len() * crate::tx::MOST_BYTES <= 3 * GENERATION_BYTES, "{} are kept", seen.len());
    }
}
