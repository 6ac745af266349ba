//! `sirius tx HASH`: a transaction in a block.

use serde_json::{Value, json};
use sirius_primitives::{Hash, sha256};
use sirius_sdk::submit::Receipt;

use crate::{
    failure::Failure,
    progress::Progress,
    session::Session,
    show::{receipt, tree},
};

pub(super) async fn run(session: &Session, hash: &str) -> Result<(), Failure> {
    let hash: Hash = hash.parse().map_err(|_| {
        Failure::input(format!(
            "{hash:?} is neither a module of `sirius tx --help` nor a transaction's hash of 64 hexadecimal digits"
        ))
    })?;
    let progress = Progress::start("looking for the transaction");
    let found = session.client.tx(hash).await?.filter(|found| sha256(&found.tx) == hash);
    let Some(found) = found else {
        return Err(Failure::input(format!(
            "no block known to the node has transaction {hash}; it may still come, or the node keeps no index so far back"
        )));
    };
    let found = Receipt::new(found);
    let messages: Vec<Value> = found.messages().iter().map(|any| session.catalogue.unpack(any)).collect();
    let units = session.units().await?;
    drop(progress);
    let json = || {
        let mut json = json!(found);
        if let Some(fields) = json.as_object_mut() {
            fields.insert("messages".into(), Value::Array(messages.clone()));
        }
        json
    };
    let text = || {
        let said = tree(&json!({ "messages": messages }), units, &session.names);
        receipt(&found, units, &session.names) + &said
    };
    session.output.answer(json, text)
}
