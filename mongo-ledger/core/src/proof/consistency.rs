//! That the log only ever grew between two blocks.

use serde::{Deserialize, Serialize};
use sirius_primitives::Hash;

use super::{ProofError, StateProof, same, text};
use crate::{
    log::{self, Head, LogError},
    state,
};

/// The log after a block, with the way to the app hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogProof {
    /// The block; the app hash is in the header of the next.
    pub height: u64,
    /// That app hash.
    #[serde(with = "text::own")]
    pub app_hash: Hash,
    /// The log's head.
    pub log: StateProof,
}

impl LogProof {
    /// Checks the proof against a header's app hash and gives the log's head.
    ///
    /// # Errors
    /// The first step that does not hold.
    pub fn verify(&self, app_hash: &Hash) -> Result<Head, ProofError> {
        same(&self.app_hash, app_hash)?;
        self.log.verify(&state::head(), app_hash)?.ok_or(ProofError::Absent("log"))
    }
}

/// That the log at one height is the beginning of the log at a later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyProof {
    /// The log before.
    pub from: LogProof,
    /// The log after.
    pub to: LogProof,
    /// From the one to the other (RFC 6962, section 2.1.2).
    #[serde(with = "text::owns")]
    pub path: Vec<Hash>,
}

impl ConsistencyProof {
    /// Checks the proof against the app hashes of two headers and gives the two heads.
    ///
    /// # Errors
    /// The first step that does not hold.
    pub fn verify(&self, from: &Hash, to: &Hash) -> Result<(Head, Head), ProofError> {
        let (before, after) = (self.from.verify(from)?, self.to.verify(to)?);
        match (before.size, self.path.as_slice()) {
            // Everything begins with nothing, and there is nothing to show for it.
            (0, []) => {}
            (0, path) => return Err(LogError::Length { found: path.len() }.into()),
            (old, path) => {
                log::verify_consistency((old, &before.root()), (after.size, &after.root()), path)?;
            }
        }
        Ok((before, after))
    }
}
