//! Everything that can keep a network from being described, started, asked or stopped.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why something about a network could not be done.
#[derive(Debug, Error)]
pub enum Error {
    /// The manifest is not TOML of the expected shape.
    #[error("reading the manifest {name} failed: {reason}")]
    Manifest {
        /// Where the manifest came from.
        name: String,
        /// What the parser found, with the line.
        reason: String,
    },
    /// A field of the manifest holds a value that cannot be.
    #[error("{field} is {found}: {expected}")]
    Field {
        /// The field as a path, such as `account[2].address`.
        field: String,
        /// The value found there.
        found: String,
        /// What is allowed there.
        expected: String,
    },
    /// CometBFT would refuse the network that the manifest describes.
    #[error("the manifest describes a network that CometBFT refuses: {0}")]
    Network(#[from] cometbft_config::Error),
    /// The operating system refused something.
    #[error("could not {action}: {source}")]
    Io {
        /// What was tried, with the path.
        action: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A key could not be made or kept.
    #[error("the key of account {name} could not be {action}: {reason}")]
    Key {
        /// The account.
        name: String,
        /// What was tried.
        action: &'static str,
        /// What the key library said.
        reason: String,
    },
    /// A port that the network needs is taken.
    #[error(
        "port {port} ({service}) is already in use on 127.0.0.1: stop what listens there, or set `ports.offset` in the manifest"
    )]
    PortTaken {
        /// The port.
        port: u16,
        /// What would listen there.
        service: String,
    },
    /// No block of free ports was found for another network.
    #[error(
        "no free ports for {hosts} hosts between 26656 and 32767: stop networks that are no longer needed"
    )]
    NoFreePorts {
        /// How many hosts need ports.
        hosts: usize,
    },
    /// A program that the network runs is not there.
    #[error("{program} was not found {place}: {advice}")]
    ProgramMissing {
        /// The program.
        program: &'static str,
        /// Where it was looked for.
        place: String,
        /// What to do.
        advice: &'static str,
    },
    /// Building a program failed.
    #[error("building {program} failed ({status}): the messages above say why")]
    Build {
        /// The program.
        program: &'static str,
        /// How the build command ended.
        status: String,
    },
    /// A process of a host did not start or ended by itself.
    #[error("{part} of {host} {what}; its log is {}\n{tail}", log.display())]
    Part {
        /// Which process.
        part: &'static str,
        /// Which host.
        host: String,
        /// What it did.
        what: String,
        /// The file it logs to.
        log: PathBuf,
        /// The last lines of that file.
        tail: String,
    },
    /// The network made too few blocks in the time it was given.
    #[error("{what} after {seconds} s: {heights}")]
    TooSlow {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
        /// Where each host stands, and where its log is.
        heights: String,
    },
    /// There is no such host.
    #[error("there is no host {index}: the network has hosts 0 to {last}")]
    NoSuchHost {
        /// The index asked for.
        index: usize,
        /// The last index there is.
        last: usize,
    },
    /// The perturbation makes no sense for this network.
    #[error("{0}")]
    Pointless(String),
    /// A node did not answer, or answered something unexpected.
    #[error("asking {url} failed: {reason}")]
    Rpc {
        /// The address asked.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// Another process owns the folder.
    #[error("a network in {} is already running or being set up: `localnet down` stops it", .0.display())]
    Busy(PathBuf),
    /// Nothing runs there.
    #[error("no network is running in {}: start one with `localnet up`", .0.display())]
    NotRunning(PathBuf),
    /// The folder holds a network made from another manifest.
    #[error(
        "{} holds a network made from another manifest: `localnet up` without a file starts that one again, `localnet reset` deletes it",
        .0.display()
    )]
    OtherManifest(PathBuf),
    /// The folder's network was set up under another path.
    #[error("{} was set up as {}: its files name the old place; move it back or delete it", now.display(), then.display())]
    Moved {
        /// Where it is.
        now: PathBuf,
        /// Where it was set up.
        then: PathBuf,
    },
    /// The network was stopped while something waited for it.
    #[error("the network was stopped meanwhile")]
    Stopped,
    /// The supervisor answered with a refusal.
    #[error("{0}")]
    Refused(String),
    /// The supervisor did not answer as agreed: a bug, or one of another version.
    #[error("the supervisor answered unexpectedly: {0}")]
    Protocol(String),
    /// Processes are alive that were to be gone.
    #[error("these processes could not be ended: {0}")]
    Alive(String),
}

impl Error {
    /// A refusal of a field of the manifest.
    pub(crate) fn field(field: impl Into<String>, found: impl ToString, expected: impl ToString) -> Self {
        Self::Field { field: field.into(), found: found.to_string(), expected: expected.to_string() }
    }

    /// For `map_err`: says what was tried on which path.
    pub(crate) fn io(action: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let action = format!("{action} {}", path.display());
        move |source| Self::Io { action, source }
    }

    /// The exit code of a command that ends with this error: 1 refused, 2 broken.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Protocol(_) | Self::Alive(_) => 2,
            _ => 1,
        }
    }
}
