//! Snapshots for state sync, whatever is in them: a folder of those that this node offers, the thread that takes them,
//! and the patience with those that peers send.
//!
//! What a snapshot holds, how it is read out and how it is believed is its application's: here stands what every one
//! does alike. A snapshot is offered when it is whole; the newest few are kept; a chunk that is not what its manifest
//! says is asked for again, of somebody else.

mod joining;
mod offer;
mod shelf;
mod stock;
mod taker;

use sirius_primitives::{Blocks, Hash, Height};

pub use joining::{Joining, Restoration, Step, Unfit};
pub use offer::{Unwanted, read as read_offer};
pub use shelf::{Folder, Shelf, ShelfError};
pub use stock::Stock;
pub use taker::Pace;

/// Snapshots that are offered to a peer at most; CometBFT asks for no more.
pub const MOST_OFFERED: usize = 10;

/// What a snapshot says of itself before any of it is fetched. The same bytes on every node.
pub trait Manifest: Sized + Send + Sync + 'static {
    /// How chunks and manifest are laid out; raised with any change of either, so that two versions never mix.
    const FORMAT: u32;

    /// The block that left what is in it.
    fn height(&self) -> Height;

    /// How many chunks there are.
    fn chunks(&self) -> usize;

    /// SHA-256 of a chunk, counted from 0.
    fn chunk(&self, index: usize) -> Option<Hash>;

    /// The manifest as it travels.
    fn encode(&self) -> Vec<u8>;

    /// Reads what [`Manifest::encode`] gives, and whatever a stranger sends.
    ///
    /// # Errors
    /// What is wrong with the bytes, for people.
    fn decode(bytes: &[u8]) -> Result<Self, String>;
}

/// The lowest height whose block CometBFT is to keep; height 0 keeps them all.
///
/// A block is needed as long as the operator wants it (`wanted`, 0 for ever), as evidence about its height can come
/// (`evidence`), and as a node may begin from a snapshot before it (`snapshots`).
pub fn retained(committed: Height, wanted: Blocks, evidence: Blocks, snapshots: Option<Height>) -> Height {
    if wanted == Blocks(0) {
        return Height::ZERO;
    }
    let height = committed.before(wanted).min(committed.before(evidence));
    snapshots.map_or(height, |snapshots| snapshots.min(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_anybody_needs() {
        let check = |wanted: u64, evidence: u64, snapshots: Option<u64>, expected: u64| {
            let snapshots = snapshots.map(Height);
            let height = retained(Height(1_000), Blocks(wanted), Blocks(evidence), snapshots);
            assert_eq!(height, Height(expected));
        };
        check(0, 10, None, 0);
        check(100, 10, None, 900);
        check(10, 100, None, 900);
        check(10, 100, Some(950), 900);
        check(10, 10, Some(800), 800);
        check(5_000, 10, None, 0);
        check(10, 100_000, None, 0);
    }
}
