//! The ledger's process: the state machine of `sirius-ledger` on a disk, served to CometBFT.
//!
//! Everything that is agreed happens in the core crates; here are files, sockets, locks and clocks.

mod answer;
mod block;
mod check;
mod clients;
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
mod pending;
mod receipts;
mod rest;
mod restore;
mod retain;
mod shared;
mod simulate;
mod snapshots;
mod telemetry;

pub use clients::{ServeError, Serving, serve};
pub use export::export;
pub use machine::Machine;
pub use rest::RouteError;
pub use shared::OpenError;
pub use sirius_host::snapshots::{Pace, ShelfError};
pub use telemetry::patient;

use anyhow::{Context as _, Result};
use sirius_host::{CallLogOptions, Options, Server, doctor, health::Own, log, on_stop, small_pages};
use tracing::info;

use config::Config;

/// Longest request, in bytes. Blocks need 20 MiB; `InitChain` carries the whole genesis in one request, and a genesis of
/// a million accounts has about 200 MB. The reader's memory grows with what arrives, not with what is declared.
const MOST_FRAME: usize = 512 * 1024 * 1024;

/// Opens the state and serves CometBFT until a signal ends the process, or the last height that `config` allows is
/// committed.
///
/// # Errors
/// A part that cannot start, with its field or file.
pub fn start(config: &Config) -> Result<()> {
    small_pages();
    log::start(&config.log).context("app.toml")?;
    config
        .cometbft()
        .iter()
        .flat_map(|home| doctor::secrets(home))
        .try_for_each(|path| doctor::private(&path))?;
    let machine = Machine::open(config)?;
    if machine.shared().halts.is_done(machine.height()) {
        return Ok(());
    }
    let options = Options {
        max_frame: MOST_FRAME,
        call_log: config.calls().map(CallLogOptions::at),
        ..Options::default()
    };
    let server =
        Server::bind(&config.abci.listen, machine.clone(), options).context("app.toml, abci.listen")?;
    let (measured, asked) = (machine.clone(), machine.clone());
    let own = move || Own { height: asked.height().0, troubles: Vec::new() };
    let clients = serve(config, machine.clone())?;
    let faces = clients.faces();
    let _exporter = telemetry::watch(config, &machine)
        .serve(config.metrics.listen, server.metrics(), move || telemetry::render(&measured, &faces), own)
        .context("app.toml, metrics.listen")?;
    let handle = server.handle();
    let asked_to = handle.clone();
    machine.shared().halts.leave_by(move || handle.shutdown());
    on_stop(move || asked_to.shutdown()).context("listening for signals")?;
    let height = machine.height();
    info!(%height, endpoint = %config.abci.listen, "serving");
    server.run()?;
    drop(clients);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics fails")]

    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    #[test]
    fn a_secret_that_others_may_read_stops_the_start() {
        let home = tempfile::tempdir().unwrap();
        let key = home.path().join("cometbft/config/priv_validator_key.json");
        fs::create_dir_all(key.parent().unwrap()).unwrap();
        fs::write(&key, "{}").unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        let listen = home.path().join("abci.sock");
        let settings =
            format!("[abci]\nlisten = 'unix://{}'\n[cometbft]\nhome = 'cometbft'", listen.display());
        fs::write(home.path().join("app.toml"), settings).unwrap();
        let refused = start(&Config::load(home.path()).unwrap()).unwrap_err().to_string();
        assert!(refused.contains("priv_validator_key.json has mode 644"), "{refused}");
        assert!(!home.path().join("data").exists() && !listen.exists(), "nothing was begun");
    }
}
