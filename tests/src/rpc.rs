//! A client of CometBFT's JSON-RPC, as thin as a stranger would write it: no types of this project on the way.
//!
//! The lanes ask a node what it knows and believe nothing but its answers, so this shares no code with the SDK.

mod answer;

use std::io::Read as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thiserror::Error;
use ureq::Agent;

use crate::agent;
pub use answer::{Answer, Block, Checked, Found, Header, ProofOp, Status};
use answer::{Envelope, Metas, Results, TxList, WireBlock, WireQuery, WireStatus};

/// How long an answer may take when nothing else is said. A killed node never answers.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes of an answer: the results of a full block with all their events.
const MAX_BYTES: u64 = 512 << 20;

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum RpcError {
    /// The node cannot be reached, or went away while it answered. Whether it did what was asked is not known.
    #[error("asking {url} for {method} failed: {reason}")]
    Transport {
        /// The node.
        url: String,
        /// What was asked.
        method: String,
        /// What the connection said.
        reason: String,
    },
    /// The node answered with an error.
    #[error("{url} refused {method}: {message}")]
    Refused {
        /// The node.
        url: String,
        /// What was asked.
        method: String,
        /// Its words.
        message: String,
    },
    /// The node answered something else than was agreed.
    #[error("{url} answered {method} unexpectedly: {reason}")]
    Unexpected {
        /// The node.
        url: String,
        /// What was asked.
        method: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A client of one node. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Rpc {
    agent: Agent,
    url: String,
}

impl Rpc {
    /// A client of the node at `url`, such as `http://127.0.0.1:26657`.
    pub fn new(url: impl Into<String>) -> Self {
        Self::with_timeout(url, TIMEOUT)
    }

    /// The same with another limit for each answer.
    pub fn with_timeout(url: impl Into<String>, timeout: Duration) -> Self {
        Self { agent: agent(timeout), url: url.into() }
    }

    /// Where the node is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks one question.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn call<T: DeserializeOwned>(&self, method: &str, params: Value) -> Result<T, RpcError> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let bytes = self.post(method, body.into_bytes())?;
        self.open(method, serde_json::from_slice(&bytes).map_err(|error| self.unexpected(method, error))?)
    }

    /// Asks many questions at once; `body` is a JSON-RPC batch. The answers come in the order of the questions.
    ///
    /// # Errors
    /// As a whole when there was no answer, one by one where the node refused.
    pub fn batch<T: DeserializeOwned>(
        &self,
        method: &str,
        body: Vec<u8>,
    ) -> Result<Vec<Result<T, RpcError>>, RpcError> {
        let bytes = self.post(method, body)?;
        // CometBFT answers a batch of one question without a list around it.
        let envelopes = match bytes.first() {
            Some(b'{') => serde_json::from_slice(&bytes).map(|envelope: Envelope<T>| vec![envelope]),
            _ => serde_json::from_slice(&bytes),
        };
        let envelopes = envelopes.map_err(|error| self.unexpected(method, error))?;
        Ok(envelopes.into_iter().map(|envelope| self.open(method, envelope)).collect())
    }

    fn post(&self, method: &str, body: Vec<u8>) -> Result<Vec<u8>, RpcError> {
        let lost =
            |reason: String| RpcError::Transport { url: self.url.clone(), method: method.to_owned(), reason };
        let request = self.agent.post(&self.url).header("content-type", "application/json");
        let response = request.send(&body[..]).map_err(|error| lost(error.to_string()))?;
        let mut bytes = Vec::new();
        let mut reader = response.into_body().into_with_config().limit(MAX_BYTES).reader();
        reader.read_to_end(&mut bytes).map_err(|error| lost(error.to_string()))?;
        Ok(bytes)
    }

    fn open<T>(&self, method: &str, envelope: Envelope<T>) -> Result<T, RpcError> {
        match (envelope.result, envelope.error) {
            (_, Some(error)) => Err(RpcError::Refused {
                url: self.url.clone(),
                method: method.to_owned(),
                message: format!("{} {}", error.message, error.data).trim_end().to_owned(),
            }),
            (Some(result), None) => Ok(result),
            (None, None) => Err(self.unexpected(method, "neither result nor error")),
        }
    }

    fn unexpected(&self, method: &str, reason: impl ToString) -> RpcError {
        RpcError::Unexpected { url: self.url.clone(), method: method.to_owned(), reason: reason.to_string() }
    }

    /// Where the node stands.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn status(&self) -> Result<Status, RpcError> {
        Ok(self.call::<WireStatus>("status", json!({}))?.into())
    }

    /// The block at `height`, or the latest one.
    ///
    /// # Errors
    /// See [`RpcError`]; a height without a block is refused.
    pub fn block(&self, height: Option<u64>) -> Result<Block, RpcError> {
        let params = height.map_or(json!({}), |height| json!({ "height": height.to_string() }));
        Ok(self.call::<WireBlock>("block", params)?.block)
    }

    /// Headers from `first` to `last`, at most 20, the newest first.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn headers(&self, first: u64, last: u64) -> Result<Vec<Header>, RpcError> {
        let params = json!({ "minHeight": first.to_string(), "maxHeight": last.to_string() });
        Ok(self.call::<Metas>("blockchain", params)?.into())
    }

    /// The code of each transaction in the block at `height`.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn codes(&self, height: u64) -> Result<Vec<u32>, RpcError> {
        Ok(self.call::<Results>("block_results", json!({ "height": height.to_string() }))?.codes())
    }

    /// Hands a transaction to the mempool and says what it thinks of it.
    ///
    /// # Errors
    /// See [`RpcError`]; one that the mempool has already is refused.
    pub fn broadcast(&self, tx: &[u8]) -> Result<Checked, RpcError> {
        self.call("broadcast_tx_sync", json!({ "tx": STANDARD.encode(tx) }))
    }

    /// The transaction with this SHA-256, if it is in a block that the node has indexed.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn tx(&self, hash: &[u8; 32]) -> Result<Option<Found>, RpcError> {
        match self.call("tx", json!({ "hash": STANDARD.encode(hash) })) {
            Ok(found) => Ok(Some(found)),
            Err(RpcError::Refused { message, .. }) if message.contains("not found") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Up to 100 transactions that `query` finds, the oldest first.
    ///
    /// # Errors
    /// See [`RpcError`].
    pub fn tx_search(&self, query: &str) -> Result<Vec<Found>, RpcError> {
        let params = json!({ "query": query, "per_page": "100", "order_by": "asc" });
        Ok(self.call::<TxList>("tx_search", params)?.txs)
    }

    /// Asks the application; height 0 is the latest state.
    ///
    /// # Errors
    /// See [`RpcError`]. A refusal by the application is an answer with a code.
    pub fn abci_query(&self, path: &str, data: &[u8], height: u64, prove: bool) -> Result<Answer, RpcError> {
        let params = json!({
            "path": path, "data": hex::encode(data), "height": height.to_string(), "prove": prove,
        });
        Ok(self.call::<WireQuery>("abci_query", params)?.response)
    }

    /// Asks the application a protobuf question about its latest state.
    ///
    /// # Errors
    /// See [`RpcError`]; also when the application refuses, or its answer does not decode.
    pub fn ask<Q: prost::Message, A: prost::Message + Default>(
        &self,
        path: &str,
        question: &Q,
    ) -> Result<A, RpcError> {
        let answer = self.abci_query(path, &question.encode_to_vec(), 0, false)?;
        if answer.code != 0 {
            let message = format!("{} {}: {}", answer.codespace, answer.code, answer.log);
            return Err(RpcError::Refused { url: self.url.clone(), method: path.to_owned(), message });
        }
        A::decode(answer.value.as_slice()).map_err(|error| self.unexpected(path, error))
    }
}
