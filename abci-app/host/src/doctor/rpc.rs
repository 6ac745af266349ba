//! What the doctor asks other nodes: how they stand, what time they have, and what their chain began from.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use ureq::Agent;

/// How long a node may take to answer: a genesis of many megabytes is made anew for each request.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer, in bytes. CometBFT itself refuses to send a larger genesis in one piece than 16 MiB.
const MOST: u64 = 64 << 20;

/// The RPC of a node.
#[derive(Debug)]
pub(super) struct Rpc {
    agent: Agent,
    pub(super) url: String,
}

/// A node's answer, and when it says that it gave it.
pub(super) struct Answer {
    pub(super) result: Value,
    /// The time in its `Date` header, in whole seconds, and by how much it may be wrong: a second, and the way there
    /// and back.
    pub(super) date: Option<(OffsetDateTime, Duration)>,
    /// When it arrived, by this machine's clock.
    pub(super) arrived: OffsetDateTime,
}

impl Rpc {
    pub(super) fn new(url: &str) -> Self {
        let agent = Agent::config_builder().timeout_global(Some(TIMEOUT)).build();
        Self { agent: agent.into(), url: url.trim_end_matches('/').to_owned() }
    }

    pub(super) fn ask(&self, question: &str) -> Result<Answer, String> {
        let url = format!("{}/{question}", self.url);
        let told = |error: ureq::Error| format!("{url}: {error}");
        let begin = std::time::Instant::now();
        let mut response = self.agent.get(&url).call().map_err(told)?;
        let (way, arrived) = (begin.elapsed(), OffsetDateTime::from(SystemTime::now()));
        let date = response.headers().get("date").and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
        let mut body: Value = response.body_mut().with_config().limit(MOST).read_json().map_err(told)?;
        Ok(Answer {
            result: body.get_mut("result").map(Value::take).unwrap_or_default(),
            date: date.map(|date| (date, way + Duration::from_secs(1))),
            arrived,
        })
    }
}
