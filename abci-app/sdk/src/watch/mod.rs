//! Blocks as they come: every one, once, in order, whatever the connection does.
//!
//! ```text
//! WebSocket: "there is a block" ─┐
//! every 2 s: status             ─┴─▶ newest height ──▶ fetch each block up to it ──▶ bounded queue ──▶ Watch::next
//! ```
//!
//! A subscription only says that there is something new; blocks are fetched by height. So a lost event, a lost
//! connection or a slow reader delays blocks and never loses one.

mod follow;
mod listen;
#[cfg(test)]
mod tests;

use sirius_primitives::{Hash, Height};
use tendermint::Time;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{
    client::{Client, ClientError},
    submit::Receipt,
};

/// Blocks that wait for the reader; then fetching pauses.
const QUEUE: usize = 16;

/// A block and what came of its transactions.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchedBlock {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// Its hash.
    pub hash: Hash,
    /// Who proposed it; upper-case hexadecimal.
    pub proposer: String,
    /// The app hash in its header: of the state before it.
    pub app_hash: Hash,
    /// Its transactions, in order.
    pub receipts: Vec<Receipt>,
}

/// Blocks from a height on. Dropping it ends everything behind it.
#[derive(Debug)]
pub struct Watch {
    blocks: mpsc::Receiver<WatchedBlock>,
    tasks: [JoinHandle<()>; 2],
}

impl Watch {
    /// Watches from `height` on, or from the next block.
    ///
    /// # Errors
    /// No endpoint answers now. Later failures are waited out.
    pub async fn start(client: Client, from: Option<Height>) -> Result<Self, ClientError> {
        let latest = client.status().await?.height;
        let from = from.unwrap_or(latest.next());
        let (newest, heights) = watch::channel(latest);
        let (sender, blocks) = mpsc::channel(QUEUE);
        let listening = tokio::spawn(listen::listen(client.clone(), newest));
        let following = tokio::spawn(follow::follow(client, from, heights, sender));
        Ok(Self { blocks, tasks: [listening, following] })
    }

    /// The next block. It waits as long as the chain, or the way to it, stands still.
    pub async fn next(&mut self) -> Option<WatchedBlock> {
        self.blocks.recv().await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Fetches a block with its results.
///
/// # Errors
/// No endpoint answers, or the block is not there.
pub async fn block(client: &Client, height: Option<Height>) -> Result<WatchedBlock, ClientError> {
    follow::fetch(client, height).await
}
