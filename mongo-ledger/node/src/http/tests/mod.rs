//! The API over a real ledger whose blocks the tests decide themselves, asked over HTTP as any client asks.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod access;
mod beside;
mod payloads;
mod peers;
mod roles;
mod secure;
mod stream;
mod version_one;

use std::{net::TcpStream, sync::Arc, time::Duration};

use mongo_ledger_core::{
    condition::Condition,
    json::{Limits, Object, parse},
    key::{PublicKey, SecretKey},
    transaction::{
        AssetId, OutputRef, Transaction,
        build::{Share, Spend, create, transfer},
    },
};
use serde_json::Value;
use sirius_store::Store;
use tempfile::TempDir;
use tendermint_abci::Application as _;
use tendermint_proto::{
    crypto::{PublicKey as WireKey, public_key::Sum},
    google::protobuf::Timestamp,
    v0_38::abci::{RequestFinalizeBlock, RequestInitChain, ValidatorUpdate},
};
use tokio::runtime::Runtime;

use super::{Serving, serve};
use crate::{
    Machine,
    config::Config,
    documents::{Documents, Memory},
    ledger::{Ledger, options},
};

/// A ledger with its API. Its CometBFT is never there: the tests decide the blocks.
struct Bed {
    serving: Serving,
    ledger: Arc<Ledger>,
    machine: Machine,
    agent: ureq::Agent,
    _runtime: Runtime,
    _home: TempDir,
}

const CONFIG: &str = r#"
[abci]
listen = "unix:///nowhere"
[documents]
uri = "memory"
[http]
listen = "127.0.0.1:0"
[websocket]
listen = "127.0.0.1:0"
[cometbft]
rpc = "http://127.0.0.1:1"
"#;

impl Bed {
    fn new() -> Self {
        Self::with("null")
    }

    /// A ledger whose genesis says this to the application.
    fn with(app_state: &str) -> Self {
        Self::of(CONFIG, app_state, |_| ()).unwrap()
    }

    /// The same with other settings, and files beside them.
    fn of(
        settings: &str,
        app_state: &str,
        files: impl FnOnce(&std::path::Path),
    ) -> Result<Self, super::HttpError> {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(crate::config::FILE), settings).unwrap();
        files(home.path());
        let config = Config::load(home.path()).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let store = Store::open(Arc::new(sirius_store::Memory::new()), options(&config)).unwrap();
        let documents: Arc<dyn Documents> = Arc::new(Memory::default());
        let ledger = Arc::new(Ledger::new(store, documents, runtime.handle().clone()).unwrap());
        let serving = serve(&config, Arc::clone(&ledger))?;
        let machine = Machine::alone(Arc::clone(&ledger));
        let key = WireKey { sum: Some(Sum::Ed25519(alice().public().as_bytes().to_vec())) };
        machine.init_chain(RequestInitChain {
            chain_id: "http".into(),
            initial_height: 1,
            app_state_bytes: app_state.to_owned().into(),
            validators: vec![ValidatorUpdate { pub_key: Some(key), power: 10 }],
            ..Default::default()
        });
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .new_agent();
        let bed = Self { serving, ledger, machine, agent, _runtime: runtime, _home: home };
        bed.block(&[]);
        Ok(bed)
    }

    /// Decides and commits a block; gives its height.
    fn block(&self, transactions: &[&Transaction]) -> u64 {
        let height = self.ledger.height() + 1;
        let decided = self.machine.finalize_block(RequestFinalizeBlock {
            txs: transactions.iter().map(|transaction| transaction.raw().to_owned().into()).collect(),
            hash: height.to_be_bytes().to_vec().into(),
            height: i64::try_from(height).unwrap(),
            time: Some(Timestamp { seconds: 1_700_000_000, nanos: 0 }),
            ..Default::default()
        });
        for result in &decided.tx_results {
            assert_eq!(result.code, 0, "{}", result.log);
        }
        self.machine.commit();
        height
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.serving.http())
    }

    /// The status and the text of an answer.
    fn text(&self, path: &str) -> (u16, String) {
        let mut response = self.agent.get(self.url(path)).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    /// A good answer.
    fn get(&self, path: &str) -> Value {
        let (status, text) = self.text(path);
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A part of a list, and where the next begins.
    fn part(&self, path: &str) -> (Vec<Value>, Option<String>) {
        let mut response = self.agent.get(self.url(path)).call().unwrap();
        let next = response.headers().get("x-next").map(|next| next.to_str().unwrap().to_owned());
        (response.body_mut().read_json().unwrap(), next)
    }

    fn post(&self, path: &str, body: &str) -> (u16, String) {
        let mut response = self.agent.post(self.url(path)).send(body).unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }
}

/// How BigchainDB refuses: the message first.
fn refusal(message: &str, status: u16) -> (u16, String) {
    (status, format!(r#"{{"message":{},"status":{status}}}"#, Value::from(message)))
}

/// How its framework refuses a parameter.
fn parameter(name: &str, what: &str) -> (u16, String) {
    (400, format!(r#"{{"message":{{"{name}":{}}},"status":400}}"#, Value::from(what)))
}

fn alice() -> SecretKey {
    SecretKey::new(&[1; 32])
}

fn bob() -> SecretKey {
    SecretKey::new(&[2; 32])
}

fn object(text: &str) -> Object {
    parse(text.as_bytes(), &Limits::default()).unwrap().as_object().unwrap().clone()
}

/// An asset of Alice's.
fn asset(data: &str, metadata: Option<&str>, amount: u64) -> Transaction {
    let (alice, shares) = (alice(), [Share::to(alice().public(), amount)]);
    create(&[alice.public()], &shares, Some(object(data)), metadata.map(object)).sign(&[&alice]).unwrap()
}

fn output(transaction: &Transaction, output_index: u32) -> OutputRef {
    OutputRef { transaction_id: *transaction.id(), output_index }
}

/// Moves an output of one key to another.
fn send(from: &SecretKey, output: OutputRef, to: PublicKey, amount: u64, asset: &AssetId) -> Transaction {
    let spend = Spend { output, condition: Condition::Ed25519(from.public()) };
    transfer(&[spend], &[Share::to(to, amount)], *asset, None).sign(&[from]).unwrap()
}

type Socket = tungstenite::WebSocket<TcpStream>;
