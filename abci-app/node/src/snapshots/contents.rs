//! What a snapshot of the ledger is: its state, and nothing beside it.

use sirius_host::snapshots;
use sirius_primitives::{Hash, Height};
use sirius_store::sync::{FORMAT, Manifest};

/// The manifest of the state.
#[derive(Debug)]
pub(crate) struct Contents(pub(crate) Manifest);

impl snapshots::Manifest for Contents {
    const FORMAT: u32 = FORMAT;

    fn height(&self) -> Height {
        self.0.height
    }

    fn chunks(&self) -> usize {
        self.0.chunks.len()
    }

    fn chunk(&self, index: usize) -> Option<Hash> {
        self.0.chunks.get(index).copied()
    }

    fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        Manifest::decode(bytes).map(Self).map_err(|error| error.to_string())
    }
}
