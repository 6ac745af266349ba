//! The slow comparison that never ends, so that no node votes long on documents that somebody changed.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use sirius_store::{Order, Store};
use tracing::{debug, warn};

use super::{
    Finding, VerifyError,
    database::{compare, head, others, records},
};
use crate::{
    documents::Documents,
    index::{BlockRow, Index},
    ledger::Ledger,
};

/// Records compared at a time.
const STEP: u64 = 16;
/// The pause after a round, and after the document server did not answer.
const PAUSE: Duration = Duration::from_secs(5);
/// How many times slower the comparison goes while blocks bring transactions: it is they who need the document server.
const YIELD: u32 = 10;
/// The longest sleep at once, so that the thread ends soon when the process does.
const TICK: Duration = Duration::from_millis(200);

/// The comparison as a thread's work.
pub struct Scrub {
    ledger: Arc<Ledger>,
    /// Records a second.
    rate: u32,
}

/// Compares the documents of the last records, which a crash may have met, and those that stand for no record.
///
/// # Errors
/// The document server does not answer, or the index cannot be read.
pub async fn recent(
    store: &Store,
    documents: &dyn Documents,
    mut most: u64,
) -> Result<Vec<Finding>, VerifyError> {
    let mut counts = BTreeMap::new();
    let mut findings = Vec::new();
    for block in Index(store).all_blocks(Order::Descending) {
        let (height, block) = block?;
        if most == 0 {
            break;
        }
        let count = block.count.min(most);
        most = most.saturating_sub(count.max(1));
        let last = (block.first.saturating_add(block.count).saturating_sub(count), count);
        findings.extend(compare(documents, vec![head(store, height, &block)?], &mut counts).await?);
        findings.extend(records(store, documents, &block, last, &mut counts).await?);
    }
    findings.extend(compare(documents, others(store)?, &mut counts).await?);
    Ok(findings)
}

impl Scrub {
    /// A comparison of so many records a second.
    pub fn new(ledger: Arc<Ledger>, rate: u32) -> Self {
        Self { ledger, rate }
    }

    /// Compares round after round until the process is to end, or gives the first document that was changed.
    pub fn run(self) -> Option<Finding> {
        while !self.stopping() {
            match self.round() {
                Ok(None) => debug!("every document is what the chain agreed on"),
                Ok(found) => return found,
                Err(error) => warn!(%error, "documents could not be compared; trying again"),
            }
            self.sleep(PAUSE);
        }
        None
    }

    fn round(&self) -> Result<Option<Finding>, VerifyError> {
        let mut accepted = self.ledger.counts.accepted();
        for block in Index(&self.ledger.store).all_blocks(Order::Ascending) {
            let (_, block) = block?;
            let end = block.first.saturating_add(block.count);
            let mut first = block.first;
            while first < end && !self.stopping() {
                let count = end.saturating_sub(first).min(STEP);
                if let Some(found) = self.step(&block, (first, count))? {
                    return Ok(Some(found));
                }
                first = first.saturating_add(count);
                let busy = std::mem::replace(&mut accepted, self.ledger.counts.accepted()) != accepted;
                let slower = if busy { YIELD } else { 1 };
                self.sleep(Duration::from_secs(count).saturating_mul(slower) / self.rate.max(1));
            }
        }
        Ok(None)
    }

    /// Compares a few records; what seems wrong is looked at again while no block is written.
    fn step(&self, block: &BlockRow, part: (u64, u64)) -> Result<Option<Finding>, VerifyError> {
        let look = || {
            let mut counts = BTreeMap::new();
            let look = records(&self.ledger.store, &*self.ledger.documents, block, part, &mut counts);
            self.ledger.runtime.block_on(look)
        };
        if look()?.is_empty() {
            return Ok(None);
        }
        let _quiet = self.ledger.block();
        Ok(look()?.into_iter().next())
    }

    fn stopping(&self) -> bool {
        self.ledger.stopping.load(Ordering::SeqCst)
    }

    fn sleep(&self, mut time: Duration) {
        while !time.is_zero() && !self.stopping() {
            let part = time.min(TICK);
            std::thread::sleep(part);
            time = time.saturating_sub(part);
        }
    }
}
