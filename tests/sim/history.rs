//! One world from its genesis to its last block.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message as _;
use sirius_ledger::base::{bank, fee::Price};
use sirius_primitives::{Denom, Hash, Height, Timestamp, sha256};
use sirius_runtime::{Executed, QueryContext, VerbKind, dice::Dice};
use sirius_store::{Read as _, Unavailable};

use crate::{
    chain::{Chain, LIMITS},
    crowd::Crowd,
    tally::Tally,
    traffic::{Sent, Traffic},
};

/// One block in this many is decided without anybody having judged it.
const DISHONEST: u64 = 10;

/// What a world came to.
pub(crate) struct Ending {
    pub(crate) seed: u64,
    /// A hash over every app hash, result and event.
    pub(crate) digest: Hash,
    pub(crate) tally: Tally,
    pub(crate) crashes: u64,
}

/// See the module's documentation.
pub(crate) struct History {
    seed: u64,
    dice: Dice,
    /// Says when the node crashes, without touching the world's own chance.
    fate: Option<Dice>,
    crowd: Crowd,
    chain: Chain,
    supplies: BTreeMap<Denom, u128>,
    app_hashes: BTreeMap<Height, Hash>,
    /// What a million gas cost in the last block.
    price: u64,
    types: BTreeMap<Bytes, Vec<String>>,
    digest: Hash,
    tally: Tally,
    crashes: u64,
}

impl History {
    pub(crate) fn begin(seed: u64, crashes: bool) -> Self {
        let mut dice = Dice::new(seed);
        let crowd = Crowd::new(&mut dice);
        let chain = Chain::begin(&crowd.genesis(&mut dice, &Chain::prefix()));
        let mut world = Self {
            seed,
            dice,
            fate: crashes.then(|| Dice::new(!seed)),
            crowd,
            chain,
            supplies: BTreeMap::new(),
            app_hashes: BTreeMap::new(),
            price: u64::MAX,
            types: BTreeMap::new(),
            digest: sha256(&seed.to_be_bytes()),
            tally: Tally::default(),
            crashes: 0,
        };
        world.supplies = world.supplies_now();
        world
    }

    pub(crate) fn live(mut self, blocks: u64) -> Ending {
        for _ in 0..blocks {
            let strange = self.send();
            self.make_block(strange);
            self.look_around();
        }
        let Self { seed, digest, tally, crashes, .. } = self;
        Ending { seed, digest, tally, crashes }
    }

    /// The players send; the answer is what the mempool did not take.
    fn send(&mut self) -> Vec<Bytes> {
        let mut strange = Vec::new();
        // Quiet times and rushes, in which blocks fill and gas gets dearer.
        let rush = self.chain.block.height.0 / 10 % 4 == 3;
        let count = if rush { 16 } else { self.dice.below(7) };
        for _ in 0..count {
            let traffic = Traffic {
                crowd: &self.crowd,
                registry: self.chain.app.registry(),
                chain: &self.chain.facts,
                state: self.chain.mempool_state(),
                height: self.chain.block.height,
            };
            let Some(Sent { bytes, types, mangled }) = traffic.send(&mut self.dice) else { continue };
            self.types.insert(bytes.clone(), types);
            match (self.chain.offer(&bytes), mangled) {
                (Ok(()), None) => {}
                (Ok(()), Some(mangle)) => panic!("{mangle:?} was let in"),
                (Err(refusal), mangled) => {
                    self.tally.met(refusal.as_ref());
                    if let (Some(mangle), Some(_)) = (mangled, &refusal) {
                        self.tally.turned(mangle);
                    }
                    strange.push(bytes);
                }
            }
        }
        strange
    }

    /// Proposes, judges, executes and commits, perhaps with a crash in between.
    fn make_block(&mut self, strange: Vec<Bytes>) {
        let mut txs = self.chain.propose();
        let full = txs.len() < self.chain.mempool.len();
        if self.dice.once_in(DISHONEST) {
            // Two thirds of the validators decided on something that no honest one proposes.
            txs.extend(strange);
            txs.extend(txs.first().cloned());
        } else {
            assert!(self.chain.execute(&txs).is_honest(), "an honest proposal is accepted");
        }
        let mut executed = self.chain.execute(&txs);
        let mut prepared = self.chain.prepare(&executed);
        if self.fate.as_mut().is_some_and(|fate| fate.once_in(3)) {
            self.crashes += 1;
            self.chain.crash();
            executed = self.chain.execute(&txs);
            let again = self.chain.prepare(&executed);
            assert_eq!(again.app_hash(), prepared.app_hash(), "a block is the same after a crash");
            prepared = again;
        }
        let app_hash = prepared.app_hash();
        self.remember(&txs, &executed, app_hash);
        self.tally.block(full);
        let time = self.chain.block.time;
        let pause = i64::try_from(1 + self.dice.below(9)).unwrap();
        let time = Timestamp { seconds: time.seconds + pause, ..time };
        let proposer = sha256(&self.dice.below(4).to_be_bytes()).as_bytes()[..20].to_vec();
        self.chain.commit(prepared, &txs, time, proposer);
        assert_eq!(self.chain.store.committed().app_hash, app_hash);
    }

    fn remember(&mut self, txs: &[Bytes], executed: &Executed, app_hash: Hash) {
        self.app_hashes.insert(self.chain.block.height, app_hash);
        let mut seen = [self.digest.as_bytes().as_slice(), app_hash.as_bytes()].concat();
        assert_eq!(executed.results.len(), txs.len());
        for (bytes, result) in txs.iter().zip(&executed.results) {
            // What is longer than its limit of gas was refused for it.
            assert!(result.gas_used <= result.gas_wanted || result.refusal.is_some());
            let types = self.types.get(bytes).map_or(&[][..], Vec::as_slice);
            self.tally.executed(types, result);
            seen.extend(result.clone().into_exec().encode_to_vec());
        }
        executed.events.iter().for_each(|event| seen.extend(event.encode_to_vec()));
        self.digest = sha256(&seen);
        let wanted: u64 =
            executed.results.iter().filter(|result| result.admitted).map(|result| result.gas_wanted.0).sum();
        assert!(wanted <= LIMITS.gas.0, "a block keeps to its gas");
    }

    /// What must hold after every block.
    fn look_around(&mut self) {
        let latest = self.chain.store.latest();
        let registry = self.chain.app.registry();
        assert_eq!(registry.invariants(&latest).unwrap(), Ok(()), "height {}", latest.height());
        let price = Price::load(&latest).unwrap().per_million_gas;
        self.tally.priced(self.price, price);
        self.price = price;
        assert_eq!(self.supplies_now(), self.supplies, "nobody makes or destroys coins here");
        if self.dice.once_in(12) {
            self.look_back();
        }
    }

    fn supplies_now(&self) -> BTreeMap<Denom, u128> {
        let denoms = ["uxpx", "gold"].map(|text| text.parse::<Denom>().unwrap());
        let state = self.chain.mempool_state();
        denoms
            .into_iter()
            .map(|denom| (denom.clone(), bank::supply(state, &denom).unwrap().units()))
            .collect()
    }

    /// Asks every question about some height, with the proof of a random account.
    fn look_back(&mut self) {
        let latest = self.chain.store.committed().height;
        let height = Height(1 + self.dice.below(latest.0 + 1));
        let snapshot = match self.chain.store.at(height) {
            Ok(snapshot) => snapshot,
            Err(Unavailable::Future { .. }) => return assert!(height > latest),
            Err(Unavailable::Pruned { oldest, .. }) => return assert!(height < oldest),
        };
        assert_eq!(snapshot.app_hash(), self.app_hashes[&height]);
        let registry = self.chain.app.registry();
        assert_eq!(registry.invariants(&snapshot).unwrap(), Ok(()));
        let ctx = QueryContext { state: &snapshot, chain: &self.chain.facts, height, registry };
        for verb in registry.verbs().iter().filter(|verb| verb.kind == VerbKind::Query) {
            if let Err(sirius_runtime::Error::Fault(fault)) = registry.answer(&ctx, &verb.path, &[]) {
                panic!("{} at height {height}: {fault}", verb.path);
            }
            self.tally.answered();
        }
        let player = self.dice.pick(&self.crowd.players).unwrap();
        let key = sirius_ledger::base::auth::account_key(player);
        let proof = snapshot.prove(key.as_bytes()).unwrap();
        assert_eq!(proof.value, snapshot.get_bytes(key.as_bytes()).unwrap());
        proof.verify(&self.app_hashes[&height]).unwrap();
    }
}
