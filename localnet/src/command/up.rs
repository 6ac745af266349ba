//! `localnet up`: build, set up, start, wait, and say what there is.

use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use crate::command::{print_json, to_stderr};
use crate::{
    Application, Error, Layout, Manifest, Network, Ports, Record, Status, control, network, supervisor, tools,
};

/// What `up --json` prints.
#[derive(Serialize)]
struct Answer {
    record: Record,
    status: Status,
}

pub(super) fn run(layout: &Layout, manifest: Option<&Path>, json: bool) -> Result<(), Error> {
    let manifest = manifest.map(Manifest::read).transpose()?;
    let begin = Instant::now();
    let running = network::in_use(layout);
    let record = match running {
        true => check_running(layout, manifest.as_ref())?,
        false => start(layout, manifest)?,
    };
    let status = control::status(layout)?;
    if json {
        print_json(&Answer { record, status });
        return Ok(());
    }
    match running {
        true => println!("The network {} was running already.\n", record.chain_id),
        false => println!(
            "The network {} is ready after {:.1} s.\n",
            record.chain_id,
            begin.elapsed().as_secs_f32()
        ),
    }
    print!("{status}");
    show(layout, &record)
}

/// The record of a network that runs already, if it is the wanted one and healthy.
fn check_running(layout: &Layout, manifest: Option<&Manifest>) -> Result<Record, Error> {
    let record = Record::read(layout)?.ok_or_else(|| Error::Busy(layout.root().to_owned()))?;
    if manifest.is_some_and(|manifest| !record.is_of(manifest)) {
        return Err(Error::OtherManifest(layout.root().to_owned()));
    }
    let status = match control::status(layout) {
        Err(Error::NotRunning(_)) => return Err(Error::Busy(layout.root().to_owned())),
        other => other?,
    };
    match status.healthy() {
        true => Ok(record),
        false => Err(Error::Refused(format!(
            "the network {} is running already, but not every host is well:\n{status}",
            record.chain_id
        ))),
    }
}

/// Sets up what is not there, and starts the supervisor.
fn start(layout: &Layout, manifest: Option<Manifest>) -> Result<Record, Error> {
    let progress = to_stderr();
    let present = Record::read(layout)?;
    // Said before anything is built, which may take minutes.
    if let (Some(manifest), Some(record)) = (&manifest, &present)
        && !record.is_of(manifest)
    {
        return Err(Error::OtherManifest(layout.root().to_owned()));
    }
    let application = match (&manifest, &present) {
        (Some(manifest), _) => manifest.application,
        (None, Some(record)) => record.application,
        (None, None) => Application::default(),
    };
    let binaries = tools::provide(application, &progress)?;
    let network = match (manifest, present) {
        (Some(manifest), _) => Network::prepare(&manifest, layout)?,
        (None, Some(_)) => {
            Network::open(layout)?.ok_or_else(|| Error::NotRunning(layout.root().to_owned()))?
        }
        (None, None) => Network::prepare(&Manifest::local()?, layout)?,
    };
    let record = network.record().clone();
    // The supervisor claims the folder itself.
    drop(network);
    progress(&format!("starting {} hosts of {}", record.hosts, record.chain_id));
    supervisor::start(layout, &binaries, &progress)?;
    Ok(record)
}

fn show(layout: &Layout, record: &Record) -> Result<(), Error> {
    let ports = Ports::new(record.port_offset)?;
    if !record.accounts.is_empty() {
        println!("\nAccounts, with their keys in {}:", layout.keys().display());
        let width = record.accounts.iter().map(|account| account.name.len()).max().unwrap_or(0);
        for account in &record.accounts {
            println!("  {:width$}  {}  {}", account.name, account.address, record.show(&account.balances));
        }
    }
    if record.load_accounts > 0 {
        println!("  and {} accounts for load tests", record.load_accounts);
    }
    println!("\nMetrics: http://127.0.0.1:{}/metrics (CometBFT of host0)", ports.metrics(0));
    println!("Logs:    {}/host*/*.log", layout.root().display());
    println!("Try:     {}", suggestion(record, ports));
    println!("Stop:    localnet down (make localnet-down)");
    Ok(())
}

/// A first thing to do.
fn suggestion(record: &Record, ports: Ports) -> String {
    match (record.application, record.accounts.as_slice()) {
        (Application::Kvstore, _) => {
            format!("curl 'http://127.0.0.1:{}/broadcast_tx_commit?tx=\"name=value\"'", ports.rpc(0))
        }
        (Application::Ledger, [from, to, ..]) => match record.denominations.first() {
            Some(kind) => format!("sirius tx bank send {} 1.5{} --from {}", to.name, kind.display, from.name),
            None => "sirius status".to_owned(),
        },
        (Application::Ledger, _) => "sirius status".to_owned(),
    }
}
