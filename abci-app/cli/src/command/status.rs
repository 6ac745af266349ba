//! `sirius status`: how each node stands.

use serde_json::{Value, json};
use sirius_sdk::client::{Attempt, ClientError, NodeError, NodeStatus};

use crate::{failure::Failure, progress::Progress, session::Session, show::table};

pub(super) async fn run(session: &Session) -> Result<(), Failure> {
    let progress = Progress::start("asking the nodes");
    let nodes = session.client.statuses().await;
    drop(progress);
    if nodes.iter().all(|(_, status)| status.is_err()) {
        let attempts = nodes.into_iter().filter_map(|(endpoint, status)| {
            status.err().map(|error| Attempt { endpoint, reason: error.to_string() })
        });
        return Err(ClientError::Unreachable { what: "status".into(), attempts: attempts.collect() }.into());
    }
    let chain = &session.config.chain;
    let json = || {
        json!({
            "chain_id": chain.id,
            "prefix": chain.prefix.as_str(),
            "home": session.config.home,
            "nodes": nodes.iter().map(|(url, status)| node_json(url, status)).collect::<Vec<_>>(),
        })
    };
    let text = || {
        let head = table(&[
            ["chain".to_owned(), chain.id.clone()],
            ["home".into(), session.config.home.display().to_string()],
        ]);
        let titles = ["node", "name", "height", "time", "app hash", "state"].map(str::to_owned);
        let rows = nodes.iter().map(|(url, status)| row(url, status, &chain.id));
        head + "\n" + &table(&[titles].into_iter().chain(rows).collect::<Vec<_>>())
    };
    session.output.answer(json, text)
}

fn node_json(url: &str, status: &Result<NodeStatus, NodeError>) -> Value {
    match status {
        Ok(status) => json!({
            "url": url, "moniker": status.moniker, "id": status.id, "version": status.version,
            "network": status.network, "height": status.height, "time": status.time.to_rfc3339(),
            "block_hash": status.block_hash, "app_hash": status.app_hash,
            "catching_up": status.catching_up, "voting_power": status.voting_power,
        }),
        Err(error) => json!({ "url": url, "error": error.to_string() }),
    }
}

fn row(url: &str, status: &Result<NodeStatus, NodeError>, chain_id: &str) -> [String; 6] {
    match status {
        Ok(status) => {
            let state = match (status.network == chain_id, status.catching_up, status.voting_power) {
                (false, ..) => format!("of another chain: {}", status.network),
                (true, true, _) => "catching up".into(),
                (true, false, 0) => "follows".into(),
                (true, false, power) => format!("validates with power {power}"),
            };
            let app_hash = status.app_hash.chars().take(12).collect::<String>() + "…";
            let moniker = status.moniker.escape_debug().to_string();
            [url.into(), moniker, status.height.to_string(), status.time.to_rfc3339(), app_hash, state]
        }
        Err(error) => {
            let none = String::new;
            [url.into(), none(), none(), none(), none(), format!("does not answer: {error}")]
        }
    }
}
