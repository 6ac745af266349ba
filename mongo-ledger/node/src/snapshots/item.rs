//! What a chunk of texts holds: blocks, and behind each the records that it has.
//!
//! ```text
//! chunk = borsh of a list of items;  a block that has more records than fit goes on in the next chunk
//! ```

use borsh::{BorshDeserialize, BorshSerialize};
use mongo_ledger_core::seal::Facts;
use sirius_primitives::Hash;

/// A chunk ends with the first item that brings it to this many bytes, 4 MiB. With the largest transaction behind it, it
/// stays below the 10 MB that travel well.
pub(crate) const CHUNK_BYTES: usize = 4 << 20;

/// Bytes that a chunk has at most; more are not even looked at.
pub(super) const MOST_CHUNK: usize = 10 << 20;

/// A block or a record of it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum Item {
    /// A block that has records or changes the validators.
    Block(Facts),
    /// The next record of the block before.
    Record {
        /// The leaf of the asset's record before; zeros when this is the first.
        previous: Hash,
        /// The exact text.
        raw: String,
    },
}

impl Item {
    /// About how many bytes it has in a chunk.
    pub(super) fn bytes(&self) -> usize {
        let (fixed, text) = match self {
            Self::Block(facts) => {
                let validators = facts.validators.as_ref().map_or(0, Vec::len);
                (128, facts.time.len().saturating_add(validators.saturating_mul(40)))
            }
            Self::Record { raw, .. } => (37, raw.len()),
        };
        text.saturating_add(fixed)
    }
}

/// A chunk as it travels.
pub(crate) fn write(items: &[Item]) -> Vec<u8> {
    borsh::to_vec(items).expect("writing to memory cannot fail")
}

/// Reads what [`write`] gives, and whatever a stranger sends.
pub(crate) fn read(bytes: &[u8]) -> Option<Vec<Item>> {
    (bytes.len() <= MOST_CHUNK).then(|| Vec::try_from_slice(bytes).ok()).flatten()
}
