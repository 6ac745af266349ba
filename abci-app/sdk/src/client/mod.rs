//! CometBFT's RPC of one or more nodes of a network, as one client that goes on when a node does not.
//!
//! Reading moves to the next endpoint when one does not answer, and begins with the one that answered last. Sending
//! does not live here: a transaction needs more care than another try, see [`crate::submit`].
//!
//! What it is not: it believes the node that answers. What must not be believed is proven, see [`crate::prove`].

mod error;
mod http;
mod node;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

pub(crate) use error::attempts;
pub use error::{Attempt, ClientError};
use futures::{StreamExt as _, stream::FuturesUnordered};
pub use node::{
    AbciAnswer, AbciQuestion, BlockResults, Checked, Found, Node, NodeError, NodeStatus, ValidatorPage,
};
use sirius_primitives::{Hash, Height};
use tendermint::block::{Block, Header, signed_header::SignedHeader};

/// Endpoints a client may have; more would only make a dead network take longer to be called dead.
pub const MOST_ENDPOINTS: usize = 16;

/// How long one call may take: CometBFT gives up its own calls after 10 s, and a node that is well answers in
/// milliseconds.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How often all endpoints are tried before a read fails, and the pause between.
const ROUNDS: u32 = 2;
const PAUSE: Duration = Duration::from_millis(250);

/// When the next endpoint is asked besides one that has not answered yet: a node that hangs costs no more.
const HEDGE: Duration = Duration::from_millis(1_500);

/// How long nodes have to say how they stand when all are asked.
const STATUS_TIMEOUT: Duration = Duration::from_secs(1);

/// The future of one call to a node.
pub type Call<'a, T> = Pin<Box<dyn Future<Output = Result<T, NodeError>> + Send + 'a>>;

/// One node and the address it is reached at.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) node: Arc<dyn Node>,
}

/// The nodes of one network. Clones share connections and the memory of who answered last.
#[derive(Clone)]
pub struct Client {
    endpoints: Arc<[Endpoint]>,
    preferred: Arc<AtomicUsize>,
}

impl Client {
    /// A client of the nodes at these addresses, such as `http://127.0.0.1:26657`; nothing is sent yet.
    ///
    /// # Errors
    /// No address, more than [`MOST_ENDPOINTS`], or one that is not `http` or `https`.
    pub fn new(urls: &[String]) -> Result<Self, ClientError> {
        let nodes = urls.iter().map(|url| Ok((url.clone(), http::connect(url)?)));
        Self::with_nodes(nodes.collect::<Result<_, ClientError>>()?)
    }

    /// A client of any nodes, each with the address that errors call it by.
    ///
    /// # Errors
    /// No node, or more than [`MOST_ENDPOINTS`].
    pub fn with_nodes(nodes: Vec<(String, Arc<dyn Node>)>) -> Result<Self, ClientError> {
        if nodes.is_empty() || nodes.len() > MOST_ENDPOINTS {
            return Err(ClientError::Count { found: nodes.len() });
        }
        let endpoints = nodes.into_iter().map(|(url, node)| Endpoint { url, node }).collect();
        Ok(Self { endpoints, preferred: Arc::default() })
    }

    /// The addresses, in the order they were given.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.endpoints.iter().map(|endpoint| endpoint.url.as_str())
    }

    /// How the node that answers stands.
    ///
    /// # Errors
    /// No endpoint answers.
    pub async fn status(&self) -> Result<NodeStatus, ClientError> {
        self.read("the node's status", |node| node.status()).await
    }

    /// How every node stands, in the order of the addresses; all are asked at once and have a second.
    pub async fn statuses(&self) -> Vec<(String, Result<NodeStatus, NodeError>)> {
        let ask = |endpoint: &Endpoint| {
            let (url, node) = (endpoint.url.clone(), Arc::clone(&endpoint.node));
            async move { (url, timed(node.status(), STATUS_TIMEOUT).await) }
        };
        futures::future::join_all(self.endpoints.iter().map(ask)).await
    }

    /// Begins with the node that is farthest: one that was away for a while may answer from an old state.
    pub async fn prefer_newest(&self) {
        if self.endpoints.len() == 1 {
            return;
        }
        let statuses = self.statuses().await;
        let heights = statuses.iter().enumerate().filter_map(|(index, (_, status))| {
            status.as_ref().ok().filter(|status| !status.catching_up).map(|status| (status.height, index))
        });
        // Of equals the one that answered last stays.
        let preferred = self.preferred.load(Ordering::Relaxed);
        if let Some((_, index)) = heights.max_by_key(|(height, index)| (*height, *index == preferred)) {
            self.prefer(index);
        }
    }

    /// The height the application has committed, whose state can be asked for.
    ///
    /// # Errors
    /// No endpoint answers.
    pub async fn committed(&self) -> Result<Height, ClientError> {
        self.read("the committed height", |node| node.committed()).await
    }

    /// Asks the application.
    ///
    /// # Errors
    /// No endpoint answers. That the application refuses is an answer.
    pub async fn abci_query(&self, question: AbciQuestion) -> Result<AbciAnswer, ClientError> {
        self.read(&format!("query {}", question.path), |node| node.abci_query(question.clone())).await
    }

    /// The transaction of this hash; `None` where no block with it is known.
    ///
    /// # Errors
    /// No endpoint answers.
    pub async fn tx(&self, hash: Hash) -> Result<Option<Found>, ClientError> {
        self.read(&format!("transaction {hash}"), move |node| node.tx(hash)).await
    }

    /// The block at `height`, or the latest.
    ///
    /// # Errors
    /// No endpoint answers, or the block is not there.
    pub async fn block(&self, height: Option<Height>) -> Result<Block, ClientError> {
        let what = height.map_or_else(|| "the latest block".into(), |height| format!("block {height}"));
        self.read(&what, move |node| node.block(height)).await
    }

    /// What came of the transactions of the block at `height`.
    ///
    /// # Errors
    /// No endpoint answers, or the block is not there.
    pub async fn block_results(&self, height: Height) -> Result<BlockResults, ClientError> {
        self.read(&format!("the results of block {height}"), move |node| node.block_results(height)).await
    }

    /// The header at `height` with the signatures that committed it.
    ///
    /// # Errors
    /// No endpoint answers, or the block is not there.
    pub async fn commit(&self, height: Height) -> Result<SignedHeader, ClientError> {
        self.read(&format!("the commit of block {height}"), move |node| node.commit(height)).await
    }

    /// One page of the validators of the block at `height`, counted from 1.
    ///
    /// # Errors
    /// No endpoint answers, or the block is not there.
    pub async fn validators(&self, height: Height, page: u32) -> Result<ValidatorPage, ClientError> {
        self.read(&format!("the validators of block {height}"), move |node| node.validators(height, page))
            .await
    }

    /// The headers from `least` to `most`, at most 20 of them, the last ones first.
    ///
    /// # Errors
    /// No endpoint answers, or the blocks are not there.
    pub async fn headers(&self, least: Height, most: Height) -> Result<Vec<Header>, ClientError> {
        self.read(&format!("headers {least} to {most}"), move |node| node.headers(least, most)).await
    }

    /// Endpoints beginning with the one that answered last.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (usize, &Endpoint)> {
        let first = self.preferred.load(Ordering::Relaxed);
        let (before, from) = self.endpoints.split_at(first.min(self.endpoints.len()));
        let from =
            from.iter().enumerate().map(move |(index, endpoint)| (first.saturating_add(index), endpoint));
        from.chain(before.iter().enumerate())
    }

    /// Remembers who answered.
    pub(crate) fn prefer(&self, index: usize) {
        self.preferred.store(index, Ordering::Relaxed);
    }

    /// Asks one endpoint after the other until one answers.
    async fn read<T>(
        &self,
        what: &str,
        call: impl for<'a> Fn(&'a dyn Node) -> Call<'a, T>,
    ) -> Result<T, ClientError> {
        let mut attempts = Vec::new();
        for round in 0..ROUNDS {
            if round > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            attempts = match self.race(&call).await {
                Raced::Answered(answer) => return Ok(answer),
                Raced::Refused { endpoint, reason } => {
                    return Err(ClientError::Refused { what: what.into(), endpoint, reason });
                }
                Raced::Silent(attempts) => attempts,
            };
        }
        Err(ClientError::Unreachable { what: what.into(), attempts })
    }

    /// Asks the endpoints in their order, each when those before failed or let wait; the first answer counts.
    async fn race<T>(&self, call: &impl for<'a> Fn(&'a dyn Node) -> Call<'a, T>) -> Raced<T> {
        let (mut waiting, mut asked, mut attempts) = (self.in_order(), FuturesUnordered::new(), Vec::new());
        loop {
            let next = waiting.next();
            let more = next.is_some();
            if let Some((index, endpoint)) = next {
                asked.push(async move {
                    (index, endpoint, timed(call(endpoint.node.as_ref()), CALL_TIMEOUT).await)
                });
            }
            let wait = if more { HEDGE } else { CALL_TIMEOUT };
            match tokio::time::timeout(wait, asked.next()).await {
                Ok(None) => return Raced::Silent(attempts),
                Ok(Some((index, _, Ok(answer)))) => {
                    self.prefer(index);
                    return Raced::Answered(answer);
                }
                Ok(Some((_, endpoint, Err(NodeError::Refused(reason))))) => {
                    return Raced::Refused { endpoint: endpoint.url.clone(), reason };
                }
                Ok(Some((_, endpoint, Err(NodeError::Silent(reason))))) => {
                    attempts.push(Attempt { endpoint: endpoint.url.clone(), reason });
                }
                Err(_) => {}
            }
        }
    }
}

/// How a round of asking ended.
enum Raced<T> {
    Answered(T),
    Refused { endpoint: String, reason: String },
    Silent(Vec<Attempt>),
}

/// Waits for a call no longer than `most`.
pub(crate) async fn timed<T>(call: Call<'_, T>, most: Duration) -> Result<T, NodeError> {
    match tokio::time::timeout(most, call).await {
        Ok(result) => result,
        Err(_) => Err(NodeError::Silent(format!("no answer within {} s", most.as_secs()))),
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.urls()).finish()
    }
}
