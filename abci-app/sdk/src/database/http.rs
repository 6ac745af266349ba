//! HTTP to one node of the database, bounded in time and in size.

use std::{error::Error, sync::Arc, time::Duration};

use reqwest::{Client, Method, RequestBuilder, Response, header::CONTENT_TYPE, redirect::Policy};
use serde_json::Value;

/// The most bytes of an answer. A node gives at most 64 MiB of transactions at once.
pub(super) const MOST_BYTES: usize = 66 << 20;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);
/// The most characters of a node's words that are passed on.
const MOST_WORDS: usize = 1_000;
/// The header that says after what a list goes on.
const NEXT: &str = "x-next";
/// The header that has the salt of an erasable body.
const SALT: &str = "x-salt";

/// What a node said.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Where the list goes on.
    pub(super) next: Option<String>,
    /// The salt of an erasable body.
    pub(super) salt: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Why a node said nothing.
pub(super) struct Silence {
    pub(super) reason: String,
    /// Whether it may have heard the question.
    pub(super) heard: bool,
}

/// A client of any node.
#[derive(Clone)]
pub(super) struct Http {
    client: Client,
    /// What opens a closed chain's nodes.
    token: Option<Arc<str>>,
}

impl Http {
    pub(super) fn new() -> Result<Self, String> {
        // A node that sends its client elsewhere is none that was named.
        let client = Client::builder().connect_timeout(CONNECT).redirect(Policy::none()).build();
        client.map(|client| Self { client, token: None }).map_err(|error| reason(&error))
    }

    /// The same with a token beside every question.
    pub(super) fn with(self, token: &str) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    pub(super) async fn get(
        &self,
        url: &str,
        query: &[(&str, &str)],
        timeout: Duration,
    ) -> Result<Answer, Silence> {
        self.call(self.request(Method::GET, url, query), timeout).await
    }

    pub(super) async fn post(
        &self,
        url: &str,
        query: &[(&str, &str)],
        json: &str,
        timeout: Duration,
    ) -> Result<Answer, Silence> {
        let request = self.request(Method::POST, url, query);
        self.call(request.header(CONTENT_TYPE, "application/json").body(json.to_owned()), timeout).await
    }

    /// Sends an erasable body with its salt.
    pub(super) async fn put_bytes(
        &self,
        url: &str,
        salt: &str,
        body: &[u8],
        timeout: Duration,
    ) -> Result<Answer, Silence> {
        let request = self.request(Method::POST, url, &[]).header(CONTENT_TYPE, "application/octet-stream");
        self.call(request.header(SALT, salt).body(body.to_owned()), timeout).await
    }

    fn request(&self, method: Method, url: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let mut request = self.client.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        // An empty query would leave a question mark.
        if query.is_empty() { request } else { request.query(query) }
    }

    async fn call(&self, request: RequestBuilder, timeout: Duration) -> Result<Answer, Silence> {
        let silent = |error: reqwest::Error| Silence { heard: !error.is_connect(), reason: reason(&error) };
        let response = request.timeout(timeout).send().await.map_err(silent)?;
        let status = response.status().as_u16();
        let header =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (next, salt) = (header(NEXT), header(SALT));
        Ok(Answer { status, next, salt, body: read(response).await? })
    }
}

/// The body, part by part, so that a node cannot fill the memory.
async fn read(mut response: Response) -> Result<Vec<u8>, Silence> {
    let silent = |reason| Silence { heard: true, reason };
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| silent(reason(&error)))? {
        if body.len().saturating_add(part.len()) > MOST_BYTES {
            return Err(silent(format!("its answer has more than {MOST_BYTES} bytes")));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// The innermost cause says most; the address stands before it already.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".into();
    }
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

impl Answer {
    /// The node's words, `message` of its JSON where there is one; without control characters.
    pub(super) fn words(&self) -> String {
        let message =
            serde_json::from_slice::<Value>(&self.body).ok().and_then(|body| body.get("message").cloned());
        let text = match message {
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => format!("status {}: {}", self.status, String::from_utf8_lossy(&self.body)),
        };
        text.chars().map(|one| if one.is_control() { ' ' } else { one }).take(MOST_WORDS).collect()
    }
}
