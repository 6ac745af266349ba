//! What was executed and is not committed.

use bytes::Bytes;
use sirius_runtime::{BlockInfo, Executed};
use sirius_store::{Changes, Overlay, Prepared, Snapshot};

use crate::receipts::Row;

/// What stands between the committed state and the next commit.
#[derive(Default)]
pub(crate) struct BlockState {
    /// What genesis wrote, until the first block is committed.
    pub(crate) genesis: Changes,
    /// The last proposal that was executed, with its block's hash.
    pub(crate) proposal: Option<(Bytes, Executed)>,
    /// The block that is to be committed.
    pub(crate) decided: Option<Decided>,
}

/// A block that was executed and waits for its commit.
pub(crate) struct Decided {
    pub(crate) block: BlockInfo,
    pub(crate) prepared: Prepared,
    pub(crate) rows: Vec<Row>,
    pub(crate) refused: usize,
    pub(crate) txs: usize,
    pub(crate) reused: bool,
}

/// The committed state, and before the first block what genesis makes of it.
pub(crate) type Base = Overlay<Snapshot>;
