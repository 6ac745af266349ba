//! Bodies beside the chain, as a client brings and asks for them.

use mongo_ledger_core::{
    payload::{Commitment, Declared, MEMBER, member},
    transaction::build,
};

use super::*;
use crate::{documents::Collection, payload::Body};

const SALT: &str = "0707070707070707070707070707070707070707070707070707070707070707";

fn commitment(body: &str) -> Commitment {
    Commitment::of(&[7; 32], body.as_bytes())
}

/// An asset of Alice's with these bodies.
fn letter(bodies: &[&str]) -> Transaction {
    let declared: Vec<_> = bodies
        .iter()
        .map(|body| Declared { commitment: commitment(body), bytes: u32::try_from(body.len()).unwrap() })
        .collect();
    let data = Object::from([(MEMBER.to_owned(), member(&declared))]);
    let alice = alice();
    let shares = [Share::to(alice.public(), 1)];
    create(&[alice.public()], &shares, Some(data), None).sign(&[&alice]).unwrap()
}

impl Bed {
    fn put(&self, salt: &str, body: &[u8]) -> (u16, String) {
        let sent = self.agent.post(self.url("/api/v1/payloads")).header("X-Salt", salt).send(body);
        let mut response = sent.unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    fn payload(&self, body: &str) -> (u16, String) {
        self.text(&format!("/api/v1/payloads/{}", commitment(body)))
    }
}

#[test]
fn a_body_is_brought_shown_and_gone() {
    let bed = Bed::new();
    let letter = letter(&["hello"]);
    let id = commitment("hello");
    assert_eq!(bed.put(SALT, b"hello"), (202, format!(r#"{{"bytes":5,"commitment":"{id}"}}"#)));
    let (status, text) = bed.payload("hello");
    assert!(status == 404 && text.contains("no transaction that this node knows names"), "{text}");
    bed.block(&[&letter]);
    let mut shown = bed.agent.get(bed.url(&format!("/api/v1/payloads/{id}"))).call().unwrap();
    assert_eq!(shown.headers().get("x-salt").unwrap(), SALT);
    assert_eq!(shown.body_mut().read_to_string().unwrap(), "hello");
    assert_eq!(bed.put(SALT, b"hello").0, 202, "brought again it is the same");
    let alice = alice();
    let erase = build::erase(&[alice.public()], *letter.id(), &[id]).sign(&[&alice]).unwrap();
    let height = bed.block(&[&erase]);
    let gone = format!("payload {id} was erased at height {height}");
    assert_eq!(bed.payload("hello"), refusal(&gone, 410));
    assert_eq!(bed.put(SALT, b"hello"), refusal(&format!("{gone}; it is not taken in again"), 410));
    assert_eq!(bed.get(&format!("/api/v1/transactions/{}", letter.id()))["id"], letter.id().to_string());
}

#[test]
fn a_body_that_is_missing_or_changed_is_said_to_be_and_looked_for() {
    let bed = Bed::new();
    bed.block(&[&letter(&["lost", "forged"])]);
    let (status, text) = bed.payload("lost");
    assert!(status == 404 && text.contains("is missing here, and this node asks its peers"), "{text}");
    let body = Body::new(SALT, b"forged".to_vec()).unwrap();
    let mut document = body.document();
    document.insert("salt", "08".repeat(32));
    let (documents, runtime) = (&bed.ledger.documents, &bed.ledger.runtime);
    runtime.block_on(documents.replace(Collection::Payloads, &[document])).unwrap();
    let (status, text) = bed.payload("forged");
    assert!(status == 500 && text.contains("was changed at this node"), "{text}");
    assert_eq!(bed.ledger.payloads.missing(), 2);
    assert_eq!(bed.put(SALT, b"forged").0, 202, "the right one takes its place");
    assert_eq!(bed.payload("forged"), (200, "forged".to_owned()));
}

#[test]
fn bodies_are_refused_that_are_none() {
    let bed = Bed::new();
    let check = |found: (u16, String), status: u16, says: &str| {
        assert!(found.0 == status && found.1.contains(says), "{found:?}");
    };
    check(bed.put("07", b"hello"), 400, "64 hexadecimal digits");
    check(bed.put(SALT, b""), 400, "from 1 to 1048576 bytes, found 0");
    check(bed.put(SALT, &vec![0; (1 << 20) + 1]), 413, "at most 1048576 bytes");
    check(bed.text("/api/v1/payloads/none"), 400, "64 lower-case hexadecimal digits");
    check(bed.post("/api/v1/query", r#"{"collection":"payloads"}"#), 400, "is one of transactions");
}
