//! `abci-app`: the ledger's process beside CometBFT.

use std::{path::PathBuf, process::ExitCode};

use abci_app::{config::Config, start};
use clap::{Parser, Subcommand};

/// A transaction makes some fifty small pieces of memory on several threads, which the system's allocator is slow at
/// and does not give back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The ledger of Sirius: an ABCI application for CometBFT 0.38.
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
    },
    /// Checks app.toml and says what it comes to.
    Config {
        /// The folder with app.toml.
        #[arg(long)]
        home: PathBuf,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Start { home } => {
            Config::load(&home).map_err(anyhow::Error::from).and_then(|config| start(&config))
        }
        Verb::Config { home } => {
            Config::load(&home).map_err(anyhow::Error::from).map(|config| println!("{config:#?}"))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("abci-app: {error:#}");
            ExitCode::from(1)
        }
    }
}
