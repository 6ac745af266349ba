//! A bundle convinces offline, and nothing that was changed in one does.

use std::sync::Arc;

use mongo_ledger_core::{
    condition::Condition,
    transaction::{
        Asset,
        build::{Spend, transfer},
    },
};
use serde_json::Value;
use sirius_primitives::{Hash, Height};

use super::*;
use crate::{
    database::{
        DatabaseError,
        bundle::{Bundle, Trust},
        fake::{Ledger, Reply, Server},
    },
    fake::{CHAIN_ID, FakeChain, FakeNode, Validators},
    trust::{Anchor, Genesis, LightClient, Settings, TRUSTING_PERIOD, TrustError},
};

/// A database with a bottle that was created, moved, and has a record, under real headers.
pub(super) struct Setting {
    pub(super) chain: Arc<FakeChain>,
    node: Arc<FakeNode>,
    pub(super) ledger: Ledger,
    bottle: Transaction,
}

impl Setting {
    pub(super) fn new() -> Self {
        let (chain, mut ledger) = (FakeChain::new(), Ledger::new());
        let (alice, bottle) = (secret(1), bottle(1));
        let spend = Spend { output: output(&bottle, 0), condition: Condition::Ed25519(alice.public()) };
        let moved = transfer(&[spend], &[Share::to(secret(2).public(), 1)], *bottle.id(), None);
        let moved = moved.sign(&[&alice]).unwrap();
        let note =
            build::record(&[alice.public()], Asset::Id(*bottle.id()), Some(object(r#"{"opened":true}"#)));
        let note = note.sign(&[&alice]).unwrap();
        // Header 2 has the state after block 1, and so on.
        chain.extend(ledger.app_hash());
        for block in [&[&bottle][..], &[&moved], &[], &[&note]] {
            let app_hash = ledger.block(block);
            chain.extend(app_hash);
        }
        let node = FakeNode::new(&chain);
        Self { chain, node, ledger, bottle }
    }

    fn genesis() -> Genesis {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("genesis.json");
        let members = Validators::numbered(1..5).set();
        let members: Vec<_> = members
            .validators()
            .iter()
            .map(|info| serde_json::json!({ "pub_key": info.pub_key, "power": "10" }))
            .collect();
        let json = serde_json::json!({
            "genesis_time": "2026-01-01T00:00:00Z", "chain_id": CHAIN_ID, "initial_height": "1", "validators": members,
        });
        std::fs::write(&path, json.to_string()).unwrap();
        Genesis::read(&path).unwrap()
    }

    pub(super) fn light(&self) -> LightClient {
        let anchor = Anchor::Genesis(Self::genesis());
        let settings = Settings { chain_id: CHAIN_ID.into(), anchor, period: TRUSTING_PERIOD, file: None };
        LightClient::open(FakeNode::client(&[&self.node]), settings).unwrap()
    }

    async fn server(&self) -> Server {
        let record = serde_json::to_string(&self.ledger.record(self.bottle.id())).unwrap();
        let history = serde_json::to_string(&self.ledger.history(self.bottle.id())).unwrap();
        Server::start(move |asked, _| match asked.line.contains("/history?proof=true") {
            true => Reply::Says(200, history.clone()),
            false => Reply::Says(200, record.clone()),
        })
        .await
    }

    async fn bundle(&self) -> Bundle {
        let server = self.server().await;
        let client = Server::client(&[&server]);
        let bundle = client.bundle(&mut self.light(), self.bottle.id(), || self.chain.now()).await;
        bundle.unwrap().unwrap()
    }

    fn header(&self, height: u64) -> Hash {
        let state = self.chain.state();
        let hash = state.blocks[usize::try_from(height).unwrap() - 1].header.hash();
        Hash::new(hash.as_bytes().try_into().unwrap())
    }
}

#[tokio::test]
async fn a_bundle_convinces_from_genesis_and_from_a_headers_hash() {
    let setting = Setting::new();
    let bundle = setting.bundle().await;
    let text = serde_json::to_string(&bundle).unwrap();
    let bundle = Bundle::read(text.as_bytes()).unwrap();
    let now = setting.chain.now();
    let proven = bundle.verify(&Trust::Genesis(Setting::genesis().into()), now).unwrap();
    assert_eq!(proven.value.0, setting.bottle);
    assert_eq!((proven.value.1.height, proven.height, proven.header.height), (2, Height(5), Height(6)));
    for height in [1, 6] {
        let trusted = Trust::Header(setting.header(height));
        assert_eq!(bundle.verify(&trusted, now).unwrap().value, proven.value);
    }
    let other = bundle.verify(&Trust::Header(Hash::new([7; 32])), now).unwrap_err();
    assert!(matches!(other, DatabaseError::Trust(TrustError::NoWay { .. })), "{other}");
    // Years later the first validators prove nothing any more; a hash does.
    let later = now.checked_add(TRUSTING_PERIOD * 100).unwrap();
    let old = bundle.verify(&Trust::Genesis(Setting::genesis().into()), later).unwrap_err();
    assert!(matches!(old, DatabaseError::Trust(TrustError::Expired { .. })), "{old}");
    let old = bundle.verify(&Trust::Header(setting.header(1)), later).unwrap_err();
    assert!(matches!(old, DatabaseError::Trust(TrustError::Expired { .. })), "{old}");
    assert!(bundle.verify(&Trust::Header(setting.header(6)), later).is_ok());
}

/// Every way to change one text or number of a JSON tree.
fn changed(json: &Value) -> Vec<Value> {
    let parts = |values: Vec<Value>, whole: &dyn Fn(Vec<Value>) -> Value| {
        let mut all = Vec::new();
        for place in 0..values.len() {
            for other in changed(&values[place]) {
                let mut values = values.clone();
                values[place] = other;
                all.push(whole(values));
            }
        }
        all
    };
    match json {
        Value::String(text) if text.is_empty() => vec![Value::from("1")],
        Value::String(text) => {
            let middle = text.len() / 2;
            let mut bytes = text.clone().into_bytes();
            bytes[middle] = if bytes[middle] == b'1' { b'2' } else { b'1' };
            String::from_utf8(bytes).map(|text| vec![text.into()]).unwrap_or_default()
        }
        Value::Number(number) => vec![Value::from(number.as_u64().unwrap() + 1)],
        Value::Array(values) => parts(values.clone(), &Value::Array),
        Value::Object(members) => {
            let (names, values): (Vec<String>, Vec<Value>) =
                members.iter().map(|(name, value)| (name.clone(), value.clone())).unzip();
            parts(values, &|values| Value::Object(names.iter().cloned().zip(values).collect()))
        }
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn nothing_in_a_bundle_can_be_changed() {
    let setting = Setting::new();
    let bundle = setting.bundle().await;
    let (trust, now) = (Trust::Genesis(Setting::genesis().into()), setting.chain.now());
    let proven = bundle.verify(&trust, now).unwrap();
    let all = changed(&serde_json::to_value(&bundle).unwrap());
    assert!(all.len() > 60, "{}", all.len());
    for other in all {
        let Ok(read) = Bundle::read(other.to_string().as_bytes()) else { continue };
        if let Ok(found) = read.verify(&trust, now) {
            assert_eq!((found.value, found.header.hash), (proven.value.clone(), proven.header.hash));
            // A single signature beyond two thirds is not looked at. Everything else is.
            assert_eq!(unsigned(&read), unsigned(&bundle));
        }
    }
}

/// A bundle without the single signatures under its headers.
fn unsigned(bundle: &Bundle) -> Value {
    let mut bundle = serde_json::to_value(bundle).unwrap();
    for block in bundle["evidence"]["blocks"].as_array_mut().unwrap() {
        block["signed_header"]["commit"]["signatures"].take();
    }
    bundle
}

#[tokio::test]
async fn a_history_is_proven_to_be_whole() {
    let setting = Setting::new();
    let server = setting.server().await;
    let client = Server::client(&[&server]);
    let id = setting.bottle.id();
    let proven = client.proven_history(&mut setting.light(), id, || setting.chain.now()).await.unwrap();
    let operations: Vec<_> =
        proven.value.iter().map(|(transaction, _)| transaction.operation().as_str()).collect();
    assert_eq!(operations, ["CREATE", "TRANSFER", "RECORD"]);
    assert_eq!((proven.height, proven.header.height), (Height(5), Height(6)));
    let mut proof = setting.ledger.history(id);
    proof.records.pop();
    let short = serde_json::to_string(&proof).unwrap();
    let liar = Server::start(move |_, _| Reply::Says(200, short.clone())).await;
    let error = Server::client(&[&liar])
        .proven_history(&mut setting.light(), id, || setting.chain.now())
        .await
        .unwrap_err();
    assert!(matches!(error, DatabaseError::Proof(_)), "{error}");
}

/// A chain at rest: block 6 changed nothing, so that no header 7 comes.
#[tokio::test]
async fn a_chain_at_rest_proves_too() {
    let mut setting = Setting::new();
    let before = serde_json::to_string(&setting.ledger.record(setting.bottle.id())).unwrap();
    setting.ledger.block(&[]);
    let latest = serde_json::to_string(&setting.ledger.record(setting.bottle.id())).unwrap();
    assert_ne!(before, latest);
    let server = Server::start(move |asked, _| match asked.line.contains("?height=5") {
        true => Reply::Says(200, before.clone()),
        false => Reply::Says(200, latest.clone()),
    })
    .await;
    let (client, now) = (Server::client(&[&server]), setting.chain.now());
    let bundle = client.bundle(&mut setting.light(), setting.bottle.id(), || now).await.unwrap().unwrap();
    let proven = bundle.verify(&Trust::Genesis(Setting::genesis().into()), now).unwrap();
    assert_eq!((proven.height, proven.header.height), (Height(5), Height(6)));
}

#[tokio::test]
async fn a_proof_of_another_height_or_transaction_is_noticed() {
    let setting = Setting::new();
    let mut bundle = setting.bundle().await;
    let (trust, now) = (Trust::Genesis(Setting::genesis().into()), setting.chain.now());
    bundle.proof.height = 4;
    assert!(matches!(bundle.verify(&trust, now), Err(DatabaseError::OtherHeader { .. })));
    let server = setting.server().await;
    let other = bottle(2);
    let error =
        Server::client(&[&server]).bundle(&mut setting.light(), other.id(), || now).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Unusable { .. }), "{error}");
    for text in ["", "{}", "[1]"] {
        assert!(matches!(Bundle::read(text.as_bytes()), Err(DatabaseError::Bundle(_))));
    }
}
