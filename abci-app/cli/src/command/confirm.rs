//! Waiting for the block that has a transaction, and saying what became of it.

use serde_json::json;
use sirius_sdk::submit::{Pending, SubmitError};

use crate::{
    failure::Failure,
    progress::Progress,
    session::Session,
    show::{receipt, table},
};

/// Waits and answers with the receipt; or answers at once that a node has it.
pub(super) async fn run(session: &Session, pending: Pending, wait: bool) -> Result<(), Failure> {
    let (hash, timeout) = (pending.hash, pending.timeout);
    if !wait {
        let json = || json!({ "hash": hash.to_string(), "timeout_height": timeout });
        let rows = [
            ["hash".to_owned(), hash.to_string()],
            ["sent, at the latest in block".into(), timeout.to_string()],
        ];
        return session.output.answer(json, || table(&rows));
    }
    let progress = Progress::start(format!("waiting for a block with {hash}"));
    let confirmed = pending.confirm().await;
    let units = match &confirmed {
        Ok(_) | Err(SubmitError::Failed { .. }) if !session.output.is_json() => {
            session.units().await?.clone()
        }
        _ => sirius_sdk::units::Units::default(),
    };
    drop(progress);
    match confirmed {
        Ok(found) => session.output.answer(|| json!(found), || receipt(&found, &units, &session.names)),
        Err(SubmitError::Failed { receipt: found }) => {
            if !session.output.is_json() {
                crate::show::print(&receipt(&found, &units, &session.names))?;
            }
            Err(SubmitError::Failed { receipt: found }.into())
        }
        Err(error) => Err(error.into()),
    }
}
