//! `sirius query <module> <verb>`: a question of the catalogue, with its proof when asked.

use clap::ArgMatches;
use prost::Message as _;
use serde_json::{Map, Value, json};
use sirius_ledger::base::bank::wire::bank::{
    Metadata, QueryDenomMetadataRequest, QueryDenomMetadataResponse,
};
use sirius_primitives::Height;
use sirius_runtime::{Refusal, Verb, VerbKind};
use sirius_sdk::{
    ask::AskError,
    prove::{Proven, Prover},
    units::Units,
};

use crate::{
    argument::{self, Reader},
    failure::Failure,
    progress::Progress,
    session::Session,
    show::{coins_in, table, tree},
};

pub(super) async fn run(session: &Session, matches: &ArgMatches) -> Result<(), Failure> {
    let (verb, matches) = argument::chosen(&session.catalogue, VerbKind::Query, matches)?;
    let height = matches.get_one::<u64>("height").copied().map(Height);
    let request = request(session, verb, matches).await?;
    if matches.get_flag("prove") {
        proven(session, verb, request, height).await
    } else {
        asked(session, verb, request, height).await
    }
}

async fn request(session: &Session, verb: &Verb, matches: &ArgMatches) -> Result<Vec<u8>, Failure> {
    let descriptor = session.catalogue.message(&verb.request)?;
    let none = Units::default();
    let units = if argument::needs_units(&descriptor) { session.units().await? } else { &none };
    let reader = Reader {
        units,
        names: &session.names,
        keys: &session.keys,
        groups: &session.groups,
        denom: &session.config.fee_denom,
        catalogue: &session.catalogue,
    };
    let json = argument::request(verb, &descriptor, matches, &reader, None)?;
    Ok(session.catalogue.encode(&verb.request, &json)?)
}

/// The answer as the node gives it.
async fn asked(
    session: &Session,
    verb: &Verb,
    request: Vec<u8>,
    height: Option<Height>,
) -> Result<(), Failure> {
    let progress = Progress::start("asking the chain");
    let answer = session.client.ask_bytes(&verb.path, request, height).await?;
    let value = session.catalogue.decode(&verb.response, &answer.value)?;
    let units = match coins_in(&value).is_empty() || session.output.is_json() {
        true => Units::default(),
        false => session.units().await?.clone(),
    };
    drop(progress);
    let json = || json!({ "height": answer.height, "answer": value });
    let text = || tree(&value, &units, &session.names) + &format!("\nat height {}\n", answer.height);
    session.output.answer(json, text)
}

/// The answer computed here, and what it rests on.
async fn proven(
    session: &Session,
    verb: &Verb,
    request: Vec<u8>,
    height: Option<Height>,
) -> Result<(), Failure> {
    let mut prover = session.prover()?;
    let anchor = prover.light().anchor().describe();
    let from = prover.light().trusted().map(|trusted| trusted.height);
    let progress = Progress::start("waiting for the next header and proving the answer");
    let found = prover.answer(&verb.path, &request, height, Session::now()).await?;
    let bytes = match &found.value {
        Ok(bytes) => bytes,
        Err(refusal) => return Err(refused(verb, refusal)),
    };
    let value = session.catalogue.decode(&verb.response, bytes)?;
    let units =
        if session.output.is_json() { Units::default() } else { units(&mut prover, &value, &found).await };
    drop(progress);
    let json =
        || json!({ "height": found.height, "answer": value, "proof": proof_json(&found, &anchor, from) });
    let text = || tree(&value, &units, &session.names) + "\n" + &proof_text(&found, &anchor, from);
    session.output.answer(json, text)
}

/// What the chain's own rules answer on the proven state.
fn refused(verb: &Verb, refusal: &Refusal) -> Failure {
    AskError::Refused {
        path: verb.path.clone(),
        code: refusal.code,
        codespace: refusal.space.into(),
        log: format!("{} (proven)", refusal.text),
    }
    .into()
}

/// How the answer's amounts are written, proven like the answer: a wrong number of decimals would be a wrong answer.
async fn units(prover: &mut Prover, value: &Value, found: &Proven) -> Units {
    let mut metadata: Vec<Metadata> = Vec::new();
    for coin in coins_in(value).iter().take(MOST_PROVEN_UNITS) {
        if metadata.iter().any(|known| known.base == coin.denom.as_str()) {
            continue;
        }
        let request = QueryDenomMetadataRequest { denom: coin.denom.to_string() }.encode_to_vec();
        let path = "/cosmos.bank.v1beta1.Query/DenomMetadata";
        // Where the chain has no words for a denomination, or they cannot be proven, the amount stays as it is.
        let Ok(Proven { value: Ok(bytes), .. }) =
            prover.answer(path, &request, Some(found.height), Session::now()).await
        else {
            continue;
        };
        metadata.extend(
            QueryDenomMetadataResponse::decode(bytes.as_slice()).ok().and_then(|answer| answer.metadata),
        );
    }
    Units::new(&metadata)
}

/// Denominations of an answer that are proven for its display.
const MOST_PROVEN_UNITS: usize = 16;

fn proof_json(found: &Proven, anchor: &str, from: Option<Height>) -> Value {
    let header = &found.header;
    let mut trust = Map::from_iter([("anchor".to_owned(), json!(anchor))]);
    if let Some(from) = from {
        trust.insert("from_header".into(), json!(from));
    }
    json!({
        "keys": found.keys,
        "app_hash": header.app_hash.to_string(),
        "header": { "height": header.height, "hash": header.hash.to_string(), "time": header.time.to_rfc3339() },
        "trust": trust,
    })
}

fn proof_text(found: &Proven, anchor: &str, from: Option<Height>) -> String {
    let header = &found.header;
    let from = match from {
        Some(from) => format!("from trusted header {from}, first from {anchor}"),
        None => format!("from {anchor}"),
    };
    table(&[
        ["proven".to_owned(), format!("{} keys of the state after block {}", found.keys, found.height)],
        ["app hash".into(), header.app_hash.to_string()],
        ["header".into(), format!("{} of {}, hash {}", header.height, header.time.to_rfc3339(), header.hash)],
        ["verified".into(), format!("by the light client {from}")],
    ])
}
