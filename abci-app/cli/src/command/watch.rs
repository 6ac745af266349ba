//! `sirius watch`: blocks and transactions as they come.

use clap::ArgMatches;
use sirius_primitives::Height;
use sirius_sdk::watch::Watch;

use super::block;
use crate::{failure::Failure, session::Session, show::print};

pub(super) async fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let number = |id: &str| matches.get_one::<u64>(id).copied();
    let mut watch = Watch::start(session.client.clone(), number("from").map(Height)).await?;
    let mut left = number("blocks");
    while left != Some(0) {
        let Some(found) = watch.next().await else { break };
        let text = if session.output.is_json() {
            block::to_json(&found, session).to_string()
        } else {
            let (height, time, count) = (found.height, found.time.to_rfc3339(), found.receipts.len());
            format!("block {height}  {time}  {count} transactions\n{}", block::transactions(&found, session))
        };
        print(&text)?;
        left = left.map(|left| left.saturating_sub(1));
    }
    Ok(())
}
