//! `GET /api/v1/outputs`: what a key has or had a part in.

use std::{fmt, str::FromStr, sync::Arc};

use axum::extract::State;
use mongo_ledger_core::{key::PublicKey, state, transaction::OutputRef};
use sirius_store::{Fault, Store};

use super::{
    Api,
    answer::{self, Answer, Refused},
    ask::{Ask, Page},
};
use crate::index::Index;

/// How many outputs come without `limit=`.
const MOST_AT_ONCE: usize = 100_000;
/// How many rows are looked at together.
const PART: usize = 1_000;

/// The place of an output among those of a key: `record.output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor(u64, u32);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl FromStr for Cursor {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (record, output) = text.split_once('.').unwrap_or((text, ""));
        Ok(Self(record.parse()?, output.parse()?))
    }
}

/// `GET /outputs?public_key=&spent=`.
pub(super) async fn list(State(api): State<Arc<Api>>, ask: Ask) -> Answer {
    ask.needed("public_key")?;
    let key = ask.key("public_key")?.ok_or_else(Refused::not_found)?;
    let spent = ask.truth("spent")?;
    let page = ask.page::<Cursor>()?;
    let most = page.limit.unwrap_or(MOST_AT_ONCE);
    let (found, more) =
        api.blocking(move |ledger| Ok(some(&ledger.store, &key, spent, page.after, most)?)).await?;
    let next = match (more, page) {
        (true, Page { limit: None, .. }) => {
            return Err(Refused::bad(format!(
                "the key has more than {MOST_AT_ONCE} outputs; ask for parts with limit= and after="
            )));
        }
        (true, _) => found.last().map(|(cursor, _)| cursor.to_string()),
        (false, _) => None,
    };
    let shown: Vec<String> = found.iter().map(|(_, output)| shown(output)).collect();
    Ok(answer::list(&shown, next))
}

fn shown(output: &OutputRef) -> String {
    format!(r#"{{"output_index":{},"transaction_id":"{}"}}"#, output.output_index, output.transaction_id)
}

/// Outputs of a key from a place on, and whether there may be more.
fn some(
    store: &Store,
    key: &PublicKey,
    spent: Option<bool>,
    after: Option<Cursor>,
    most: usize,
) -> Result<(Vec<(Cursor, OutputRef)>, bool), Fault> {
    let (state, index) = (store.latest(), Index(store));
    let (mut found, mut place) = (Vec::new(), after.map(|Cursor(record, output)| (record, output)));
    loop {
        let part = index.outputs(key, (place, PART))?;
        let ended = part.len() < PART;
        for ((record, output), reference) in part {
            place = Some((record, output));
            let wanted = match spent {
                None => true,
                Some(spent) => state::unspent(&reference).get(&state)?.is_none() == spent,
            };
            if !wanted {
                continue;
            }
            if found.len() == most {
                return Ok((found, true));
            }
            found.push((Cursor(record, output), reference));
        }
        if ended {
            return Ok((found, false));
        }
    }
}
