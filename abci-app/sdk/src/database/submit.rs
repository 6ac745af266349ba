//! Sending a transaction until a block has it.
//!
//! Only its same bytes are ever sent again, and the chain takes them once: they are the transaction's id.

use std::time::Duration;

use mongo_ledger_core::transaction::{Transaction, TransactionId};
use tokio::time::Instant;

use super::{Database, DatabaseError, http::Answer, unusable};
use crate::client::Attempt;

/// How long a node may take until a block has a transaction: it gives up itself after 30 s.
const ANSWER: Duration = Duration::from_secs(35);
/// After which time a transaction is not sent again.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often all nodes are tried, and the pause between.
const ROUNDS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);
/// What nodes call a transaction that a block has.
const DUPLICATE: &str = "(DuplicateTransaction)";
/// What nodes say of one that waits already.
const WAITING: &str = "already exists in cache";
/// How long one that waits already is looked for.
const WAIT: Duration = Duration::from_secs(30);

/// What came of one sending.
enum Outcome {
    Done,
    Exists,
    Waits,
    Refused(String),
    Failed(Attempt),
}

impl Database {
    /// Sends a transaction and waits until a block has it.
    ///
    /// A node that does not answer, or cannot, is followed by the next with the same bytes. "It already exists" is then
    /// no refusal: it is what was sent.
    ///
    /// # Errors
    /// The chain refuses it, it existed before ([`DatabaseError::Exists`]), no node was reached, or it is unknown what
    /// became of it ([`DatabaseError::Unconfirmed`]).
    pub async fn submit(&self, transaction: &Transaction) -> Result<(), DatabaseError> {
        let (id, begun) = (*transaction.id(), Instant::now());
        let (mut attempts, mut heard) = (Vec::new(), false);
        for round in 0..ROUNDS {
            if round > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            attempts.clear();
            for (_, endpoint) in self.in_order() {
                if begun.elapsed() > PATIENCE {
                    break;
                }
                let (outcome, now_heard) = self.send(endpoint, transaction).await?;
                match outcome {
                    Outcome::Done => return Ok(()),
                    Outcome::Exists if !heard => return Err(DatabaseError::Exists(id)),
                    Outcome::Exists => return Ok(()),
                    Outcome::Waits => return self.follow(&id).await,
                    // What was sent before may be the very reason of the refusal.
                    Outcome::Refused(_) if heard && self.has(&id).await => return Ok(()),
                    Outcome::Refused(reason) => {
                        let (what, endpoint) = (format!("transaction {id}"), endpoint.into());
                        return Err(DatabaseError::Refused { what, endpoint, reason });
                    }
                    Outcome::Failed(attempt) => attempts.push(attempt),
                }
                heard |= now_heard;
            }
        }
        match heard {
            true if self.has(&id).await => Ok(()),
            true => Err(DatabaseError::Unconfirmed { id, attempts }),
            false => Err(DatabaseError::Unreachable { what: format!("room for transaction {id}"), attempts }),
        }
    }

    /// Sends it to one node; says too whether the node may have it now.
    async fn send(
        &self,
        endpoint: &str,
        transaction: &Transaction,
    ) -> Result<(Outcome, bool), DatabaseError> {
        let url = format!("{endpoint}/api/v1/transactions");
        let failed = |reason| Outcome::Failed(Attempt { endpoint: endpoint.into(), reason });
        match self.http.post(&url, &[("mode", "commit")], transaction.raw(), ANSWER).await {
            Err(silence) => Ok((failed(silence.reason), silence.heard)),
            Ok(answer) if answer.status >= 500 => Ok((failed(answer.words()), true)),
            Ok(answer) => Ok((understood(&answer, transaction.id())?, true)),
        }
    }

    /// Waits for a transaction that a node has already.
    async fn follow(&self, id: &TransactionId) -> Result<(), DatabaseError> {
        let begun = Instant::now();
        while begun.elapsed() < WAIT {
            if self.has(id).await {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        let reason = format!("it waits, and no block had it in {} s", WAIT.as_secs());
        let attempts =
            self.urls().take(1).map(|endpoint| Attempt { endpoint: endpoint.into(), reason: reason.clone() });
        Err(DatabaseError::Unconfirmed { id: *id, attempts: attempts.collect() })
    }

    /// Whether a block is known to have it.
    async fn has(&self, id: &TransactionId) -> bool {
        matches!(self.transaction(id).await, Ok(Some(_)))
    }
}

fn understood(answer: &Answer, id: &TransactionId) -> Result<Outcome, DatabaseError> {
    let words = answer.words();
    match answer.status {
        202 => {
            let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            match body.get("id").and_then(serde_json::Value::as_str) == Some(id.to_string().as_str()) {
                true => Ok(Outcome::Done),
                false => Err(unusable(&format!("transaction {id}"), "the node took another one".into())),
            }
        }
        _ if words.contains(DUPLICATE) => Ok(Outcome::Exists),
        _ if words.contains(WAITING) => Ok(Outcome::Waits),
        _ => Ok(Outcome::Refused(words)),
    }
}
