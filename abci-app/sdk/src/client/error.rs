//! Why the nodes gave no answer.

use thiserror::Error;

use super::MOST_ENDPOINTS;
use crate::Cause;

/// Why a client has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ClientError {
    /// No endpoint, or too many.
    #[error("a client needs 1 to {most} endpoints and got {found}; set `rpc` in client.toml", most = MOST_ENDPOINTS)]
    Count {
        /// How many there are.
        found: usize,
    },
    /// An address that cannot be one.
    #[error("endpoint {url:?} is not usable: {reason}; give an address such as http://127.0.0.1:26657")]
    Url {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody answers.
    #[error(
        "asking for {what} failed at every endpoint ({}); check that a node is running there, or name others in \
         `rpc` of client.toml",
        self::attempts(attempts)
    )]
    Unreachable {
        /// What was asked for.
        what: String,
        /// What happened at each endpoint in the last round.
        attempts: Vec<Attempt>,
    },
    /// A node answered with something that contradicts itself.
    #[error("the answer about {what} is not usable: {reason}; ask again, or another node")]
    Unusable {
        /// What was asked for.
        what: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// A node answered: no.
    #[error("asking {endpoint} for {what} was refused: {reason}")]
    Refused {
        /// What was asked for.
        what: String,
        /// Who refused.
        endpoint: String,
        /// Its words.
        reason: String,
    },
}

impl ClientError {
    /// Whether this is a refusal or a failure.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Refused { .. } | Self::Count { .. } | Self::Url { .. } => Cause::Refused,
            Self::Unreachable { .. } | Self::Unusable { .. } => Cause::Broken,
        }
    }
}

/// What happened at one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The endpoint's address.
    pub endpoint: String,
    /// Why there was no answer.
    pub reason: String,
}

/// Attempts as a sentence lists them.
pub(crate) fn attempts(attempts: &[Attempt]) -> String {
    let each = attempts.iter().map(|attempt| format!("{}: {}", attempt.endpoint, attempt.reason));
    each.collect::<Vec<_>>().join("; ")
}
