//! The chain of blocks: what a block says beside its transactions, each upon the one before, in one value of the state.
//!
//! ```text
//! first = SHA-256(0x00 ‖ genesis)
//! next  = SHA-256(0x01 ‖ before ‖ borsh(Facts))
//! ```
//!
//! Every block that has records or changes the validators is part of it. So whoever has the state can check the time
//! and the proposer of each of them, and the app hash that its header had, without the headers.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest as _, Sha256};
use sirius_primitives::Hash;
use sirius_store::{Changes, Fault, Overlay, Read};

use crate::{block::Executed, key::PublicKey, state};

/// What is sealed of a block.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Facts {
    /// The block.
    pub height: u64,
    /// Its time (RFC 3339).
    pub time: String,
    /// The proposer's address, upper-case hexadecimal.
    pub proposer: String,
    /// The app hash before it, which its header has; zeros for the first block.
    pub before: Hash,
    /// How many records it has.
    pub count: u64,
    /// The validators after it, by key, when it changes them.
    pub validators: Option<Vec<(PublicKey, u64)>>,
}

/// What the header of a block says.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The block.
    pub height: u64,
    /// Its time (RFC 3339).
    pub time: &'a str,
    /// The proposer's address, upper-case hexadecimal.
    pub proposer: &'a str,
    /// The app hash of the state that it changes; `None` before the first block.
    pub before: Option<Hash>,
}

/// What stands for the app hash before the first block.
pub const NOTHING: Hash = Hash::new([0; Hash::LENGTH]);

/// The beginning of the chain, which is bound to what the ledger began from.
pub fn first(genesis: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(genesis);
    Hash::new(hasher.finalize().into())
}

impl Facts {
    /// The chain with this block behind `before`.
    pub fn upon(&self, before: &Hash) -> Hash {
        let mut hasher = Sha256::new();
        hasher.update([1]);
        hasher.update(before.as_bytes());
        hasher.update(borsh::to_vec(self).expect("writing to memory cannot fail"));
        Hash::new(hasher.finalize().into())
    }
}

/// Seals an executed block into `changes`, which hold what it changes already. `genesis` comes with the first one.
/// Gives what was sealed, unless the block has no records and leaves the validators as they were.
///
/// # Errors
/// This node cannot read its own state.
pub fn seal(
    base: &impl Read,
    changes: &mut Changes,
    header: Header<'_>,
    executed: &Executed,
    genesis: Option<&[u8]>,
) -> Result<Option<Facts>, Fault> {
    let count = executed.results.iter().filter(|result| result.is_ok()).count();
    let elects = genesis.is_some() || !executed.validators.is_empty();
    if count == 0 && !elects {
        return Ok(None);
    }
    let mut after = Overlay::new(base);
    after.apply(changes.clone());
    let facts = Facts {
        height: header.height,
        time: header.time.to_owned(),
        proposer: header.proposer.to_owned(),
        before: header.before.unwrap_or(NOTHING),
        count: u64::try_from(count).unwrap_or(u64::MAX),
        validators: elects.then(|| state::validators(&after)).transpose()?,
    };
    let before = match genesis {
        Some(genesis) => first(genesis),
        None => state::sealed().get(&after)?.unwrap_or(NOTHING),
    };
    let mut sealed = Overlay::new(&after);
    state::sealed().set(&mut sealed, &facts.upon(&before));
    changes.extend(sealed.into_changes());
    Ok(Some(facts))
}
