//! What a snapshot of the database says of itself before any of it is fetched.

use borsh::{BorshDeserialize, BorshSerialize};
use sirius_host::snapshots;
use sirius_primitives::{Hash, Height};
use sirius_store::sync::{MOST_CHUNKS, MOST_MANIFEST, Manifest};

use mongo_ledger_core::genesis::Genesis;

/// How chunks and manifest are laid out; raised with any change of either.
pub(crate) const FORMAT: u32 = 1;

/// Hashes that prove one log to be the beginning of another at most: twice the levels of the tree, and one.
const LONGEST_PROOF: usize = 2 * 63 + 1;

/// The contents of a snapshot: what the chain began from, the chunks of the proven state, and behind them the chunks of
/// texts. The same bytes on every node.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Contents {
    /// What the chain began from; the chain of blocks in the state begins with its hash.
    pub(crate) genesis: Genesis,
    /// The proven state.
    pub(crate) state: Manifest,
    /// The chunks of blocks and texts, in the order of the log.
    pub(crate) texts: Vec<Texts>,
}

/// A chunk of blocks and texts.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Texts {
    /// SHA-256 of the chunk.
    pub(crate) hash: Hash,
    /// How many records the log has with it.
    pub(crate) records: u64,
    /// Proves that log to be the beginning of the one in the state (RFC 6962, section 2.1.2); empty while it has none.
    pub(crate) proof: Vec<Hash>,
}

impl Contents {
    /// What the chain began from.
    pub(crate) fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The app hash of the state.
    pub(crate) fn app_hash(&self) -> Hash {
        self.state.app_hash()
    }
}

impl snapshots::Manifest for Contents {
    const FORMAT: u32 = FORMAT;

    fn height(&self) -> Height {
        self.state.height
    }

    fn chunks(&self) -> usize {
        self.state.chunks.len().saturating_add(self.texts.len())
    }

    fn chunk(&self, index: usize) -> Option<Hash> {
        match index.checked_sub(self.state.chunks.len()) {
            None => self.state.chunks.get(index).copied(),
            Some(text) => self.texts.get(text).map(|text| text.hash),
        }
    }

    fn encode(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to memory cannot fail")
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MOST_MANIFEST {
            return Err(format!("the manifest has {} bytes, at most {MOST_MANIFEST} are taken", bytes.len()));
        }
        let contents =
            Self::try_from_slice(bytes).map_err(|error| format!("the manifest cannot be read: {error}"))?;
        let Self { state, texts, .. } = &contents;
        if state.chunks.is_empty() || texts.is_empty() {
            return Err("the manifest lacks the state or the texts".into());
        }
        let chunks = contents.chunks();
        if chunks > MOST_CHUNKS {
            return Err(format!("the manifest names {chunks} chunks, at most {MOST_CHUNKS} are taken"));
        }
        if texts.windows(2).any(|pair| matches!(pair, [one, next] if one.records > next.records)) {
            return Err("the manifest has a log that shrinks".into());
        }
        match texts.iter().any(|text| text.proof.len() > LONGEST_PROOF) {
            true => Err("the manifest has a longer proof than any log needs".into()),
            false => Ok(contents),
        }
    }
}
