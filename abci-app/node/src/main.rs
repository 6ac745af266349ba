//! `abci-app`: the ledger's process beside CometBFT.

use std::{path::PathBuf, process::ExitCode};

use abci_app::{config::Config, export, start};
use anyhow::Result;
use clap::{Parser, Subcommand};
use sirius_primitives::Height;

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
        /// Stop before the block after this one.
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
}

fn main() -> ExitCode {
    let outcome = run(Arguments::parse().verb);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("abci-app: {error:#}");
            ExitCode::from(1)
        }
    }
}

fn run(verb: Verb) -> Result<()> {
    match verb {
        Verb::Start { home, halt_height } => start(&Config::load(&home)?.until(halt_height.map(Height))),
        Verb::Export { home, height, chain_id } => {
            let document = export(&Config::load(&home)?, height.map(Height), chain_id)?;
            println!("{document:#}");
            Ok(())
        }
        Verb::Config { home } => {
            println!("{:#?}", Config::load(&home)?);
            Ok(())
        }
    }
}
