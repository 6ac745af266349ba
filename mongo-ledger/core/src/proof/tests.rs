//! Real proofs of a small ledger hold; with any one field changed they do not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that panics fails")]
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "a test measures time")]

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use sirius_primitives::Height;
use sirius_store::{Fault, Memory, Options, Overlay, Store};

use super::*;
use crate::{
    access::{Access, Change, Holder, Namespace, Right, RightId, Role},
    block,
    condition::Condition,
    genesis::Genesis,
    json::{Limits, Object, parse},
    key::{PublicKey, SecretKey},
    log::{Nodes, Position, consistency, inclusion},
    record::Record,
    settings::Settings,
    state::{self, STORE},
    transaction::{
        Asset, AssetId, OutputRef, Transaction,
        build::{Share, Spend, change, create, record, transfer},
    },
};

struct Ledger {
    store: Store,
    nodes: BTreeMap<Position, Hash>,
    records: Vec<(Record, String)>,
}

impl Nodes for Ledger {
    fn node(&self, position: Position) -> Result<Hash, Fault> {
        self.nodes.get(&position).copied().ok_or_else(|| Fault::Contradiction(format!("{position:?}")))
    }
}

impl Ledger {
    fn new(validator: PublicKey, access: Access) -> Self {
        let options = Options { name: STORE.into(), ..Options::default() };
        let store = Store::open(Arc::new(Memory::new()), options).unwrap();
        let mut ledger = Self { store, nodes: BTreeMap::new(), records: Vec::new() };
        let admins = vec![Holder::from(&validator)];
        let settings = Settings { access, ..Settings::default() };
        let genesis =
            Genesis { chain_id: "test".into(), settings, admins, validators: vec![(validator, 10)] };
        let genesis = genesis.changes();
        let prepared = ledger.store.prepare(Height(1), &genesis).unwrap();
        ledger.store.commit(prepared, Vec::new()).unwrap();
        ledger.block(&[]);
        ledger
    }

    fn block(&mut self, transactions: &[&Transaction]) {
        let height = self.height() + 1;
        let submitted: Vec<_> = transactions.iter().map(|transaction| Ok(*transaction)).collect();
        let executed = block::run(&Overlay::new(self.store.latest()), height, &submitted).unwrap();
        for (result, transaction) in executed.results.into_iter().zip(transactions) {
            self.records.push((result.unwrap(), transaction.raw().to_owned()));
        }
        self.nodes.extend(executed.nodes.iter().map(|node| (node.position, node.hash)));
        let prepared = self.store.prepare(Height(height), &executed.changes).unwrap();
        self.store.commit(prepared, Vec::new()).unwrap();
    }

    fn height(&self) -> u64 {
        self.store.committed().height.0
    }

    fn app_hash(&self, height: u64) -> Option<Hash> {
        self.store.at(Height(height)).ok().map(|state| state.app_hash())
    }

    fn prove(&self, height: u64, key: &[u8]) -> StateProof {
        StateProof::from(&self.store.at(Height(height)).unwrap().prove(key).unwrap())
    }

    fn log(&self, height: u64) -> LogProof {
        let log = self.prove(height, state::head().as_bytes());
        LogProof { height, app_hash: self.app_hash(height).unwrap(), log }
    }

    fn size(&self, height: u64) -> u64 {
        state::head().get(&self.store.at(Height(height)).unwrap()).unwrap().unwrap().size
    }

    fn record(&self, index: usize, height: u64) -> RecordProof {
        let (Record { height: block, position, previous, id, .. }, raw) = self.records[index].clone();
        let LogProof { height, app_hash, log } = self.log(height);
        let path = inclusion(self, index as u64, self.size(height)).unwrap();
        let record = Stored { height: block, position, previous };
        RecordProof { height, app_hash, id, raw, record, index: index as u64, path, log }
    }

    fn history(&self, asset: AssetId, height: u64) -> HistoryProof {
        let of_it =
            self.records.iter().filter(|(record, _)| record.asset == asset && record.height <= height);
        let link = |(record, raw): &(Record, String)| Link {
            height: record.height,
            position: record.position,
            raw: raw.clone(),
        };
        HistoryProof {
            height,
            app_hash: self.app_hash(height).unwrap(),
            asset,
            records: of_it.map(link).collect(),
            chain: self.prove(height, state::chain(&asset).as_bytes()),
        }
    }

    fn subject(&self, subject: Subject, height: u64) -> SubjectProof {
        let app_hash = self.app_hash(height).unwrap();
        let proof = self.prove(height, &subject.key());
        SubjectProof { height, app_hash, subject, proof }
    }

    fn consistency(&self, from: u64, to: u64) -> ConsistencyProof {
        let (old, new) = (self.size(from), self.size(to));
        let path = if old == 0 { Vec::new() } else { consistency(self, old, new).unwrap() };
        ConsistencyProof { from: self.log(from), to: self.log(to), path }
    }
}

fn object(text: &str) -> Object {
    parse(text.as_bytes(), &Limits::default()).unwrap().as_object().unwrap().clone()
}

fn output(transaction: &Transaction, output_index: u32) -> OutputRef {
    OutputRef { transaction_id: *transaction.id(), output_index }
}

/// A bottle that is created, shared, moved on, and has a record; another; a log of some length around them.
fn ledger() -> (Ledger, Transaction, Transaction) {
    let [alice, bob] = [1, 2].map(|seed| SecretKey::new(&[seed; 32]));
    let mut ledger = Ledger::new(alice.public(), Access::Open);
    let data = Some(object(r#"{"bottle":{"year":1998,"ml":750.5}}"#));
    let made =
        create(&[alice.public()], &[Share::to(alice.public(), 5)], data, None).sign(&[&alice]).unwrap();
    let spend = Spend { output: output(&made, 0), condition: Condition::Ed25519(alice.public()) };
    let shares = [Share::to(bob.public(), 3), Share::to(alice.public(), 2)];
    let moved = transfer(&[spend], &shares, *made.id(), None).sign(&[&alice]).unwrap();
    let noted = record(&[alice.public()], Asset::Id(*made.id()), Some(object(r#"{"note":"opened"}"#)));
    let noted = noted.sign(&[&alice]).unwrap();
    let other = |number: u32| {
        let data = Some(object(&format!(r#"{{"number":{number}}}"#)));
        create(&[bob.public()], &[Share::to(bob.public(), 1)], data, None).sign(&[&bob]).unwrap()
    };
    ledger.block(&[&other(1), &made, &other(2)]);
    ledger.block(&[&moved, &other(3)]);
    ledger.block(&[&other(4), &other(5), &noted, &other(6)]);
    ledger.block(&[&other(7)]);
    (ledger, made, moved)
}

/// Every way to change one leaf of a JSON tree.
fn changed(json: &Json) -> Vec<Json> {
    match json {
        Json::Null => vec![Json::from("00")],
        Json::Bool(truth) => vec![Json::Bool(!truth)],
        Json::Number(number) => {
            let number = number.as_u64().unwrap();
            let mut all = vec![Json::from(number + 1)];
            all.extend(number.checked_sub(1).map(Json::from));
            all
        }
        Json::String(text) => {
            let flip = |at: usize| {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
                Json::from(String::from_utf8(bytes).unwrap())
            };
            let places = [0, text.len() / 3, text.len() / 2, text.len() - 1];
            let mut all: Vec<Json> = places.into_iter().map(flip).collect();
            all.push(Json::from(format!("{text}00")));
            all
        }
        Json::Array(values) => {
            let mut all = changed_parts(values, Json::Array);
            if !values.is_empty() {
                all.push(Json::from(&values[1..]));
                all.push(Json::from(&values[..values.len() - 1]));
                all.push(Json::from([values.as_slice(), &values[..1]].concat()));
            }
            if values.len() > 1 && values[0] != values[1] {
                let mut swapped = values.clone();
                swapped.swap(0, 1);
                all.push(Json::Array(swapped));
            }
            all
        }
        Json::Object(members) => {
            let (names, values): (Vec<String>, Vec<Json>) =
                members.iter().map(|(name, value)| (name.clone(), value.clone())).unzip();
            changed_parts(&values, |values| Json::Object(names.iter().cloned().zip(values).collect()))
        }
    }
}

fn changed_parts(values: &[Json], whole: impl Fn(Vec<Json>) -> Json) -> Vec<Json> {
    let mut all = Vec::new();
    for (place, value) in values.iter().enumerate() {
        for other in changed(value) {
            let mut values = values.to_vec();
            values[place] = other;
            all.push(whole(values));
        }
    }
    all
}

/// A proof holds as it is, is written and read without a loss, and does not hold with any one field changed.
fn check<P: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(
    proof: &P,
    holds: impl Fn(&P) -> Result<(), ProofError>,
) {
    holds(proof).unwrap();
    let json = serde_json::to_value(proof).unwrap();
    assert_eq!(serde_json::from_value::<P>(json.clone()).unwrap(), *proof);
    let all = changed(&json);
    assert!(all.len() > 20);
    for other in all {
        let Ok(read) = serde_json::from_value::<P>(other.clone()) else { continue };
        assert!(read != *proof, "the change is none: {other}");
        assert!(holds(&read).is_err(), "holds: {other}");
    }
}

/// The app hash as a reader gets it: from the header that belongs to the height which the proof names.
fn header(ledger: &Ledger, height: u64) -> Hash {
    ledger.app_hash(height).unwrap_or(Record::FIRST)
}

#[test]
fn a_record_is_proven_at_every_later_height() {
    let (ledger, ..) = ledger();
    for index in 0..ledger.records.len() {
        for height in ledger.records[index].0.height..=ledger.height() {
            let proof = ledger.record(index, height);
            let (transaction, record) = proof.verify(&header(&ledger, height)).unwrap();
            assert_eq!(
                (transaction.raw(), record),
                (ledger.records[index].1.as_str(), ledger.records[index].0)
            );
        }
    }
    let proof = ledger.record(3, ledger.height());
    check(&proof, |proof| proof.verify(&header(&ledger, proof.height)).map(drop));
}

#[test]
fn a_history_is_whole_and_in_order() {
    let (ledger, made, _) = ledger();
    let proof = ledger.history(*made.id(), ledger.height());
    assert_eq!(proof.verify(&header(&ledger, proof.height)).unwrap().len(), 3);
    check(&proof, |proof| proof.verify(&header(&ledger, proof.height)).map(drop));
    let before = ledger.history(*made.id(), made_at(&ledger, &made));
    assert_eq!(before.verify(&header(&ledger, before.height)).unwrap().len(), 1);
    let none = ledger.history(AssetId::new([9; 32]), ledger.height());
    assert_eq!(none.verify(&header(&ledger, none.height)).unwrap(), []);
    let claimed = HistoryProof { records: proof.records.clone(), ..none };
    assert!(matches!(
        claimed.verify(&claimed.app_hash),
        Err(ProofError::Incomplete { claimed: 0, found: 3 })
    ));
}

fn made_at(ledger: &Ledger, made: &Transaction) -> u64 {
    ledger.records.iter().find(|(record, _)| record.id == *made.id()).unwrap().0.height
}

#[test]
fn what_the_state_holds_is_proven_and_what_it_does_not_hold() {
    let (ledger, made, moved) = ledger();
    let validator = SecretKey::new(&[1; 32]).public();
    let now = ledger.height();
    let held = |subject, height: u64| {
        let proof = ledger.subject(subject, height);
        check(&proof, |proof| proof.verify(&header(&ledger, proof.height)).map(drop));
        proof.verify(&proof.app_hash).unwrap()
    };
    let Held::Utxo(Some(unspent)) = held(Subject::Utxo(output(&moved, 0)), now) else { panic!("is unspent") };
    assert_eq!((unspent.amount, unspent.asset), (3, *made.id()));
    assert_eq!(held(Subject::Utxo(output(&made, 0)), now), Held::Utxo(None));
    assert!(matches!(held(Subject::Utxo(output(&made, 0)), made_at(&ledger, &made)), Held::Utxo(Some(_))));
    let spent = held(Subject::Spent(output(&made, 0)), now);
    assert_eq!(spent, Held::Spent(Some(state::Spent { by: *moved.id() })));
    assert!(matches!(held(Subject::Asset(*made.id()), now), Held::Asset(Some(chain)) if chain.length == 3));
    assert_eq!(held(Subject::Validator(validator), now), Held::Validator(Some(10)));
    assert_eq!(held(Subject::Election(*made.id()), now), Held::Election(None));
}

#[test]
fn a_role_is_proven_to_be_there_to_have_ended_and_never_to_have_been() {
    let admin = SecretKey::new(&[1; 32]);
    let mut ledger = Ledger::new(admin.public(), Access::Permissioned);
    let right =
        Right { holder: Holder::from(&admin.public()), role: Role::Admin, namespace: Namespace::all() };
    let issuer = Right { role: Role::Issuer, ..right.clone() };
    let by = Condition::Ed25519(admin.public());
    let grant = change(&by, "test", &Change::Grant { right: issuer.clone(), until: Some(9) }, None);
    let revoke = change(&by, "test", &Change::Revoke { right: issuer.clone() }, None);
    let other = Change::Grant { right: Right { role: Role::Auditor, ..right.clone() }, until: None };
    ledger.block(&[&change(&by, "test", &other, None).sign(&[&admin]).unwrap()]);
    ledger.block(&[&grant.sign(&[&admin]).unwrap()]);
    let given = ledger.height();
    ledger.block(&[&revoke.sign(&[&admin]).unwrap()]);
    let now = ledger.height();
    let held = |right: &Right, height: u64| {
        let proof = ledger.subject(Subject::Role(right.id()), height);
        check(&proof, |proof| proof.verify(&header(&ledger, proof.height)).map(drop));
        match proof.verify(&proof.app_hash).unwrap() {
            Held::Role(grant) => grant,
            held => panic!("{held:?}"),
        }
    };
    assert_eq!(held(&right, now).unwrap().status_at(now), "active");
    assert_eq!(held(&issuer, given).unwrap().status_at(given), "active");
    assert_eq!(held(&issuer, now).unwrap().status_at(now), "revoked");
    assert_eq!(held(&issuer, given - 1), None);
    assert_eq!(held(&Right { namespace: "a".parse().unwrap(), ..right }, now), None);
}

#[test]
fn the_log_is_proven_to_have_grown() {
    let (ledger, ..) = ledger();
    let now = ledger.height();
    for from in 2..=now {
        for to in from..=now {
            let proof = ledger.consistency(from, to);
            proof.verify(&header(&ledger, from), &header(&ledger, to)).unwrap();
        }
    }
    let proof = ledger.consistency(now - 2, now);
    check(&proof, |proof| {
        proof.verify(&header(&ledger, proof.from.height), &header(&ledger, proof.to.height)).map(drop)
    });
}

#[test]
fn subjects_have_one_name_each() {
    let id = AssetId::new([7; 32]);
    let reference = OutputRef { transaction_id: id, output_index: 12 };
    for subject in [
        Subject::Utxo(reference),
        Subject::Spent(reference),
        Subject::Asset(id),
        Subject::Validator(PublicKey::new([3; 32])),
        Subject::Election(id),
        Subject::Role(RightId {
            holder: Hash::new([5; 32]),
            role: Role::Issuer,
            namespace: Namespace::all(),
        }),
        Subject::Role(RightId {
            holder: Hash::new([5; 32]),
            role: Role::Admin,
            namespace: "wine/red".parse().unwrap(),
        }),
    ] {
        assert_eq!(subject.to_string().parse::<Subject>().unwrap(), subject);
    }
    for text in ["", "utxo", "utxo/", "asset/zz", "role/x"] {
        assert_eq!(text.parse::<Subject>(), Err(SubjectError), "{text}");
    }
    for index in ["", "-1", "+1", "01", "4294967296"] {
        assert_eq!(format!("utxo/{id}:{index}").parse::<Subject>(), Err(SubjectError), "{index}");
    }
}

/// A proof is to be checked in under 5 ms.
#[test]
fn a_proof_is_checked_in_a_moment() {
    let (ledger, ..) = ledger();
    let proof = ledger.record(3, ledger.height());
    let app_hash = header(&ledger, proof.height);
    let begun = Instant::now();
    for _ in 0..10 {
        proof.verify(&app_hash).unwrap();
    }
    let each = begun.elapsed() / 10;
    println!("a proof of {} bytes is checked in {each:?}", serde_json::to_string(&proof).unwrap().len());
    assert!(each.as_millis() < 5, "{each:?}");
}
