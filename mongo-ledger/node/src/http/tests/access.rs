//! A closed chain: who is answered, who is sent away, and with which words.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    time::{SystemTime, UNIX_EPOCH},
};

use mongo_ledger_core::{
    access::{Change, Holder, Right, Role},
    pass::{KEY_HEADER, Pass, Request, SIGNATURE_HEADER, TIME_HEADER},
    payload::Commitment,
    transaction::build::change,
};

use super::*;

const CLOSED: &str = "[access]\nread = 'roles'\n";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::new(&[seed; 32])
}

/// A closed chain with a bottle in `wine` and a book in `books`; Bob records wines, Carol (3) audits everything, Dan (4)
/// audits wines, Eve (5) holds nothing.
struct Closed {
    bed: Bed,
    wine: Transaction,
    book: Transaction,
}

impl Closed {
    fn new() -> Self {
        let admin = alice().public();
        let state = format!(r#"{{"database":{{"mode":"permissioned","admins":["{admin}"]}}}}"#);
        let bed = Bed::of(&format!("{CONFIG}{CLOSED}"), &state, |_| ()).unwrap();
        let grants = [
            (1, Role::Issuer, ""),
            (2, Role::Recorder, "wine"),
            (3, Role::Auditor, ""),
            (4, Role::Auditor, "wine"),
        ];
        let given: Vec<Transaction> =
            grants.map(|(seed, role, namespace)| granted(seed, role, namespace)).into();
        bed.block(&given.iter().collect::<Vec<_>>());
        let (wine, book) = (asset(r#"{"ns":"wine/red"}"#, None, 1), asset(r#"{"ns":"books"}"#, None, 1));
        bed.block(&[&wine, &book]);
        Self { bed, wine, book }
    }

    /// The status and the text of an answer to a question with such headers.
    fn ask(&self, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let mut request = self.bed.agent.get(self.bed.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    fn as_reader(&self, path: &str, seed: u8) -> (u16, String) {
        self.ask(path, &[("authorization", &format!("Bearer {}", token(seed, "http", "http", 60)))])
    }
}

fn right(seed: u8, role: Role, namespace: &str) -> Right {
    Right { holder: Holder::from(&key(seed).public()), role, namespace: namespace.parse().unwrap() }
}

fn changed(asked: &Change) -> Transaction {
    let admin = Condition::Ed25519(alice().public());
    change(&admin, "http", asked, None).sign(&[&alice()]).unwrap()
}

fn granted(seed: u8, role: Role, namespace: &str) -> Transaction {
    changed(&Change::Grant { right: right(seed, role, namespace), until: None })
}

/// A token that ends in so many seconds.
fn token(seed: u8, chain: &str, audience: &str, seconds: i64) -> String {
    let until = now().checked_add_signed(seconds).unwrap();
    let key = key(seed);
    Pass { chain: chain.into(), key: key.public().to_string(), audience: audience.into(), until }.sign(&key)
}

#[test]
fn a_reader_sees_what_its_roles_cover_and_an_auditor_everything() {
    let closed = Closed::new();
    let (wine, book) = (closed.wine.id(), closed.book.id());
    let everywhere = ["/api/v1/blocks/3", "/api/v1/roles", "/api/v1/assets?search=wine"];
    let of = |id: &dyn std::fmt::Display| {
        [
            format!("/api/v1/transactions/{id}"),
            format!("/api/v1/transactions?asset_id={id}"),
            format!("/api/v1/assets/{id}/history"),
            format!("/api/v1/proofs/tx/{id}"),
            format!("/api/v1/proofs/utxo/{id}:0"),
            format!("/api/v1/proofs/asset/{id}"),
            format!("/api/v1/blocks?transaction_id={id}"),
        ]
    };
    // Alice validates: she has the documents anyway. Carol audits everything.
    for seed in [1, 3] {
        for path in everywhere.map(str::to_owned).into_iter().chain(of(wine)).chain(of(book)) {
            let (status, said) = closed.as_reader(&path, seed);
            assert_eq!(status, 200, "{path}: {said}");
        }
    }
    for seed in [2, 4] {
        for path in of(wine) {
            assert_eq!(closed.as_reader(&path, seed).0, 200, "{path}");
        }
        for path in of(book) {
            let (status, said) = closed.as_reader(&path, seed);
            assert!(status == 403 && said.contains("has no role in the namespace"), "{path}: {said}");
        }
        for path in everywhere {
            let (status, said) = closed.as_reader(path, seed);
            assert!(status == 403 && said.contains("no auditor of everything"), "{path}: {said}");
        }
    }
    assert_eq!(closed.as_reader(&of(wine)[0], 5).0, 403);
    // Whether there is such a transaction is told to nobody who may not see it.
    let unknown = format!("/api/v1/transactions/{}", "ab".repeat(32));
    assert_eq!((closed.as_reader(&unknown, 2).0, closed.as_reader(&unknown, 3).0), (403, 404));
    // Everybody sees what is their own.
    let own = format!("/api/v1/outputs?public_key={}", key(5).public());
    assert_eq!((closed.as_reader(&own, 5).0, closed.as_reader(&own, 2).0), (200, 403));
}

#[test]
fn a_body_is_read_by_those_who_may_read_its_asset() {
    let closed = Closed::new();
    let commitment = Commitment::of(&[7; 32], b"hello");
    let data = format!(r#"{{"ns":"wine/red","erasable":[{{"bytes":5,"commitment":"{commitment}"}}]}}"#);
    closed.bed.block(&[&asset(&data, None, 1)]);
    // Who may bring one is the chain's to say: it names it.
    let sent = closed.bed.agent.post(closed.bed.url("/api/v1/payloads")).header("X-Salt", "07".repeat(32));
    assert_eq!(sent.send("hello").unwrap().status().as_u16(), 202);
    let path = format!("/api/v1/payloads/{commitment}");
    assert_eq!(closed.ask(&path, &[]).0, 401);
    for (seed, expected) in [(1, 200), (2, 200), (3, 200), (4, 200), (5, 403)] {
        let (status, said) = closed.as_reader(&path, seed);
        assert_eq!(status, expected, "{seed}: {said}");
    }
    let unknown = format!("/api/v1/payloads/{}", "ab".repeat(32));
    assert_eq!((closed.as_reader(&unknown, 2).0, closed.as_reader(&unknown, 3).0), (403, 404));
}

#[test]
fn what_is_nobodys_secret_is_told_to_all() {
    let closed = Closed::new();
    for path in
        ["/", "/api/v1", "/health", "/api/v1/validators", "/api/v1/openapi.yaml", "/api/v1/proofs/log?from=1"]
    {
        assert_eq!(closed.ask(path, &[]).0, 200, "{path}");
    }
    let late = asset(r#"{"ns":"books","late":true}"#, None, 1);
    let (status, said) = closed.bed.post("/api/v1/transactions", late.raw());
    assert!(status != 401 && status != 403, "the chain decides who may write: {said}");
}

#[test]
fn a_question_without_a_token_that_counts_is_told_what_to_do() {
    let closed = Closed::new();
    let path = format!("/api/v1/transactions/{}", closed.wine.id());
    let check = |token: Option<String>, expected: &str| {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> =
            bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        let (status, said) = closed.ask(&path, &headers);
        assert!(status == 401 && said.contains(expected), "{expected}: {status} {said}");
    };
    check(None, "sirius db token --audience http");
    check(Some("nonsense".into()), "it has no signature");
    check(Some(token(2, "other", "http", 60)), "for the chain");
    check(Some(token(2, "http", "other", 60)), "this node is");
    check(Some(token(2, "http", "http", -1)), "it ended");
    let forged = token(2, "http", "http", 60);
    let (front, _) = forged.split_once('.').unwrap();
    let other = token(3, "http", "http", 60);
    check(Some(format!("{front}.{}", other.split_once('.').unwrap().1)), "is not that of the key");
    // A role that is taken no longer opens anything.
    assert_eq!(closed.as_reader(&path, 2).0, 200);
    closed.bed.block(&[&changed(&Change::Revoke { right: right(2, Role::Recorder, "wine") })]);
    assert_eq!(closed.as_reader(&path, 2).0, 403);
}

#[test]
fn a_signed_request_is_answered_once() {
    let closed = Closed::new();
    let (target, key) = (format!("/api/v1/transactions?asset_id={}", closed.wine.id()), key(2));
    let sign = |chain: &str, time: u64| {
        let request = Request { chain, method: "GET", target: &target, time, body: b"" };
        (key.public().to_string(), time.to_string(), request.sign(&key))
    };
    let ask = |(key, time, signature): &(String, String, String), path: &str| {
        closed.ask(path, &[(KEY_HEADER, key), (TIME_HEADER, time), (SIGNATURE_HEADER, signature)])
    };
    let signed = sign("http", now());
    assert_eq!(ask(&signed, &target).0, 200);
    let (status, said) = ask(&signed, &target);
    assert!(status == 401 && said.contains("answered already"), "{said}");
    for (signed, path, expected) in [
        (sign("other", now()), target.clone(), "is not that of the key"),
        (sign("http", now() - 100), target.clone(), "away from this node's clock"),
        (sign("http", now()), format!("{target}&limit=1"), "is not that of the key"),
    ] {
        let (status, said) = ask(&signed, &path);
        assert!(status == 401 && said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn the_stream_asks_too() {
    let closed = Closed::new();
    let enter = |query: &str, token: Option<&str>| {
        let mut stream = TcpStream::connect(closed.bed.serving.stream()).unwrap();
        let path = super::super::STREAM;
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let request = format!(
            "GET {path}{query} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{token}\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
    };
    let (wines, books) = (format!("?asset={}", closed.wine.id()), format!("?asset={}", closed.book.id()));
    let bob = token(2, "http", "http", 60);
    assert_eq!([enter(&wines, None), enter(&books, Some(&bob)), enter("", Some(&bob))], [401, 403, 403]);
    assert_eq!(enter(&wines, Some(&bob)), 101);
    assert_eq!(enter("", Some(&token(3, "http", "http", 60))), 101);
}

#[test]
fn an_open_chain_gives_no_roles_to_read_by() {
    let bed = Bed::of(&format!("{CONFIG}{CLOSED}"), "null", |_| ()).unwrap();
    let closed = Closed { wine: asset("{}", None, 1), book: asset("{}", None, 1), bed };
    let (status, said) = closed.as_reader("/api/v1/blocks/1", 2);
    assert!(status == 403 && said.contains("access.read"), "{said}");
}
