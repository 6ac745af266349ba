//! `mongo-ledger`: the database chain's process beside CometBFT and MongoDB.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use mongo_ledger::{
    command::{Outcome, anchor, document, election, snapshot, users, verify},
    config::Config,
    patient, start,
};
use mongo_ledger_core::{
    access::{Holder, Namespace, Right, Role},
    transaction::TransactionId,
};
use sirius_host::doctor;

/// A block makes many small pieces of memory on several threads, which the system's allocator does not give back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The database chain of Sirius: an ABCI application for CometBFT 0.38 whose ledger is MongoDB.
///
/// Ends with 0 when done, 1 when the answer is no, 2 when something is broken.
#[derive(Debug, Parser)]
#[command(name = "mongo-ledger", version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Args)]
struct Home {
    /// The folder with mongo-ledger.toml; relative paths in it begin here.
    #[arg(long)]
    home: PathBuf,
}

#[derive(Debug, Args)]
struct From {
    #[command(flatten)]
    home: Home,
    /// The RPC of a CometBFT of this chain, when not the own one.
    #[arg(long)]
    from: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serves CometBFT and HTTP until SIGTERM or SIGINT.
    Start(Home),
    /// Checks mongo-ledger.toml and says what it comes to.
    Config(Home),
    /// Examines this host before a start: clock, disk, permissions, versions, genesis, ports, settings.
    Doctor {
        #[command(flatten)]
        home: Home,
        #[command(flatten)]
        arguments: doctor::Arguments,
    },
    /// Compares what is here with what the chain agreed on.
    #[command(subcommand)]
    Verify(Verify),
    /// Makes the documents again what the chain agreed on.
    Repair(From),
    /// Writes the whole database of a node that does not run into one file.
    Export {
        #[command(flatten)]
        home: Home,
        /// The file.
        #[arg(long)]
        out: PathBuf,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the command that makes an account which reads the documents by driver and changes nothing.
    MongoUsers {
        #[command(flatten)]
        home: Home,
        /// The account.
        #[arg(long, default_value = "sirius-reader")]
        name: String,
        /// Makes the account, with the password in this file, which nobody else may read.
        #[arg(long, value_name = "PASSWORD-FILE")]
        apply: Option<PathBuf>,
    },
    /// Puts the database of such a file into an empty home and an empty document database.
    Import {
        #[command(flatten)]
        home: Home,
        /// The file.
        #[arg(long = "in")]
        from: PathBuf,
        /// The app hash that the file must lead to, from a header that is trusted.
        #[arg(long)]
        app_hash: Option<String>,
        /// Print JSON, with what the genesis file of a chain that goes on from it must say.
        #[arg(long)]
        json: bool,
    },
    /// Decisions of the validators.
    #[command(subcommand)]
    Election(Election),
    /// This chain on the ledger, with the operator's account there.
    #[command(subcommand)]
    Anchor(Anchor),
}

#[derive(Debug, Subcommand)]
enum Anchor {
    /// Registers this chain on the ledger with its newest header; bond and deposit are in mongo-ledger.toml.
    Register(Home),
    /// Shows what the ledger says of this chain.
    Status(Home),
    /// Proves the record of a transaction to the ledger, against the first anchored header that has it.
    Prove {
        #[command(flatten)]
        home: Home,
        /// The transaction.
        id: TransactionId,
    },
}

#[derive(Debug, Args)]
struct Doc {
    #[command(flatten)]
    from: From,
    /// The transaction; the node runs, and is not believed.
    #[arg(required_unless_present = "bundle")]
    id: Option<TransactionId>,
    /// A file that `sirius db prove` wrote instead; nobody is asked.
    #[arg(long, conflicts_with = "id")]
    bundle: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verify {
    /// One document: its text, id, signatures, its place in the log, and the header with its commit's signatures.
    Doc(Doc),
    /// Every document: against the node's own index, or while the node runs against CometBFT's blocks executed again.
    Db(From),
    /// The whole ledger, executed again in memory, against the headers of a CometBFT.
    Chain(From),
}

#[derive(Debug, Subcommand)]
enum Election {
    /// Proposes another power for a validator; 0 removes it.
    NewValidator {
        #[command(flatten)]
        home: Home,
        /// Its ed25519 key, in base64 as CometBFT shows it, or in base58.
        #[arg(long)]
        key: String,
        /// Its power from then on.
        #[arg(long)]
        power: u64,
        /// The CometBFT id of its node.
        #[arg(long, default_value = "")]
        node_id: String,
    },
    /// Proposes that this chain ends, to go on as another.
    NewMigration(Home),
    /// Proposes other settings of the chain; those that are not given stay.
    NewParams {
        #[command(flatten)]
        home: Home,
        /// The largest transaction, in bytes.
        #[arg(long)]
        transaction_bytes: Option<u32>,
        /// For how many blocks an election can be voted on.
        #[arg(long)]
        election_blocks: Option<u64>,
    },
    /// Proposes to give somebody a role, or to take it.
    NewPolicy {
        #[command(flatten)]
        home: Home,
        /// Whose: a key in base58, or the URI of a condition.
        #[arg(long)]
        subject: Holder,
        /// admin, issuer, transactor, recorder or auditor.
        #[arg(long)]
        role: Role,
        /// Where it counts; everywhere when left out.
        #[arg(long, default_value = "")]
        namespace: Namespace,
        /// The last block in which it counts; it has no end when left out.
        #[arg(long, conflicts_with = "revoke")]
        until: Option<u64>,
        /// Takes the role instead of giving it.
        #[arg(long)]
        revoke: bool,
    },
    /// Proposes that the chain goes on with a program that knows this upgrade, from a height on.
    NewUpgrade {
        #[command(flatten)]
        home: Home,
        /// What that program calls it.
        #[arg(long)]
        name: String,
        /// The first block that a program without it does not execute.
        #[arg(long)]
        height: u64,
    },
    /// Votes for an election with this node's whole power.
    Approve {
        #[command(flatten)]
        home: Home,
        /// The election.
        id: String,
    },
    /// Shows how an election stands.
    Show {
        #[command(flatten)]
        home: Home,
        /// The election.
        id: String,
    },
}

fn run(verb: Verb) -> Result<Outcome> {
    let load = |home: &Home| Config::load(&home.home);
    match verb {
        Verb::Start(home) => start(&load(&home)?).map(|()| Outcome::Done),
        Verb::Config(home) => {
            println!("{:#?}", load(&home)?);
            Ok(Outcome::Done)
        }
        Verb::Doctor { home, arguments } => Ok(match arguments.examine(patient(&load(&home)?)) {
            true => Outcome::Done,
            false => Outcome::Refused,
        }),
        Verb::Verify(Verify::Doc(Doc { from, id, bundle })) => {
            let config = load(&from.home)?;
            match (id, bundle) {
                (Some(id), _) => document::here(&config, &id, from.from.as_deref(), from.json),
                (None, Some(file)) => document::bundle(&config, &file, from.json),
                (None, None) => anyhow::bail!("name a transaction, or a file with --bundle"),
            }
        }
        Verb::Verify(Verify::Db(from)) => {
            verify::database(&load(&from.home)?, from.from.as_deref(), from.json)
        }
        Verb::Verify(Verify::Chain(from)) => {
            verify::chain(&load(&from.home)?, from.from.as_deref(), from.json)
        }
        Verb::Export { home, out, json } => snapshot::export(&load(&home)?, &out, json),
        Verb::Import { home, from, app_hash, json } => {
            snapshot::import(&load(&home)?, &from, app_hash.as_deref(), json)
        }
        Verb::MongoUsers { home, name, apply } => users::reader(&load(&home)?, &name, apply.as_deref()),
        Verb::Repair(from) => verify::repair(&load(&from.home)?, from.from.as_deref(), from.json),
        Verb::Election(election) => decide(election),
        Verb::Anchor(Anchor::Register(home)) => anchor::register(&load(&home)?),
        Verb::Anchor(Anchor::Status(home)) => anchor::status(&load(&home)?),
        Verb::Anchor(Anchor::Prove { home, id }) => anchor::prove(&load(&home)?, &id),
    }
}

fn decide(election: Election) -> Result<Outcome> {
    let load = |home: &Home| Config::load(&home.home);
    match election {
        Election::NewMigration(home) => election::migration(&load(&home)?),
        Election::NewParams { home, transaction_bytes, election_blocks } => {
            election::parameters(&load(&home)?, transaction_bytes, election_blocks)
        }
        Election::NewPolicy { home, subject, role, namespace, until, revoke } => {
            election::policy(&load(&home)?, Right { holder: subject, role, namespace }, revoke, until)
        }
        Election::NewUpgrade { home, name, height } => election::upgrade(&load(&home)?, &name, height),
        Election::NewValidator { home, key, power, node_id } => {
            election::validator(&load(&home)?, &key, power, &node_id)
        }
        Election::Approve { home, id } => election::approve(&load(&home)?, &id),
        Election::Show { home, id } => election::show(&load(&home)?, &id),
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse().verb) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Refused) => ExitCode::from(1),
        Err(error) => {
            eprintln!("mongo-ledger: {error:#}");
            ExitCode::from(2)
        }
    }
}
