//! `mongo-ledger`: the database chain's process beside CometBFT and MongoDB.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use mongo_ledger::{config::Config, start};

/// A block makes many small pieces of memory on several threads, which the system's allocator does not give back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The database chain of Sirius: an ABCI application for CometBFT 0.38 whose ledger is MongoDB.
#[derive(Debug, Parser)]
#[command(name = "mongo-ledger", version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serves CometBFT and HTTP until SIGTERM or SIGINT.
    Start {
        /// The folder with mongo-ledger.toml; relative paths in it begin here.
        #[arg(long)]
        home: PathBuf,
    },
    /// Checks mongo-ledger.toml and says what it comes to.
    Config {
        /// The folder with mongo-ledger.toml.
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
            eprintln!("mongo-ledger: {error:#}");
            ExitCode::from(1)
        }
    }
}
