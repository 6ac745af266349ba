//! The ledger's process: the state machine of `sirius-ledger` on a disk, served to CometBFT.
//!
//! Everything that is agreed happens in the core crates; here are files, sockets, locks and clocks.

mod answer;
mod block;
pub mod config;
mod consensus;
mod deadline;
mod export;
mod gateway;
mod grpc;
mod halt;
mod lookup;
mod machine;
mod mempool;
mod receipts;
mod rest;
mod retain;
mod shared;
mod simulate;
mod snapshots;
mod telemetry;

pub use export::export;
pub use gateway::{GatewayError, Serving, serve};
pub use machine::Machine;
pub use rest::RouteError;
pub use shared::OpenError;
pub use snapshots::{Pace, ShelfError};

use std::sync::Arc;

use anyhow::{Context as _, Result};
use sirius_host::{CallLogOptions, Options, Server, metrics};
use tracing::info;

use config::Config;

/// Longest request, in bytes. Blocks need 20 MiB; `InitChain` carries the whole genesis in one request, and a genesis of
/// a million accounts has about 200 MB. The reader's memory grows with what arrives, not with what is declared.
const MOST_FRAME: usize = 512 * 1024 * 1024;

/// Opens the state and serves CometBFT until a signal ends the process.
///
/// # Errors
/// A part that cannot start, with its field or file.
pub fn start(config: &Config) -> Result<()> {
    telemetry::init(&config.log)?;
    let machine = Machine::open(config)?;
    let options = Options {
        max_frame: MOST_FRAME,
        call_log: config.calls().map(CallLogOptions::at),
        ..Options::default()
    };
    let server =
        Server::bind(&config.abci.listen, machine.clone(), options).context("app.toml, abci.listen")?;
    let calls = server.metrics();
    let (measured, asked) = (machine.clone(), machine.clone());
    let _exporter = metrics::serve(
        config.metrics.listen,
        move || calls.render() + &telemetry::render(&measured),
        move || telemetry::health(&asked),
    )
    .context("app.toml, metrics.listen")?;
    let clients = serve(config, machine.clone())?;
    let handle = Arc::new(server.handle());
    let mut signals =
        signal_hook::iterator::Signals::new([signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT])
            .context("listening for signals")?;
    let stopping = Arc::clone(&handle);
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            if signals.forever().next().is_some() {
                info!("stopping");
                stopping.shutdown();
            }
        })
        .context("starting the thread that waits for signals")?;
    let height = machine.height();
    info!(%height, endpoint = %config.abci.listen, "serving");
    server.run()?;
    drop(clients);
    Ok(())
}
