//! A whole state on its way to another node: what is shipped, how it is read out, how it is believed and put back.
//!
//! Shipped are the pairs alone, in the order of their keys' hashes, cut into chunks. Each chunk ends with the way
//! from its last pair to the root, as it is in the sender's tree. A receiver who has every pair up to that one knows
//! all subtrees to the left of the way; so the way proves, chunk by chunk and before anything is written, that these
//! are exactly the pairs of the trusted app hash as far as they go: none changed, none missing, none added.
//!
//! ```text
//!            root
//!           /    \
//!      ours        .         left of the way: worked out from the pairs received
//!               /     \
//!            ours      .     right of it: taken from the chunk, known by nothing but the root
//!                    /   \
//!                 last    theirs
//! ```
//!
//! The tree itself, the list of keys and all history are the receiver's own; rows of the store's owner are not shipped.

pub(crate) mod chunk;
mod export;
mod manifest;
mod restore;

pub use export::Export;
pub use manifest::{FORMAT, MOST_CHUNKS, MOST_MANIFEST, Manifest, ManifestError};
pub use restore::{Restore, RestoreError};

use crate::LONGEST_VALUE;

/// A chunk ends with the first pair that brings it to this many bytes, 7 MiB.
pub const CHUNK_BYTES: usize = 7 << 20;

/// Bytes that a chunk has at most: one full but for a byte, the longest pair, and the way to the root. CometBFT's peers
/// take messages of up to 16 MB; 10 MB is what other chains found to travel well.
pub const MOST_CHUNK: usize = CHUNK_BYTES + LONGEST_VALUE + (16 << 10);
