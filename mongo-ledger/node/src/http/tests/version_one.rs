//! BigchainDB's API version 1.

use mongo_ledger_core::transaction::build::{Share, Spend, create, transfer};
use mongodb::bson::Document;
use serde_json::json;

use super::*;
use crate::documents::Collection;

#[test]
fn says_what_it_is_and_where_things_are() {
    let bed = Bed::new();
    let root = bed.get("/");
    assert_eq!(root["software"], "mongo-ledger");
    assert_eq!(root["api"]["v1"]["transactions"], "/api/v1/transactions/");
    let stream = format!("ws://{}/api/v1/streams/valid_transactions", bed.serving.stream());
    let expected = json!({
        "assets": "/assets/", "blocks": "/blocks/", "docs": "/api/v1/openapi.yaml", "metadata": "/metadata/",
        "outputs": "/outputs/", "streams": stream, "transactions": "/transactions/", "validators": "/validators",
    });
    assert_eq!(bed.get("/api/v1"), expected);
    assert_eq!(bed.get("/api/v1/"), expected);
    assert!(bed.text("/api/v1/openapi.yaml").1.starts_with("openapi: 3"));
    assert_eq!(bed.get("/health")["status"], "up");
    assert_eq!(bed.text("/metrics").0, 307);
    let key = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=";
    let validators = bed.get("/api/v1/validators");
    assert_eq!(
        validators,
        json!([{ "public_key": { "type": "ed25519-base64", "value": key }, "voting_power": 10 }])
    );
}

#[test]
fn serves_every_path_that_is_described() {
    let bed = Bed::new();
    let made = asset(r#"{"a":1}"#, None, 1);
    bed.block(&[&made]);
    let description = bed.text("/api/v1/openapi.yaml").1;
    let paths: Vec<&str> =
        description.lines().filter_map(|line| line.strip_prefix("  /")?.strip_suffix(':')).collect();
    assert_eq!(paths.len(), 21);
    for path in paths {
        let id = made.id().to_string();
        let path = path
            .replace("{id}", &id)
            .replace("{height}", "2")
            .replace("{kind}", "asset")
            .replace("{name}", &id);
        let (status, text) = match path.as_str() {
            "api/v1/query" | "api/v1/payloads" => bed.post(&format!("/{path}"), "{}"),
            path => bed.text(&format!("/{path}")),
        };
        let expected_away = path.contains("elections/") && status == 404;
        assert!([200, 307, 400].contains(&status) || expected_away, "{path}: {status} {text}");
    }
}

#[test]
fn gives_transactions_as_they_were_sent() {
    let bed = Bed::new();
    let made = asset(r#"{"weight":1.50,"name":"wine"}"#, None, 3);
    let moved = send(&alice(), output(&made, 0), bob().public(), 3, made.id());
    let back = send(&bob(), output(&moved, 0), alice().public(), 3, made.id());
    let first = bed.block(&[&made]);
    let second = bed.block(&[&moved, &back]);
    let id = made.id();
    for end in ["", "/"] {
        assert_eq!(bed.text(&format!("/api/v1/transactions/{id}{end}")), (200, made.raw().to_owned()));
    }
    assert_eq!(bed.text("/api/v1/transactions/dummy_id"), refusal("Not found", 404));
    assert_eq!(bed.text(&format!("/api/v1/transactions/{}", "a".repeat(64))), refusal("Not found", 404));
    let ids = |query: &str| -> Vec<String> {
        let list = bed.get(&format!("/api/v1/transactions?asset_id={id}{query}"));
        list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let [made_id, moved_id, back_id] = [&made, &moved, &back].map(|one| one.id().to_string());
    assert_eq!(ids(""), [made_id.clone(), moved_id.clone(), back_id.clone()]);
    assert_eq!(ids("&operation=CREATE"), std::slice::from_ref(&made_id));
    assert_eq!(ids("&operation=transfer"), [moved_id.clone(), back_id.clone()]);
    assert_eq!(ids("&last_tx=True"), std::slice::from_ref(&back_id));
    assert_eq!(ids("&last_tx=true&operation=CREATE"), std::slice::from_ref(&made_id));
    assert_eq!(bed.get(&format!("/api/v1/transactions?asset_id={}", "a".repeat(64))), json!([]));
    let (part, next) = bed.part(&format!("/api/v1/transactions?asset_id={id}&limit=2"));
    assert_eq!((part.len(), &part[1]["id"]), (2, &json!(moved_id)));
    let path = format!("/api/v1/transactions?asset_id={id}&limit=2&after={}", next.unwrap());
    let (part, next) = bed.part(&path);
    assert_eq!((part.len(), &part[0]["id"], next), (1, &json!(back_id), None));
    let block = bed.get(&format!("/api/v1/blocks/{second}"));
    assert_eq!((&block["height"], block["transactions"].as_array().unwrap().len()), (&json!(second), 2));
    assert_eq!(bed.get("/api/v1/blocks/1"), json!({ "height": 1, "transactions": [] }));
    assert_eq!(bed.text(&format!("/api/v1/blocks/{}", second + 1)), refusal("Not found", 404));
    assert_eq!(bed.get(&format!("/api/v1/blocks?transaction_id={id}")), json!([first]));
    assert_eq!(bed.get("/api/v1/blocks?transaction_id=none"), json!([]));
}

#[test]
fn finds_outputs_of_keys_within_thresholds_too() {
    let bed = Bed::new();
    let [alice, bob] = [alice(), bob()];
    let both = Condition::Threshold {
        threshold: 1,
        subconditions: vec![Condition::Ed25519(alice.public()), Condition::Ed25519(bob.public())],
    };
    let shares = [Share { condition: both, amount: 1 }, Share::to(alice.public(), 2)];
    let made = create(&[alice.public()], &shares, None, None).sign(&[&alice]).unwrap();
    let spend = Spend { output: output(&made, 1), condition: Condition::Ed25519(alice.public()) };
    let moved = transfer(&[spend], &[Share::to(bob.public(), 2)], *made.id(), None).sign(&[&alice]).unwrap();
    bed.block(&[&made]);
    bed.block(&[&moved]);
    let (made, moved) = (made.id().to_string(), moved.id().to_string());
    let shown = |id: &str, index: u32| json!({ "transaction_id": id, "output_index": index });
    let check = |key: &SecretKey, query: &str, expected: serde_json::Value| {
        assert_eq!(
            bed.get(&format!("/api/v1/outputs?public_key={}{query}", key.public())),
            expected,
            "{query}"
        );
    };
    check(&alice, "", json!([shown(&made, 0), shown(&made, 1)]));
    check(&alice, "&spent=True", json!([shown(&made, 1)]));
    check(&alice, "&spent=false", json!([shown(&made, 0)]));
    check(&bob, "&spent=False", json!([shown(&made, 0), shown(&moved, 0)]));
    let (part, next) = bed.part(&format!("/api/v1/outputs?public_key={}&limit=1", bob.public()));
    assert_eq!(part, [shown(&made, 0)]);
    let rest = format!("&limit=1&after={}", next.unwrap());
    check(&bob, &rest, json!([shown(&moved, 0)]));
    check(&SecretKey::new(&[9; 32]), "", json!([]));
}

#[test]
fn finds_documents_by_their_words() {
    let bed = Bed::new();
    let hello = |number: u32| {
        asset(&format!(r#"{{"msg":"Hello BigchainDB {number}!"}}"#), Some(r#"{"n":"So call me maybe"}"#), 1)
    };
    let all = [1, 2, 3].map(hello);
    bed.block(&all.iter().collect::<Vec<_>>());
    let found = bed.get("/api/v1/assets?search=bigchaindb");
    let shown = |one: &Transaction, number: u32| json!({ "data": { "msg": format!("Hello BigchainDB {number}!") }, "id": one.id().to_string() });
    assert_eq!(found, json!([shown(&all[0], 1), shown(&all[1], 2), shown(&all[2], 3)]));
    assert_eq!(bed.get("/api/v1/assets/?search=bigchaindb%202&limit=1"), json!([shown(&all[1], 2)]));
    assert_eq!(bed.get("/api/v1/assets?search=%22bigchaindb%203%22&limit=0"), json!([shown(&all[2], 3)]));
    assert_eq!(bed.get("/api/v1/assets?search=hello%20-2").as_array().unwrap().len(), 2);
    assert_eq!(bed.get("/api/v1/assets?search=maybe"), json!([]));
    let (metadata, next) = bed.part("/api/v1/metadata?search=call%20me%20maybe&limit=2");
    let id = all[0].id().to_string();
    assert_eq!(metadata[0], json!({ "asset_id": id, "id": id, "metadata": { "n": "So call me maybe" } }));
    let (rest, end) = bed.part(&format!("/api/v1/metadata?search=maybe&limit=2&after={}", next.unwrap()));
    assert_eq!((rest.len(), end), (1, None));
}

#[test]
fn refuses_questions_in_bigchaindbs_words() {
    let bed = Bed::new();
    let missing = "Missing required parameter in the JSON body or the post body or the query string";
    let truth = "Boolean value must be \"true\" or \"false\" (lowercase)";
    let check = |path: &str, expected: (u16, String)| assert_eq!(bed.text(path), expected, "{path}");
    check("/api/v1/transactions", parameter("asset_id", missing));
    check("/api/v1/transactions?asset_id=x", parameter("asset_id", "Invalid hash"));
    let id = "a".repeat(64);
    let operation = "Operation must be \"CREATE\" or \"TRANSFER\"";
    check(&format!("/api/v1/transactions?asset_id={id}&operation=EAT"), parameter("operation", operation));
    check(&format!("/api/v1/transactions?asset_id={id}&last_tx=1"), parameter("last_tx", truth));
    check(
        &format!("/api/v1/transactions?asset_id={id}&limit=0"),
        parameter("limit", "must be from 1 to 1000"),
    );
    check("/api/v1/outputs", parameter("public_key", missing));
    check("/api/v1/outputs?public_key=0", parameter("public_key", "Invalid base58 ed25519 hex"));
    let key = alice().public();
    check(&format!("/api/v1/outputs?public_key={key}&spent=maybe"), parameter("spent", truth));
    check("/api/v1/assets", parameter("search", missing));
    check("/api/v1/assets?search=", refusal("text_search cannot be empty", 400));
    check("/api/v1/blocks", parameter("transaction_id", missing));
    check("/api/v1/blocks/one", refusal("Not found", 404));
    check("/api/v2", refusal("Not found", 404));
    assert_eq!(bed.post("/api/v1/outputs", "").0, 405);
}

#[test]
fn refuses_transactions_by_their_names_and_says_when_cometbft_is_away() {
    let bed = Bed::new();
    let made = asset(r#"{"a":1}"#, None, 3);
    let moved = send(&alice(), output(&made, 0), bob().public(), 3, made.id());
    let again = send(&alice(), output(&made, 0), alice().public(), 3, made.id());
    let fresh = asset(r#"{"b":2}"#, None, 1);
    bed.block(&[&made]);
    bed.block(&[&moved]);
    let check = |body: &str, status: u16, begins: &str| {
        let (found, text) = bed.post("/api/v1/transactions", body);
        assert!(found == status && text.starts_with(&format!(r#"{{"message":"{begins}"#)), "{found} {text}");
        assert!(text.ends_with(&format!(r#","status":{status}}}"#)), "{text}");
    };
    check("", 400, "Invalid transaction schema: ");
    check("[1]", 400, "Invalid transaction schema: ");
    check("{}", 400, "Invalid transaction");
    check(&made.raw().replace("\"3\"", "\"4\""), 400, "Invalid transaction (InvalidHash): ");
    check(made.raw(), 400, "Invalid transaction (DuplicateTransaction): transaction `");
    check(again.raw(), 400, "Invalid transaction (DoubleSpend): ");
    check(fresh.raw(), 503, "CometBFT does not answer at http://127.0.0.1:1; look whether it runs");
    check(&" ".repeat(600_000), 413, "the body has more than 524288 bytes");
    let wrong = parameter("mode", "Mode must be \"async\", \"sync\" or \"commit\"");
    assert_eq!(bed.post("/api/v1/transactions?mode=later", fresh.raw()), wrong);
}

#[test]
fn never_shows_what_somebody_changed_in_the_documents() {
    let bed = Bed::new();
    let (true_one, other) = (asset(r#"{"word":"true"}"#, None, 1), asset(r#"{"word":"false"}"#, None, 1));
    bed.block(&[&true_one]);
    let id = true_one.id().to_string();
    let paths = [
        format!("/api/v1/transactions/{id}"),
        format!("/api/v1/transactions?asset_id={id}"),
        "/api/v1/assets?search=true".to_owned(),
        "/api/v1/blocks/2".to_owned(),
        format!("/api/v1/assets/{id}/history"),
        format!("/api/v1/proofs/tx/{id}"),
    ];
    let all = || paths.iter().map(|path| bed.text(path));
    assert!(all().all(|(status, _)| status == 200));
    let documents = &bed.ledger.documents;
    let runtime = &bed.ledger.runtime;
    let get = || {
        let found =
            runtime.block_on(documents.get(Collection::Transactions, std::slice::from_ref(&id))).unwrap();
        found.into_iter().flatten().next().unwrap()
    };
    let genuine = get();
    let put = |change: &dyn Fn(&mut Document)| {
        let mut document = genuine.clone();
        change(&mut document);
        runtime.block_on(documents.replace(Collection::Transactions, &[document])).unwrap();
    };
    let refuses = |what: &str| {
        for (status, text) in all() {
            assert!(
                status == 500 && text.contains(what) && text.contains("mongo-ledger verify db"),
                "{text}"
            );
        }
    };
    put(&|document| drop(document.insert("raw", other.raw())));
    refuses("has the text of another transaction");
    put(&|document| drop(document.insert("raw", "[]")));
    refuses("has a text that is no transaction");
    put(&|document| drop(document.get_document_mut("_l").unwrap().insert("h", 9_i64)));
    refuses("is not what the chain agreed on");
    runtime.block_on(documents.remove(Collection::Transactions, std::slice::from_ref(&id))).unwrap();
    refuses("is missing");
    put(&|_| ());
    assert!(all().all(|(status, _)| status == 200));
}

#[test]
fn pages_from_anywhere_may_ask() {
    let bed = Bed::new();
    let response = bed.agent.get(bed.url("/api/v1")).call().unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let request = ureq::http::Request::options(bed.url("/api/v1/transactions")).body(()).unwrap();
    let response = bed.agent.run(request).unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["access-control-allow-headers"]),
        (204, &"*, Authorization".parse().unwrap())
    );
}
