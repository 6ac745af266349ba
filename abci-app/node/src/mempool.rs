//! Transactions that wait for a block: judged upon what those before them have made.

use bytes::Bytes;
use sirius_runtime::{BlockInfo, Chain, Mode, TxResult};
use sirius_store::{Fault, Overlay};

use crate::{check::CheckState, shared::Shared};

impl Shared {
    /// Runs `work` on the mempool's state, which is made of the committed one after a start.
    pub(crate) fn with_check<T>(
        &self,
        work: impl FnOnce(&mut CheckState, &Chain) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let chain = self.known_chain()?;
        let mut check = self.check();
        if check.is_none() {
            let height = self.store.committed().height;
            let last = crate::receipts::block(&self.store, height)?;
            let block = last.map_or_else(|| BlockInfo { height, ..BlockInfo::default() }, |(block, _)| block);
            *check = Some(CheckState::new(&self.app, Overlay::new(self.store.latest()), block)?);
        }
        match check.as_mut() {
            Some(state) => work(state, &chain),
            None => Err(Fault::Contradiction("the mempool's state vanished".into())),
        }
    }

    /// Judges a transaction for the mempool, when it comes or again after a block.
    pub(crate) fn check_tx(&self, tx: &Bytes, mode: Mode) -> Result<TxResult, Fault> {
        let result = self.with_check(|state, chain| state.check(&self.app, chain, (tx, mode)))?;
        if result.refusal.is_none() {
            self.pulse.awaits();
        }
        Ok(result)
    }
}
