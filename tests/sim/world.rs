//! One world from its genesis to its last block: four hosts, what people send them, and what goes wrong.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use prost::Message as _;
use sirius_ledger::base::{bank, fee::Price};
use sirius_primitives::{Denom, Hash, Height, sha256};
use sirius_runtime::{VerbKind, dice::Dice};
use sirius_store::{Read as _, Unavailable};
use tendermint_abci::Application as _;
use tendermint_proto::v0_38::abci::{
    CheckTxType, RequestFinalizeBlock, RequestInitChain, RequestQuery, ResponseFinalizeBlock,
};

use crate::{
    consensus::{Consensus, POWER, Round},
    crowd::Crowd,
    node::{Block, Crash, Died, Node, WAITING},
    point::Point,
    tally::Tally,
    traffic::{Sent, Traffic},
};

/// Hosts, each with a validator of genesis.
pub(crate) const HOSTS: usize = 4;
/// Once in so many times, each by itself:
const DISHONEST: u64 = 10;
const ROUND_LOST: u64 = 12;
const CRASH: u64 = 3;
const WIPED: u64 = 8;
/// Rounds of a height at most; real ones end when messages arrive, these when enough was tried.
const ROUNDS: u32 = 4;
/// Blocks that a host is away at most.
const AWAY: u64 = 5;
/// The longest chain of snapshots that a light client can follow: it needs the two headers behind one.
const HEADERS_BEHIND: usize = 2;

/// What a world came to.
pub(crate) struct Ending {
    pub(crate) seed: u64,
    /// A hash over every result, event and app hash.
    pub(crate) digest: Hash,
    pub(crate) tally: Tally,
}

/// See the module's documentation.
pub(crate) struct World {
    seed: u64,
    pub(crate) dice: Dice,
    crowd: Crowd,
    pub(crate) nodes: Vec<Node>,
    /// The height at which each host that is away comes back, and whether it has lost everything by then.
    away: BTreeMap<usize, (u64, bool)>,
    pub(crate) consensus: Consensus,
    pub(crate) genesis: RequestInitChain,
    pub(crate) blocks: Vec<Block>,
    supplies: BTreeMap<Denom, u128>,
    /// What a million gas cost in the last block.
    price: u64,
    types: BTreeMap<Bytes, Vec<String>>,
    digest: Hash,
    pub(crate) tally: Tally,
}

impl World {
    pub(crate) fn begin(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let crowd = Crowd::new(&mut dice);
        let consensus = Consensus::new(&mut dice, HOSTS);
        let sections = crowd.genesis(&mut dice, &Crowd::prefix(), (&consensus.hosts, POWER));
        let genesis = consensus.genesis(&sections);
        let mut nodes: Vec<Node> = (0..HOSTS).map(|_| Node::new()).collect();
        nodes.iter_mut().for_each(|node| {
            node.restart(&genesis, &[]);
        });
        let mut world = Self {
            seed,
            dice,
            crowd,
            nodes,
            away: BTreeMap::new(),
            consensus,
            genesis,
            blocks: Vec::new(),
            supplies: BTreeMap::new(),
            price: u64::MAX,
            types: BTreeMap::new(),
            digest: sha256(&seed.to_be_bytes()),
            tally: Tally::default(),
        };
        world.supplies = world.supplies_now(0);
        world
    }

    /// The same with a host whose disk breaks its promise once, and which is started again before anything hides that. A
    /// power cut takes the promise with it: then the disk breaks the next one.
    pub(crate) fn live_with_a_liar(mut self, blocks: u64) -> Ending {
        for _ in 0..blocks {
            let is_up = self.nodes[1].is_up();
            if is_up {
                self.nodes[1].lie_at_commit();
            }
            let strange = self.send();
            self.make_block(strange);
            if is_up && self.nodes[1].is_up() {
                self.nodes[1].end();
                self.nodes[1].restart(&self.genesis, &self.blocks);
                break;
            }
            self.bring_back();
        }
        self.live(blocks)
    }

    pub(crate) fn live(mut self, blocks: u64) -> Ending {
        for _ in 0..blocks {
            let strange = self.send();
            self.make_block(strange);
            self.look_around();
            self.bring_back();
        }
        self.agree_at_the_end();
        let Self { seed, digest, mut tally, nodes, .. } = self;
        tally.calls(nodes.iter().map(Node::legal_calls).sum());
        Ending { seed, digest, tally }
    }

    /// The height that is being decided.
    pub(crate) fn height(&self) -> u64 {
        self.blocks.len() as u64 + 1
    }

    /// The hosts that run; at least three do.
    pub(crate) fn up(&self) -> Vec<usize> {
        (0..HOSTS).filter(|index| self.nodes[*index].is_up()).collect()
    }

    pub(crate) fn pick_up(&mut self) -> usize {
        let up = self.up();
        *self.dice.pick(&up).unwrap()
    }

    /// The players send; the answer is what the mempools did not take.
    fn send(&mut self) -> Vec<Bytes> {
        let mut strange = Vec::new();
        // Quiet times and rushes, in which blocks fill and gas gets dearer.
        let rush = self.height() / 10 % 4 == 3;
        let count = if rush { 16 } else { self.dice.below(7) };
        for _ in 0..count {
            let entry = self.pick_up();
            let Some(Sent { bytes, types, mangled }) = self.compose(entry) else { continue };
            self.types.insert(bytes.clone(), types);
            if self.nodes[entry].mempool.len() >= WAITING {
                strange.push(bytes);
                continue;
            }
            let answer = self.nodes[entry].check(&bytes, CheckTxType::New);
            if answer.code != 0 {
                self.tally.met(&answer.codespace, answer.code);
                mangled.into_iter().for_each(|mangle| self.tally.turned(mangle));
                strange.push(bytes);
                continue;
            }
            if let Some(mangle) = mangled {
                panic!("{mangle:?} was let in");
            }
            self.gossip(entry, &bytes);
        }
        strange
    }

    /// A transaction by what the mempool of a host knows.
    fn compose(&mut self, entry: usize) -> Option<Sent> {
        let height = Height(self.height());
        let time = self.consensus.time();
        let (machine, crowd, dice) = (self.nodes[entry].machine(), &self.crowd, &mut self.dice);
        let chain = machine.chain().unwrap();
        let sent = machine.look_at_mempool(|state| {
            let registry = machine.registry();
            Traffic { crowd, registry, chain: &chain, state, height, time }.send(dice)
        });
        sent.unwrap()
    }

    /// Every other host hears of it too, and judges by what it has.
    fn gossip(&mut self, entry: usize, tx: &Bytes) {
        for index in self.up() {
            let node = &mut self.nodes[index];
            let is_taken =
                index == entry || node.mempool.len() < WAITING && node.check(tx, CheckTxType::New).code == 0;
            if is_taken {
                node.mempool.push(tx.clone());
            }
        }
    }

    /// Rounds until a block is decided, and every host's taking it in, perhaps with a crash in between.
    fn make_block(&mut self, strange: Vec<Bytes>) {
        let crash = self.crash();
        let decided = self.decide(strange);
        if let Some((index, crash)) = crash
            && self.nodes[index].end_at(Some(crash), Point::AfterProposal).is_err()
        {
            self.ended(index, crash);
        }
        let mut known: Option<ResponseFinalizeBlock> = None;
        for index in self.up() {
            let crash = crash.filter(|(host, _)| *host == index).map(|(_, crash)| crash);
            match self.nodes[index].take_in(&decided, known.as_ref(), crash) {
                Ok(response) => known = known.or(Some(response)),
                Err(Died) => self.ended(index, crash.unwrap()),
            }
        }
        let response = known.unwrap();
        self.remember(&decided, &response);
        let up = self.up();
        self.consensus.decided(&decided, &response, &up);
        self.blocks.push(Block { request: decided, response });
    }

    /// Which host ends at which point of this height; one at a time, so that three go on.
    fn crash(&mut self) -> Option<(usize, Crash)> {
        if !self.away.is_empty() || !self.dice.once_in(CRASH) {
            return None;
        }
        let at = *self.dice.pick(&Point::IN_A_BLOCK).unwrap();
        let is_disk = matches!(at, Point::CommitLost | Point::CommitTorn | Point::CommitUnheard);
        let cometbft_alone = !is_disk && self.dice.once_in(3);
        let torn = self.dice.below(1_000);
        Some((self.pick_up(), Crash { at, cometbft_alone, torn }))
    }

    fn ended(&mut self, index: usize, crash: Crash) {
        self.tally.hit(crash.at);
        if crash.cometbft_alone {
            self.tally.hit(Point::CometbftAlone);
        }
        let is_wiped = !crash.cometbft_alone && self.dice.once_in(WIPED);
        let until = self.height() + self.dice.below(AWAY);
        self.away.insert(index, (until, is_wiped));
    }

    /// Proposals and judgements, until one counts.
    fn decide(&mut self, strange: Vec<Bytes>) -> RequestFinalizeBlock {
        let (height, up) = (self.height(), self.up());
        let misbehaviour = self.consensus.misbehaviour(&mut self.dice, height);
        if misbehaviour.is_some() {
            self.tally.hit(Point::Misbehaviour);
        }
        for number in 0.. {
            let last = number + 1 >= ROUNDS;
            let proposer = self.consensus.proposer(height, number);
            let Some(proposer) = up.iter().find(|index| **index == proposer).or(up.first().filter(|_| last))
            else {
                self.tally.hit(Point::ProposerAway);
                continue;
            };
            let mut round = Round {
                height,
                number,
                proposer: *proposer,
                misbehaviour: misbehaviour.clone(),
                txs: self.nodes[*proposer].mempool.clone(),
            };
            round.txs = self.nodes[*proposer].prepare(self.consensus.prepare(&round));
            let full = round.txs.len() < self.nodes[*proposer].mempool.len();
            let is_honest = !self.dice.once_in(DISHONEST);
            if !is_honest {
                round.txs.extend(strange.clone());
                round.txs.extend(round.txs.first().cloned());
            }
            let request = self.consensus.judge(&round);
            let verdicts: BTreeSet<bool> =
                up.iter().map(|index| self.nodes[*index].judge(request.clone())).collect();
            assert_eq!(verdicts.len(), 1, "hosts judge a proposal differently at {height}");
            let accepted = verdicts.contains(&true);
            assert!(accepted || !is_honest, "an honest proposal is accepted");
            if !accepted && !last && self.dice.once_in(2) {
                self.tally.hit(Point::ProposalRefused);
                continue;
            }
            if !last && self.dice.once_in(ROUND_LOST) {
                self.tally.hit(Point::RoundLost);
                continue;
            }
            if !accepted {
                // Two thirds of the validators decided on something that no honest one proposes.
                self.tally.hit(Point::ProposalForced);
            }
            self.tally.block(full);
            return self.consensus.decide(&round);
        }
        unreachable!("the last round always decides")
    }

    fn remember(&mut self, request: &RequestFinalizeBlock, response: &ResponseFinalizeBlock) {
        assert_eq!(response.tx_results.len(), request.txs.len());
        for (tx, result) in request.txs.iter().zip(&response.tx_results) {
            // What is longer than its limit of gas was refused for it.
            assert!(result.gas_used <= result.gas_wanted || result.code != 0);
            let types = self.types.get(tx).map_or(&[][..], Vec::as_slice);
            self.tally.executed(types, result);
        }
        let wanted: i64 = response
            .tx_results
            .iter()
            .filter(|result| result.code == 0)
            .map(|result| result.gas_wanted)
            .sum();
        assert!(wanted <= self.consensus.max_gas, "a block keeps to its gas");
        self.digest = sha256(&[&self.digest.as_bytes()[..], &response.encode_to_vec()].concat());
    }

    /// Starts the hosts again whose time has come.
    fn bring_back(&mut self) {
        let height = self.height();
        let back: Vec<(usize, bool)> = self
            .away
            .iter()
            .filter(|(_, (until, _))| *until < height)
            .map(|(index, (_, is_wiped))| (*index, *is_wiped))
            .collect();
        for (index, is_wiped) in back {
            if is_wiped && self.state_sync(index) {
                self.tally.hit(Point::StateSync);
            } else {
                let behind = self.blocks.len() as u64 - self.nodes[index].height();
                if self.nodes[index].restart(&self.genesis, &self.blocks) {
                    self.tally.hit(Point::GenesisAgain);
                }
                if behind > 0 {
                    self.tally.hit(Point::CaughtUp);
                }
            }
            self.away.remove(&index);
        }
    }

    /// The newest snapshot that a light client can trust by now, and who has it.
    pub(crate) fn offered(&self) -> Option<(usize, tendermint_proto::v0_38::abci::Snapshot)> {
        let last = self.blocks.len().checked_sub(HEADERS_BEHIND)? as u64;
        let offers = self.up().into_iter().flat_map(|index| {
            let listed = self.nodes[index].machine().list_snapshots().snapshots;
            listed.into_iter().map(move |snapshot| (index, snapshot))
        });
        offers.filter(|(_, snapshot)| snapshot.height <= last).max_by_key(|(_, snapshot)| snapshot.height)
    }

    /// What must hold after every block, on some host.
    fn look_around(&mut self) {
        let index = self.pick_up();
        let machine = self.nodes[index].machine();
        let latest = machine.state();
        assert_eq!(latest.height(), Height(self.blocks.len() as u64));
        assert_eq!(machine.registry().invariants(&latest).unwrap(), Ok(()), "height {}", latest.height());
        let price = Price::load(&latest).unwrap().per_million_gas;
        self.tally.priced(self.price, price);
        self.price = price;
        let supplies = self.supplies_now(index);
        let is_grown = supplies.iter().any(|(denom, units)| *units > self.supplies[denom]);
        assert!(!is_grown, "nobody makes coins here, though some may be burned");
        self.supplies = supplies;
        if self.dice.once_in(12) {
            self.look_back(index);
        }
    }

    fn supplies_now(&self, index: usize) -> BTreeMap<Denom, u128> {
        let denoms = ["uxpx", "gold"].map(|text| text.parse::<Denom>().unwrap());
        let supply = |denom: Denom| {
            let machine = self.nodes[index].machine();
            let units = machine.look_at_mempool(|state| bank::supply(state, &denom).unwrap().units());
            (denom, units.unwrap())
        };
        denoms.into_iter().map(supply).collect()
    }

    /// Asks a host every question about some height, with the proof of a random account.
    fn look_back(&mut self, index: usize) {
        let latest = self.blocks.len() as u64;
        let height = Height(1 + self.dice.below(latest + 1));
        let machine = self.nodes[index].machine();
        let snapshot = match machine.state_at(height) {
            Ok(snapshot) => snapshot,
            Err(Unavailable::Future { .. }) => return assert!(height.0 > latest),
            Err(Unavailable::Pruned { oldest, .. }) => return assert!(height < oldest),
        };
        let app_hash = snapshot.app_hash();
        assert_eq!(app_hash.as_bytes()[..], crate::node::hash_at(&self.blocks, height.0)[..]);
        assert_eq!(machine.registry().invariants(&snapshot).unwrap(), Ok(()));
        for verb in machine.registry().verbs().iter().filter(|verb| verb.kind == VerbKind::Query) {
            let path = verb.path.clone();
            let answer = machine.query(RequestQuery { path, height: height.to_wire(), ..Default::default() });
            assert!(!answer.log.starts_with("internal"), "{} at height {height}: {}", verb.path, answer.log);
            self.tally.answered();
        }
        let player = self.dice.pick(&self.crowd.players).unwrap();
        let key = sirius_ledger::base::auth::account_key(player);
        let proof = snapshot.prove(key.as_bytes()).unwrap();
        assert_eq!(proof.value, snapshot.get_bytes(key.as_bytes()).unwrap());
        proof.verify(&app_hash).unwrap();
    }

    /// When everybody is back and has read its disk again, all have the same state, page by page.
    fn agree_at_the_end(&mut self) {
        self.away.values_mut().for_each(|(until, _)| *until = 0);
        self.bring_back();
        let mut shipped = BTreeSet::new();
        for node in &mut self.nodes {
            node.end();
            node.restart(&self.genesis, &self.blocks);
            assert_eq!(node.height(), self.blocks.len() as u64);
            let state = node.machine().state();
            assert_eq!(
                state.app_hash().as_bytes()[..],
                crate::node::hash_at(&self.blocks, node.height())[..]
            );
            let mut export = state.export(sirius_store::sync::CHUNK_BYTES).unwrap();
            export.by_ref().for_each(|chunk| drop(chunk.unwrap()));
            shipped.insert(export.manifest().hash());
        }
        assert_eq!(shipped.len(), 1, "a snapshot is the same bytes on every host");
    }
}
