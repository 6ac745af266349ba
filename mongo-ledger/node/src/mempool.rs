//! Transactions that wait for a block: judged upon what those before them have made.

use std::sync::Arc;

use mongo_ledger_core::{block, error::Error, refusal::Refusal, transaction::Transaction};
use sirius_store::{Fault, Overlay};

use crate::{check::CheckState, ledger::Ledger};

impl Ledger {
    /// Judges a transaction for the mempool. What is cheap to refuse is refused before its signatures are checked.
    pub(crate) fn check_tx(&self, bytes: &[u8]) -> Result<Result<Arc<Transaction>, Refusal>, Fault> {
        let limits = self.limits()?;
        let seen = self.seen.get(bytes, &limits);
        let known = seen.is_some();
        let transaction = match seen.map_or_else(|| Transaction::parse(bytes, &limits).map(Arc::new), Ok) {
            Ok(transaction) => transaction,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut check = self.check();
        if check.is_none() {
            let committed = self.height();
            *check = Some(CheckState::new(self.base(&self.block()), committed));
        }
        let Some(check) = check.as_mut() else {
            return Err(Fault::Contradiction("the mempool's state vanished".into()));
        };
        let mut fork = Overlay::new(&check.state);
        match block::check(&transaction, &mut fork, check.height) {
            Ok(_) => {}
            Err(Error::Refusal(refusal)) => return Ok(Err(refusal)),
            Err(Error::Fault(fault)) => return Err(fault),
        }
        let changes = fork.into_changes();
        if !known {
            if let Err(refusal) = transaction.verify_signatures() {
                return Ok(Err(refusal));
            }
            self.seen.put(bytes, Arc::clone(&transaction));
        }
        check.state.apply(changes);
        self.pulse.awaits();
        Ok(Ok(transaction))
    }
}
