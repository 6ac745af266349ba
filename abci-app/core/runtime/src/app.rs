//! The chain's state machine: genesis, transactions, proposals and blocks as functions of a state.

use std::sync::{Arc, Mutex, PoisonError};

use borsh::{BorshDeserialize, BorshSerialize};
use bytes::Bytes;
use rayon::prelude::*;
use sirius_primitives::{Gas, Prefix, sha256};
use sirius_store::{Changes, Fault, Key, Overlay, Read, Write};

use crate::{
    BlockInfo, BlockLimits, BlockUse, Chain, Context, Event, Executor, Meter, Mode, Refusal, Registry,
    Report, Rules, Tx, TxResult, Updates,
    event::Attributes as _,
    genesis::{GenesisError, Sections},
    seen::Seen,
    tx::Refused,
};

/// Where the chain's name and prefix are kept.
///
/// ```text
/// chain/info
/// ```
fn chain_key() -> Key<StoredChain> {
    Key::new(&[b"chain/info"])
}

/// Where the limits of a block are kept.
///
/// ```text
/// chain/limits
/// ```
fn limits_key() -> Key<BlockLimits> {
    Key::new(&[b"chain/limits"])
}

#[derive(BorshSerialize, BorshDeserialize)]
struct StoredChain {
    id: String,
    prefix: String,
}

impl Chain {
    /// The chain whose state this is; `None` before genesis.
    ///
    /// # Errors
    /// This node cannot read its state.
    pub fn load(state: &dyn Read) -> Result<Option<Self>, Fault> {
        let Some(stored) = chain_key().get(state)? else { return Ok(None) };
        let prefix = Prefix::new(&stored.prefix)
            .map_err(|error| Fault::Damaged { what: "chain/info", detail: error.to_string() })?;
        Ok(Some(Self { id: stored.id, prefix }))
    }
}

impl BlockLimits {
    /// The limits in force.
    ///
    /// # Errors
    /// This node cannot read its state, or there is none yet.
    pub fn load(state: &dyn Read) -> Result<Self, Fault> {
        limits_key().get(state)?.ok_or_else(|| Fault::Contradiction("there are no block limits yet".into()))
    }

    /// Puts other limits in force from the next block on; consensus is told when the block ends.
    ///
    /// # Errors
    /// The limits when they are outside of [`BlockLimits::BYTES`] and [`BlockLimits::GAS`]: CometBFT halts the chain on
    /// limits that it cannot keep.
    pub fn set(self, state: &mut (impl Write + ?Sized)) -> Result<(), Self> {
        if !Self::BYTES.contains(&self.bytes) || !Self::GAS.contains(&self.gas.0) {
            return Err(self);
        }
        limits_key().set(state, &self);
        Ok(())
    }

    /// What consensus is to be told when the limits were `self` before the block.
    fn told(self, state: &dyn Read) -> Result<Option<Self>, Fault> {
        let now = Self::load(state)?;
        Ok((now != self).then_some(now))
    }
}

/// The state that genesis made; nothing of it is written anywhere yet.
#[derive(Debug)]
pub struct Begun {
    /// The chain.
    pub chain: Chain,
    /// What is in the state.
    pub changes: Changes,
    /// The validators that consensus is to begin with; empty when those that it named are right.
    pub updates: Updates,
}

/// What executing a block came to; nothing of it is written anywhere yet.
#[derive(Debug)]
pub struct Executed {
    /// One result a transaction, in order.
    pub results: Vec<TxResult>,
    /// What the hooks showed.
    pub events: Vec<Event>,
    /// What the block changed.
    pub changes: Changes,
    /// What consensus is to be told.
    pub updates: Updates,
}

impl Executed {
    /// Whether every transaction was let in. An honest proposer puts no other into a block.
    pub fn is_honest(&self) -> bool {
        self.results.iter().all(|result| result.admitted)
    }
}

/// A set of modules as a state machine. It holds no state of its own, only a memory of decoded transactions.
#[derive(Debug)]
pub struct App {
    registry: Registry,
    seen: Mutex<Seen>,
}

impl App {
    /// The state machine of these modules.
    pub fn new(registry: Registry) -> Self {
        Self { registry, seen: Mutex::default() }
    }

    /// What the modules registered.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Writes the state of height 0.
    ///
    /// # Errors
    /// The field of genesis that is wrong.
    pub fn genesis(
        &self,
        chain_id: &str,
        (block, report): (&BlockInfo, &Report),
        limits: BlockLimits,
        app_state: &[u8],
    ) -> Result<Begun, GenesisError> {
        let mut sections = Sections::parse(app_state)?;
        let chain = Chain { id: chain_id.into(), prefix: sections.prefix()? };
        let empty = std::collections::BTreeMap::new();
        let mut state = Overlay::new(&empty);
        let stored = StoredChain { id: chain.id.clone(), prefix: chain.prefix.to_string() };
        chain_key().set(&mut state, &stored);
        limits_key().set(&mut state, &limits);
        let meter = Meter::new(Gas(u64::MAX));
        let mut ctx = Context::new(&chain, block, &meter, &self.registry).hearing(report);
        self.registry.init(&mut sections, &mut ctx, &mut state)?;
        sections.finish()?;
        let updates = Updates { validators: ctx.take_validators(), limits: limits.told(&state)? };
        let changes = state.into_changes();
        Ok(Begun { chain, changes, updates })
    }

    /// Reads a transaction, or finds it among those read before.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(&self, bytes: &Bytes, chain: &Chain) -> Result<Arc<Tx>, Refusal> {
        let hash = sha256(bytes);
        if let Some(tx) = self.seen().get(&hash) {
            return Ok(tx);
        }
        let tx = Arc::new(Tx::decode(bytes, &self.registry, chain)?);
        self.seen().put(tx.clone());
        Ok(tx)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        // A memory of pure results is as good after a panic elsewhere as before.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rules for transactions upon `state`.
    ///
    /// # Errors
    /// This node cannot read its state.
    pub fn rules(&self, state: &dyn Read) -> Result<Box<dyn Rules>, Fault> {
        self.registry.ante().rules(state)
    }

    /// Runs one transaction upon `state` by `rules`, outside any block: for the mempool or a simulation.
    ///
    /// # Errors
    /// Only a fault.
    pub fn run_tx(
        &self,
        bytes: &Bytes,
        mode: Mode,
        (chain, block, rules): (&Chain, &BlockInfo, &dyn Rules),
        state: &mut dyn Write,
    ) -> Result<TxResult, Fault> {
        match self.decode(bytes, chain) {
            Ok(tx) => Executor { registry: &self.registry, chain, block, rules }.run(&tx, mode, state),
            Err(refusal) => Ok(TxResult::refused(refusal, Gas(0), Gas(0))),
        }
    }

    /// Executes a block, with what consensus said of it, upon `base`. The same block upon the same state gives the same
    /// result on every node, whatever was checked before.
    ///
    /// # Errors
    /// Only a fault.
    pub fn run_block(
        &self,
        chain: &Chain,
        base: &(dyn Read + Sync),
        (block, report): (&BlockInfo, &Report),
        txs: &[Bytes],
    ) -> Result<Executed, Fault> {
        let mut run = Run::begin(self, chain, base, (block, report))?;
        let decoded = run.decode(txs);
        let results =
            decoded.into_iter().map(|tx| run.execute(tx, Mode::Deliver)).collect::<Result<_, _>>()?;
        run.end(results)
    }

    /// Chooses from `txs`, in their order, those that a block upon `base` lets in, within `most_bytes` of them all
    /// together: what an honest proposer proposes.
    ///
    /// # Errors
    /// Only a fault.
    pub fn select(
        &self,
        chain: &Chain,
        base: &(dyn Read + Sync),
        (block, report): (&BlockInfo, &Report),
        (txs, most_bytes): (&[Bytes], u64),
    ) -> Result<Vec<Bytes>, Fault> {
        let mut run = Run::begin(self, chain, base, (block, report))?;
        let decoded = run.decode(txs);
        let mut left = most_bytes;
        let mut chosen = Vec::with_capacity(txs.len());
        for (bytes, tx) in txs.iter().zip(decoded) {
            let Some(rest) = left.checked_sub(proposal_bytes(bytes)) else { continue };
            if run.execute(tx, Mode::Check)?.admitted {
                left = rest;
                chosen.push(bytes.clone());
            }
        }
        Ok(chosen)
    }
}

/// What a transaction takes up in a proposal: its bytes, a field tag and its length (CometBFT `types.ComputeProtoSizeForTxs`).
fn proposal_bytes(tx: &Bytes) -> u64 {
    let length = prost::encoding::encoded_len_varint(tx.len() as u64);
    (tx.len() as u64).saturating_add(length as u64).saturating_add(1)
}

/// A block on its way from its first hook to its last.
struct Run<'a> {
    app: &'a App,
    chain: &'a Chain,
    block: &'a BlockInfo,
    report: &'a Report,
    state: Overlay<&'a (dyn Read + Sync)>,
    rules: Box<dyn Rules>,
    limits: BlockLimits,
    gas_left: Gas,
    gas_used: Gas,
    events: Vec<Event>,
}

impl<'a> Run<'a> {
    fn begin(
        app: &'a App,
        chain: &'a Chain,
        base: &'a (dyn Read + Sync),
        (block, report): (&'a BlockInfo, &'a Report),
    ) -> Result<Self, Fault> {
        let mut state = Overlay::new(base);
        let limits = BlockLimits::load(&state)?;
        let meter = Meter::new(Gas(u64::MAX));
        let mut ctx = Context::new(chain, block, &meter, &app.registry).hearing(report);
        app.registry.begin_block(&mut ctx, &mut state)?;
        let events = ctx.take_events();
        let rules = app.rules(&state)?;
        let (gas_left, gas_used) = (limits.gas, Gas(0));
        Ok(Self { app, chain, block, report, state, rules, limits, gas_left, gas_used, events })
    }

    /// Decodes the block's transactions and verifies their signatures, on all cores.
    fn decode(&self, txs: &[Bytes]) -> Vec<Result<Arc<Tx>, Refusal>> {
        let decode = |bytes: &Bytes| {
            let tx = self.app.decode(bytes, self.chain)?;
            if tx.verified.get().is_none() {
                self.rules.verify_ahead(&tx, self.chain, &self.state);
            }
            Ok(tx)
        };
        txs.par_iter().with_min_len(16).map(decode).collect()
    }

    fn execute(&mut self, tx: Result<Arc<Tx>, Refusal>, mode: Mode) -> Result<TxResult, Fault> {
        let tx = match tx {
            Ok(tx) => tx,
            Err(refusal) => return Ok(TxResult::refused(refusal, Gas(0), Gas(0))),
        };
        let wanted = tx.fee.gas_limit;
        let Some(left) = self.gas_left.0.checked_sub(wanted.0) else {
            let refusal = Refused::BlockFull { wanted, left: self.gas_left };
            return Ok(TxResult::refused(refusal.into(), wanted, Gas(0)));
        };
        let executor = Executor {
            registry: &self.app.registry,
            chain: self.chain,
            block: self.block,
            rules: self.rules.as_ref(),
        };
        let result = executor.run(&tx, mode, &mut self.state)?;
        if result.admitted {
            self.gas_left = Gas(left);
            self.gas_used = self.gas_used.plus(result.gas_used);
        }
        Ok(result)
    }

    fn end(mut self, results: Vec<TxResult>) -> Result<Executed, Fault> {
        let meter = Meter::new(Gas(u64::MAX));
        let mut ctx = Context::new(self.chain, self.block, &meter, &self.app.registry).hearing(self.report);
        let block = BlockUse { gas_used: self.gas_used, limits: self.limits };
        self.app.registry.end_block(&mut ctx, block, &mut self.state)?;
        self.events.append(&mut ctx.take_events());
        let validators = ctx.take_validators();
        let updates = Updates { validators, limits: self.limits.told(&self.state)? };
        // CometBFT's indexer refuses an event whose kind is empty; hooks mark themselves for readers.
        let events = self.events.into_iter().map(|event| event.with("mode", "block")).collect();
        Ok(Executed { results, events, changes: self.state.into_changes(), updates })
    }
}
