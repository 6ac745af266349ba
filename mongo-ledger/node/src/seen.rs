//! Transactions that this node has read and checked lately, so that each is read and its signatures are checked once.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use mongo_ledger_core::{json::Limits, refusal::Refusal, transaction::Transaction};
use rayon::prelude::*;
use sirius_primitives::{Hash, sha256};

/// Bytes of transactions that a generation holds: some five thousand. Read, a transaction takes several times its bytes.
const GENERATION: usize = 4 << 20;

/// A bounded memory in two generations: when the young one is full it becomes the old one, whose content is forgotten.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: BTreeMap<Hash, Arc<Transaction>>,
    bytes: usize,
    old: BTreeMap<Hash, Arc<Transaction>>,
}

/// A transaction with its signatures in order, or what is wrong with it.
pub(crate) type Verified = Result<Arc<Transaction>, Refusal>;

impl Seen {
    /// A transaction that was read and checked before, if it is as short as it has to be now: that may have changed.
    pub(crate) fn get(&self, bytes: &[u8], limits: &Limits) -> Option<Arc<Transaction>> {
        if bytes.len() > limits.bytes {
            return None;
        }
        let hash = sha256(bytes);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(transaction) = seen.young.get(&hash) {
            return Some(Arc::clone(transaction));
        }
        let transaction = seen.old.remove(&hash)?;
        seen.put(hash, Arc::clone(&transaction));
        Some(transaction)
    }

    /// Remembers a transaction whose signatures are in order.
    pub(crate) fn put(&self, bytes: &[u8], transaction: Arc<Transaction>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(sha256(bytes), transaction);
    }

    /// Reads the transactions of a block and checks their signatures, on all cores.
    pub(crate) fn verify<T: AsRef<[u8]> + Sync>(&self, transactions: &[T], limits: &Limits) -> Vec<Verified> {
        transactions.par_iter().map(|bytes| self.verify_one(bytes.as_ref(), limits)).collect()
    }

    fn verify_one(&self, bytes: &[u8], limits: &Limits) -> Verified {
        if let Some(transaction) = self.get(bytes, limits) {
            return Ok(transaction);
        }
        let transaction = Arc::new(Transaction::parse(bytes, limits)?);
        transaction.verify_signatures()?;
        self.put(bytes, Arc::clone(&transaction));
        Ok(transaction)
    }
}

impl Generations {
    fn put(&mut self, hash: Hash, transaction: Arc<Transaction>) {
        if self.bytes >= GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes = self.bytes.saturating_add(transaction.raw().len());
        self.young.insert(hash, transaction);
    }
}
