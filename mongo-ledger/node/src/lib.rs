//! The database chain's process: the rules of `mongo-ledger-core` upon documents, served to CometBFT and over HTTP.
//!
//! The documents are the ledger. The *index* beside the process, a proven state and look-up tables, is a function of
//! them: when it is missing, behind or ahead, it is made of them again. Nothing that decides whether a transaction
//! counts is read from the document server.

pub mod anchor;
mod block;
mod check;
pub mod command;
pub mod config;
pub mod documents;
pub mod feed;
pub mod genesis;
pub mod http;
pub mod index;
pub mod ledger;
mod machine;
mod mempool;
pub mod payload;
pub mod peer;
mod pending;
mod reader;
pub mod recovery;
pub mod rpc;
mod seen;
mod snapshots;
mod telemetry;
#[cfg(test)]
mod tests;
pub mod verify;

pub use machine::Machine;
pub use telemetry::patient;

use std::{
    sync::{Arc, atomic::Ordering},
    thread::JoinHandle,
};

use anyhow::{Context as _, Result};
use sirius_host::{
    CallLogOptions, Handle, Options, Server, doctor, log, on_stop, small_pages, snapshots::Pace,
};
use tokio::runtime::Runtime;
use tracing::{error, info};

use config::Config;
use documents::{Documents, Memory, Mongo};
use ledger::Ledger;
use payload::Peers;
use snapshots::Snapshots;
use verify::{Finding, Scrub};

/// Longest request, in bytes. Blocks need 20 MiB; `InitChain` carries the whole genesis in one request.
const MOST_FRAME: usize = 64 * 1024 * 1024;

/// Threads that wait for the document server and serve HTTP.
const THREADS: usize = 2;

/// Connects to the documents that `config` names.
///
/// # Errors
/// The server does not answer.
pub async fn connect(config: &Config) -> Result<Arc<dyn Documents>> {
    Ok(match config.documents.uri.as_str() {
        "memory" => Arc::new(Memory::default()),
        uri => {
            let connected = Mongo::connect(uri, &config.documents.database).await;
            Arc::new(connected.context("mongo-ledger.toml, documents.uri")?)
        }
    })
}

/// Makes index and documents agree, and serves CometBFT and HTTP until a signal ends the process.
///
/// # Errors
/// A part that cannot start, with its field or file.
pub fn start(config: &Config) -> Result<()> {
    small_pages();
    log::start(&config.log).context("mongo-ledger.toml")?;
    config.secrets().iter().try_for_each(|path| doctor::private(path))?;
    let runtime = runtime()?;
    let documents = runtime.block_on(connect(config))?;
    info!(server = documents.name(), database = config.documents.database, "documents are there");
    let store = runtime.block_on(recovery::recover(config, &documents))?;
    let recent = verify::recent(&store, &*documents, config.documents.scrub_records);
    if let Some(found) = runtime.block_on(recent)?.first() {
        return Err(changed(found));
    }
    let snapshots = Snapshots::open(config, Pace::Aside).context("mongo-ledger.toml, snapshots.path")?;
    let ledger = Arc::new(Ledger::new(store, documents, runtime.handle().clone())?);
    let machine = Machine { ledger: Arc::clone(&ledger), snapshots: Arc::new(snapshots) };
    let options = Options {
        max_frame: MOST_FRAME,
        call_log: config.calls().map(CallLogOptions::at),
        ..Options::default()
    };
    let (measured, asked) = (machine.clone(), Arc::clone(&ledger));
    let server =
        Server::bind(&config.abci.listen, machine, options).context("mongo-ledger.toml, abci.listen")?;
    let own = move || telemetry::own(&asked);
    let shown = move || telemetry::render(&measured.ledger, &measured.snapshots);
    let _exporter = telemetry::watch(config, &ledger)
        .serve(config.metrics.listen, server.metrics(), shown, own)
        .context("mongo-ledger.toml, metrics.listen")?;
    let _http = http::serve(config, Arc::clone(&ledger))?;
    let handle = Arc::new(server.handle());
    let (stopping, ended) = (Arc::clone(&handle), Arc::clone(&ledger));
    let stop = move || {
        ended.stopping.store(true, Ordering::SeqCst);
        stopping.shutdown();
    };
    on_stop(stop).context("listening for signals")?;
    let scrub = watch(config, &ledger, handle)?;
    if let Some(key) = reader::named(config)? {
        info!(key = %key.public(), "other nodes are asked with the key of access.key, which needs a role there");
    }
    let (own, asked) = (config.clone(), Arc::clone(&ledger));
    // A node that is no validator and has no key named asks without a token, and is told so where one is needed.
    let key = move || reader::token(&own, &asked.genesis()?.chain_id).ok().flatten();
    let peers = Peers::new(&config.payloads.peers, config.peers_ca().as_deref(), Box::new(key));
    let peers = peers.context("mongo-ledger.toml, payloads.ca")?;
    let fetching =
        payload::watch(Arc::clone(&ledger), peers).context("starting the thread that fetches payloads")?;
    let poster = anchor::start(config, &ledger)?;
    info!(height = ledger.height(), endpoint = %config.abci.listen, "serving");
    server.run()?;
    ledger.stopping.store(true, Ordering::SeqCst);
    if let Some(poster) = poster {
        // It looks every moment whether it is to end; what it was about to post, it or another member posts later.
        let _ = poster.join();
    }
    drop(fetching.join());
    match scrub.map(JoinHandle::join) {
        Some(Ok(Some(found))) => Err(changed(&found)),
        _ => Ok(()),
    }
}

/// Compares the documents slowly all the time; the first that was changed ends the process, which then no longer votes.
fn watch(
    config: &Config,
    ledger: &Arc<Ledger>,
    server: Arc<Handle>,
) -> Result<Option<JoinHandle<Option<Finding>>>> {
    let rate = config.documents.scrub_rate;
    if rate == 0 {
        return Ok(None);
    }
    let scrub = Scrub::new(Arc::clone(ledger), rate);
    let watch = move || {
        let found = scrub.run();
        if let Some(found) = &found {
            error!(%found, "stopping, since a node must not vote on documents that somebody changed");
            server.shutdown();
        }
        found
    };
    let thread = std::thread::Builder::new().name("scrub".into()).spawn(watch);
    Ok(Some(thread.context("starting the thread that compares documents")?))
}

fn changed(found: &Finding) -> anyhow::Error {
    anyhow::anyhow!("{found}; run `mongo-ledger verify db`, then `mongo-ledger repair`")
}

/// The threads on which everything asynchronous runs.
///
/// # Errors
/// The system gives no threads.
pub fn runtime() -> Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(THREADS).thread_name("io").enable_all().build().context("starting threads")
}
