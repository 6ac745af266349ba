//! `abci-app`: the ledger's process beside CometBFT.

use std::{path::PathBuf, process::ExitCode};

use abci_app::{config::Config, export, patient, start};
use anyhow::Result;
use clap::{Parser, Subcommand};
use sirius_host::doctor;
use sirius_primitives::Height;

/// A transaction makes some fifty small pieces of memory on several threads, which the system's allocator is slow at
/// and does not give back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The ledger of Sirius: an ABCI application for CometBFT 0.38.
///
/// Ends with 0 when done, and with 1 when something is wrong.
#[derive(Debug, Parser)]
#[command(name = "abci-app", version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serves CometBFT until SIGTERM or SIGINT.
    Start {
        /// The folder with app.toml; relative paths in it begin here.
        #[arg(long)]
        home: PathBuf,
        /// Commit this block, and end.
        #[arg(long, value_name = "HEIGHT")]
        halt_height: Option<u64>,
    },
    /// Prints the state as a genesis document from which a new chain goes on; the node must not run.
    Export {
        /// The folder with app.toml.
        #[arg(long)]
        home: PathBuf,
        /// The state after this block, which must still be kept; the last one when left out.
        #[arg(long)]
        height: Option<u64>,
        /// The new chain's name; the old one when left out.
        #[arg(long)]
        chain_id: Option<String>,
    },
    /// Checks app.toml and says what it comes to.
    Config {
        /// The folder with app.toml.
        #[arg(long)]
        home: PathBuf,
    },
    /// Examines this host before a start: clock, disk, permissions, versions, genesis, ports, settings.
    ///
    /// Each finding is a line with what to do. Ends with 0 when the node may be started, and with 1 otherwise.
    Doctor {
        /// The folder with app.toml.
        #[arg(long)]
        home: PathBuf,
        #[command(flatten)]
        arguments: doctor::Arguments,
    },
}

fn run(verb: Verb) -> Result<ExitCode> {
    match verb {
        Verb::Start { home, halt_height } => start(&Config::load(&home)?.until(halt_height.map(Height)))?,
        Verb::Export { home, height, chain_id } => {
            println!("{:#}", export(&Config::load(&home)?, height.map(Height), chain_id)?);
        }
        Verb::Config { home } => println!("{:#?}", Config::load(&home)?),
        Verb::Doctor { home, arguments } => {
            if !arguments.examine(patient(&Config::load(&home)?)) {
                return Ok(ExitCode::from(1));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn main() -> ExitCode {
    run(Arguments::parse().verb).unwrap_or_else(|error| {
        eprintln!("abci-app: {error:#}");
        ExitCode::from(1)
    })
}
