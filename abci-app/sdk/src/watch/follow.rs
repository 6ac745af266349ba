//! Fetching blocks in order up to the newest height known.

use std::time::Duration;

use sirius_primitives::{Hash, Height};
use tokio::sync::{mpsc, watch};

use super::WatchedBlock;
use crate::{
    client::{Client, ClientError, Found},
    submit::Receipt,
};

/// The pause after a failed fetch.
const PAUSE: Duration = Duration::from_millis(500);

/// Sends every block from `next` on, until the reader is gone.
pub(super) async fn follow(
    client: Client,
    mut next: Height,
    mut newest: watch::Receiver<Height>,
    blocks: mpsc::Sender<WatchedBlock>,
) {
    loop {
        // An error means that nobody tells of heights any more: the watch is ending.
        if newest.wait_for(|newest| *newest >= next).await.is_err() {
            return;
        }
        match fetch(&client, Some(next)).await {
            Ok(block) => {
                if blocks.send(block).await.is_err() {
                    return;
                }
                next = next.next();
            }
            // A node may announce a block before another, or its own results, have it.
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// A block with its results.
pub(super) async fn fetch(client: &Client, height: Option<Height>) -> Result<WatchedBlock, ClientError> {
    let block = client.block(height).await?;
    let height = Height(block.header.height.value());
    // An empty block has no results worth a call.
    let results = if block.data.is_empty() { Vec::new() } else { client.block_results(height).await? };
    if results.len() != block.data.len() {
        let reason = format!("it has {} transactions and {} results", block.data.len(), results.len());
        return Err(ClientError::Unusable { what: format!("block {height}"), reason });
    }
    let receipts = block.data.into_iter().zip(results).enumerate().map(|(index, (tx, result))| {
        Receipt::new(Found { height, index: u32::try_from(index).unwrap_or(u32::MAX), result, tx })
    });
    let hash = |bytes: &[u8]| bytes.try_into().map_or(Hash::new([0; Hash::LENGTH]), Hash::new);
    Ok(WatchedBlock {
        height,
        time: block.header.time,
        hash: hash(block.header.hash().as_bytes()),
        proposer: block.header.proposer_address.to_string(),
        app_hash: hash(block.header.app_hash.as_bytes()),
        receipts: receipts.collect(),
    })
}
