//! `localnet up`: build, set up, start, wait, and say what there is.

use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use crate::command::{print_json, to_stderr};
use crate::{
    Application, Documents, Error, Layer, Layers, Layout, Manifest, Network, Ports, Record, Status, control,
    network, supervisor, tools,
};

/// What `up --json` prints.
#[derive(Serialize)]
struct Answer {
    record: Record,
    status: Status,
}

pub(super) fn run(
    layout: &Layout,
    manifest: Option<&Path>,
    layers: Option<&Layers>,
    json: bool,
) -> Result<(), Error> {
    let manifest = manifest.map(Manifest::read).transpose()?;
    let begin = Instant::now();
    let running = network::in_use(layout);
    let record = match running {
        true => check_running(layout, manifest.as_ref(), layers)?,
        false => start(layout, manifest, layers)?,
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
    show(layout, &record, &status)
}

/// The record of a network that runs already, if it is the wanted one and healthy.
fn check_running(
    layout: &Layout,
    manifest: Option<&Manifest>,
    layers: Option<&Layers>,
) -> Result<Record, Error> {
    let record = Record::read(layout)?.ok_or_else(|| Error::Busy(layout.root().to_owned()))?;
    if manifest.is_some_and(|manifest| !record.is_of(manifest)) {
        return Err(Error::OtherManifest(layout.root().to_owned()));
    }
    let status = match control::status(layout) {
        Err(Error::NotRunning(_)) => return Err(Error::Busy(layout.root().to_owned())),
        other => other?,
    };
    let running = status.layers();
    if layers.is_some_and(|wanted| wanted.iter().collect::<Vec<_>>() != running) {
        let running: Vec<&str> = running.into_iter().map(Layer::name).collect();
        return Err(Error::Refused(format!(
            "the network {} is running already with the layers {}: `localnet down` stops it",
            record.chain_id,
            running.join(",")
        )));
    }
    match status.healthy() {
        true => Ok(record),
        false => Err(Error::Refused(format!(
            "the network {} is running already, but not every host is well:\n{status}",
            record.chain_id
        ))),
    }
}

/// Sets up what is not there, and starts the supervisor.
fn start(layout: &Layout, manifest: Option<Manifest>, wanted: Option<&Layers>) -> Result<Record, Error> {
    let progress = to_stderr();
    let present = Record::read(layout)?;
    // Said before anything is built, which may take minutes.
    if let (Some(manifest), Some(record)) = (&manifest, &present)
        && !record.is_of(manifest)
    {
        return Err(Error::OtherManifest(layout.root().to_owned()));
    }
    let manifest = match (manifest, &present) {
        (None, None) => Some(Manifest::local()?),
        (manifest, _) => manifest,
    };
    let (application, layers) = match (&manifest, &present) {
        (_, Some(record)) => (record.application, record.layers()),
        (Some(manifest), None) => (manifest.application, manifest.layers()),
        (None, None) => (Application::default(), Layers::only(Layer::Ledger)),
    };
    let layers = Layers::choose(wanted, &layers)?;
    let binaries = tools::provide(application, &layers, &Documents::from_environment(), &progress)?;
    let network = match manifest {
        Some(manifest) => Network::prepare(&manifest, layout)?,
        None => Network::open(layout)?.ok_or_else(|| Error::NotRunning(layout.root().to_owned()))?,
    };
    let record = network.record().clone();
    // The supervisor claims the folder itself.
    drop(network);
    progress(&format!("starting {} hosts of {} ({layers})", record.hosts, record.chain_id));
    supervisor::start(layout, &layers, &binaries, &progress)?;
    Ok(record)
}

fn show(layout: &Layout, record: &Record, status: &Status) -> Result<(), Error> {
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
    println!();
    let layers = status.layers();
    for layer in &layers {
        let port = ports.metrics(*layer, 0);
        println!("Metrics: http://127.0.0.1:{port}/metrics (CometBFT of host0, {layer})");
    }
    println!("Logs:    {}/host*/*.log", layout.root().display());
    if layers.contains(&Layer::Ledger) {
        println!("Try:     {}", suggestion(record, ports));
    }
    if layers.contains(&Layer::Database) {
        println!("Try:     curl http://127.0.0.1:{}/", ports.http(0));
    }
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
