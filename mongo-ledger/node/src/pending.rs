//! What was executed and is not committed.

use std::sync::Arc;

use bytes::Bytes;
use mongo_ledger_core::{block::Executed, payload::Commitment, transaction::Transaction};
use sirius_store::{Changes, Overlay, Prepared, Row, Snapshot};

use crate::{documents::BlockDocuments, feed::Committed};

/// What stands between the committed state and the next commit.
#[derive(Default)]
pub(crate) struct BlockState {
    /// What genesis wrote, until the first block is committed.
    pub(crate) genesis: Changes,
    /// The last proposal that was executed, with its block's hash.
    pub(crate) proposal: Option<(Bytes, Run)>,
    /// The block that is to be committed.
    pub(crate) decided: Option<Decided>,
}

/// A block that was executed.
pub(crate) struct Run {
    pub(crate) transactions: Vec<Option<Arc<Transaction>>>,
    pub(crate) executed: Executed,
}

/// A block that was executed and waits for its commit.
pub(crate) struct Decided {
    pub(crate) prepared: Prepared,
    pub(crate) documents: BlockDocuments,
    pub(crate) rows: Vec<Row>,
    pub(crate) committed: Committed,
    pub(crate) refused: u64,
    /// Bodies that its transactions name.
    pub(crate) brought: Vec<Commitment>,
    /// Bodies that they erase.
    pub(crate) erased: Vec<Commitment>,
}

/// The committed state, and before the first block what genesis makes of it.
pub(crate) type Base = Overlay<Snapshot>;
