//! The command line of `localnet`: its verbs, what they print, and their exit codes.

mod down;
mod up;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::control::{self, Reply, Request};
use crate::{Beginning, Error, Layers, Layout, Perturbation, Progress, child, supervisor, tools};

/// Starts, shows, disturbs and stops a network of Sirius hosts on this machine.
///
/// Exit codes: 0 done, 1 refused or not possible, 2 broken or called wrongly.
#[derive(Debug, Parser)]
#[command(name = "localnet", version, max_term_width = 100)]
pub struct Cli {
    /// The folder of the network [default: .localnet at the top of the source tree]
    #[arg(long, global = true, env = "LOCALNET_DIR", value_name = "FOLDER")]
    dir: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start the network in the background and return when every layer is ready on every host
    Up {
        /// The manifest of a new network [default: the one in the folder, or four hosts]
        manifest: Option<PathBuf>,
        /// The layers to start, such as ledger,database [default: all that the manifest has]
        #[arg(long, env = "LAYERS", value_name = "LIST")]
        layers: Option<Layers>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show every host on every layer: height, app hash, peers, processes
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Disturb one host and see whether the network bears it
    Perturb {
        /// The host, counted from 0
        host: usize,
        /// kill, kill-app, kill-cometbft, kill-database-app, kill-database-cometbft, kill-documents, restart,
        /// pause[=SECONDS] or disconnect[=SECONDS]
        perturbation: Perturbation,
    },
    /// Add a host without a vote, with every layer that runs, and return when it has what the others have
    Join {
        /// Begin from a snapshot that the others offer instead of from the first block
        #[arg(long)]
        state_sync: bool,
    },
    /// Stop the network and keep its state
    Down,
    /// Stop the network and delete its state and keys, but no programs
    Reset,
    /// Build CometBFT, its load tool and the document server from the pinned sources, unless they are there
    Tools,
    /// Be the process that owns the hosts (`up` starts it)
    #[command(hide = true)]
    Supervise {
        #[arg(long)]
        layers: Layers,
    },
    /// Become a program that dies with its parent (the supervisor starts it)
    #[command(hide = true)]
    Child {
        #[arg(long)]
        parent: u32,
        #[arg(last = true, required = true)]
        program: Vec<OsString>,
    },
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

impl Cli {
    fn dispatch(self) -> Result<(), Error> {
        if let Verb::Child { parent, program } = &self.verb {
            return match program.split_first() {
                Some((program, arguments)) => child::become_program(*parent, program, arguments),
                None => Err(Error::Protocol("no program was named".to_owned())),
            };
        }
        let dir = match self.dir {
            Some(dir) => dir,
            None => tools::default_dir()?,
        };
        let layout = Layout::new(dir)?;
        match self.verb {
            Verb::Up { manifest, layers, json } => {
                up::run(&layout, manifest.as_deref(), layers.as_ref(), json)
            }
            Verb::Status { json } => status(&layout, json),
            Verb::Perturb { host, perturbation } => perturb(&layout, host, perturbation),
            Verb::Join { state_sync } => join(&layout, state_sync),
            Verb::Down => down::run(&layout),
            Verb::Reset => down::reset(&layout),
            Verb::Tools => build_tools(),
            Verb::Supervise { layers } => {
                tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
                supervisor::run(&layout, layers)
            }
            Verb::Child { .. } => Ok(()),
        }
    }
}

/// Progress for a person: standard output is for results.
fn to_stderr() -> Progress {
    Arc::new(|text| eprintln!("{text}"))
}

fn status(layout: &Layout, json: bool) -> Result<(), Error> {
    let status = control::status(layout)?;
    match json {
        true => print_json(&status),
        false => print!("{status}"),
    }
    Ok(())
}

fn print_json(value: &impl serde::Serialize) {
    println!("{}", serde_json::to_string_pretty(value).expect("text, numbers and lists are JSON"));
}

fn perturb(layout: &Layout, host: usize, perturbation: Perturbation) -> Result<(), Error> {
    control::ask(layout, &Request::Perturb { host, perturbation })?;
    match perturbation {
        Perturbation::Pause(duration) => println!("host{host} stands still for {} s", duration.as_secs()),
        Perturbation::Disconnect(duration) => println!("host{host} is cut off for {} s", duration.as_secs()),
        _ => println!("host{host} was ended ({perturbation}) and started again"),
    }
    Ok(())
}

fn join(layout: &Layout, state_sync: bool) -> Result<(), Error> {
    let beginning = if state_sync { Beginning::StateSync } else { Beginning::Blocks };
    match control::ask(layout, &Request::Join { beginning })? {
        Reply::Joined { host, without_snapshot } => {
            println!("host{host} has joined and follows; `localnet status` shows it");
            for layer in without_snapshot {
                println!("the {layer} has no snapshot yet: it was executed from its first block");
            }
        }
        other => return Err(Error::Protocol(format!("{other:?}"))),
    }
    Ok(())
}

fn build_tools() -> Result<(), Error> {
    for (name, path) in tools::build_all(&to_stderr())? {
        println!("{name}  {}", path.display());
    }
    Ok(())
}
