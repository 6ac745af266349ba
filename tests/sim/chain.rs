//! A node without a process: mempool, proposals, blocks and commits as `abci-app` makes them, over a store in memory.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use sirius_primitives::{Blocks, Gas, Height, Prefix, Timestamp};
use sirius_runtime::{
    App, Begun, BlockInfo, BlockLimits, Chain as Facts, Executed, Mode, Refusal, Report, Rules,
};
use sirius_store::{Changes, Memory, Options, Overlay, Prepared, Read, Snapshot, Store};

/// What blocks hold: a few transactions, so that some blocks are full and the price of gas moves.
pub(crate) const LIMITS: BlockLimits = BlockLimits { bytes: 1 << 20, gas: Gas(200_000) };
/// Bytes of transactions in one proposal.
const MOST_BYTES: u64 = 6_000;
/// Heights that can be asked about, few enough that pruning is met.
const KEPT: Blocks = Blocks(40);
/// Transactions that wait; more are turned away.
const WAITING: usize = 60;

/// The committed state, and before the first block what genesis makes of it.
type Base = Overlay<Snapshot>;

/// See the module's documentation.
pub(crate) struct Chain {
    pub(crate) app: App,
    pub(crate) facts: Facts,
    pub(crate) store: Store,
    backend: Memory,
    genesis: Changes,
    /// The block that is being made.
    pub(crate) block: BlockInfo,
    pub(crate) mempool: Vec<Bytes>,
    check: Base,
    rules: Box<dyn Rules>,
}

fn app() -> App {
    App::new(sirius_ledger::registry())
}

fn open(backend: &Memory) -> Store {
    let options = Options { keep_versions: KEPT, ..Options::default() };
    Store::open(Arc::new(backend.clone()), options).unwrap()
}

impl Chain {
    pub(crate) fn begin(sections: &Value) -> Self {
        let (app, backend) = (app(), Memory::new());
        let time = Timestamp { seconds: 1_700_000_000, nanos: 0 };
        let before = BlockInfo { height: Height::ZERO, time, proposer: Vec::new() };
        let sections = sections.to_string();
        let begun = app.genesis("sirius-sim-1", (&before, Report::EMPTY), LIMITS, sections.as_bytes());
        let Begun { chain: facts, changes: genesis, .. } = begun.unwrap();
        let store = open(&backend);
        let mut base = Overlay::new(store.latest());
        base.apply(genesis.clone());
        let rules = app.rules(&base).unwrap();
        let block = BlockInfo { height: Height(1), ..before };
        Self { app, facts, store, backend, genesis, block, mempool: Vec::new(), check: base, rules }
    }

    pub(crate) fn prefix() -> Prefix {
        Prefix::new("sirius").unwrap()
    }

    fn base(&self) -> Base {
        let mut base = Overlay::new(self.store.latest());
        base.apply(self.genesis.clone());
        base
    }

    /// What a client sees that asks the mempool's state.
    pub(crate) fn mempool_state(&self) -> &dyn Read {
        &self.check
    }

    /// Offers a transaction to the mempool, which keeps it when nothing of it is refused.
    pub(crate) fn offer(&mut self, bytes: &Bytes) -> Result<(), Option<Refusal>> {
        if self.mempool.len() >= WAITING {
            return Err(None);
        }
        self.check_tx(bytes, Mode::Check).map_err(Some)?;
        self.mempool.push(bytes.clone());
        Ok(())
    }

    fn check_tx(&mut self, bytes: &Bytes, mode: Mode) -> Result<(), Refusal> {
        let mut fork = Overlay::new(&self.check as &dyn Read);
        let world = (&self.facts, &self.block, self.rules.as_ref());
        let result = self.app.run_tx(bytes, mode, world, &mut fork).unwrap();
        let changes = fork.into_changes();
        if !result.admitted {
            assert!(changes.is_empty(), "{:?} left a trace", result.refusal);
        }
        result.refusal.map_or(Ok(()), Err)?;
        self.check.apply(changes);
        Ok(())
    }

    /// What an honest proposer proposes.
    pub(crate) fn propose(&self) -> Vec<Bytes> {
        let limits = (self.mempool.as_slice(), MOST_BYTES);
        self.app.select(&self.facts, &self.base(), (&self.block, Report::EMPTY), limits).unwrap()
    }

    pub(crate) fn execute(&self, txs: &[Bytes]) -> Executed {
        self.app.run_block(&self.facts, &self.base(), (&self.block, Report::EMPTY), txs).unwrap()
    }

    /// Works out what committing the block would come to.
    pub(crate) fn prepare(&self, executed: &Executed) -> Prepared {
        let mut changes = self.genesis.clone();
        changes.extend(executed.changes.clone());
        self.store.prepare(self.block.height, &changes).unwrap()
    }

    /// Dies without having committed, and comes back with nothing but what is in the store.
    pub(crate) fn crash(&mut self) {
        self.app = app();
        self.store = open(&self.backend);
        if self.store.committed().height != Height::ZERO {
            assert_eq!(Facts::load(&self.store.latest()).unwrap().unwrap(), self.facts);
        }
    }

    /// Commits, goes on to the next block, and asks again whether what waits is still good.
    pub(crate) fn commit(&mut self, prepared: Prepared, txs: &[Bytes], time: Timestamp, proposer: Vec<u8>) {
        self.store.commit(prepared, Vec::new()).unwrap();
        self.genesis.clear();
        self.block = BlockInfo { height: self.block.height.next(), time, proposer };
        self.check = self.base();
        self.rules = self.app.rules(&self.check).unwrap();
        let waiting = std::mem::take(&mut self.mempool);
        for bytes in waiting.into_iter().filter(|bytes| !txs.contains(bytes)) {
            if self.check_tx(&bytes, Mode::Recheck).is_ok() {
                self.mempool.push(bytes);
            }
        }
    }
}
