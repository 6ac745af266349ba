//! What BigchainDB's own Python libraries say of random JSON, conditions and transactions, compared line by line.
//!
//! `python tests/clients/bigchaindb-oracle/oracle.py FOLDER`, then
//! `SIRIUS_ORACLE=FOLDER cargo test --release -p mongo-ledger-core --test codec_oracle -- --ignored`.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::{fs, path::PathBuf};

use mongo_ledger_core::{
    condition::{Condition, Fulfillment},
    json::{self, Form, Limits, Value},
    transaction::Transaction,
};

/// The members of each line of a file.
fn lines<const N: usize>(name: &str, members: [&str; N]) -> Vec<[Value; N]> {
    #[allow(clippy::disallowed_methods, reason = "a test may be told where its files are")]
    let folder = std::env::var("SIRIUS_ORACLE").expect("SIRIUS_ORACLE names the folder that oracle.py wrote");
    let text = fs::read_to_string(PathBuf::from(folder).join(name)).unwrap();
    let limits = Limits { bytes: 4 << 20, ..Limits::default() };
    let line = |line: &str| {
        let line = json::parse(line.as_bytes(), &limits).unwrap();
        members.map(|name| line.as_object().unwrap().get(name).unwrap().clone())
    };
    text.lines().map(line).collect()
}

#[test]
#[ignore = "needs the files of oracle.py: see the top of this file"]
fn agrees_on_every_tree() {
    let lines = lines("trees.jsonl", ["text", "canonical"]);
    for [text, canonical] in &lines {
        let text = text.as_str().unwrap();
        let value = json::parse(text.as_bytes(), &Limits::default()).unwrap();
        let (ours, theirs) = (json::canonical(&value, Form::Python), canonical.as_str().unwrap());
        let same = ours.chars().zip(theirs.chars()).take_while(|(ours, theirs)| ours == theirs).count();
        let differs = |text: &str| text.chars().skip(same).take(30).collect::<String>();
        assert_eq!(ours, theirs, "`{}` is `{}` in Python", differs(&ours), differs(theirs));
    }
    println!("{} trees", lines.len());
    assert!(!lines.is_empty());
}

#[test]
#[ignore = "needs the files of oracle.py: see the top of this file"]
fn agrees_on_every_condition() {
    let lines = lines("conditions.jsonl", ["details", "uri", "fulfillment", "message"]);
    for [details, uri, fulfillment, message] in &lines {
        let condition = Condition::from_details(details).unwrap();
        assert_eq!(&condition.details(), details);
        assert_eq!(condition.uri(), uri.as_str().unwrap());
        let text = fulfillment.as_str().unwrap();
        let fulfillment = Fulfillment::parse(text).unwrap();
        assert_eq!(fulfillment.encode(), text);
        assert_eq!(fulfillment.condition_uri(), condition.uri());
        let message = hex::decode(message.as_str().unwrap()).unwrap();
        assert!(fulfillment.verify(&message));
        assert!(fulfillment.keys().iter().all(|key| condition.keys().contains(key)));
    }
    println!("{} conditions", lines.len());
    assert!(!lines.is_empty());
}

#[test]
#[ignore = "needs the files of oracle.py: see the top of this file"]
fn agrees_on_every_transaction() {
    let lines = lines("transactions.jsonl", ["tx", "canonical_id_null"]);
    for [transaction, canonical] in &lines {
        let transaction = transaction.as_str().unwrap();
        let read = Transaction::parse(transaction.as_bytes(), &Limits::default()).unwrap();
        read.verify_signatures().unwrap();
        assert_eq!(read.raw(), transaction);
        let id = format!("\"id\":\"{}\"", read.id());
        assert_eq!(read.raw().replacen(&id, "\"id\":null", 1), canonical.as_str().unwrap());
    }
    println!("{} transactions", lines.len());
    assert!(!lines.is_empty());
}
