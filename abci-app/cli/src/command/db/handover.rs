//! `sirius db handover`: gives everything that one key owns to another.

use std::collections::BTreeSet;

use clap::ArgMatches;
use mongo_ledger_core::{
    json::{self, Limits, Object},
    transaction::{AssetId, Transaction},
};
use serde_json::{Value, json};
use sirius_primitives::Height;
use sirius_sdk::database::handover::Handover;

use super::{wallet, whom::Whom};
use crate::{failure::Failure, progress::Progress, session::Session, show::table};

/// A transaction of the hand-over that a block has.
struct Moved {
    transaction: Transaction,
    amount: u128,
    height: Option<Height>,
}

pub(super) async fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let name = Whom::own(session, matches).await?;
    let text = matches.get_one::<String>("to").ok_or_else(|| Failure::input("say to whom with --to"))?;
    let assets: BTreeSet<AssetId> =
        matches.get_many::<AssetId>("asset").into_iter().flatten().copied().collect();
    let to = Whom::find(session, text).await?;
    let secret = wallet::open(session, &name)?;
    if secret.public() == to.key {
        return Err(Failure::input(format!(
            "{name} is the key by which the database knows {text} already; nothing has to be handed over"
        )));
    }
    let (database, note) = (session.config.database()?, note(session, &to)?);
    let progress = Progress::start("asking what the key owns");
    let plan = database.handover((secret.public(), to.key), &assets, note.as_ref()).await?;
    drop(progress);
    let (count, mut moved) = (plan.moves.len(), Vec::new());
    for part in &plan.moves {
        let transaction = part.prepared.clone().sign(&[&secret])?;
        let progress =
            Progress::start(format!("waiting for a block with {} of {count}", moved.len().saturating_add(1)));
        if let Err(error) = database.submit(&transaction).await {
            return Err(interrupted(&moved, count, error.into()));
        }
        // A block has it; that its height is not told takes nothing back.
        let height = database.height_of(transaction.id()).await.ok().flatten();
        drop(progress);
        moved.push(Moved { transaction, amount: part.amount, height });
    }
    let json = || {
        let each: Vec<Value> = moved.iter().map(Moved::to_json).collect();
        let shared: Vec<_> = plan.shared.iter().map(ToString::to_string).collect();
        json!({ "to": to.to_json(session), "moved": each, "shared": shared, "more": plan.more })
    };
    session.output.answer(json, || summary(&to, &moved, &plan))
}

/// What the transactions say beside what they move: to whom on the ledger. A key that was given by itself needs no words.
fn note(session: &Session, to: &Whom) -> Result<Option<Object>, Failure> {
    let Some(identity) = &to.identity else { return Ok(None) };
    let words = json!({ "handover": {
        "chain": session.config.chain.id,
        "address": session.names.text(&identity.address),
        "since": identity.since,
    } });
    let parsed = json::parse(words.to_string().as_bytes(), &Limits::default());
    let object = parsed.map_err(|error| Failure::input(error.to_string()))?;
    Ok(object.as_object().cloned())
}

/// What somebody needs to know who was interrupted.
fn interrupted(moved: &[Moved], count: usize, failure: Failure) -> Failure {
    match moved.len() {
        0 => failure,
        done => Failure::Interrupted { done, count, cause: Box::new(failure) },
    }
}

impl Moved {
    fn to_json(&self) -> Value {
        json!({
            "asset": self.transaction.asset_id().to_string(),
            "amount": self.amount.to_string(),
            "id": self.transaction.id().to_string(),
            "height": self.height,
        })
    }
}

fn summary(to: &Whom, moved: &[Moved], plan: &Handover) -> String {
    let mut text = table(&[["to".to_owned(), format!("{} ({})", to.key, to.understood)]]);
    let titles = ["amount", "asset", "transaction", "block"].map(str::to_owned);
    let row = |one: &Moved| {
        let height = one.height.map_or_else(|| "unknown".to_owned(), |height| height.to_string());
        let (asset, id) = (one.transaction.asset_id().to_string(), one.transaction.id().to_string());
        [one.amount.to_string(), asset, id, height]
    };
    if moved.is_empty() {
        text += "nothing was there to hand over\n";
    } else {
        text += "\n";
        text += &table(&[titles].into_iter().chain(moved.iter().map(row)).collect::<Vec<_>>());
    }
    if !plan.shared.is_empty() {
        text += &format!("\n{} outputs need other keys too and stay where they are\n", plan.shared.len());
    }
    if plan.more > 0 {
        text += &format!("\n{} outputs more were not looked at; run the same again\n", plan.more);
    }
    text
}
