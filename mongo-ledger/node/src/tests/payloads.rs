//! Bodies beside the chain: crashes around their erasure, documents that somebody changed or brought back, and peers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::sync::{Arc, atomic::Ordering};

use mongo_ledger_core::{
    access::Access,
    json::Object,
    payload::{Commitment, MEMBER, member},
    proof::{RecordProof, Stored},
    transaction::{
        Transaction,
        build::{self, Share},
    },
};
use mongodb::bson::{Bson, Document, doc};
use tendermint_abci::Application as _;

use super::world::{World, finalize, init, key, public};
use crate::{
    Machine,
    documents::{Collection, Documents as _},
    ledger::Ledger,
    payload::{Body, KeepError, Peers, fetch, inventory, keep, sweep},
    peer::Peer,
    recovery::recover,
    rpc::Rpc,
    verify::repair,
};

pub(super) fn body(text: &str) -> Body {
    Body::new(&"07".repeat(32), text.into()).unwrap()
}

pub(super) fn letter(bodies: &[&Body]) -> Transaction {
    let declared: Vec<_> = bodies
        .iter()
        .map(|body| mongo_ledger_core::payload::Declared {
            commitment: body.commitment(),
            bytes: u32::try_from(body.bytes().len()).unwrap(),
        })
        .collect();
    let data = Object::from([(MEMBER.to_owned(), member(&declared))]);
    build::create(&[public(1)], &[Share::to(public(1), 1)], Some(data), None).sign(&[&key(1)]).unwrap()
}

pub(super) fn erased(letter: &Transaction, bodies: &[&Body]) -> Transaction {
    let commitments: Vec<Commitment> = bodies.iter().map(|body| body.commitment()).collect();
    build::erase(&[public(1)], *letter.id(), &commitments).sign(&[&key(1)]).unwrap()
}

pub(super) fn block(machine: &Machine, height: i64, transactions: &[Transaction]) {
    finalize(machine, height, transactions, false);
    machine.commit();
}

pub(super) fn put(machine: &Machine, body: &Body) -> Result<(), KeepError> {
    machine.ledger.runtime.block_on(keep(&machine.ledger, body.clone()))
}

/// The ids of the bodies here.
pub(super) fn here(world: &World) -> Vec<String> {
    world.runtime.block_on(world.documents.ids(Collection::Payloads)).unwrap()
}

pub(super) fn found(world: &World, machine: &Machine) -> Vec<String> {
    let work = crate::verify::database(&machine.ledger.store, &*world.documents, |_, _| {});
    world.runtime.block_on(work).unwrap().iter().map(ToString::to_string).collect()
}

fn begun(world: &World) -> Machine {
    let machine = world.plain();
    init(&machine, Access::Open);
    machine
}

#[test]
fn a_body_waits_for_its_transaction_and_goes_with_its_erasure() {
    let world = World::new();
    let machine = begun(&world);
    let (one, two) = (body("one"), body("two"));
    let letter = letter(&[&one, &two]);
    put(&machine, &one).unwrap();
    put(&machine, &one).unwrap();
    block(&machine, 1, std::slice::from_ref(&letter));
    assert_eq!(machine.ledger.payloads.missing(), 1, "the other is looked for");
    put(&machine, &two).unwrap();
    assert_eq!((machine.ledger.payloads.missing(), here(&world).len()), (0, 2));
    assert_eq!(found(&world, &machine), Vec::<String>::new());
    block(&machine, 2, &[erased(&letter, &[&one])]);
    assert_eq!(here(&world), [two.commitment().to_string()]);
    assert!(matches!(put(&machine, &one), Err(KeepError::Erased { height: 2, .. })));
    assert_eq!(here(&world), [two.commitment().to_string()]);
    assert_eq!(found(&world, &machine), Vec::<String>::new());
}

#[test]
fn bodies_that_wait_are_kept_when_the_process_starts_again() {
    let world = World::new();
    let machine = begun(&world);
    for number in 0..100 {
        put(&machine, &body(&format!("letter {number}"))).unwrap();
    }
    drop(machine);
    let again = world.plain();
    world.runtime.block_on(inventory(&again.ledger)).unwrap();
    assert_eq!(here(&world).len(), 100);
    // What is no body does not wait.
    let nonsense = doc! { "_id": body("other").commitment().to_string(), "body": 7 };
    world.runtime.block_on(world.documents.replace(Collection::Payloads, &[nonsense])).unwrap();
    world.runtime.block_on(inventory(&again.ledger)).unwrap();
    assert_eq!(here(&world).len(), 100);
}

#[test]
fn a_body_of_another_length_than_the_chain_was_told_is_refused() {
    let world = World::new();
    let machine = begun(&world);
    let one = body("one");
    let data = member(&[mongo_ledger_core::payload::Declared { commitment: one.commitment(), bytes: 4 }]);
    let data = Object::from([(MEMBER.to_owned(), data)]);
    let lie = build::create(&[public(1)], &[Share::to(public(1), 1)], Some(data), None).sign(&[&key(1)]);
    block(&machine, 1, &[lie.unwrap()]);
    assert!(matches!(put(&machine, &one), Err(KeepError::Length { found: 3, said: 4, .. })));
    assert_eq!(here(&world), Vec::<String>::new());
    assert!(Body::new("07", vec![1]).is_err() && Body::new(&"07".repeat(32), Vec::new()).is_err());
    assert!(Body::new(&"07".repeat(32), vec![0; (1 << 20) + 1]).is_err());
}

#[test]
fn what_is_missing_changed_kept_after_its_erasure_or_nobodys_is_named() {
    let world = World::new();
    let machine = begun(&world);
    let (one, two, three, waits) = (body("one"), body("two"), body("three"), body("waits"));
    let letter = letter(&[&one, &two, &three]);
    for body in [&one, &two, &three, &waits] {
        put(&machine, body).unwrap();
    }
    block(&machine, 1, std::slice::from_ref(&letter));
    block(&machine, 2, &[erased(&letter, &[&three])]);
    let documents = &world.documents;
    let write = |document: Document| {
        world.runtime.block_on(documents.replace(Collection::Payloads, &[document])).unwrap();
    };
    let id = |body: &Body| body.commitment().to_string();
    world.runtime.block_on(documents.remove(Collection::Payloads, &[id(&one)])).unwrap();
    let mut other = two.document();
    other.insert("body", body("forged").document().get("body").unwrap().clone());
    write(other);
    write(three.document());
    write(doc! { "_id": "ab".repeat(32), "body": Bson::Null });
    let mut expected = vec![
        format!("payloads/{} is missing", id(&one)),
        format!("payloads/{} was edited: body", id(&two)),
        format!("payloads/{} is here, though it was erased at height 2", id(&three)),
        format!("payloads/{} is not of this ledger", "ab".repeat(32)),
    ];
    let mut named = found(&world, &machine);
    expected.sort();
    named.sort();
    assert_eq!(named, expected);
    // Repaired without a peer, what is left is what only a peer has.
    let nowhere = Rpc::new("http://127.0.0.1:1").unwrap();
    let findings = world
        .runtime
        .block_on(crate::verify::database(&machine.ledger.store, &**documents, |_, _| {}))
        .unwrap();
    world.runtime.block_on(repair(&machine.ledger.store, &**documents, &findings, &nowhere)).unwrap();
    let mut left = [&one, &two].map(|body| format!("payloads/{} is missing", id(body)));
    left.sort();
    assert_eq!(found(&world, &machine), left);
    put(&machine, &one).unwrap();
    put(&machine, &two).unwrap();
    assert_eq!(found(&world, &machine), Vec::<String>::new());
}

#[test]
fn a_crash_before_an_erasure_was_carried_out_is_made_up_for_at_the_start() {
    let world = World::new();
    let machine = begun(&world);
    let one = body("one");
    let letter = letter(&[&one]);
    put(&machine, &one).unwrap();
    block(&machine, 1, std::slice::from_ref(&letter));
    block(&machine, 2, &[erased(&letter, &[&one])]);
    drop(machine);
    // As after a crash between the block and the removal, or on documents of a backup.
    world.runtime.block_on(world.documents.replace(Collection::Payloads, &[one.document()])).unwrap();
    let again = world.plain();
    assert_eq!(here(&world), Vec::<String>::new());
    assert_eq!(world.runtime.block_on(sweep(&again.ledger.store, &*world.documents)).unwrap(), 0);
    // The same when the whole index is made of the documents again.
    drop(again);
    std::fs::remove_dir_all(world.index()).unwrap();
    world.runtime.block_on(world.documents.replace(Collection::Payloads, &[one.document()])).unwrap();
    let config = crate::config::Config::load(world.home.path()).unwrap();
    let documents: Arc<dyn crate::documents::Documents> = world.documents.clone();
    world.runtime.block_on(recover(&config, &documents)).unwrap();
    assert_eq!(here(&world), Vec::<String>::new());
}

#[test]
fn a_record_is_proven_after_the_erasure_as_before() {
    let world = World::new();
    let machine = begun(&world);
    let one = body("one");
    let letter = letter(&[&one]);
    put(&machine, &one).unwrap();
    block(&machine, 1, std::slice::from_ref(&letter));
    block(&machine, 2, &[erased(&letter, &[&one])]);
    let proof = proof(&machine.ledger, &letter);
    let app_hash = machine.ledger.store.committed().app_hash;
    let (proven, _) = proof.verify(&app_hash).unwrap();
    assert_eq!(proven.payloads()[0].commitment, one.commitment());
}

pub(super) fn proof(ledger: &Ledger, transaction: &Transaction) -> RecordProof {
    use mongo_ledger_core::{log, proof::StateProof, state};
    let latest = ledger.store.latest();
    let entry = state::entry(transaction.id()).get(&latest).unwrap().unwrap();
    let size = state::head().get(&latest).unwrap().unwrap().size;
    RecordProof {
        height: latest.height().0,
        app_hash: latest.app_hash(),
        id: *transaction.id(),
        raw: transaction.raw().to_owned(),
        record: Stored {
            height: entry.height,
            position: 0,
            previous: mongo_ledger_core::record::Record::FIRST,
        },
        index: entry.index,
        path: log::inclusion(&crate::index::Index(&ledger.store), entry.index, size).unwrap(),
        log: StateProof::from(&latest.prove(state::head().as_bytes()).unwrap()),
    }
}

/// Peers of an open chain.
fn plain(peers: &[Peer]) -> Peers {
    Peers::new(peers, None, Box::new(|| None)).unwrap()
}

#[test]
fn a_peer_is_an_address_and_what_it_gives_is_compared() {
    let peer = |text: &str| Peer::try_from(text.to_owned());
    assert_eq!(peer("http://10.0.0.2:9984/").unwrap().to_string(), "http://10.0.0.2:9984");
    assert_eq!(peer("https://db.example:9986/").unwrap().to_string(), "https://db.example:9986");
    for text in ["", "10.0.0.2:9984", "https://", "http://", "http://x/y", "http://a@b", "ftp://x"] {
        assert!(peer(text).is_err(), "{text}");
    }
    let (liar, right) = (body("another"), body("right"));
    let served = |body: &Body| {
        let (salt, bytes) = (body.salt(), body.bytes().to_vec());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            use std::io::{Read as _, Write as _};
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4_096]);
                let head =
                    format!("HTTP/1.1 200 OK\r\nx-salt: {salt}\r\ncontent-length: {}\r\n\r\n", bytes.len());
                stream.write_all(&[head.as_bytes(), &bytes].concat()).unwrap();
            }
        });
        peer(&address).unwrap()
    };
    let (lies, tells) = (served(&liar), served(&right));
    let asked = |peers: &[Peer]| fetch(&plain(peers), &right.commitment());
    assert_eq!(asked(&[lies.clone(), tells]).unwrap(), right);
    let refused = asked(&[lies]).unwrap_err();
    assert!(refused.contains("another payload than the one asked for"), "{refused}");
    assert!(asked(&[]).unwrap_err().contains("payloads.peers"));
}

#[test]
fn a_node_fetches_what_it_misses_from_its_peers() {
    let world = World::new();
    let machine = begun(&world);
    let one = body("one");
    block(&machine, 1, &[letter(&[&one])]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = Peer::try_from(format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let answer = one.clone();
    let served = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        // The first answer is that the peer misses it too.
        for status in ["404 Not Found", "200 OK"] {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]);
            let (salt, length) = (answer.salt(), answer.bytes().len());
            let head = format!(
                "HTTP/1.1 {status}\r\nx-salt: {salt}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(&[head.as_bytes(), answer.bytes()].concat()).unwrap();
        }
    });
    let thread = crate::payload::watch(Arc::clone(&machine.ledger), plain(&[peer])).unwrap();
    served.join().unwrap();
    for _ in 0..100 {
        if machine.ledger.payloads.missing() == 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    machine.ledger.stopping.store(true, Ordering::SeqCst);
    thread.join().unwrap();
    assert_eq!(here(&world), [one.commitment().to_string()]);
    assert_eq!(found(&world, &machine), Vec::<String>::new());
}
