//! Why it is not known who somebody is.

use std::fmt::Display;

use sirius_primitives::Height;
use tendermint::Time;
use thiserror::Error;

use crate::{Cause, prove::ProveError};

/// Why it is not known by which key the database knows somebody.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// The ledger's answer is not proven.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// The ledger, proven, has no such name, or no key of that account.
    #[error("the ledger says, proven: {0}")]
    Unknown(String),
    /// The lease is over.
    #[error("the lease of name {name} is over, so that it stands for nobody; ask its owner to renew it")]
    Lapsed {
        /// The name.
        name: String,
    },
    /// The owner says so.
    #[error("name {name} stands for nobody; ask its owner to set its target")]
    NoTarget {
        /// The name.
        name: String,
    },
    /// Nothing recent.
    #[error(
        "the ledger's newest header {height} is of {time}, too old to say who has a name or a key now; ask another node, \
         or give the public key itself"
    )]
    Stale {
        /// The header's height.
        height: Height,
        /// Its time.
        time: Time,
    },
    /// What was proven is not what this program's ledger writes.
    #[error("the proven answer to {path} is not usable: {reason}; use the version that the chain runs")]
    Unusable {
        /// What was asked.
        path: String,
        /// What is wrong with the answer.
        reason: String,
    },
}

impl IdentityError {
    pub(super) fn unusable(path: &str, reason: &impl Display) -> Self {
        Self::Unusable { path: path.into(), reason: reason.to_string() }
    }

    /// Whether this is a refusal or a failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Prove(error) => error.cause(),
            Self::Unknown(_) | Self::Lapsed { .. } | Self::NoTarget { .. } => Cause::Refused,
            Self::Stale { .. } | Self::Unusable { .. } => Cause::Broken,
        }
    }
}
