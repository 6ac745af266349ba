//! The database chain: documents and their owners, by the HTTP API of its nodes.
//!
//! [`Database`] asks and sends, [`holding`] finds what of an asset a key can give away, [`handover`] plans how
//! everything that a key owns goes to another, [`signing_key`] takes the database's key from the keystore, [`bundle`]
//! keeps a proof with everything that its check needs.
//!
//! A transaction that is read has its id and its signatures in order; that it is in the chain, and that nothing was
//! left out, is the node's word until it is proven by [`mongo_ledger_core::proof`] against a header of a
//! [`LightClient`](crate::trust::LightClient) of the database's own CometBFT.

pub mod bundle;
mod error;
#[cfg(test)]
pub(crate) mod fake;
pub mod handover;
pub mod holding;
mod http;
mod key;
mod roles;
mod submit;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mongo_ledger_core::{
    json::{self, Form, Limits, Object},
    key::PublicKey,
    proof::{HistoryProof, RecordProof},
    transaction::{AssetId, OutputRef, Transaction, TransactionId},
};
use serde::{Deserialize, de::DeserializeOwned};
use sirius_primitives::Height;
use tokio::time::Instant;

pub use error::DatabaseError;
pub use key::{DatabaseKeyError, ed25519_key, public_key, signing_key};
pub use roles::{Granted, Wanted};

use crate::client::Attempt;
use http::{Answer, Http};

/// Addresses a client may have; more would only make a dead network take longer to be called dead.
pub const MOST_ENDPOINTS: usize = 16;
/// Parts of a list that one question reads, at most.
const MOST_PARTS: usize = 1_000;
/// Transactions a part: at their largest they stay within an answer.
const TRANSACTIONS: &str = "200";
/// Outputs a part.
const OUTPUTS: &str = "1000";
/// How long a node may take to answer a question.
const ANSWER: Duration = Duration::from_secs(10);
/// After which time no further node is asked.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often all nodes are asked before a question fails, and the pause between.
const ROUNDS: u32 = 2;
const PAUSE: Duration = Duration::from_millis(250);

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The documents of assets.
    Asset,
    /// The documents beside transactions.
    Metadata,
}

/// A document in which words were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The transaction that has it.
    pub id: TransactionId,
    /// The document.
    pub document: Object,
}

/// The nodes of one database chain. Clones share connections and the memory of who answered last.
#[derive(Clone)]
pub struct Database {
    endpoints: Arc<[String]>,
    http: Http,
    preferred: Arc<AtomicUsize>,
}

#[derive(Deserialize)]
struct Output {
    transaction_id: String,
    output_index: u32,
}

impl Database {
    /// A client of the nodes at these addresses, such as `http://127.0.0.1:9984`; nothing is sent yet.
    ///
    /// # Errors
    /// No address, more than [`MOST_ENDPOINTS`], or one that is not `http` or `https`.
    pub fn new(urls: &[String]) -> Result<Self, DatabaseError> {
        if urls.is_empty() || urls.len() > MOST_ENDPOINTS {
            return Err(DatabaseError::Count { found: urls.len() });
        }
        let refuse = |url: &str, reason: String| DatabaseError::Url { url: url.into(), reason };
        for url in urls {
            let parsed = reqwest::Url::parse(url).map_err(|error| refuse(url, error.to_string()))?;
            if !["http", "https"].contains(&parsed.scheme()) || parsed.query().is_some() {
                return Err(refuse(url, "it is neither http://… nor https://…, or has a query".into()));
            }
        }
        let http = Http::new().map_err(|reason| refuse("", reason))?;
        let endpoints = urls.iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
        Ok(Self { endpoints, http, preferred: Arc::default() })
    }

    /// The same client with a token beside every question, which nodes of a closed chain ask for
    /// ([`mongo_ledger_core::pass`]).
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        Self { http: self.http.with(token), ..self }
    }

    /// The addresses, in the order they were given.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.endpoints.iter().map(String::as_str)
    }

    /// The transaction with this id, its id and signatures checked; `None` where the node knows none.
    ///
    /// # Errors
    /// No node answers, or one answers with another transaction.
    pub async fn transaction(&self, id: &TransactionId) -> Result<Option<Transaction>, DatabaseError> {
        let what = format!("transaction {id}");
        let Some(answer) = self.ask(&what, &format!("transactions/{id}"), &[]).await? else {
            return Ok(None);
        };
        let transaction = read_transaction(&what, &answer.body)?;
        match transaction.id() == id {
            true => Ok(Some(transaction)),
            false => Err(unusable(&what, format!("it is transaction {}", transaction.id()))),
        }
    }

    /// The block that has a transaction; `None` where the node knows none.
    ///
    /// # Errors
    /// No node answers, or not with heights.
    pub async fn height_of(&self, id: &TransactionId) -> Result<Option<Height>, DatabaseError> {
        let (what, id) = (format!("the block of transaction {id}"), id.to_string());
        let Some(answer) = self.ask(&what, "blocks", &[("transaction_id", &id)]).await? else {
            return Ok(None);
        };
        Ok(read_json::<Vec<u64>>(&what, &answer)?.first().copied().map(Height))
    }

    /// Every transaction of an asset, the first one first: what made it, moved it, or added a record to it. Empty where
    /// the node knows no such asset.
    ///
    /// # Errors
    /// No node answers, one answers with something else, or there are more than a client holds.
    pub async fn history(&self, asset: &AssetId) -> Result<Vec<Transaction>, DatabaseError> {
        let (what, asset_text) = (format!("the history of asset {asset}"), asset.to_string());
        let (mut found, limit) = (Vec::new(), Limits { bytes: http::MOST_BYTES, ..Limits::default() });
        let query = [("asset_id", asset_text.as_str()), ("limit", TRANSACTIONS)];
        self.list(&what, "transactions", &query, |body| {
            // The list is one level above its transactions.
            let limit = Limits { depth: limit.depth.saturating_add(1), ..limit };
            let list = json::parse(body, &limit).map_err(|error| error.to_string())?;
            for value in list.as_array().ok_or("it is no list")? {
                let text = json::canonical(value, Form::AsWritten);
                let transaction =
                    read_transaction(&what, text.as_bytes()).map_err(|error| error.to_string())?;
                if transaction.asset_id() != *asset {
                    return Err(format!("it has transaction {} of another asset", transaction.id()));
                }
                found.push(transaction);
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// The outputs that a key has or had a part in; with `spent`, only those that were spent or only those that were
    /// not.
    ///
    /// # Errors
    /// As [`Database::history`].
    pub async fn outputs(
        &self,
        key: &PublicKey,
        spent: Option<bool>,
    ) -> Result<Vec<OutputRef>, DatabaseError> {
        let (what, key) = (format!("the outputs of {key}"), key.to_string());
        let mut query = vec![("public_key", key.as_str()), ("limit", OUTPUTS)];
        query.extend(spent.map(|spent| ("spent", if spent { "true" } else { "false" })));
        let mut found = Vec::new();
        self.list(&what, "outputs", &query, |body| {
            let outputs: Vec<Output> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
            for Output { transaction_id, output_index } in outputs {
                let transaction_id =
                    transaction_id.parse().map_err(|error| format!("{transaction_id:?}: {error}"))?;
                found.push(OutputRef { transaction_id, output_index });
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// The documents in which the words of `text` stand, the best first, at most `most`.
    ///
    /// # Errors
    /// No node answers, or refuses the text.
    pub async fn search(&self, field: Field, text: &str, most: u32) -> Result<Vec<Found>, DatabaseError> {
        let (path, member) = match field {
            Field::Asset => ("assets", "data"),
            Field::Metadata => ("metadata", "metadata"),
        };
        let (what, most) = (format!("{path} with {text:?}"), most.to_string());
        let query = [("search", text), ("limit", most.as_str())];
        let Some(answer) = self.ask(&what, path, &query).await? else { return Ok(Vec::new()) };
        let found = found(&answer.body, member);
        found.map_err(|reason| unusable(&what, reason))
    }

    /// A transaction with the way from it to the app hash of the header after `height`; without a height, at the latest.
    /// Nothing of it is checked yet.
    ///
    /// # Errors
    /// No node answers, the transaction is unknown, or the state at that height is gone.
    pub async fn record_proof(
        &self,
        id: &TransactionId,
        height: Option<Height>,
    ) -> Result<Option<RecordProof>, DatabaseError> {
        self.proof(&format!("the proof of transaction {id}"), &format!("proofs/tx/{id}"), &[], height).await
    }

    /// The whole history of an asset with the way to an app hash, as [`Database::record_proof`].
    ///
    /// # Errors
    /// As [`Database::record_proof`].
    pub async fn history_proof(
        &self,
        asset: &AssetId,
        height: Option<Height>,
    ) -> Result<Option<HistoryProof>, DatabaseError> {
        let what = format!("the proven history of asset {asset}");
        self.proof(&what, &format!("assets/{asset}/history"), &[("proof", "true")], height).await
    }

    async fn proof<P: DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
        query: &[(&str, &str)],
        height: Option<Height>,
    ) -> Result<Option<P>, DatabaseError> {
        let height = height.map(|height| height.to_string());
        let height = height.as_deref().map(|height| ("height", height));
        let query: Vec<_> = query.iter().copied().chain(height).collect();
        let answer = self.ask(what, path, &query).await?;
        answer.map(|answer| read_json(what, &answer)).transpose()
    }

    /// Reads a list part by part.
    async fn list(
        &self,
        what: &str,
        path: &str,
        query: &[(&str, &str)],
        mut keep: impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<(), DatabaseError> {
        let mut after: Option<String> = None;
        for _ in 0..MOST_PARTS {
            let place = after.as_deref().map(|after| ("after", after));
            let query: Vec<_> = query.iter().copied().chain(place).collect();
            let Some(answer) = self.ask(what, path, &query).await? else { return Ok(()) };
            keep(&answer.body).map_err(|reason| unusable(what, reason))?;
            match answer.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
        Err(DatabaseError::TooMany { what: what.into(), most: MOST_PARTS })
    }

    /// Asks one node after the other until one answers; `None` when it knows of nothing there.
    async fn ask(
        &self,
        what: &str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<Answer>, DatabaseError> {
        let (begun, mut attempts) = (Instant::now(), Vec::new());
        for round in 0..ROUNDS {
            if round > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            attempts.clear();
            for (index, endpoint) in self.in_order() {
                if begun.elapsed() > PATIENCE {
                    break;
                }
                let reason = match self.http.get(&format!("{endpoint}/api/v1/{path}"), query, ANSWER).await {
                    Ok(answer) if answer.status < 500 => {
                        self.preferred.store(index, Ordering::Relaxed);
                        return answered(what, endpoint, answer);
                    }
                    Ok(answer) => answer.words(),
                    Err(silence) => silence.reason,
                };
                attempts.push(Attempt { endpoint: endpoint.into(), reason });
            }
        }
        Err(DatabaseError::Unreachable { what: what.into(), attempts })
    }

    /// Endpoints beginning with the one that answered last.
    fn in_order(&self) -> impl Iterator<Item = (usize, &str)> {
        let count = self.endpoints.len();
        let first = self.preferred.load(Ordering::Relaxed);
        let all = self.endpoints.iter().map(String::as_str).enumerate();
        all.cycle().skip(first).take(count)
    }
}

fn answered(what: &str, endpoint: &str, answer: Answer) -> Result<Option<Answer>, DatabaseError> {
    match answer.status {
        200 => Ok(Some(answer)),
        404 => Ok(None),
        _ => {
            let (what, endpoint) = (what.into(), endpoint.into());
            Err(DatabaseError::Refused { what, endpoint, reason: answer.words() })
        }
    }
}

fn unusable(what: &str, reason: String) -> DatabaseError {
    DatabaseError::Unusable { what: what.into(), reason }
}

fn read_json<T: DeserializeOwned>(what: &str, answer: &Answer) -> Result<T, DatabaseError> {
    serde_json::from_slice(&answer.body).map_err(|error| unusable(what, error.to_string()))
}

/// A transaction of any length, for that was the chain's to decide, with its id and signatures in order.
fn read_transaction(what: &str, text: &[u8]) -> Result<Transaction, DatabaseError> {
    let limits = Limits { bytes: http::MOST_BYTES, ..Limits::default() };
    let refuse = |refusal: mongo_ledger_core::refusal::Refusal| unusable(what, refusal.to_string());
    let transaction = Transaction::parse(text, &limits).map_err(refuse)?;
    transaction.verify_signatures().map_err(refuse)?;
    Ok(transaction)
}

fn found(body: &[u8], member: &str) -> Result<Vec<Found>, String> {
    let limits = Limits { bytes: http::MOST_BYTES, ..Limits::default() };
    let list = json::parse(body, &limits).map_err(|error| error.to_string())?;
    let one = |value: &json::Value| {
        let object = value.as_object()?;
        let id = object.get("id")?.as_str()?.parse().ok()?;
        Some(Found { id, document: object.get(member)?.as_object()?.clone() })
    };
    let found: Option<Vec<Found>> = list.as_array().ok_or("it is no list")?.iter().map(one).collect();
    found.ok_or_else(|| format!("it is no list of objects with id and {member}"))
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.urls()).finish()
    }
}
