//! The HTTP API, without any of its types.

use std::time::Duration;

use anyhow::{Context as _, Result};
use localnet::{Layer, Running};
use serde_json::Value;
use ureq::Agent;

use crate::agent;

/// Longer than the API itself waits for a block.
const TIMEOUT: Duration = Duration::from_secs(40);

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Said {
    /// The body as JSON.
    ///
    /// # Errors
    /// It is none.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("an answer is no JSON: {self:?}"))
    }
}

/// A client of one host. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Http {
    agent: Agent,
    url: String,
    metrics: String,
}

impl Http {
    /// A client of a host of the network.
    pub fn new(network: &Running, host: usize) -> Self {
        Self::with_timeout(network, host, TIMEOUT)
    }

    /// The same with another limit for each answer.
    pub fn with_timeout(network: &Running, host: usize, timeout: Duration) -> Self {
        let ports = network.ports();
        Self {
            agent: agent(timeout),
            url: format!("http://127.0.0.1:{}", ports.http(host)),
            metrics: format!("http://127.0.0.1:{}", ports.app_metrics(Layer::Database, host)),
        }
    }

    /// Where the host is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a transaction; `mode` is `async`, `sync` or `commit`.
    ///
    /// # Errors
    /// No answer came.
    pub fn send(&self, mode: &str, transaction: &[u8]) -> Result<Said> {
        let url = format!("{}/api/v1/transactions?mode={mode}", self.url);
        let request = self.agent.post(&url).header("content-type", "application/json");
        let mut answer = request.send(transaction).with_context(|| format!("sending to {url}"))?;
        Ok(Said { status: answer.status().as_u16(), body: answer.body_mut().read_to_string()? })
    }

    /// Brings an erasable body with its salt.
    ///
    /// # Errors
    /// No answer came.
    pub fn put(&self, salt: &str, body: &[u8]) -> Result<Said> {
        let url = format!("{}/api/v1/payloads", self.url);
        let sent = self.agent.post(&url).header("x-salt", salt).send(body);
        let mut answer = sent.with_context(|| format!("sending to {url}"))?;
        Ok(Said { status: answer.status().as_u16(), body: answer.body_mut().read_to_string()? })
    }

    /// Asks for what lies at `path`.
    ///
    /// # Errors
    /// No answer came.
    pub fn get(&self, path: &str) -> Result<Said> {
        self.get_with(path, &[])
    }

    /// The same with such headers.
    ///
    /// # Errors
    /// No answer came.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<Said> {
        self.fetch(&format!("{}{path}", self.url), headers)
    }

    /// One of the application's metrics.
    ///
    /// # Errors
    /// No answer came, or there is no such metric.
    pub fn metric(&self, name: &str) -> Result<f64> {
        let said = self.fetch(&format!("{}/metrics", self.metrics), &[])?;
        let value = said.body.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let value = value.with_context(|| format!("{} has no metric {name}", self.metrics))?;
        Ok(value.trim().parse()?)
    }

    fn fetch(&self, url: &str, headers: &[(&str, &str)]) -> Result<Said> {
        let named =
            |request: ureq::RequestBuilder<_>, (name, value): &(&str, &str)| request.header(*name, *value);
        let mut answer = headers
            .iter()
            .fold(self.agent.get(url), named)
            .call()
            .with_context(|| format!("asking {url}"))?;
        Ok(Said { status: answer.status().as_u16(), body: answer.body_mut().read_to_string()? })
    }
}
