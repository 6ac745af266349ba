//! Following a transaction until its fate is known.

use std::time::Duration;

use sirius_primitives::{Hash, Height, sha256};
use tokio::time::Instant;

use super::{Broadcast, Receipt, SubmitError, checked::refused, receipt};
use crate::client::{Client, ClientError, Found};

/// How often it is looked for at first and later on; a block takes about a second.
const FIRST_POLL: Duration = Duration::from_millis(100);
const LAST_POLL: Duration = Duration::from_millis(800);
/// How often the same bytes are sent again: a node may have lost its mempool.
const RESEND: Duration = Duration::from_secs(3);

/// A transaction that was sent and is not known to be in a block.
#[derive(Debug, Clone)]
pub struct Pending {
    pub(super) client: Client,
    /// The transaction.
    pub hash: Hash,
    /// Its bytes.
    pub tx: Vec<u8>,
    /// The last height at which it can be in a block.
    pub timeout: Height,
    /// The last height at which it cannot be in a block yet.
    pub(super) after: Height,
    pub(super) wait: Duration,
    pub(super) last_refusal: Option<String>,
}

/// What one look at the chain told.
enum Look {
    Found(Box<Receipt>),
    Expired,
    NotYet(String),
}

impl Pending {
    /// Hands over a transaction that was signed elsewhere. One without a timeout height may stay unconfirmed for ever.
    ///
    /// # Errors
    /// Why it was not sent: in every case it is certain that it will not be executed by way of these nodes.
    pub async fn send(client: Client, tx: Vec<u8>, wait: Duration) -> Result<Self, SubmitError> {
        let after = client.committed().await?;
        let timeout = receipt::timeout(&tx).unwrap_or(Height(u64::MAX));
        let mut pending = Self { client, hash: sha256(&tx), tx, timeout, after, wait, last_refusal: None };
        match pending.client.broadcast(&pending.tx).await {
            Broadcast::Accepted | Broadcast::Known { .. } | Broadcast::Unknown { certain: false, .. } => {}
            Broadcast::Refused { checked, certain: false } => pending.last_refusal = Some(checked.log),
            Broadcast::Refused { checked, certain: true } => return Err(refused(checked)),
            Broadcast::Unknown { attempts, certain: true } => return Err(SubmitError::NotSent { attempts }),
        }
        Ok(pending)
    }

    /// Waits until a block has the transaction, or until it is certain that none ever will.
    ///
    /// # Errors
    /// [`SubmitError::Failed`], [`SubmitError::Expired`], or [`SubmitError::Unconfirmed`] when the time to wait is over.
    pub async fn confirm(mut self) -> Result<Receipt, SubmitError> {
        let begun = Instant::now();
        let (mut poll, mut sent) = (FIRST_POLL, begun);
        loop {
            tokio::time::sleep(poll).await;
            poll = (poll * 3 / 2).min(LAST_POLL);
            match self.look().await {
                Look::Found(receipt) if receipt.succeeded() => return Ok(*receipt),
                Look::Found(receipt) => return Err(SubmitError::Failed { receipt }),
                Look::Expired => {
                    let Self { hash, timeout, last_refusal, .. } = self;
                    return Err(SubmitError::Expired { hash, timeout, last_refusal });
                }
                Look::NotYet(found) if begun.elapsed() >= self.wait => {
                    return Err(SubmitError::Unconfirmed { hash: self.hash, timeout: self.timeout, found });
                }
                Look::NotYet(_) => {}
            }
            if sent.elapsed() >= RESEND {
                self.resend().await;
                sent = Instant::now();
            }
        }
    }

    /// The same bytes once more, to every node: the one that took them may be cut off from the others. A refusal says
    /// nothing about those that were sent before; it is kept to be told. For the same reason the node that is farthest is
    /// asked from then on.
    async fn resend(&mut self) {
        if let Some(log) = self.client.broadcast_everywhere(&self.tx).await {
            self.last_refusal = Some(log);
        }
        self.client.prefer_newest().await;
    }

    async fn look(&self) -> Look {
        match self.try_look().await {
            Ok(look) => look,
            Err(error) => Look::NotYet(error.to_string()),
        }
    }

    async fn try_look(&self) -> Result<Look, ClientError> {
        if let Some(found) = self.client.tx(self.hash).await? {
            // The node's word for the hash is not taken.
            if sha256(&found.tx) == self.hash {
                return Ok(Look::Found(Box::new(Receipt::new(found))));
            }
        }
        let committed = self.client.committed().await?;
        if committed < self.timeout {
            return Ok(Look::NotYet(format!("block {committed} is the latest and none so far has it")));
        }
        // A node's index may be behind its blocks, or switched off; the blocks themselves decide.
        self.search().await
    }

    /// Looks into every block that could have it.
    async fn search(&self) -> Result<Look, ClientError> {
        let mut height = self.after.next();
        while height <= self.timeout {
            let block = self.client.block(Some(height)).await?;
            if let Some(place) = block.data.iter().position(|tx| sha256(tx) == self.hash) {
                let Some(result) = self.client.block_results(height).await?.into_iter().nth(place) else {
                    return Ok(Look::NotYet(format!("block {height} has it, and no results yet")));
                };
                let index = u32::try_from(place).unwrap_or(u32::MAX);
                let found = Found { height, index, result, tx: self.tx.clone() };
                return Ok(Look::Found(Box::new(Receipt::new(found))));
            }
            height = height.next();
        }
        Ok(Look::Expired)
    }
}
