//! Why a header is not trusted.

use std::path::PathBuf;

use sirius_primitives::{Hash, Height};
use tendermint::Time;
use thiserror::Error;

use crate::{Cause, client::ClientError};

/// Why a header is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrustError {
    /// The nodes do not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The chain's name is none.
    #[error("chain id {0:?} is not 1 to 50 letters, digits, - and _; set `chain_id` in client.toml")]
    ChainId(String),
    /// Nothing to begin from.
    #[error(
        "proofs need something to trust: set `genesis` in {path} to the chain's genesis file, or `trusted` to a height \
         and hash from somebody you trust"
    )]
    NoAnchor {
        /// The settings.
        path: PathBuf,
    },
    /// Nothing to begin from on the database chain.
    #[error(
        "proofs of the database need something to trust: name its genesis file with --genesis or `database_genesis` in \
         {path}, or set `database_trusted` there to a chain id, height and hash from somebody you trust"
    )]
    NoDatabaseAnchor {
        /// The settings.
        path: PathBuf,
    },
    /// The genesis file is of no use.
    #[error(
        "reading genesis file {path} failed: {reason}; set `genesis` in client.toml to the chain's genesis file"
    )]
    Genesis {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file with the newest trusted header is of no use.
    #[error(
        "{action} the trusted header in {path} failed: {reason}; remove the file to begin from the anchor again"
    )]
    File {
        /// `reading` or `writing`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Genesis, or a header, of another chain.
    #[error(
        "expected chain {expected} and found {found}; check `chain_id`, `rpc` and `genesis` in client.toml"
    )]
    OtherChain {
        /// The chain of the settings.
        expected: String,
        /// The one that was found.
        found: String,
    },
    /// The chain began from another genesis.
    #[error(
        "header {height} was not made by the validators of the genesis file; the node is of another network, or the \
         file is"
    )]
    OtherGenesis {
        /// The first height.
        height: Height,
    },
    /// Not the header that somebody vouched for.
    #[error(
        "header {height} has hash {found}, trusted is {expected}; ask another node, or check the trusted hash"
    )]
    OtherHeader {
        /// Its height.
        height: Height,
        /// The hash of the settings.
        expected: Hash,
        /// The hash that was found.
        found: Hash,
    },
    /// Validators that cannot be.
    #[error("the validators are impossible: {reason}; ask another node")]
    Validators {
        /// What is wrong with them.
        reason: String,
    },
    /// Not signed as it must be.
    #[error("header {height} does not verify: {reason}; ask another node")]
    Invalid {
        /// Its height.
        height: Height,
        /// What is wrong with it.
        reason: String,
    },
    /// The trust is over.
    #[error(
        "the trusted header {height} of {time} is older than {days} days, so that its validators may have left; give a \
         newer height and hash from somebody you trust"
    )]
    Expired {
        /// Its height.
        height: Height,
        /// Its time.
        time: Time,
        /// The trusting period.
        days: u64,
    },
    /// Too many new validators in between.
    #[error("no way from header {from} to {to} was found in {steps} steps; give a newer height and hash")]
    TooFar {
        /// How far trust reached.
        from: Height,
        /// What was wanted.
        to: Height,
        /// The limit.
        steps: usize,
    },
    /// Too far before the trusted header.
    #[error("header {height} is more than {most} before the trusted header {trusted}; ask for a newer one")]
    TooOld {
        /// What was wanted.
        height: Height,
        /// Where trust begins.
        trusted: Height,
        /// The limit.
        most: u64,
    },
    /// A header that the one after it does not name.
    #[error("a header at or below {height} is not the one that its successor names; ask another node")]
    BrokenChain {
        /// About where.
        height: Height,
    },
    /// The node gave something else.
    #[error("the node has no header {height}, or gave another; ask another node")]
    Missing {
        /// What was wanted.
        height: Height,
    },
    /// Headers in a file that do not begin with what is trusted, or do not lead on.
    #[error(
        "the headers given do not lead from what is trusted to header {height}: {reason}; ask for newer ones, or take the \
         hash of a header from somebody you trust"
    )]
    NoWay {
        /// Where they lead.
        height: Height,
        /// What is missing.
        reason: String,
    },
    /// The chain stands still.
    #[error(
        "header {height} did not come within {seconds} s, the latest is {latest}; check that the chain makes blocks"
    )]
    NoHeader {
        /// What was waited for.
        height: Height,
        /// What there is.
        latest: Height,
        /// How long was waited.
        seconds: u64,
    },
}

impl TrustError {
    /// Whether this is a refusal or a failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Client(error) => error.cause(),
            Self::ChainId(_)
            | Self::NoAnchor { .. }
            | Self::NoDatabaseAnchor { .. }
            | Self::Expired { .. }
            | Self::TooOld { .. }
            | Self::NoWay { .. }
            | Self::OtherChain { .. } => Cause::Refused,
            Self::Genesis { .. }
            | Self::File { .. }
            | Self::OtherGenesis { .. }
            | Self::OtherHeader { .. }
            | Self::Validators { .. }
            | Self::Invalid { .. }
            | Self::TooFar { .. }
            | Self::BrokenChain { .. }
            | Self::Missing { .. }
            | Self::NoHeader { .. } => Cause::Broken,
        }
    }
}
