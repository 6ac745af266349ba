//! A process on documents in memory, and a history in which everything happens.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use mongo_ledger_core::{
    access::{Access, Change, Holder, Namespace, Right, Role},
    condition::Condition,
    json::{Object, Value},
    key::{PublicKey, SecretKey},
    transaction::{
        Asset, OutputRef, Proposal, Transaction,
        build::{self, Share, Spend},
    },
};
use mongodb::bson::Document;
use tendermint_abci::Application as _;
use tendermint_proto::{
    crypto::{PublicKey as WireKey, public_key::Sum},
    google::protobuf::Timestamp,
    v0_38::abci::{
        RequestFinalizeBlock, RequestInfo, RequestInitChain, RequestProcessProposal, ValidatorUpdate,
    },
};

use crate::{
    Machine,
    config::{Config, FILE},
    documents::{Collection, Documents, Find, Memory},
    ledger::Ledger,
    recovery::recover,
};

pub(super) fn key(seed: u8) -> SecretKey {
    SecretKey::new(&[seed; 32])
}

pub(super) fn public(seed: u8) -> PublicKey {
    key(seed).public()
}

pub(super) fn validators() -> Vec<(PublicKey, u64)> {
    let mut validators: Vec<_> = [101, 102, 103, 104].map(|seed| (public(seed), 10)).to_vec();
    validators.sort_unstable();
    validators
}

pub(super) fn text(value: &str) -> Option<Object> {
    let nested = Value::Array(vec![Value::Array(vec![Value::Null])]);
    Some(Object::from([("text".to_owned(), Value::String(value.to_owned())), ("nested".to_owned(), nested)]))
}

pub(super) fn spend(from: &Transaction, index: u32) -> Spend {
    let output = OutputRef { transaction_id: *from.id(), output_index: index };
    Spend { output, condition: from.outputs()[usize::try_from(index).unwrap()].condition.clone() }
}

/// The chain that everything happens on, and its first admin.
pub(super) const CHAIN: &str = "test";
pub(super) const ADMIN: u8 = 100;

pub(super) fn right(seed: u8, role: Role) -> Right {
    Right { holder: Holder::from(&public(seed)), role, namespace: Namespace::all() }
}

/// What an admin changes about roles.
pub(super) fn changed(change: &Change) -> Transaction {
    let admin = Condition::Ed25519(public(ADMIN));
    build::change(&admin, CHAIN, change, text("changed")).sign(&[&key(ADMIN)]).unwrap()
}

fn grants() -> Vec<Transaction> {
    let issuers = [1, 2, 4].map(|seed| right(seed, Role::Issuer));
    let transactors = [1, 2, 3, 4].map(|seed| right(seed, Role::Transactor));
    let all = issuers.into_iter().chain(transactors).chain([right(6, Role::Recorder)]);
    all.map(|right| changed(&Change::Grant { right, until: None })).collect()
}

/// What validators are asked for, and the votes on it.
fn asked(proposer: u8, proposal: &Proposal) -> (Transaction, impl Fn(u8) -> Transaction + use<>) {
    let election = build::election(CHAIN, public(proposer), &validators(), proposal, "seed");
    let election = election.sign(&[&key(proposer)]).unwrap();
    let copy = election.clone();
    let vote = move |voter: u8| {
        let place = copy.outputs().iter().position(|output| output.public_keys == [public(voter)]).unwrap();
        let spend = spend(&copy, u32::try_from(place).unwrap());
        build::vote(*copy.id(), &spend, 10).sign(&[&key(voter)]).unwrap()
    };
    (election, vote)
}

/// Five blocks in which everything happens that the chain knows.
pub(super) fn history() -> Vec<Vec<Transaction>> {
    let create = |owner: u8, name: &str| {
        build::create(&[public(owner)], &[Share::to(public(owner), 5)], text(name), text("made"))
            .sign(&[&key(owner)])
            .unwrap()
    };
    let (bottle, coin) = (create(1, "bottle"), create(2, "coin"));
    let moved = build::transfer(
        &[spend(&bottle, 0)],
        &[Share::to(public(2), 2), Share::to(public(3), 3)],
        *bottle.id(),
        text("moved"),
    )
    .sign(&[&key(1)])
    .unwrap();
    // Made and spent within one block.
    let fleeting = create(4, "fleeting");
    let passed = build::transfer(&[spend(&fleeting, 0)], &[Share::to(public(5), 5)], *fleeting.id(), None)
        .sign(&[&key(4)])
        .unwrap();
    let begun = build::record(&[public(6)], Asset::Data(text("log book")), None).sign(&[&key(6)]).unwrap();
    let noted = build::record(&[public(6)], Asset::Id(*begun.id()), text("noted")).sign(&[&key(6)]).unwrap();
    let proposal = Proposal::Validator { key: public(105), power: 7, node_id: "ab".repeat(20) };
    let (election, vote) = asked(101, &proposal);
    let audit = Change::Grant { right: right(8, Role::Auditor), until: Some(9) };
    let (policy, approve) = asked(102, &Proposal::Policy(audit));
    let blocks = Proposal::Parameters { transaction_bytes: None, election_blocks: Some(50) };
    let (parameters, agree) = asked(103, &blocks);
    let revoked = changed(&Change::Revoke { right: right(6, Role::Recorder) });
    let shortened = changed(&Change::Grant { right: right(4, Role::Issuer), until: Some(7) });
    let joined = build::transfer(
        &[spend(&moved, 1), spend(&moved, 0)],
        &[Share::to(public(9), 5)],
        *bottle.id(),
        None,
    )
    .sign(&[&key(2), &key(3)])
    .unwrap();
    vec![
        [grants(), vec![bottle, coin]].concat(),
        vec![moved, fleeting, passed, begun, policy, approve(101), parameters],
        vec![],
        vec![noted, election, vote(101), approve(102), approve(103), agree(101), agree(102), agree(104)],
        vec![vote(102), vote(103), joined, revoked, shortened],
    ]
}

/// Every document of every collection.
pub(super) type Dump = Vec<(Collection, Vec<Document>)>;

/// A process: its home, its documents, and the threads that it waits on.
pub(super) struct World {
    pub(super) home: tempfile::TempDir,
    pub(super) documents: Arc<Memory>,
    pub(super) runtime: tokio::runtime::Runtime,
}

impl World {
    pub(super) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let settings = "[abci]\nlisten = 'unix:///nowhere'\n[documents]\nuri = 'memory'\n";
        std::fs::write(home.path().join(FILE), settings).unwrap();
        Self { home, documents: Arc::default(), runtime: crate::runtime().unwrap() }
    }

    pub(super) fn start(&self, documents: Arc<dyn Documents>) -> Machine {
        let config = Config::load(self.home.path()).unwrap();
        let store = self.runtime.block_on(recover(&config, &documents)).unwrap();
        Machine::alone(Arc::new(Ledger::new(store, documents, self.runtime.handle().clone()).unwrap()))
    }

    pub(super) fn plain(&self) -> Machine {
        self.start(self.documents.clone())
    }

    pub(super) fn index(&self) -> std::path::PathBuf {
        Path::join(self.home.path(), "data")
    }

    /// Every document there is.
    pub(super) fn dump(&self) -> Dump {
        let all = |collection| {
            (collection, self.runtime.block_on(self.documents.find(collection, Find::default())).unwrap())
        };
        Collection::ALL.map(all).to_vec()
    }
}

/// Begins a chain of a mode.
pub(super) fn init(machine: &Machine, mode: Access) {
    let validators = validators().into_iter().map(|(key, power)| ValidatorUpdate {
        pub_key: Some(WireKey { sum: Some(Sum::Ed25519(key.as_bytes().to_vec())) }),
        power: i64::try_from(power).unwrap(),
    });
    machine.init_chain(RequestInitChain {
        chain_id: CHAIN.into(),
        app_state_bytes: app_state(mode).into(),
        validators: validators.collect(),
        initial_height: 1,
        ..Default::default()
    });
}

/// What genesis says of a chain of a mode.
fn app_state(mode: Access) -> String {
    match mode {
        Access::Open => r#"{"database":{"mode":"open"}}"#.into(),
        Access::Permissioned => {
            format!(r#"{{"database":{{"mode":"permissioned","admins":["{}"]}}}}"#, public(ADMIN))
        }
    }
}

/// Executes the block of a height; what is known of its commit comes from `commit`.
pub(super) fn finalize(
    machine: &Machine,
    height: i64,
    block: &[Transaction],
    proposed: bool,
) -> (Bytes, usize) {
    let txs: Vec<Bytes> = block.iter().map(|transaction| transaction.raw().to_owned().into()).collect();
    let time = Some(Timestamp { seconds: 1_700_000_000 + height, nanos: 5 });
    let hash = Bytes::copy_from_slice(&height.to_be_bytes());
    if proposed {
        let request = RequestProcessProposal {
            height,
            time,
            hash: hash.clone(),
            txs: txs.clone(),
            ..Default::default()
        };
        assert_eq!(machine.process_proposal(request).status, 1, "an honest proposal is accepted");
    }
    let response =
        machine.finalize_block(RequestFinalizeBlock { height, time, hash, txs, ..Default::default() });
    assert!(response.tx_results.iter().all(|result| result.code == 0), "{:?}", response.tx_results);
    (response.app_hash, response.validator_updates.len())
}

/// Leads a process to the end of the history, as CometBFT would after a start.
pub(super) fn replay(machine: &Machine) -> Bytes {
    replay_to(machine, usize::MAX)
}

/// Leads a process to a height of the history.
pub(super) fn replay_to(machine: &Machine, height: usize) -> Bytes {
    let reached = machine.info(RequestInfo::default()).last_block_height;
    if reached == 0 {
        init(machine, Access::Permissioned);
    }
    let mut last = machine.info(RequestInfo::default()).last_block_app_hash;
    for (block, height) in history().iter().zip(1_i64..).take(height).skip(usize::try_from(reached).unwrap())
    {
        let (app_hash, updates) = finalize(machine, height, block, height % 2 == 0);
        assert_eq!(
            updates,
            usize::from(height == 5),
            "the election concludes in the fifth block, however often it runs"
        );
        machine.commit();
        last = app_hash;
    }
    last
}
