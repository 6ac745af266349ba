//! A node of the database for tests: HTTP on a port of its own, and a real ledger with real proofs behind it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use mongo_ledger_core::{
    block,
    genesis::Genesis,
    key::PublicKey,
    log::{Nodes, Position, inclusion},
    proof::{HistoryProof, Link, RecordProof, StateProof, Stored, Subject, SubjectProof},
    record::Record,
    state::{self, STORE},
    transaction::{AssetId, Transaction, TransactionId},
};
use sirius_primitives::{Hash, Height};
use sirius_store::{Fault, Memory, Options, Overlay, Store};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::Database;

/// What a node is asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Method, path and query, such as `GET /api/v1/blocks?transaction_id=…`.
    pub(crate) line: String,
    pub(crate) body: String,
}

/// What it does then.
pub(crate) enum Reply {
    Says(u16, String),
    /// A part of a list, and where that goes on.
    Part(String, &'static str),
    HangsUp,
}

/// Stopped when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// A node that replies so to its first, second, … question.
    pub(crate) async fn start(reply: impl Fn(&Asked, usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let kept = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let question = read(&mut stream).await;
                let count = {
                    let mut kept = kept.lock().unwrap();
                    kept.push(question.clone());
                    kept.len()
                };
                let (status, body, next) = match reply(&question, count) {
                    Reply::Says(status, body) => (status, body, String::new()),
                    Reply::Part(body, next) => (200, body, format!("X-Next: {next}\r\n")),
                    Reply::HangsUp => continue,
                };
                let head = format!(
                    "HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n{next}Connection: close\r\n\r\n",
                    body.len()
                );
                // A client that does not want the rest goes away.
                let _ = stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await;
            }
        });
        Self { url, asked, task }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn client(servers: &[&Self]) -> Database {
        Database::new(&servers.iter().map(|server| server.url.clone()).collect::<Vec<_>>()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(stream: &mut TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).await.unwrap();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).await.unwrap();
        if header.trim().is_empty() {
            break;
        }
        if let Some(text) = header.to_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await.unwrap();
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    Asked { line, body: String::from_utf8(body).unwrap() }
}

/// The database's state machine over a store in memory.
pub(crate) struct Ledger {
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
    /// One block without transactions.
    pub(crate) fn new() -> Self {
        let options = Options { name: STORE.into(), ..Options::default() };
        let store = Store::open(Arc::new(Memory::new()), options).unwrap();
        let validators = vec![(PublicKey::new([1; 32]), 10)];
        let genesis = Genesis { chain_id: "database".into(), validators, ..Genesis::default() }.changes();
        let prepared = store.prepare(Height(1), &genesis).unwrap();
        store.commit(prepared, Vec::new()).unwrap();
        Self { store, nodes: BTreeMap::new(), records: Vec::new() }
    }

    /// One more block; gives the app hash after it.
    pub(crate) fn block(&mut self, transactions: &[&Transaction]) -> Hash {
        let height = self.height() + 1;
        let submitted: Vec<_> = transactions.iter().map(|transaction| Ok(*transaction)).collect();
        let executed = block::run(&Overlay::new(self.store.latest()), height, &submitted).unwrap();
        for (result, transaction) in executed.results.into_iter().zip(transactions) {
            self.records.push((result.unwrap(), transaction.raw().to_owned()));
        }
        self.nodes.extend(executed.nodes.iter().map(|node| (node.position, node.hash)));
        let prepared = self.store.prepare(Height(height), &executed.changes).unwrap();
        self.store.commit(prepared, Vec::new()).unwrap();
        self.app_hash()
    }

    pub(crate) fn height(&self) -> u64 {
        self.store.committed().height.0
    }

    pub(crate) fn app_hash(&self) -> Hash {
        self.store.latest().app_hash()
    }

    fn prove(&self, key: &[u8]) -> StateProof {
        StateProof::from(&self.store.latest().prove(key).unwrap())
    }

    pub(crate) fn record(&self, id: &TransactionId) -> RecordProof {
        let place = self.records.iter().position(|(record, _)| record.id == *id).unwrap();
        let (record, raw) = self.records[place].clone();
        let size = state::head().get(&self.store.latest()).unwrap().unwrap().size;
        RecordProof {
            height: self.height(),
            app_hash: self.app_hash(),
            id: *id,
            raw,
            record: Stored { height: record.height, position: record.position, previous: record.previous },
            index: place as u64,
            path: inclusion(self, place as u64, size).unwrap(),
            log: self.prove(state::head().as_bytes()),
        }
    }

    pub(crate) fn subject(&self, subject: Subject) -> SubjectProof {
        let proof = self.prove(&subject.key());
        SubjectProof { height: self.height(), app_hash: self.app_hash(), subject, proof }
    }

    pub(crate) fn history(&self, asset: &AssetId) -> HistoryProof {
        let of_it = self.records.iter().filter(|(record, _)| record.asset == *asset);
        let link = |(record, raw): &(Record, String)| Link {
            height: record.height,
            position: record.position,
            raw: raw.clone(),
        };
        HistoryProof {
            height: self.height(),
            app_hash: self.app_hash(),
            asset: *asset,
            records: of_it.map(link).collect(),
            chain: self.prove(state::chain(asset).as_bytes()),
        }
    }
}
