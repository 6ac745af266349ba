//! Golden transactions of both official drivers, with the verdict of BigchainDB's own validator.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use mongo_ledger_core::{
    json::{self, Form, Limits, Value},
    transaction::Transaction,
};

const VECTORS: &str = include_str!("../../../tests/vectors/bigchaindb.jsonl");

fn text<'a>(line: &'a Value, name: &str) -> Option<&'a str> {
    line.as_object().unwrap().get(name).and_then(Value::as_str)
}

#[test]
fn every_vector_has_its_verdict_and_its_text() {
    let mut seen = 0;
    for line in VECTORS.lines() {
        let line = json::parse(line.as_bytes(), &Limits::default()).unwrap();
        let name = text(&line, "name").unwrap();
        let transaction = line.as_object().unwrap().get("tx").unwrap();
        let form = if text(&line, "form") == Some("as-written") { Form::AsWritten } else { Form::Python };
        let mut without_id = transaction.as_object().unwrap().clone();
        without_id.insert("id".to_owned(), Value::Null);
        let expected = text(&line, "canonical_id_null").unwrap();
        assert_eq!(json::canonical(&Value::Object(without_id), form), expected, "{name}");
        // The wire may have any spaces and order; numbers stay as they are written.
        let wire = json::canonical(transaction, Form::AsWritten);
        let read = Transaction::parse(wire.as_bytes(), &Limits::default());
        let verdict = read.and_then(|read| read.verify_signatures().map(|()| read));
        match (text(&line, "why"), verdict) {
            (None, Ok(read)) => {
                let id = read.id().to_string();
                assert_eq!(
                    read.raw(),
                    expected.replacen("\"id\":null", &format!("\"id\":\"{id}\""), 1),
                    "{name}"
                );
            }
            (Some(why), Err(refusal)) => assert_eq!(refusal.name(), why, "{name}"),
            (why, verdict) => panic!("{name}: expected {why:?}, found {verdict:?}"),
        }
        seen += 1;
    }
    assert!(seen >= 13, "only {seen} vectors");
}
