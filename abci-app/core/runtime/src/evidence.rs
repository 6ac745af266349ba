//! How old evidence of misbehaviour may be: blocks that may still be evidence are kept.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_primitives::Blocks;
use sirius_store::{Changes, Fault, Key, Read};

/// For how many blocks CometBFT takes evidence (consensus parameter `evidence.max_age_num_blocks`). It is part of the
/// state, for a node that begins from a snapshot never hears the parameters of genesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EvidenceAge {
    /// At least 1.
    pub blocks: Blocks,
}

/// Where it is kept.
///
/// ```text
/// chain/evidence
/// ```
fn key() -> Key<EvidenceAge> {
    Key::new(&[b"chain/evidence"])
}

impl EvidenceAge {
    /// What is in force; `None` where genesis did not say.
    ///
    /// # Errors
    /// This node cannot read its state.
    pub fn load(state: &dyn Read) -> Result<Option<Self>, Fault> {
        key().get(state)
    }

    /// Adds it to what genesis writes.
    pub fn write(&self, genesis: &mut Changes) {
        let bytes = borsh::to_vec(self).expect("writing to memory cannot fail");
        genesis.insert(key().as_bytes().to_vec(), Some(bytes));
    }
}
