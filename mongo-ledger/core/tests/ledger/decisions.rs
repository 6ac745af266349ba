//! What validators decide beside who they are: settings, roles, upgrades.

use mongo_ledger_core::{
    access::{Change, Holder, Namespace, Right, Role},
    block::{self, Executed},
    election::Status,
    refusal::Refusal,
    settings::Settings,
    state,
    transaction::{Proposal, Transaction},
    upgrade::Plan,
};
use sirius_store::Fault;

use crate::world::{CHAIN, World, asset, key, proposed, public, validators, voted};

/// Proposes and votes with three of four; what the deciding block did.
fn decided(world: &mut World, proposal: &Proposal, seed: &str) -> Executed {
    let election = proposed(101, proposal, seed, &validators());
    world.one(&election).unwrap();
    let votes = [101, 102, 103].map(|voter| voted(&election, voter));
    let executed = world.block(&votes.iter().collect::<Vec<_>>());
    assert_eq!(executed.decided.len(), 1);
    executed
}

fn concluded(executed: &Executed) -> bool {
    matches!(executed.decided[0].1.status, Status::Concluded { .. })
}

fn upgrade(name: &str, height: u64) -> Proposal {
    Proposal::Upgrade(Plan { name: name.into(), height })
}

#[test]
fn two_thirds_set_how_large_and_how_long() {
    let mut world = World::new();
    let settings = |world: &World| state::settings().get(&world.store.latest()).unwrap().unwrap();
    let bytes = Proposal::Parameters { transaction_bytes: Some(4 << 10), election_blocks: None };
    assert!(concluded(&decided(&mut world, &bytes, "")));
    let expected = Settings { transaction_bytes: 4 << 10, election_blocks: 5, ..Settings::default() };
    assert_eq!(settings(&world), expected);
    let blocks = Proposal::Parameters { transaction_bytes: None, election_blocks: Some(9) };
    assert!(concluded(&decided(&mut world, &blocks, "")));
    assert_eq!(settings(&world), Settings { election_blocks: 9, ..expected });
    let election = proposed(102, &blocks, "later", &validators());
    world.one(&election).unwrap();
    let found = state::election(election.id()).get(&world.store.latest()).unwrap().unwrap();
    assert_eq!(found.expires, world.height + 9);
    // Who would make every further election too large is refused.
    let small = Proposal::Parameters { transaction_bytes: Some(1 << 10), election_blocks: None };
    let refused = world.one(&proposed(101, &small, "", &validators())).unwrap_err();
    assert!(
        refused.name() == "ValidationError" && refused.to_string().contains("proposed again"),
        "{refused}"
    );
}

#[test]
fn two_thirds_give_and_take_roles() {
    let mut world = World::permissioned(&Holder::from(&public(1)));
    let right = Right { holder: Holder::from(&public(2)), role: Role::Issuer, namespace: Namespace::all() };
    let give = Proposal::Policy(Change::Grant { right: right.clone(), until: Some(50) });
    let executed = decided(&mut world, &give, "give");
    assert!(concluded(&executed));
    world.one(&asset(2, 1, "by election")).unwrap();
    let grant = state::grant(&right.id()).get(&world.store.latest()).unwrap().unwrap();
    assert_eq!((grant.by, grant.until), (Some(executed.decided[0].0), Some(50)));
    assert!(concluded(&decided(
        &mut world,
        &Proposal::Policy(Change::Revoke { right: right.clone() }),
        "take"
    )));
    assert_eq!(world.one(&asset(2, 1, "afterwards")).unwrap_err().name(), "RoleMissing");
    let again =
        proposed(101, &Proposal::Policy(Change::Revoke { right: right.clone() }), "twice", &validators());
    assert_eq!(world.one(&again).unwrap_err(), Refusal::GrantDoesNotExist(right.id()));
}

#[test]
fn an_upgrade_stops_a_program_that_does_not_know_it_before_its_block() {
    let mut world = World::new();
    let late = world.one(&proposed(101, &upgrade("v2", 1), "", &validators())).unwrap_err();
    assert_eq!(late, Refusal::InvalidUpgrade { height: 1, next: 1 });
    // Its height passes while it is voted on.
    let missed = decided(&mut world, &upgrade("v2", 3), "");
    assert!(!concluded(&missed) && state::upgrade().get(&world.store.latest()).unwrap().is_none());
    assert!(concluded(&decided(&mut world, &upgrade("v3", 7), "")));
    world.one(&asset(1, 1, "before")).unwrap();
    assert_eq!(world.height, 6);
    let Err(Fault::Halt(said)) = block::run(&world.store.latest(), 7, &[]) else { panic!("it goes on") };
    assert!(said.contains("\"v3\" is needed at height 7"), "{said}");
}

#[test]
fn an_election_counts_on_its_chain_alone() {
    let mut world = World::new();
    let election = |chain: &str, proposal: &Proposal| -> Transaction {
        let prepared =
            mongo_ledger_core::transaction::build::election(chain, public(101), &validators(), proposal, "");
        prepared.sign(&[&key(101)]).unwrap()
    };
    let proposal = upgrade("v2", 100);
    let expected = Refusal::WrongChain { found: "other".into(), expected: CHAIN.into() };
    assert_eq!(world.one(&election("other", &proposal)).unwrap_err(), expected);
    world.one(&election(CHAIN, &proposal)).unwrap();
}
