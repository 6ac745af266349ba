//! What anchored promises, as tests: a bundle convinces whoever trusts the ledger, and nothing that was changed in one does.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::{path::Path, sync::Arc};

use mongo_ledger_core::{
    json::{Limits, parse},
    key::SecretKey,
    transaction::build::{Share, create},
};
use serde_json::{Value, json};
use sirius_runtime::Chain as Ledger;

use super::*;
use crate::{
    Cause,
    catalogue::Catalogue,
    database::fake::{Ledger as Documents, Reply, Server},
    fake::{CHAIN_ID, FakeChain, FakeNode, GENESIS, Validators, key, prefix},
    trust::{Anchor as Origin, LightClient, Settings, TRUSTING_PERIOD, TrustError},
};

/// The database chain's name.
const DATABASE: &str = "db-1";

/// A ledger that has anchored a database with one bottle.
struct Setting {
    ledger: Arc<FakeChain>,
    node: Arc<FakeNode>,
    documents: Documents,
    bottle: Transaction,
}

/// What genesis says of the database chain: its header after block 4, in this state.
fn section(status: &str, (height, app_hash): (u64, Hash)) -> Value {
    let set = Validators::numbered(1..5).set();
    let members: Vec<_> = set
        .validators()
        .iter()
        .map(|info| json!({ "key": STANDARD.encode(info.pub_key.to_bytes()), "power": info.power.value() }))
        .collect();
    let owner = key(1).address().bech32(&prefix());
    let header = json!({
        "height": height, "time": { "seconds": GENESIS, "nanos": 0 }, "hash": Hash::new([5; 32]).to_string(),
        "app_hash": app_hash.to_string(), "next_validators": set.hash().to_string(), "posted": 3, "poster": owner,
    });
    let mut chain = json!({
        "chain_id": DATABASE, "owner": owner, "bond": "0", "deposit": "0", "trusting_seconds": 1_000_000, "every": 1,
        "registered": 2, "first": height, "latest": header, "posted": 1, "status": status, "headers": [header],
        "validators": members,
    });
    if status == "frozen" {
        chain["conflict"] = json!({
            "first": "", "second": "", "reporter": owner, "reported": 3, "reward": "0", "burned": "0",
        });
    }
    json!({ "chains": [chain] })
}

impl Setting {
    fn new() -> Self {
        Self::with("active")
    }

    fn with(status: &str) -> Self {
        let alice = SecretKey::new(&[1; 32]);
        let data = parse(br#"{"bottle":{"year":1998}}"#, &Limits::default()).unwrap();
        let shares = [Share::to(alice.public(), 1)];
        let bottle = create(&[alice.public()], &shares, data.as_object().cloned(), None);
        let bottle = bottle.sign(&[&alice]).unwrap();
        let mut documents = Documents::new();
        documents.block(&[&bottle]);
        documents.block(&[]);
        let anchored = (documents.height() + 1, documents.app_hash());
        let ledger = FakeChain::with(|state| state["anchor"] = section(status, anchored));
        for _ in 0..5 {
            ledger.commit();
        }
        let node = FakeNode::new(&ledger);
        Self { ledger, node, documents, bottle }
    }

    fn prover(&self) -> Prover {
        let client = FakeNode::client(&[&self.node]);
        let anchor = Origin::Header { height: Height(2), hash: self.header(2) };
        let settings = Settings { chain_id: CHAIN_ID.into(), anchor, period: TRUSTING_PERIOD, file: None };
        let light = LightClient::open(client.clone(), settings).unwrap();
        let chain = Ledger { id: CHAIN_ID.into(), prefix: prefix() };
        Prover::new(client, light, Arc::new(Catalogue::new()), chain)
    }

    fn header(&self, height: usize) -> Hash {
        let hash = self.ledger.state().blocks[height - 1].header.hash();
        Hash::new(hash.as_bytes().try_into().unwrap())
    }

    /// A node of the database that has the bottle in `block`.
    async fn server(&self, block: u64) -> Server {
        let record = serde_json::to_string(&self.documents.record(self.bottle.id())).unwrap();
        let asked = format!("?height={}", self.documents.height());
        Server::start(move |question, _| match &question.line {
            line if line.contains("/blocks?") => Reply::Says(200, format!("[{block}]")),
            line if line.contains(&asked) => Reply::Says(200, record.clone()),
            _ => Reply::Says(404, "{}".into()),
        })
        .await
    }

    /// Makes a bundle while the ledger makes a block a second.
    async fn made(&self, block: u64) -> Result<Bundle, AnchoredError> {
        let server = self.server(block).await;
        let blocks = self.ledger.run();
        let made = Server::client(&[&server])
            .anchored(&mut self.prover(), (DATABASE, self.bottle.id()), || self.ledger.now())
            .await;
        blocks.abort();
        made
    }
}

#[tokio::test]
async fn a_bundle_convinces_from_a_header_of_the_ledger_alone() {
    let setting = Setting::new();
    let bundle = setting.made(2).await.unwrap();
    let text = serde_json::to_vec(&bundle).unwrap();
    let bundle = Bundle::read(&text).unwrap();
    let now = setting.ledger.now();
    let last = bundle.evidence().last().unwrap();
    let proven = bundle.verify(&Trust::Header(last), now).unwrap();
    assert_eq!((proven.transaction, proven.record.height), (setting.bottle.clone(), 2));
    assert_eq!((proven.chain_id.as_str(), proven.owner), (DATABASE, key(1).address()));
    assert_eq!((proven.registered, proven.anchor.height), (Height(2), setting.documents.height() + 1));
    assert_eq!(proven.header.hash, last);
    // By way of the validators too, within the trusting period; by the hash itself for ever.
    assert!(bundle.verify(&Trust::Header(setting.header(2)), now).is_ok());
    let later = now.checked_add(TRUSTING_PERIOD * 100).unwrap();
    assert!(bundle.verify(&Trust::Header(last), later).is_ok());
    let old = bundle.verify(&Trust::Header(setting.header(2)), later).unwrap_err();
    assert!(matches!(old, AnchoredError::Trust(TrustError::Expired { .. })), "{old}");
    let other = bundle.verify(&Trust::Header(Hash::new([7; 32])), now).unwrap_err();
    assert!(matches!(other, AnchoredError::Trust(TrustError::NoWay { .. })), "{other}");
}

/// Every way to change one text or number of a JSON tree.
fn changed(json: &Value) -> Vec<Value> {
    let each = |values: Vec<Value>, whole: &dyn Fn(Vec<Value>) -> Value| {
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
        Value::String(text) => [0, text.len() / 2]
            .into_iter()
            .filter(|place| *place < text.len())
            .filter_map(|place| {
                let mut bytes = text.clone().into_bytes();
                bytes[place] = if bytes[place] == b'1' { b'2' } else { b'1' };
                String::from_utf8(bytes).ok().map(Value::from)
            })
            .collect(),
        Value::Number(number) => vec![Value::from(number.as_u64().unwrap() + 1)],
        Value::Array(values) => each(values.clone(), &Value::Array),
        Value::Object(members) => {
            let (names, values): (Vec<String>, Vec<Value>) =
                members.iter().map(|(name, value)| (name.clone(), value.clone())).unzip();
            each(values, &|values| Value::Object(names.iter().cloned().zip(values).collect()))
        }
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// A bundle without the single signatures under its headers: one beyond two thirds is not looked at.
fn unsigned(bundle: &Bundle) -> Value {
    let mut bundle = serde_json::to_value(bundle).unwrap();
    for block in bundle["evidence"]["blocks"].as_array_mut().unwrap() {
        block["signed_header"]["commit"]["signatures"].take();
    }
    bundle
}

#[tokio::test]
async fn nothing_in_a_bundle_can_be_changed() {
    let setting = Setting::new();
    let bundle = setting.made(2).await.unwrap();
    let (trust, now) = (Trust::Header(setting.header(2)), setting.ledger.now());
    let proven = bundle.verify(&trust, now).unwrap();
    let all = changed(&serde_json::to_value(&bundle).unwrap());
    assert!(all.len() > 100, "{}", all.len());
    let mut refused = 0;
    for other in all {
        let Ok(read) = Bundle::read(other.to_string().as_bytes()) else {
            refused += 1;
            continue;
        };
        match read.verify(&trust, now) {
            Err(_) => refused += 1,
            Ok(found) => {
                assert_eq!(found, proven);
                assert_eq!(unsigned(&read), unsigned(&bundle));
            }
        }
    }
    assert!(refused > 90, "{refused} changes were refused");
}

#[tokio::test]
async fn what_is_not_anchored_is_said_so() {
    let setting = Setting::new();
    let late = setting.made(9).await.unwrap_err();
    let (block, anchor) = (Height(9), Height(setting.documents.height() + 1));
    assert_eq!(late, AnchoredError::NotYet { chain_id: DATABASE.into(), block, anchor, every: 1 });
    let server = setting.server(2).await;
    let stranger = Server::client(&[&server])
        .anchored(&mut setting.prover(), ("db-2", setting.bottle.id()), || setting.ledger.now())
        .await
        .unwrap_err();
    assert_eq!(stranger.cause(), Cause::Refused, "{stranger}");
    assert!(stranger.to_string().contains("db-2"), "{stranger}");
}

#[tokio::test]
async fn a_frozen_anchor_proves_nothing() {
    let error = Setting::with("frozen").made(2).await.unwrap_err();
    assert_eq!(error, AnchoredError::Frozen { chain_id: DATABASE.into() });
}

#[tokio::test]
async fn a_proof_for_another_height_is_noticed() {
    let setting = Setting::new();
    let bundle = setting.made(2).await.unwrap();
    let trust = Trust::Header(bundle.evidence().last().unwrap());
    let mut other = bundle.clone();
    other.record.height += 1;
    let error = other.verify(&trust, setting.ledger.now()).unwrap_err();
    assert!(matches!(error, AnchoredError::OtherHeight { .. }), "{error}");
    for text in ["", "{}", "[1]", r#"{"format":"sirius-database-1"}"#] {
        assert!(matches!(Bundle::read(text.as_bytes()), Err(AnchoredError::Malformed(_))));
    }
}

/// A file that somebody keeps is read by every later program: it changes only with a new format. `UPDATE_GOLDEN=1` writes
/// it anew.
#[tokio::test]
async fn a_kept_file_is_read_for_ever() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/anchored/bundle.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        let made = Setting::new().made(2).await.unwrap();
        std::fs::write(&path, serde_json::to_string(&made).unwrap() + "\n").unwrap();
    }
    let bundle = Bundle::read(&std::fs::read(path).unwrap()).unwrap();
    let last = bundle.evidence().last().unwrap();
    let time = Time::from_unix_timestamp(GENESIS + 60, 0).unwrap();
    let proven = bundle.verify(&Trust::Header(last), time).unwrap();
    assert_eq!((proven.chain_id.as_str(), proven.record.height), (DATABASE, 2));
}
