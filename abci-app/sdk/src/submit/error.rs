//! Why a transaction did not do what it was sent for.

use sirius_primitives::{Hash, Height};
use thiserror::Error;

use super::Receipt;
use crate::{
    Cause,
    ask::AskError,
    client::{self, Attempt, ClientError},
    sign::SignError,
};

/// Why a transaction did not do what it was sent for.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SubmitError {
    /// What it needs to know could not be learned. Nothing was sent.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// Nothing was sent.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// It cannot be signed. Nothing was sent.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The chain's name is none. Nothing was sent.
    #[error("chain id {0:?} is not 1 to 50 letters, digits, - and _; set `chain_id` in client.toml")]
    ChainId(String),
    /// The account to send from does not exist. Nothing was sent.
    #[error("account {address} does not exist on the chain; send it something first")]
    NoAccount {
        /// The account.
        address: String,
    },
    /// CheckTx refused, and nobody else has it: it was not and will not be executed, and costs nothing.
    #[error("the chain refused the transaction before it got into a block ({codespace} {code}): {log}")]
    Refused {
        /// The code of the refusal.
        code: u32,
        /// Whose code it is.
        codespace: String,
        /// The refusal in words.
        log: String,
    },
    /// A block has it, a message was refused, and only the fee was taken.
    #[error(
        "the transaction {} is in block {} and was refused there ({} {}): {}; only its fee of {} was paid",
        receipt.hash, receipt.height, receipt.codespace, receipt.code, receipt.log, receipt.fee
    )]
    Failed {
        /// What became of it.
        receipt: Box<Receipt>,
    },
    /// No block up to its timeout height has it, so that none ever will; it costs nothing.
    #[error(
        "the transaction {hash} was in no block up to its timeout height {timeout}, so that it never will be and costs \
         nothing{}; send it again, with a higher fee if blocks are full",
        last_refusal.as_ref().map(|log| format!(" (a node said last: {log})")).unwrap_or_default()
    )]
    Expired {
        /// The transaction.
        hash: Hash,
        /// The last height at which it could have been in a block.
        timeout: Height,
        /// What a node said last when it was given the transaction.
        last_refusal: Option<String>,
    },
    /// Nobody could say in time what became of it.
    #[error(
        "the transaction {hash} was sent but is not confirmed: {found}; it may still be executed until block {timeout}: \
         look it up with `sirius tx {hash}` before sending another"
    )]
    Unconfirmed {
        /// The transaction.
        hash: Hash,
        /// The last height at which it can be in a block.
        timeout: Height,
        /// What was seen last.
        found: String,
    },
    /// No node took it, and it is certain that none has it.
    #[error(
        "sending the transaction failed at every endpoint ({}); nothing was sent, try again",
        client::attempts(attempts)
    )]
    NotSent {
        /// What each endpoint said.
        attempts: Vec<Attempt>,
    },
    /// The account's sequence kept changing.
    #[error(
        "the account's sequence changed {tries} times while signing; another program sends from the same account, wait \
         for it or use another account"
    )]
    Contended {
        /// How often it was signed anew.
        tries: u32,
    },
    /// The answer to a simulation has no gas in it.
    #[error("simulating the transaction gave no gas; set the gas limit yourself")]
    NoGas,
    /// The fee does not fit into an amount.
    #[error("the fee for {gas} gas at {price} per 1,000,000 is larger than 2^128 - 1; lower the gas limit")]
    FeeTooLarge {
        /// The gas limit.
        gas: u64,
        /// The price.
        price: u64,
    },
}

impl SubmitError {
    /// Whether this is a refusal or a failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Ask(error) => error.cause(),
            Self::Client(error) => error.cause(),
            Self::Unconfirmed { .. } | Self::NotSent { .. } | Self::NoGas => Cause::Broken,
            Self::Sign(_)
            | Self::ChainId(_)
            | Self::NoAccount { .. }
            | Self::Refused { .. }
            | Self::Failed { .. }
            | Self::Expired { .. }
            | Self::Contended { .. }
            | Self::FeeTooLarge { .. } => Cause::Refused,
        }
    }
}
