//! The state that transactions waiting for a block have made so far, so that one sender may queue several.

use bytes::Bytes;
use sirius_runtime::{App, BlockInfo, Chain, Mode, Rules, TxResult};
use sirius_store::{Fault, Overlay, Read};

use crate::pending::Base;

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
    pub(crate) fn check(
        &mut self,
        app: &App,
        chain: &Chain,
        (tx, mode): (&Bytes, Mode),
    ) -> Result<TxResult, Fault> {
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
