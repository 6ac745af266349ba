//! What is beside BigchainDB's API: proofs, histories, questions.

use mongo_ledger_core::{
    proof::{ConsistencyProof, Held, HistoryProof, RecordProof, SubjectProof},
    transaction::{
        Asset, Proposal,
        build::{election, record},
    },
};
use mongodb::bson::doc;
use serde::de::DeserializeOwned;
use serde_json::json;
use sirius_primitives::{Hash, Height};

use super::*;
use crate::documents::Collection;

fn proof<P: DeserializeOwned>(bed: &Bed, path: &str) -> P {
    serde_json::from_value(bed.get(path)).unwrap()
}

fn header(bed: &Bed, height: u64) -> Hash {
    bed.ledger.store.at(Height(height)).unwrap().app_hash()
}

#[test]
fn proofs_hold_without_the_server() {
    let bed = Bed::new();
    let made = asset(r#"{"a":1}"#, None, 3);
    let moved = send(&alice(), output(&made, 0), bob().public(), 3, made.id());
    let note = record(&[alice().public()], Asset::Id(*made.id()), Some(object(r#"{"note":"seen"}"#)));
    let note = note.sign(&[&alice()]).unwrap();
    bed.block(&[&made, &asset(r#"{"a":2}"#, None, 1)]);
    let before = bed.ledger.height();
    bed.block(&[&asset(r#"{"a":3}"#, None, 1), &moved]);
    let now = bed.block(&[&note]);
    let id = made.id().to_string();
    for height in before..=now {
        let proof: RecordProof = proof(&bed, &format!("/api/v1/proofs/tx/{id}?height={height}"));
        assert_eq!(proof.verify(&header(&bed, height)).unwrap().0.raw(), made.raw());
    }
    let history: HistoryProof = proof(&bed, &format!("/api/v1/assets/{id}/history?proof"));
    let texts: Vec<String> = history.records.iter().map(|link| link.raw.clone()).collect();
    assert_eq!(texts, [&made, &moved, &note].map(|one| one.raw().to_owned()));
    history.verify(&header(&bed, now)).unwrap();
    let history: HistoryProof =
        proof(&bed, &format!("/api/v1/assets/{id}/history?proof=true&height={before}"));
    assert_eq!(history.verify(&header(&bed, before)).unwrap().len(), 1);
    let grown: ConsistencyProof = proof(&bed, &format!("/api/v1/proofs/log?from={before}"));
    grown.verify(&header(&bed, before), &header(&bed, now)).unwrap();
    let held = |subject: String, height: u64| {
        let proof: SubjectProof = proof(&bed, &format!("/api/v1/proofs/{subject}?height={height}"));
        proof.verify(&header(&bed, height)).unwrap()
    };
    assert!(matches!(held(format!("utxo/{id}:0"), before), Held::Utxo(Some(unspent)) if unspent.amount == 3));
    assert!(matches!(held(format!("utxo/{id}:0"), now), Held::Utxo(None)));
    assert!(
        matches!(held(format!("spent/{id}:0"), now), Held::Spent(Some(spent)) if spent.by == *moved.id())
    );
    assert!(matches!(held(format!("asset/{id}"), now), Held::Asset(Some(chain)) if chain.length == 3));
    assert_eq!(held(format!("validator/{}", alice().public()), now), Held::Validator(Some(10)));
    assert_eq!(held(format!("election/{id}"), now), Held::Election(None));
}

#[test]
fn proofs_are_refused_for_heights_and_names_that_are_none() {
    let bed = Bed::new();
    let made = asset(r#"{"a":1}"#, None, 1);
    let now = bed.block(&[&made]);
    let id = made.id();
    let check =
        |path: &str, status: u16| assert_eq!(bed.text(&format!("/api/v1/proofs/{path}")).0, status, "{path}");
    check(&format!("tx/{id}?height={}", now + 1), 404);
    check(&format!("tx/{id}?height={}", now - 1), 404);
    check(&format!("tx/{id}?height=-1"), 400);
    check("tx/none", 404);
    check("utxo/none", 400);
    check(&format!("role/{id}"), 400);
    check("log", 400);
    check(&format!("log?from={now}&to=1"), 400);
}

#[test]
fn a_history_has_heights_times_and_hashes() {
    let bed = Bed::new();
    let made = asset(r#"{"a":1}"#, None, 3);
    let moved = send(&alice(), output(&made, 0), bob().public(), 3, made.id());
    let first = bed.block(&[&made]);
    bed.block(&[&moved]);
    let path = format!("/api/v1/assets/{}/history", made.id());
    let history = bed.get(&path);
    assert_eq!(history[0]["height"], first);
    assert_eq!(history[0]["time"], "2023-11-14T22:13:20Z");
    assert_eq!(history[0]["previous"], "0".repeat(64));
    assert_eq!(history[1]["previous"], history[0]["leaf"]);
    assert_eq!(history[1]["operation"], "TRANSFER");
    assert_eq!(history[1]["raw"], moved.raw());
    let (part, next) = bed.part(&format!("{path}?limit=1"));
    assert_eq!((part.len(), &part[0]["id"]), (1, &json!(made.id().to_string())));
    let (part, next) = bed.part(&format!("{path}?limit=1&after={}", next.unwrap()));
    assert_eq!((&part[0]["id"], next), (&json!(moved.id().to_string()), None));
    assert_eq!(bed.text(&format!("/api/v1/assets/{}/history", "a".repeat(64))).0, 404);
}

#[test]
fn questions_find_what_counts() {
    let bed = Bed::new();
    let red = asset(r#"{"colour":"red","grid":[[1,2],[3]],"size":1}"#, Some(r#"{"by":"a"}"#), 1);
    let blue = asset(r#"{"colour":"blue","size":2.5}"#, None, 1);
    let first = bed.block(&[&red]);
    bed.block(&[&blue]);
    let ask = |question: serde_json::Value| -> Vec<serde_json::Value> {
        let (status, text) = bed.post("/api/v1/query", &question.to_string());
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    };
    let found = ask(json!({ "collection": "transactions", "filter": { "asset.data.colour": "red" } }));
    assert_eq!((found.len(), &found[0]["raw"], &found[0]["_l"]["h"]), (1, &json!(red.raw()), &json!(first)));
    let sizes = json!({ "$and": [{ "data.size": { "$gt": 1 } }, { "data.size": { "$lt": 9 } }] });
    let found = ask(json!({ "collection": "assets", "filter": sizes }));
    assert_eq!((found.len(), &found[0]["data"]["colour"]), (1, &json!("blue")));
    let found = ask(json!({ "collection": "assets", "sort": { "data.colour": 1 }, "limit": 1, "skip": 1 }));
    assert_eq!(found[0]["data"]["colour"], "red");
    assert_eq!(
        ask(json!({ "collection": "metadata", "filter": { "asset_id": red.id().to_string() } })).len(),
        1
    );
    let found =
        ask(json!({ "collection": "utxos", "filter": { "public_keys": alice().public().to_string() } }));
    assert_eq!(found.len(), 2);
    let first = ask(json!({ "collection": "assets", "limit": 1 }));
    let rest = ask(json!({ "collection": "assets", "limit": 1, "after": first[0]["_id"] }));
    assert!(rest[0]["_id"].as_str().unwrap() > first[0]["_id"].as_str().unwrap());
    // A document of a block that does not count yet is not found.
    let early = doc! { "_id": "early", "id": "early", "data": { "colour": "green" }, "h": 99_i64 };
    bed.ledger.runtime.block_on(bed.ledger.documents.insert(Collection::Assets, &[early])).unwrap();
    assert_eq!(ask(json!({ "collection": "assets", "filter": { "data.colour": "green" } })).len(), 0);
}

#[test]
fn questions_are_refused_that_cost_too_much_or_say_nothing() {
    let bed = Bed::new();
    let check = |body: &str, status: u16, says: &str| {
        let (found, text) = bed.post("/api/v1/query", body);
        assert!(found == status && text.contains(says), "{body}: {found} {text}");
    };
    check("[]", 400, "a question is an object");
    check("{", 400, "expected");
    check(r#"{"collection":"users"}"#, 400, "is one of transactions, assets");
    check(r#"{"collection":"assets","pipeline":[]}"#, 400, "pipeline");
    check(r#"{"collection":"assets","filter":{"$where":"1"}}"#, 400, "operator $where is not allowed");
    check(r#"{"collection":"assets","filter":7}"#, 400, "`filter` is an object");
    check(r#"{"collection":"assets","limit":1001}"#, 400, "`limit` is a whole number from 0 to 1000");
    check(r#"{"collection":"assets","sort":{"a":2}}"#, 400, "`sort` is an object");
    check(
        &format!(r#"{{"collection":"assets","filter":{}1{}}}"#, r#"{"a":"#.repeat(20), "}".repeat(20)),
        400,
        "deep",
    );
    check(&" ".repeat(70_000), 413, "65536");
}

#[test]
fn a_changed_transaction_is_not_found_but_named() {
    let bed = Bed::new();
    let made = asset(r#"{"colour":"red"}"#, None, 1);
    bed.block(&[&made]);
    let (documents, runtime) = (&bed.ledger.documents, &bed.ledger.runtime);
    let id = made.id().to_string();
    let found = runtime.block_on(documents.get(Collection::Transactions, std::slice::from_ref(&id))).unwrap();
    let mut document = found.into_iter().flatten().next().unwrap();
    document.get_document_mut("asset").unwrap().get_document_mut("data").unwrap().insert("colour", "gold");
    runtime.block_on(documents.replace(Collection::Transactions, &[document])).unwrap();
    let question = r#"{"collection":"transactions","filter":{"asset.data.colour":"gold"}}"#;
    let (status, text) = bed.post("/api/v1/query", question);
    assert!(status == 500 && text.contains(&id) && text.contains("has other fields than its text"), "{text}");
}

#[test]
fn elections_are_shown_as_they_stand() {
    let bed = Bed::new();
    let [alice, bob] = [alice(), bob()];
    let proposal = Proposal::Validator { key: bob.public(), power: 3, node_id: "bob".into() };
    let asked =
        election("http", alice.public(), &[(alice.public(), 10)], &proposal, "1").sign(&[&alice]).unwrap();
    bed.block(&[&asked]);
    let id = asked.id().to_string();
    let shown = bed.get(&format!("/api/v1/elections/{id}"));
    assert_eq!(
        (&shown["id"], &shown["status"], &shown["kind"]),
        (&json!(id), &json!("ongoing"), &json!("validator"))
    );
    assert_eq!(shown["proposal"]["public_key"], bob.public().to_string());
    assert_eq!(bed.get("/api/v1/elections"), json!([shown]));
    assert_eq!(bed.text(&format!("/api/v1/elections/{}", "a".repeat(64))).0, 404);
    assert_eq!(bed.get(&format!("/api/v1/elections?after={id}")), json!([]));
}

#[test]
fn elections_come_in_parts_in_the_order_of_their_ids() {
    let bed = Bed::new();
    let alice = alice();
    let ask = |seed: &str| {
        election("http", alice.public(), &[(alice.public(), 10)], &Proposal::Migration, seed)
            .sign(&[&alice])
            .unwrap()
    };
    let asked = ["1", "2", "3", "4", "5"].map(ask);
    bed.block(&asked.each_ref());
    let mut ids = asked.each_ref().map(|election| election.id().to_string());
    ids.sort();
    let (mut found, mut path) = (Vec::new(), "/api/v1/elections?limit=2".to_owned());
    for expected in [2, 2, 1] {
        let (part, next) = bed.part(&path);
        assert_eq!((part.len(), next.is_some()), (expected, expected == 2));
        found.extend(part.iter().map(|election| election["id"].as_str().unwrap().to_owned()));
        path = format!("/api/v1/elections?limit=2&after={}", next.unwrap_or_default());
    }
    assert_eq!(found, ids);
    assert_eq!(
        bed.part("/api/v1/elections?limit=5"),
        (bed.get("/api/v1/elections").as_array().unwrap().clone(), None)
    );
}
