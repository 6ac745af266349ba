//! One key of the state, with the way to the app hash.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sirius_primitives::Hash;
use sirius_store::{Key, Proof, ProofOp, ROOT_OP, STATE_OP};

use super::{ProofError, text};
use crate::state::STORE;

/// What a key holds, or that it holds nothing, proven by ICS-23.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateProof {
    /// The key, as hexadecimal digits.
    #[serde(with = "text::digits")]
    pub key: Vec<u8>,
    /// What it holds (borsh), as hexadecimal digits; null when it holds nothing.
    #[serde(with = "text::perhaps")]
    pub value: Option<Vec<u8>>,
    /// From the key to the root of the state: `cosmos.ics23.v1.CommitmentProof` of the kind `ics23:jmt`, in base64.
    #[serde(with = "text::base64")]
    pub state: Vec<u8>,
    /// From there to the app hash: the same of the kind `ics23:simple`, in base64.
    #[serde(with = "text::base64")]
    pub root: Vec<u8>,
}

impl From<&Proof> for StateProof {
    fn from(proof: &Proof) -> Self {
        let [state, root] = proof.to_ops();
        Self { key: proof.key.clone(), value: proof.value.clone(), state: state.data, root: root.data }
    }
}

impl StateProof {
    /// Checks that `key` holds at `app_hash` what the proof says, and gives it; `None` if it holds nothing.
    ///
    /// # Errors
    /// It is about another key, does not hold, or holds what this program cannot read.
    pub fn verify<V: BorshSerialize + BorshDeserialize>(
        &self,
        key: &Key<V>,
        app_hash: &Hash,
    ) -> Result<Option<V>, ProofError> {
        if self.key != key.as_bytes() {
            return Err(ProofError::OtherKey);
        }
        let op = |kind: &str, key: &[u8], data: &[u8]| ProofOp {
            kind: kind.into(),
            key: key.to_vec(),
            data: data.to_vec(),
        };
        let ops = [op(STATE_OP, &self.key, &self.state), op(ROOT_OP, STORE.as_bytes(), &self.root)];
        Proof::from_ops(self.key.clone(), self.value.clone(), &ops)?.verify(app_hash)?;
        let read = |value: &Vec<u8>| V::try_from_slice(value);
        self.value.as_ref().map(read).transpose().map_err(|error| ProofError::Unreadable(error.to_string()))
    }
}
