//! The state that transactions waiting for a block have made so far, so that one sender may queue several.

use bytes::Bytes;
use sirius_runtime::{App, BlockInfo, Chain, Mode, Rules, TxResult};
use sirius_store::{Fault, Overlay, Read};

use crate::{block::Base, shared::Shared};

/// A fork of the committed state that lives until the next commit.
pub(crate) struct CheckState {
    state: Base,
    /// The block that transactions are checked for: the one after the committed, at whose time they are judged.
    block: BlockInfo,
    rules: Box<dyn Rules>,
}

impl CheckState {
    pub(crate) fn new(app: &App, state: Base, committed: BlockInfo) -> Result<Self, Fault> {
        let rules = app.rules(&state)?;
        let block = BlockInfo { height: committed.height.next(), ..committed };
        Ok(Self { state, block, rules })
    }

    pub(crate) fn state(&self) -> &dyn Read {
        &self.state
    }

    /// Runs a transaction; what it changed stays when it was let in and none of its messages refused, since otherwise
    /// the mempool does not keep it.
    fn check(&mut self, app: &App, chain: &Chain, (tx, mode): (&Bytes, Mode)) -> Result<TxResult, Fault> {
        let mut fork = Overlay::new(&self.state as &dyn Read);
        let result = app.run_tx(tx, mode, (chain, &self.block, self.rules.as_ref()), &mut fork)?;
        if result.refusal.is_none() {
            let changes = fork.into_changes();
            self.state.apply(changes);
        }
        Ok(result)
    }

    /// Runs a transaction without keeping anything of it.
    pub(crate) fn simulate(&self, app: &App, chain: &Chain, tx: &Bytes) -> Result<TxResult, Fault> {
        let mut fork = Overlay::new(&self.state as &dyn Read);
        app.run_tx(tx, Mode::Simulate, (chain, &self.block, self.rules.as_ref()), &mut fork)
    }
}

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
