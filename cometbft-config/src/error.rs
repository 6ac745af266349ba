//! What can be wrong with the description of a network.

use thiserror::Error;

/// A field of the network that CometBFT would refuse, or would accept and then misbehave.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// There are fewer nodes than the index asks for.
    #[error("there is no node {index}: the network has {nodes}, counted from 0")]
    NoSuchNode {
        /// The index that was asked for.
        index: usize,
        /// How many nodes the network has.
        nodes: usize,
    },
    /// A value outside what the field allows.
    #[error("{field} is {found}: {expected}")]
    Field {
        /// The field as a path, such as `nodes[2].listen.rpc`.
        field: String,
        /// The value that was found.
        found: String,
        /// What is allowed there.
        expected: &'static str,
    },
}

impl Error {
    /// A refusal of `field`, showing what was found and what is allowed.
    pub(crate) fn field(field: impl Into<String>, found: impl ToString, expected: &'static str) -> Self {
        Self::Field { field: field.into(), found: found.to_string(), expected }
    }
}
