//! Why a header cannot be posted now.

use std::path::PathBuf;

use sirius_host::doctor::Exposed;
use sirius_sdk::{
    ask::AskError,
    client::ClientError,
    keystore::{KeystoreError, NameError, PassphraseError},
    submit::SubmitError,
};
use thiserror::Error;

use crate::rpc::RpcError;

/// See the texts.
#[derive(Debug, Error)]
pub enum AnchorError {
    /// A setting that is of no use.
    #[error("mongo-ledger.toml, anchor.{field}: {cause}")]
    Setting {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// A file that cannot be read.
    #[error("reading {path} failed: {cause}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The passphrase lies open.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// The account's name is none.
    #[error("mongo-ledger.toml, anchor.name: {0}")]
    Name(#[from] NameError),
    /// The passphrase is none.
    #[error("mongo-ledger.toml, anchor.passphrase: {0}")]
    Passphrase(#[from] PassphraseError),
    /// The account's key cannot be had.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The address of the own node's RPC is none.
    #[error(transparent)]
    Rpc(#[from] RpcError),
    /// The own CometBFT does not say what a light block needs.
    #[error("asking the own CometBFT for {what} failed: {cause}")]
    Own {
        /// What it was asked for.
        what: String,
        /// What it said.
        cause: String,
    },
    /// The ledger does not answer.
    #[error("asking the ledger failed: {0}")]
    Ask(#[from] AskError),
    /// The same.
    #[error("asking the ledger failed: {0}")]
    Client(#[from] ClientError),
    /// The ledger did not take what was sent.
    #[error("{0}")]
    Submit(Box<SubmitError>),
    /// Nobody registered this chain.
    #[error("chain {0} is not registered on the ledger; run `mongo-ledger anchor register`")]
    NotRegistered(String),
    /// Its anchor takes nothing any more.
    #[error("the anchor of chain {chain_id} is {status}; `sirius query anchor chain {chain_id}` says more")]
    NotActive {
        /// This chain.
        chain_id: String,
        /// What became of its anchor.
        status: &'static str,
    },
    /// An answer that lacks what was asked for.
    #[error("the answer lacks {0}; does the ledger have another version?")]
    Lacks(&'static str),
    /// No header that proves it is kept.
    #[error(
        "no header from {0} on is anchored yet; members post one within as many blocks of the ledger as are between two \
         headers (`mongo-ledger anchor status`), ask again then"
    )]
    NotAnchored(u64),
}

impl From<SubmitError> for AnchorError {
    fn from(error: SubmitError) -> Self {
        Self::Submit(Box::new(error))
    }
}
