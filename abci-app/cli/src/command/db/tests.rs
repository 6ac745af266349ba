//! What `sirius db` understands and refuses, as tables.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use mongo_ledger_core::{
    key::{PublicKey, SecretKey},
    transaction::{
        Asset,
        build::{self, Share},
    },
};
use sirius_sdk::{catalogue::Catalogue, keystore::Entry};

use super::{wallet::Owners, *};
use crate::{argument, show};

const ID: &str = "0101010101010101010101010101010101010101010101010101010101010101";

fn parse(line: &str) -> Result<ArgMatches, clap::Error> {
    let words = std::iter::once("sirius").chain(line.split_whitespace());
    argument::command(&Catalogue::new()).try_get_matches_from(words)
}

#[test]
fn verbs_and_their_arguments() {
    for line in [
        "db create --data bottle.json --from alice",
        "db create --data - --metadata m.json --amount 9 --from alice",
        &format!("db transfer {ID} --to bob"),
        &format!("db transfer {ID} --to bob --amount 3 --metadata m.json --from alice"),
        "db record --data d.json --from alice",
        &format!("db record --asset {ID} --data d.json --from alice --json"),
        &format!("db show {ID}"),
        &format!("db history {ID}"),
        &format!("db history {ID} --prove --genesis g.json"),
        "db outputs",
        "db outputs bob --spent --limit 5",
        "db keys alice",
        "db key-proof alice",
        "db key-proof alice sirius1x",
        "db create --data d.json --to company.shop --from alice",
        "db handover --from old --to company",
        &format!("db handover --from old --to bob --asset {ID} --asset {ID} --json"),
        "db search wine --metadata",
        &format!("db prove {ID}"),
        &format!("db prove {ID} --against ledger --out proof.json"),
        "db create --data d.json --readers x25519:1,bob --erasable a.pdf --erasable b.pdf --from alice",
        &format!("db record --asset {ID} --data d.json --readers bob --from alice"),
        &format!("db read {ID} --from bob"),
        &format!("db readers list {ID}"),
        &format!("db readers add {ID} carol x25519:1 --from alice"),
        &format!("db readers remove {ID} carol --from alice"),
        "db reader-key alice",
        &format!("db payload {ID} --out a.pdf"),
        &format!("db erase {ID} --from alice"),
        &format!("db erase {ID} {ID} {ID} --from alice"),
        "db verify bundle.json",
        &format!("db verify - --trust {ID}"),
        "db verify b.json --genesis g.json",
        "db token --from alice",
        "db token --from company.shop",
        "db create --data d.json --from name:company",
        "db token --from alice --audience db.example.org --chain wine-db --hours 5 --save --json",
        "db grant bob issuer --from alice",
        "db grant ni:///sha-256;x recorder --namespace wine/red --until 100 --from alice",
        "db revoke bob issuer --namespace wine --from alice",
        "db roles",
        "db roles bob --json",
        "db roles bob issuer --namespace wine --prove --genesis g.json",
    ] {
        let matches = parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let (word, arguments) = matches.subcommand().unwrap();
        assert_eq!(word, "db");
        assert_eq!(verifies(arguments).is_some(), line.contains("verify"), "{line}");
    }
    let short = &ID[1..];
    for line in [
        "db",
        "db token",
        "db token --from alice --hours 0",
        "db create --from alice",
        "db create --data d.json",
        "db create --data d.json --amount 0 --from alice",
        "db create --data d.json --from Alice",
        "db create --data d.json --from name:Company",
        "db create --data d.json --from company..shop",
        &format!("db transfer {ID}"),
        &format!("db transfer {short} --to bob"),
        &format!("db transfer {ID} --to bob --amount 1.5"),
        &format!("db show {}", ID.replace('0', "A")),
        "db outputs --limit 0",
        "db handover --from old",
        "db handover --to company",
        "db handover --from old --to company --asset x",
        "db search",
        &format!("db read {ID}"),
        &format!("db readers add {ID} --from alice"),
        &format!("db payload {short}"),
        &format!("db erase {ID} {short} --from alice"),
        &format!("db verify b.json --genesis g --trust {ID}"),
        "db verify b.json --trust xy",
        "db grant bob issuer",
        "db grant bob owner --from alice",
        "db grant bob issuer --namespace Wine --from alice",
        "db grant bob issuer --until 0 --from alice",
        "db revoke bob issuer --until 9 --from alice",
        "db roles --prove",
        "db roles bob --prove",
        &format!("db prove {ID} --against nobody"),
    ] {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn documents_are_objects_of_bounded_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.json");
    let read = |text: &[u8]| {
        std::fs::write(&path, text).unwrap();
        document(&path)
    };
    assert_eq!(read(br#"{"ml": 750.50, "big": 9007199254740993}"#).unwrap().len(), 2);
    for text in ["", "[1]", "7", "{\"a\":1,\"a\":2}", "{\"a\":}", "\u{feff}{}"] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("d.json holds no document"), "{error}");
        assert_eq!(error.exit_code(), 1);
    }
    assert_eq!(read(b"{\"a\":\"\xff\"}").unwrap_err().exit_code(), 1);
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(Limits::default().bytes));
    assert!(read(long.as_bytes()).unwrap_err().to_string().contains("more than"));
    assert_eq!(document(&folder.path().join("none")).unwrap_err().exit_code(), 2);
}

fn created() -> (SecretKey, Transaction) {
    let secret = SecretKey::new(&[1; 32]);
    let shares = [Share::to(secret.public(), 3), Share::to(PublicKey::new([9; 32]), 2)];
    let data = json::parse(br#"{"ml":7.50}"#, &Limits::default()).unwrap().as_object().cloned();
    let created = build::create(&[secret.public()], &shares, data, None).sign(&[&secret]).unwrap();
    (secret, created)
}

#[test]
fn a_transaction_is_one_line_with_names() {
    let (secret, created) = created();
    let (key, stranger) = (secret.public(), PublicKey::new([9; 32]));
    let entry = Entry {
        name: "alice".parse().unwrap(),
        path: None,
        public_key: sirius_primitives::PublicKey::Ed25519(*key.as_bytes()),
    };
    let owners = Owners::new(&[entry]);
    let [operation, id, rest] = show::step(&created, &|key| owners.text(key));
    assert_eq!((operation.as_str(), id), ("CREATE", created.id().to_string()));
    assert_eq!(rest, format!("3 for {key} (alice), 2 for {stranger}"));
    let record = build::record(
        &[key],
        Asset::Id(*created.id()),
        Some([("a".to_owned(), json::Value::from(1_i64))].into()),
    );
    let record = record.sign(&[&secret]).unwrap();
    assert_eq!(show::step(&record, &|key| owners.text(key))[2], format!("by {key} (alice)"));
}

#[test]
fn programs_get_the_exact_text_too() {
    let (_, created) = created();
    let json = to_json(&created);
    assert_eq!(json["id"], created.id().to_string());
    assert_eq!(json["asset"], json["id"]);
    assert_eq!(json["transaction"]["asset"]["data"]["ml"], 7.5);
    assert_eq!(json["raw"], created.raw());
}
