//! Bodies beside the chain: who may bring and erase them, and that proofs hold afterwards.

use std::collections::BTreeMap;

use mongo_ledger_core::{
    access::{Change, Holder, Right, Role},
    condition::Condition,
    json::{Object, Value},
    payload::{Commitment, Declared, MEMBER, member},
    refusal::Refusal,
    state,
    transaction::{
        Asset, Transaction,
        build::{self, Share},
    },
};
use proptest::prelude::*;

use crate::world::{CHAIN, World, key, public, spend};

fn body(number: u8) -> Declared {
    Declared { commitment: Commitment::of(&[number; 32], &[number]), bytes: 1 }
}

fn document(bodies: &[Declared]) -> Option<Object> {
    Some(Object::from([(MEMBER.to_owned(), member(bodies)), ("kind".to_owned(), Value::from("letter"))]))
}

fn made(owner: u8, data: &[Declared], metadata: &[Declared]) -> Transaction {
    let metadata = (!metadata.is_empty()).then(|| document(metadata)).flatten();
    let prepared = build::create(&[public(owner)], &[Share::to(public(owner), 1)], document(data), metadata);
    prepared.sign(&[&key(owner)]).unwrap()
}

fn erase(asset: &Transaction, author: u8, bodies: &[Declared]) -> Transaction {
    let bodies: Vec<Commitment> = bodies.iter().map(|body| body.commitment).collect();
    build::erase(&[public(author)], *asset.id(), &bodies).sign(&[&key(author)]).unwrap()
}

fn moved(from: &Transaction, owner: u8, to: u8, bodies: &[Declared]) -> Transaction {
    let shares = [Share::to(public(to), 1)];
    build::transfer(&[spend(from, 0)], &shares, from.asset_id(), document(bodies))
        .sign(&[&key(owner)])
        .unwrap()
}

fn payload(world: &World, commitment: &Commitment) -> Option<state::Payload> {
    state::payload(commitment).get(&world.store.latest()).unwrap()
}

#[test]
fn a_body_is_known_from_its_transaction_on_and_erased_once() {
    let mut world = World::new();
    let letter = made(1, &[body(1), body(2)], &[body(3)]);
    let begun = world.one(&letter).unwrap();
    let known = payload(&world, &body(3).commitment).unwrap();
    assert_eq!(
        (known.transaction, known.asset, known.authors),
        (*letter.id(), *letter.id(), vec![public(1)])
    );
    let erased = world.one(&erase(&letter, 1, &[body(1), body(3)])).unwrap();
    assert_eq!((erased.asset, erased.previous), (*letter.id(), begun.leaf()), "it is a record of the asset");
    assert_eq!(payload(&world, &body(1).commitment).unwrap().erased, Some(2));
    assert_eq!(payload(&world, &body(2).commitment).unwrap().erased, None);
    let listed = state::payloads(&world.store.latest(), None, 10).unwrap();
    assert_eq!(listed.len(), 3);
    let behind = state::payloads(&world.store.latest(), Some(&listed[0].0), 1).unwrap();
    assert_eq!(behind, [listed[1].clone()]);
}

#[test]
fn what_may_not_be_erased_or_brought_is_refused_by_its_name() {
    let mut world = World::new();
    let (letter, other) = (made(1, &[body(1)], &[]), made(2, &[body(2)], &[]));
    world.block(&[&letter, &other]).results.into_iter().for_each(|result| assert!(result.is_ok()));
    let before = world.app_hash();
    let mut refuse = |transaction: &Transaction, name: &str| {
        let refusal = world.one(transaction).unwrap_err();
        assert_eq!(refusal.name(), name, "{refusal}");
        assert_eq!(world.app_hash(), before, "{name} changes nothing");
    };
    refuse(&erase(&letter, 1, &[body(9)]), "PayloadDoesNotExist");
    refuse(&erase(&letter, 1, &[body(2)]), "PayloadDoesNotExist");
    refuse(&erase(&letter, 2, &[body(1)]), "EraseNotAllowed");
    refuse(&erase(&made(3, &[body(1)], &[]), 3, &[body(1)]), "InputDoesNotExist");
    refuse(&made(3, &[body(1)], &[]), "DuplicatePayload");
    // One of several is enough for all to be refused.
    refuse(&erase(&letter, 1, &[body(1), body(9)]), "PayloadDoesNotExist");
    world.one(&erase(&letter, 1, &[body(1)])).unwrap();
    let again = build::erase(&[public(1)], *letter.id(), &[body(1).commitment]).sign(&[&key(1)]).unwrap();
    assert_eq!(world.one(&again).unwrap_err().name(), "DuplicateTransaction");
    world.one(&erase(&other, 2, &[body(2)])).unwrap();
    // An erased body stays known: its commitment is never taken again.
    assert_eq!(world.one(&made(4, &[body(1)], &[])).unwrap_err().name(), "DuplicatePayload");
}

#[test]
fn what_was_erased_is_not_erased_again_within_one_block_either() {
    let mut world = World::new();
    let letter = made(1, &[body(1), body(2)], &[]);
    world.one(&letter).unwrap();
    let results =
        world.block(&[&erase(&letter, 1, &[body(1)]), &erase(&letter, 1, &[body(2), body(1)])]).results;
    assert!(results[0].is_ok());
    let refusal = Refusal::PayloadErased { commitment: body(1).commitment, height: 2 };
    assert_eq!(results[1].clone().unwrap_err(), refusal);
    assert_eq!(payload(&world, &body(2).commitment).unwrap().erased, None, "wholly or not at all");
}

#[test]
fn who_brought_a_body_may_erase_it_and_so_may_who_began_the_asset() {
    let mut world = World::new();
    let letter = made(1, &[body(9)], &[]);
    world.one(&letter).unwrap();
    let given = moved(&letter, 1, 2, &[body(1)]);
    world.one(&given).unwrap();
    let passed = moved(&given, 2, 3, &[body(2), body(3)]);
    world.one(&passed).unwrap();
    assert_eq!(world.one(&erase(&letter, 3, &[body(2)])).unwrap_err().name(), "EraseNotAllowed");
    assert_eq!(world.one(&erase(&letter, 2, &[body(1)])).unwrap_err().name(), "EraseNotAllowed");
    world.one(&erase(&letter, 2, &[body(2)])).unwrap();
    world.one(&erase(&letter, 1, &[body(1), body(3)])).unwrap();
    let note = build::record(&[public(1)], Asset::Id(*letter.id()), document(&[body(4)]));
    world.one(&note.sign(&[&key(1)]).unwrap()).unwrap();
    assert_eq!(payload(&world, &body(4).commitment).unwrap().erased, None);
}

#[test]
fn an_admin_of_its_namespace_erases_a_body_while_the_role_counts() {
    let mut world = World::permissioned(&Holder::from(&public(1)));
    let mut change = |change: Change| {
        let admin = Condition::Ed25519(public(1));
        world.one(&build::change(&admin, CHAIN, &change, None).sign(&[&key(1)]).unwrap()).unwrap();
    };
    let right = |seed: u8, role: Role, namespace: &str| Right {
        holder: Holder::from(&public(seed)),
        role,
        namespace: namespace.parse().unwrap(),
    };
    change(Change::Grant { right: right(2, Role::Issuer, "wine"), until: None });
    for (seed, namespace) in [(3, "wine"), (4, "win"), (5, "wine/white"), (6, "wine/red")] {
        change(Change::Grant { right: right(seed, Role::Admin, namespace), until: None });
    }
    change(Change::Grant { right: right(7, Role::Auditor, ""), until: None });
    change(Change::Revoke { right: right(6, Role::Admin, "wine/red") });
    let mut data = document(&[body(1), body(2), body(3)]).unwrap();
    data.insert("ns".into(), "wine/red".into());
    let letter = build::create(&[public(2)], &[Share::to(public(2), 1)], Some(data), None);
    let letter = letter.sign(&[&key(2)]).unwrap();
    world.one(&letter).unwrap();
    for stranger in [4, 5, 6, 7] {
        let refusal = world.one(&erase(&letter, stranger, &[body(1)])).unwrap_err();
        assert_eq!(refusal.name(), "EraseNotAllowed", "{stranger}");
    }
    world.one(&erase(&letter, 3, &[body(1)])).unwrap();
    world.one(&erase(&letter, 1, &[body(2)])).unwrap();
    // What is somebody's own they erase without any role.
    world.one(&erase(&letter, 2, &[body(3)])).unwrap();
    let head = state::chain(letter.id()).get(&world.store.latest()).unwrap().unwrap();
    assert_eq!((head.length, head.writers), (4, vec![public(2)]));
}

#[test]
fn an_erase_has_one_shape() {
    let letter = made(1, &[body(1)], &[]);
    let good = erase(&letter, 1, &[body(1)]);
    let reject = |prepared: build::Prepared| assert!(prepared.sign(&[&key(1)]).is_err());
    reject(build::erase(&[public(1)], *letter.id(), &[]));
    reject(build::erase(&[public(1)], *letter.id(), &[body(1).commitment; 2]));
    let many: Vec<Commitment> = (0..17).map(|number| body(number).commitment).collect();
    reject(build::erase(&[public(1)], *letter.id(), &many));
    build::erase(&[public(1)], *letter.id(), &many[..16]).sign(&[&key(1)]).unwrap();
    assert_eq!(good.erases(), [body(1).commitment]);
    assert!(letter.erases().is_empty());
    // The word alone erases nothing.
    let note = build::record(&[public(1)], Asset::Id(*letter.id()), good.metadata().cloned());
    assert!(note.sign(&[&key(1)]).unwrap().erases().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever is sent in whatever order: a body is brought once, erased at most once, never before it is brought, and
    /// stays known.
    #[test]
    fn a_body_is_brought_once_and_erased_at_most_once(moves in prop::collection::vec((0_u8..3, 0_u8..4, 0_u8..3), 1..24)) {
        let mut world = World::new();
        let assets: Vec<Transaction> = (1..=3).map(|owner| made(owner, &[body(200 + owner)], &[])).collect();
        world.block(&assets.iter().collect::<Vec<_>>());
        let mut known = BTreeMap::new();
        for (asset, number, author) in moves {
            let asset = &assets[usize::from(asset)];
            let bring = build::record(&[public(author + 1)], Asset::Id(*asset.id()), document(&[body(number)]));
            let bring = bring.sign(&[&key(author + 1)]).unwrap();
            let brought = world.one(&bring).is_ok();
            prop_assert!(!brought || known.insert(number, None).is_none());
            let erased = world.one(&erase(asset, author + 1, &[body(number)])).is_ok();
            let height = world.height;
            if erased {
                prop_assert_eq!(known.insert(number, Some(height)), Some(None));
            }
            for (number, erased) in &known {
                prop_assert_eq!(&payload(&world, &body(*number).commitment).unwrap().erased, erased);
            }
        }
    }
}
