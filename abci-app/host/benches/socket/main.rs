//! How fast the server is: synchronous calls and pipelined `CheckTx`, beside a bare echo of the same frames.
//!
//! `cargo bench -p sirius-host` prints the medians of five runs and writes each to `target/bench/<name>.json`. The
//! echo loop ([`echo`]) is what any server over that socket costs: the same reads, the same frame lengths, a fixed
//! answer. Client and server share the machine's cores.

#![allow(clippy::unwrap_used, reason = "a benchmark that panics fails")]

mod client;
mod echo;
mod report;

use std::thread;

use bytes::Bytes;
use prost::Message;
use sirius_host::{Endpoint, Options, Server};
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::request::Value;
use tendermint_proto::v0_38::abci::{self as pb};

use client::{Latency, pipelined, synchronous};
use report::Report;

/// How often everything is measured; the median counts.
const RUNS: usize = 5;
/// Synchronous calls a run.
const CALLS: usize = 20_000;
/// Transactions a run of pipelined `CheckTx`.
const TRANSACTIONS: usize = 1_000_000;
/// Blocks a run.
const BLOCKS: usize = 200;
/// Transactions in a block.
const BLOCK: usize = 2_000;
/// Bytes in a transaction.
const TRANSACTION: usize = 250;

/// Answers everything with nothing: what is left is the server.
#[derive(Clone)]
struct Empty;

impl Application for Empty {}

/// One run's figures of one peer.
struct Figures {
    call: Latency,
    check_tx: f64,
    flushed: f64,
    block: Latency,
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let echo = Endpoint::Unix(folder.path().join("echo.sock"));
    echo::start(&echo);
    let unix = start(&Endpoint::Unix(folder.path().join("host.sock")));
    let tcp = start(&"tcp://127.0.0.1:0".parse().unwrap());
    let mut runs = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        for (endpoint, figures) in [&echo, &unix, &tcp].into_iter().zip(&mut runs) {
            figures.push(measure(endpoint));
        }
    }
    let [echo, unix, tcp] = &runs;
    let report = Report::new();
    for (peer, figures) in [("echo", echo), ("unix", unix), ("tcp", tcp)] {
        let write = |what: &str, unit: &str, of: fn(&Figures) -> f64| {
            report.write(&format!("host_{what}_{peer}"), unit, figures.iter().map(of), echo.iter().map(of));
        };
        write("call_p50", "us", |figures| figures.call.p50);
        write("call_p99", "us", |figures| figures.call.p99);
        write("check_tx_pipelined", "tx/s", |figures| figures.check_tx);
        write("check_tx_flushed", "tx/s", |figures| figures.flushed);
        write("block_2000_p50", "us", |figures| figures.block.p50);
    }
}

/// Serves [`Empty`] until the process ends.
fn start(endpoint: &Endpoint) -> Endpoint {
    let server = Server::bind(endpoint, Empty, Options::default()).unwrap();
    let endpoint = server.endpoint().clone();
    thread::spawn(move || server.run().unwrap());
    endpoint
}

fn measure(endpoint: &Endpoint) -> Figures {
    let flush = frame(Value::Flush(pb::RequestFlush {}));
    let info = frame(Value::Info(pb::RequestInfo { version: "0.38.26".to_owned(), ..Default::default() }));
    let transaction = Bytes::from(vec![7; TRANSACTION]);
    let check = frame(Value::CheckTx(pb::RequestCheckTx { tx: transaction.clone(), r#type: 0 }));
    let block = frame(Value::FinalizeBlock(pb::RequestFinalizeBlock {
        txs: vec![transaction; BLOCK],
        height: 1,
        ..Default::default()
    }));
    Figures {
        call: synchronous(endpoint, &[info, flush.clone()].concat(), CALLS),
        check_tx: pipelined(endpoint, &check, 1, TRANSACTIONS),
        flushed: pipelined(endpoint, &[check, flush.clone()].concat(), 2, TRANSACTIONS),
        block: synchronous(endpoint, &[block, flush].concat(), BLOCKS),
    }
}

fn frame(value: Value) -> Vec<u8> {
    pb::Request { value: Some(value) }.encode_length_delimited_to_vec()
}
