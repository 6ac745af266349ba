//! The smallest honest application: it counts transactions, in memory.
//!
//! ```text
//! cargo run --release -p sirius-host --example counter -- unix:///tmp/abci.sock 127.0.0.1:26661 /tmp/calls.log
//! cometbft start --proxy_app unix:///tmp/abci.sock
//! ```
//!
//! Serves metrics at the second address, writes its calls to the third, and at the end (a line on stdin, or its end)
//! checks them against CometBFT's grammar.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{env, io, thread};

use anyhow::{Context, Result};
use sirius_host::call_log::{CallLogOptions, read};
use sirius_host::metrics::{self, Health};
use sirius_host::{Options, Server, grammar};
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci as pb;

/// What consensus agrees on: how many transactions there were, up to which height.
#[derive(Clone, Copy, Default)]
struct Count {
    height: i64,
    transactions: u64,
}

impl Count {
    fn hash(self) -> bytes::Bytes {
        self.transactions.to_be_bytes().to_vec().into()
    }
}

/// The committed count, and the one of the block that is executed and not yet committed.
#[derive(Clone, Default)]
struct Counter(Arc<Mutex<(Count, Count)>>);

impl Counter {
    fn counts(&self) -> MutexGuard<'_, (Count, Count)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Application for Counter {
    fn info(&self, _: pb::RequestInfo) -> pb::ResponseInfo {
        let (committed, _) = *self.counts();
        pb::ResponseInfo {
            data: "counter".to_owned(),
            last_block_height: committed.height,
            last_block_app_hash: committed.hash(),
            ..Default::default()
        }
    }

    fn init_chain(&self, _: pb::RequestInitChain) -> pb::ResponseInitChain {
        pb::ResponseInitChain { app_hash: Count::default().hash(), ..Default::default() }
    }

    fn finalize_block(&self, request: pb::RequestFinalizeBlock) -> pb::ResponseFinalizeBlock {
        let mut counts = self.counts();
        let transactions = counts.0.transactions + request.txs.len() as u64;
        counts.1 = Count { height: request.height, transactions };
        let tx_results = vec![pb::ExecTxResult::default(); request.txs.len()];
        pb::ResponseFinalizeBlock { tx_results, app_hash: counts.1.hash(), ..Default::default() }
    }

    fn commit(&self) -> pb::ResponseCommit {
        let mut counts = self.counts();
        counts.0 = counts.1;
        pb::ResponseCommit::default()
    }
}

fn main() -> Result<()> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let mut arguments = env::args().skip(1);
    let mut argument = || arguments.next().context("usage: counter <endpoint> <metrics address> <call log>");
    let endpoint = argument()?.parse()?;
    let address = argument()?.parse()?;
    let log = CallLogOptions::at(Path::new(&argument()?).to_owned());

    let options = Options { call_log: Some(log.clone()), ..Options::default() };
    let server = Server::bind(&endpoint, Counter::default(), options)?;
    let (counted, watched, handle) = (server.metrics(), server.metrics(), server.handle());
    let health = move || Health::Up(format!("height {}", watched.height()));
    let _exporter = metrics::serve(address, move || counted.render(), health)?;
    thread::spawn(move || {
        // A line or the end of stdin: either way somebody wants us to stop.
        let _ = io::stdin().read_line(&mut String::new());
        handle.shutdown();
    });
    server.run()?;
    let seen = grammar::check(&read(&log)?)?;
    println!("{} blocks in {} legal calls", seen.blocks, seen.calls);
    Ok(())
}
