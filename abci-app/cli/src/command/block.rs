//! `sirius block`: a block and what came of its transactions.

use clap::ArgMatches;
use serde_json::{Value, json};
use sirius_primitives::Height;
use sirius_sdk::{
    submit::Receipt,
    watch::{self, WatchedBlock},
};

use crate::{failure::Failure, progress::Progress, session::Session, show::table};

pub(super) async fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let height = matches.get_one::<u64>("height").copied().map(Height);
    let progress = Progress::start("asking for the block");
    let block = watch::block(&session.client, height).await?;
    drop(progress);
    session.output.answer(|| to_json(&block, session), || text(&block, session))
}

/// The block as JSON; its transactions with their messages.
pub(super) fn to_json(block: &WatchedBlock, session: &Session) -> Value {
    let receipt = |receipt: &Receipt| {
        let mut json = json!(receipt);
        let messages: Vec<_> = receipt.messages().iter().map(|any| session.catalogue.unpack(any)).collect();
        if let Some(fields) = json.as_object_mut() {
            fields.insert("messages".into(), Value::Array(messages));
        }
        json
    };
    json!({
        "height": block.height,
        "hash": block.hash.to_string(),
        "time": block.time.to_rfc3339(),
        "proposer": block.proposer,
        "app_hash": block.app_hash.to_string(),
        "transactions": block.receipts.iter().map(receipt).collect::<Vec<_>>(),
    })
}

fn text(block: &WatchedBlock, session: &Session) -> String {
    let head = table(&[
        ["height".to_owned(), block.height.to_string()],
        ["hash".into(), block.hash.to_string()],
        ["time".into(), block.time.to_rfc3339()],
        ["proposer".into(), block.proposer.clone()],
        ["app hash".into(), block.app_hash.to_string()],
        ["transactions".into(), block.receipts.len().to_string()],
    ]);
    head + &transactions(block, session)
}

/// A line a transaction.
pub(super) fn transactions(block: &WatchedBlock, session: &Session) -> String {
    let row = |receipt: &Receipt| {
        let result = match receipt.code {
            0 => "done".to_owned(),
            code => format!("refused ({} {code})", receipt.codespace),
        };
        [format!("  {}", receipt.hash), result, format!("{} gas", receipt.gas_used), verbs(receipt, session)]
    };
    table(&block.receipts.iter().map(row).collect::<Vec<_>>())
}

/// What the transaction does, in the catalogue's words.
fn verbs(receipt: &Receipt, session: &Session) -> String {
    let verbs = session.catalogue.registry().verbs();
    let words = receipt.messages().into_iter().map(|any| {
        let verb = verbs.iter().find(|verb| verb.path == any.type_url);
        verb.map_or_else(
            || any.type_url.escape_debug().to_string(),
            |verb| format!("{} {}", verb.module, verb.name),
        )
    });
    words.collect::<Vec<_>>().join(", ")
}
