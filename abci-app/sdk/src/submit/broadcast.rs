//! Handing signed bytes to nodes, and knowing afterwards who may have them.

use std::time::Duration;

use crate::client::{Attempt, Checked, Client, NodeError, timed};

/// How long CheckTx may take; what comes later is as if it had never come.
const TIMEOUT: Duration = Duration::from_secs(5);

/// How often the bytes are offered to all endpoints, and the pause between.
const ROUNDS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(400);

/// What came of handing a transaction over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broadcast {
    /// A node has it in its mempool.
    Accepted,
    /// A node has had these very bytes before, from whomever, and did not refuse them then.
    Known {
        /// Whether they cannot be there from an earlier attempt of this call.
        certain: bool,
    },
    /// A node turned it down; `certain` tells whether another may have it all the same.
    Refused {
        /// What CheckTx said.
        checked: Checked,
        /// Whether nobody else can have received the bytes: every call before was answered.
        certain: bool,
    },
    /// No node is known to have it.
    Unknown {
        /// What happened at each endpoint.
        attempts: Vec<Attempt>,
        /// Whether it is certain that nobody received the bytes.
        certain: bool,
    },
}

impl Client {
    /// Hands the same bytes to one endpoint after the other until one takes or refuses them.
    pub async fn broadcast(&self, tx: &[u8]) -> Broadcast {
        let (mut attempts, mut certain) = (Vec::new(), true);
        for round in 0..ROUNDS {
            if round > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            attempts.clear();
            for (index, endpoint) in self.in_order() {
                match timed(endpoint.node.broadcast(tx.to_vec()), TIMEOUT).await {
                    Ok(checked) if checked.code == 0 => {
                        self.prefer(index);
                        return Broadcast::Accepted;
                    }
                    Ok(checked) => {
                        self.prefer(index);
                        return Broadcast::Refused { checked, certain };
                    }
                    Err(NodeError::Refused(reason)) if reason.contains("already exists in cache") => {
                        self.prefer(index);
                        return Broadcast::Known { certain };
                    }
                    Err(NodeError::Refused(reason)) => {
                        certain &= was_not_taken(&reason);
                        attempts.push(Attempt { endpoint: endpoint.url.clone(), reason });
                    }
                    Err(NodeError::Silent(reason)) => {
                        // The bytes may have arrived, though the answer did not.
                        certain = false;
                        attempts.push(Attempt { endpoint: endpoint.url.clone(), reason });
                    }
                }
            }
        }
        Broadcast::Unknown { attempts, certain }
    }

    /// Hands the bytes to all endpoints at once, where they were handed to one before; answers with a refusal when that
    /// is all they say.
    pub(super) async fn broadcast_everywhere(&self, tx: &[u8]) -> Option<String> {
        let calls = self.in_order().map(|(_, endpoint)| timed(endpoint.node.broadcast(tx.to_vec()), TIMEOUT));
        let answers = futures::future::join_all(calls).await;
        let taken = answers.iter().flatten().any(|checked| checked.code == 0);
        if taken { None } else { answers.into_iter().flatten().map(|checked| checked.log).next() }
    }
}

/// Whether CometBFT's words say that the mempool did not take the transaction. Others, such as those for a CheckTx
/// that took too long, do not say what became of it.
fn was_not_taken(reason: &str) -> bool {
    ["mempool is full", "Tx too large"].iter().any(|words| reason.contains(words))
}
