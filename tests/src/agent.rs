//! How the lanes ask over HTTP.

use std::time::Duration;

use ureq::Agent;

/// For how long a connection that nobody uses is kept. CometBFT and our own servers close theirs after ten seconds, and a
/// question that meets the closing is not answered.
const KEPT: Duration = Duration::from_secs(5);

/// Asks over connections that it keeps, and shows an answer of any status, which must be there within `timeout`.
pub fn agent(timeout: Duration) -> Agent {
    let config = Agent::config_builder().timeout_global(Some(timeout)).http_status_as_error(false);
    config.max_idle_age(KEPT).build().into()
}
