//! Crashes in the middle of an erasure: at every write of its block, and again at every write of the start behind it.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use mongo_ledger_core::{access::Access, transaction::Transaction};
use sirius_primitives::Hash;
use tendermint_abci::Application as _;
use tendermint_proto::v0_38::abci::RequestInfo;

use super::{
    crash::Mortal,
    payloads::{block, body, erased, found, here, letter, proof, put},
    world::{World, finalize, init},
};
use crate::{
    Machine,
    config::Config,
    documents::Documents,
    payload::{Body, KeepError},
    recovery::recover,
};

/// Two bodies that are to be erased, and one that stays.
fn bodies() -> [Body; 3] {
    ["one", "two", "kept"].map(body)
}

fn named(bodies: &[Body; 3]) -> Transaction {
    letter(&bodies.each_ref())
}

fn erasure(bodies: &[Body; 3]) -> Transaction {
    let [one, two, _] = bodies;
    erased(&named(bodies), &[one, two])
}

/// A process whose chain names the bodies, all of them here; its document server lives until it is told otherwise.
fn begun(world: &World) -> (Machine, Arc<Mortal>) {
    let mortal = Arc::new(Mortal { inner: world.documents.clone(), left: AtomicI64::new(i64::MAX) });
    let machine = world.start(mortal.clone());
    init(&machine, Access::Open);
    let bodies = bodies();
    for body in &bodies {
        put(&machine, body).unwrap();
    }
    block(&machine, 1, &[named(&bodies)]);
    (machine, mortal)
}

/// The app hash after an erasure that nothing interrupted.
fn uninterrupted() -> Hash {
    let world = World::new();
    let (machine, _) = begun(&world);
    block(&machine, 2, &[erasure(&bodies())]);
    machine.ledger.store.committed().app_hash
}

/// Starts on documents that die at a write; whether they lived that long.
fn is_started(world: &World, write: i64) -> bool {
    let config = Config::load(world.home.path()).unwrap();
    let mortal: Arc<dyn Documents> =
        Arc::new(Mortal { inner: world.documents.clone(), left: AtomicI64::new(write) });
    world.runtime.block_on(recover(&config, &mortal)).is_ok()
}

/// What must hold behind a start after any crash: nothing is lost before the erasure counts, nothing is left when it does.
fn ends_well(world: &World, expected: Hash, case: &str) {
    let (machine, bodies) = (world.plain(), bodies());
    if machine.info(RequestInfo::default()).last_block_height == 1 {
        assert_eq!(here(world).len(), 3, "{case}: a body went with a block that does not count");
        block(&machine, 2, &[erasure(&bodies)]);
    }
    let [one, two, kept] = &bodies;
    assert_eq!(here(world), [kept.commitment().to_string()], "{case}");
    assert_eq!(found(world, &machine), Vec::<String>::new(), "{case}");
    for body in [one, two] {
        let again = put(&machine, body);
        assert!(matches!(again, Err(KeepError::Erased { height: 2, .. })), "{case}: {again:?}");
    }
    let app_hash = machine.ledger.store.committed().app_hash;
    assert_eq!(app_hash, expected, "{case}");
    let (proven, _) = proof(&machine.ledger, &named(&bodies)).verify(&app_hash).unwrap();
    let commitments: Vec<_> = proven.payloads().iter().map(|one| one.commitment).collect();
    assert_eq!(commitments, bodies.each_ref().map(Body::commitment), "{case}");
}

#[test]
fn a_crash_at_every_write_of_an_erasure_leaves_no_body_and_every_proof() {
    let expected = uninterrupted();
    let (mut crashes, mut again) = (0, 0);
    for write in 0.. {
        let mut survived = false;
        for second in 0.. {
            let world = World::new();
            let (machine, mortal) = begun(&world);
            finalize(&machine, 2, &[erasure(&bodies())], false);
            mortal.left.store(write, Ordering::SeqCst);
            survived = machine.ledger.commit().is_ok();
            drop(machine);
            let started = is_started(&world, second);
            ends_well(&world, expected, &format!("write {write}, then write {second} of the start"));
            if started {
                break;
            }
            again += 1;
        }
        if survived {
            break;
        }
        crashes += 1;
    }
    assert!(crashes > 3 && again > 3, "only {crashes} writes crashed, and {again} of the starts behind them");
}
