//! The chain behind the nodes.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use bytes::Bytes;
use serde_json::json;
use sirius_primitives::{Gas, Hash, Height, Prefix, Timestamp, sha256};
use sirius_runtime::{App, Begun, BlockInfo, BlockLimits, Chain, Mode, Report};
use sirius_store::{Memory, Options, Overlay, Snapshot, Store};
use tendermint::{
    AppHash, Time,
    abci::types::ExecTxResult,
    block::{Commit, Header, header::Version},
};

use super::validators::{Validators, block_id};
use crate::key::{Key, Scheme};

pub(crate) const CHAIN_ID: &str = "fake-1";
/// The time of genesis, in seconds since 1970.
pub(crate) const GENESIS: i64 = 1_800_000_000;

pub(crate) fn prefix() -> Prefix {
    Prefix::new("sirius").unwrap()
}

/// A key that is funded at genesis: numbers 1 to 4.
pub(crate) fn key(number: u8) -> Key {
    Key::from_secret_bytes(Scheme::Secp256k1, &[number; 32]).unwrap()
}

/// A block of the chain.
pub(crate) struct FakeBlock {
    pub(crate) header: Header,
    pub(crate) commit: Commit,
    pub(crate) validators: Validators,
    pub(crate) txs: Vec<Bytes>,
    pub(crate) results: Vec<ExecTxResult>,
}

pub(crate) struct FakeChain(Mutex<State>);

pub(crate) struct State {
    pub(crate) app: App,
    pub(crate) chain: Chain,
    pub(crate) store: Store,
    pub(crate) blocks: Vec<FakeBlock>,
    check: Overlay<Snapshot>,
    mempool: Vec<Bytes>,
    seen: BTreeSet<Hash>,
    /// Who signs the next block, as the last header says.
    announced: Validators,
    /// Who signs the block after that.
    next: Validators,
}

impl FakeChain {
    /// A chain with four validators, four funded accounts and one block.
    pub(crate) fn new() -> Arc<Self> {
        Self::with(|_| {})
    }

    /// The same with a change of the sections of genesis.
    pub(crate) fn with(change: impl FnOnce(&mut serde_json::Value)) -> Arc<Self> {
        let app = App::new(sirius_ledger::registry());
        let balances: Vec<_> = (1..=4)
            .map(|number| {
                let coins = [json!({ "denom": "uxpx", "amount": "1000000000000" })];
                json!({ "address": key(number).address().bech32(&prefix()), "coins": coins })
            })
            .collect();
        let denom =
            json!({ "base": "uxpx", "display": "xpx", "exponent": 6, "name": "ProximaX", "symbol": "XPX" });
        let mut state = json!({
            "chain": { "prefix": "sirius" },
            "bank": { "balances": balances, "denoms": [denom] },
            "fee": { "denom": "uxpx" },
        });
        change(&mut state);
        let limits = BlockLimits { bytes: 1 << 20, gas: Gas(50_000_000) };
        let block = info(Height::ZERO);
        let begun = app.genesis(CHAIN_ID, (&block, Report::EMPTY), limits, state.to_string().as_bytes());
        let Begun { chain, changes, .. } = begun.unwrap();
        let store = Store::open(Arc::new(Memory::new()), Options::default()).unwrap();
        let prepared = store.prepare(Height(1), &changes).unwrap();
        store.commit(prepared, Vec::new()).unwrap();
        let check = Overlay::new(store.latest());
        let next = Validators::numbered(1..5);
        let mut state = State {
            app,
            chain,
            store,
            check,
            announced: next.clone(),
            next,
            blocks: Vec::new(),
            mempool: Vec::new(),
            seen: BTreeSet::new(),
        };
        state.append(Vec::new(), Vec::new(), Hash::new([0; 32]));
        Arc::new(Self(Mutex::new(state)))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Makes a block of what waits.
    pub(crate) fn commit(&self) -> Height {
        self.state().commit()
    }

    /// Makes a block every second until dropped, in the time of the test's runtime.
    pub(crate) fn run(self: &Arc<Self>) -> tokio::task::JoinHandle<()> {
        let chain = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                chain.commit();
            }
        })
    }

    /// The validators from the block after the next on.
    pub(crate) fn elect(&self, validators: Validators) {
        self.state().next = validators;
    }

    /// Makes a header with this app hash, as the header of another application would have it.
    pub(crate) fn extend(&self, app_hash: Hash) {
        self.state().append(Vec::new(), Vec::new(), app_hash);
    }

    /// The time of the latest block and a second.
    pub(crate) fn now(&self) -> Time {
        let state = self.state();
        time(Height(state.blocks.len() as u64 + 1))
    }
}

impl State {
    /// CheckTx, and the mempool's cache before it: `None` when the bytes were there before.
    pub(crate) fn check(&mut self, tx: &Bytes) -> Option<(u32, String, String)> {
        if !self.seen.insert(sha256(tx)) {
            return None;
        }
        let block = info(self.store.committed().height.next());
        let rules = self.app.rules(&self.check).unwrap();
        let mut fork = Overlay::new(&self.check);
        let result =
            self.app.run_tx(tx, Mode::Deliver, (&self.chain, &block, rules.as_ref()), &mut fork).unwrap();
        match result.refusal {
            Some(refusal) => {
                self.seen.remove(&sha256(tx));
                Some((refusal.code, refusal.space.into(), refusal.text))
            }
            None => {
                let changes = fork.into_changes();
                self.check.apply(changes);
                self.mempool.push(tx.clone());
                Some((0, String::new(), String::new()))
            }
        }
    }

    /// The gas of a simulation, or why there is none.
    pub(crate) fn simulate(&self, tx: &Bytes) -> Result<u64, sirius_runtime::Refusal> {
        let block = info(self.store.committed().height.next());
        let rules = self.app.rules(&self.check).unwrap();
        let mut fork = Overlay::new(&self.check);
        let result =
            self.app.run_tx(tx, Mode::Simulate, (&self.chain, &block, rules.as_ref()), &mut fork).unwrap();
        result.refusal.map_or(Ok(result.gas_used.0), Err)
    }

    /// Who signs the next block.
    pub(crate) fn announced(&self) -> Validators {
        self.announced.clone()
    }

    /// Forgets what waits, as a node does that starts again.
    pub(crate) fn lose_mempool(&mut self) {
        self.mempool.clear();
        self.seen.clear();
        self.check = Overlay::new(self.store.latest());
    }

    fn commit(&mut self) -> Height {
        let height = self.store.committed().height.next();
        let txs = std::mem::take(&mut self.mempool);
        let base = self.store.latest();
        let executed = self.app.run_block(&self.chain, &base, (&info(height), Report::EMPTY), &txs).unwrap();
        let app_hash = self.store.committed().app_hash;
        let prepared = self.store.prepare(height, &executed.changes).unwrap();
        self.store.commit(prepared, Vec::new()).unwrap();
        let results =
            executed.results.into_iter().map(|result| result.into_exec().try_into().unwrap()).collect();
        self.check = Overlay::new(self.store.latest());
        self.append(txs, results, app_hash);
        height
    }

    fn append(&mut self, txs: Vec<Bytes>, results: Vec<ExecTxResult>, app_hash: Hash) {
        let last = self.blocks.last();
        // The set a header announces signs the one after it.
        let validators = self.announced.clone();
        let height = Height(self.blocks.len() as u64 + 1);
        let header = Header {
            version: Version { block: 11, app: 1 },
            chain_id: CHAIN_ID.parse().unwrap(),
            height: height.0.try_into().unwrap(),
            time: time(height),
            last_block_id: last.map(|block| block_id(&block.header)),
            last_commit_hash: None,
            data_hash: None,
            validators_hash: validators.set().hash(),
            next_validators_hash: self.next.set().hash(),
            consensus_hash: tendermint::Hash::Sha256([3; 32]),
            app_hash: AppHash::try_from(app_hash.as_bytes().to_vec()).unwrap(),
            last_results_hash: None,
            evidence_hash: None,
            proposer_address: tendermint::account::Id::new([4; 20]),
        };
        let commit = validators.commit(&header, 0);
        self.announced = self.next.clone();
        self.blocks.push(FakeBlock { header, commit, validators, txs, results });
    }
}

fn info(height: Height) -> BlockInfo {
    let seconds = GENESIS + i64::try_from(height.0).unwrap();
    BlockInfo { height, time: Timestamp { seconds, nanos: 0 }, proposer: vec![4; 20] }
}

pub(crate) fn time(height: Height) -> Time {
    Time::from_unix_timestamp(GENESIS + i64::try_from(height.0).unwrap(), 0).unwrap()
}
