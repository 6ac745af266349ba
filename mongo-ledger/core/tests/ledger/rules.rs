//! What everybody is held to: outputs, records, and the elections of validators.

use mongo_ledger_core::{
    block::{self, Submitted},
    election::Status,
    genesis::Genesis,
    governance, log,
    record::Record,
    refusal::Refusal,
    state,
    transaction::{
        Asset, OutputRef, Proposal, Transaction,
        build::{self, Share},
    },
};

use crate::world::{
    CHAIN, World, asset, change, key, proposed, public, spend, text, transfer, validators, voted,
};

#[test]
fn an_asset_is_made_divided_and_moved() {
    let mut world = World::new();
    let made = asset(1, 9, "bottle");
    let begun = world.one(&made).unwrap();
    assert_eq!((begun.previous, begun.asset), (Record::FIRST, *made.id()));
    let shares = [Share::to(public(2), 4), Share::to(public(1), 5)];
    let divided = transfer(1, &[spend(&made, 0)], &shares, *made.id());
    let second = world.one(&divided).unwrap();
    assert_eq!(second.previous, begun.leaf(), "the records of an asset name the one before");
    let joined = transfer(2, &[spend(&divided, 0)], &[Share::to(public(3), 4)], *made.id());
    let third = world.one(&joined).unwrap();
    let state = world.store.latest();
    let chain = state::chain(made.id()).get(&state).unwrap().unwrap();
    assert_eq!((chain.head, chain.length), (third.leaf(), 3));
    let unspent = |transaction: &Transaction, index| {
        let output = OutputRef { transaction_id: *transaction.id(), output_index: index };
        state::unspent(&output).get(&state).unwrap().is_some()
    };
    assert!(!unspent(&made, 0) && !unspent(&divided, 0) && unspent(&divided, 1) && unspent(&joined, 0));
    let head = state::head().get(&state).unwrap().unwrap();
    assert_eq!(head.size, 3);
    let mut expected = log::Head::default();
    [begun, second, third].iter().for_each(|record| expected.append(record.leaf(), |_| {}));
    assert_eq!(head, expected);
}

#[test]
fn what_breaks_a_rule_is_refused_by_its_name_and_changes_nothing() {
    let mut world = World::new();
    let (one, other) = (asset(1, 9, "one"), asset(1, 9, "other"));
    let whole = |to: u8| [Share::to(public(to), 9)];
    let spent = transfer(1, &[spend(&one, 0)], &whole(2), *one.id());
    for result in world.block(&[&one, &other, &spent]).results {
        result.unwrap();
    }
    let before = world.app_hash();
    let mut refuse = |transaction: &Transaction, name: &str| {
        let refusal = world.one(transaction).unwrap_err();
        assert_eq!(refusal.name(), name, "{refusal}");
        assert_eq!(world.app_hash(), before, "{name} changes nothing");
    };
    refuse(&one, "DuplicateTransaction");
    refuse(&transfer(1, &[spend(&one, 0)], &whole(3), *one.id()), "DoubleSpend");
    refuse(
        &transfer(1, &[spend(&other, 0), spend(&other, 0)], &[Share::to(public(3), 18)], *other.id()),
        "DoubleSpend",
    );
    refuse(&transfer(1, &[spend(&other, 0)], &whole(3), *one.id()), "AssetIdMismatch");
    refuse(&transfer(1, &[spend(&other, 0)], &[Share::to(public(3), 8)], *other.id()), "AmountError");
    refuse(&transfer(1, &[spend(&other, 0)], &[Share::to(public(3), 10)], *other.id()), "AmountError");
    let most = mongo_ledger_core::transaction::MAX_AMOUNT;
    let overflowing = [Share::to(public(3), most), Share::to(public(3), most), Share::to(public(3), most)];
    refuse(&transfer(1, &[spend(&other, 0)], &overflowing, *other.id()), "AmountError");
    let unknown = asset(1, 9, "never sent");
    refuse(&transfer(1, &[spend(&unknown, 0)], &whole(3), *unknown.id()), "InputDoesNotExist");
    let mut beyond = spend(&other, 0);
    beyond.output.output_index = 7;
    refuse(&transfer(1, &[beyond], &whole(3), *other.id()), "InputDoesNotExist");
    // Mallory signs with a key of his own for an output that is not his.
    let mut stolen = spend(&other, 0);
    stolen.condition = mongo_ledger_core::condition::Condition::Ed25519(public(66));
    refuse(&transfer(66, &[stolen], &whole(66), *other.id()), "InvalidSignature");
    refuse(
        &build::record(&[public(9)], Asset::Id(*other.id()), None).sign(&[&key(9)]).unwrap(),
        "InvalidSignature",
    );
    refuse(
        &build::record(&[public(9)], Asset::Id(*unknown.id()), None).sign(&[&key(9)]).unwrap(),
        "InputDoesNotExist",
    );
}

#[test]
fn an_output_is_spent_once_within_a_block_too() {
    let mut world = World::new();
    let made = asset(1, 1, "coin");
    let to = |seed: u8| transfer(1, &[spend(&made, 0)], &[Share::to(public(seed), 1)], *made.id());
    let results = world.block(&[&made, &to(2), &to(3), &made]).results;
    let names: Vec<_> = results.iter().map(|result| result.as_ref().err().map(Refusal::name)).collect();
    assert_eq!(names, [None, None, Some("DoubleSpend"), Some("DuplicateTransaction")]);
    let places: Vec<_> = results.iter().flatten().map(|record| record.position).collect();
    assert_eq!(places, [0, 1]);
}

#[test]
fn a_chain_of_records_grows_by_who_began_it() {
    let mut world = World::new();
    let begun =
        build::record(&[public(5)], Asset::Data(Some(text("log book"))), None).sign(&[&key(5)]).unwrap();
    let first = world.one(&begun).unwrap();
    let note = |number: &str, author: u8| {
        build::record(&[public(author)], Asset::Id(*begun.id()), Some(text(number)))
            .sign(&[&key(author)])
            .unwrap()
    };
    let second = world.one(&note("1", 5)).unwrap();
    assert_eq!((second.previous, second.asset), (first.leaf(), *begun.id()));
    assert_eq!(world.one(&note("2", 6)).unwrap_err().name(), "InvalidSignature");
    assert_eq!(world.one(&note("2", 5)).unwrap().previous, second.leaf());
}

#[test]
fn shared_assets_need_as_many_owners_as_they_say() {
    use mongo_ledger_core::condition::Condition;
    let mut world = World::new();
    let two_of_three = Condition::Threshold {
        threshold: 2,
        subconditions: [2, 3, 4].map(|seed| Condition::Ed25519(public(seed))).to_vec(),
    };
    let made = build::create(&[public(1)], &[Share { condition: two_of_three, amount: 1 }], None, None)
        .sign(&[&key(1)])
        .unwrap();
    world.one(&made).unwrap();
    let moved = build::transfer(&[spend(&made, 0)], &[Share::to(public(9), 1)], *made.id(), None);
    assert!(moved.clone().sign(&[&key(2)]).is_err());
    world.one(&moved.sign(&[&key(4), &key(2)]).unwrap()).unwrap();
}

#[test]
fn two_thirds_of_the_validators_change_their_set() {
    let mut world = World::new();
    let election = proposed(101, &change(105, 13), "a", &validators());
    world.one(&election).unwrap();
    assert!(
        world.block(&[&voted(&election, 101), &voted(&election, 102)]).decided.is_empty(),
        "half is not enough"
    );
    let executed = world.block(&[&voted(&election, 103)]);
    assert_eq!(executed.validators, [(public(105), 13)]);
    assert!(matches!(executed.decided[0].1.status, Status::Concluded { height: 3 }));
    assert_eq!(state::validators(&world.store.latest()).unwrap().len(), 5);
    assert_eq!(world.one(&voted(&election, 104)).unwrap_err().name(), "ElectionClosed");
    let mut five = state::validators(&world.store.latest()).unwrap();
    five.sort_unstable();
    let removal = proposed(101, &change(105, 0), "b", &five);
    world.one(&removal).unwrap();
    let votes: Vec<_> = [101, 102, 103, 104].map(|voter| voted(&removal, voter)).to_vec();
    let executed = world.block(&votes.iter().collect::<Vec<_>>());
    assert_eq!(executed.validators, [(public(105), 0)]);
    assert_eq!(state::validators(&world.store.latest()).unwrap(), validators());
}

#[test]
fn an_election_that_breaks_a_rule_is_refused_by_its_name() {
    let mut world = World::new();
    let mut refuse = |transaction: &Transaction, name: &str| {
        assert_eq!(world.one(transaction).unwrap_err().name(), name);
    };
    refuse(&proposed(7, &change(105, 1), "", &validators()), "InvalidProposer");
    refuse(&proposed(101, &change(105, 1), "", &validators()[1..]), "UnequalValidatorSet");
    let mut unequal = validators();
    unequal[0].1 = 11;
    refuse(&proposed(101, &change(105, 1), "", &unequal), "UnequalValidatorSet");
    refuse(&proposed(101, &change(105, 14), "", &validators()), "InvalidPowerChange");
    let made = asset(1, 1, "no election");
    world.one(&made).unwrap();
    let vote = build::vote(*made.id(), &spend(&made, 0), 1).sign(&[&key(1)]).unwrap();
    assert_eq!(world.one(&vote).unwrap_err().name(), "AssetIdMismatch");
}

#[test]
fn an_election_asked_of_other_validators_or_too_late_decides_nothing() {
    let mut world = World::new();
    let (first, second) = (
        proposed(101, &change(105, 1), "1", &validators()),
        proposed(102, &change(106, 1), "2", &validators()),
    );
    world.block(&[&first, &second]).results.into_iter().for_each(|result| {
        result.unwrap();
    });
    let votes: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|election| [101, 102, 103].map(|voter| voted(election, voter)))
        .collect();
    let executed = world.block(&votes.iter().collect::<Vec<_>>());
    assert_eq!(
        executed.validators,
        [(public(105), 1)],
        "the second was asked of validators that are no longer all"
    );
    assert!(matches!(executed.decided[1].1.status, Status::Inconclusive { .. }));
    let late = proposed(101, &change(107, 1), "3", &state::validators(&world.store.latest()).unwrap());
    world.one(&late).unwrap();
    (0..5).for_each(|_| drop(world.block(&[])));
    assert_eq!(world.one(&voted(&late, 101)).unwrap_err().name(), "ElectionClosed");
    let election = state::election(late.id()).get(&world.store.latest()).unwrap().unwrap();
    assert_eq!((election.status_at(world.height), election.votes), ("inconclusive", 0));
}

#[test]
fn the_last_validator_stays() {
    let mut world = World::new();
    let validators = vec![(public(101), 10)];
    world.genesis = Genesis { chain_id: CHAIN.into(), validators, ..Genesis::default() }.changes();
    let election = proposed(101, &change(101, 0), "", &[(public(101), 10)]);
    world.one(&election).unwrap();
    let executed = world.block(&[&voted(&election, 101)]);
    assert!(matches!(executed.decided[0].1.status, Status::Inconclusive { .. }));
    assert_eq!(governance::total_power(&world.store.latest()).unwrap(), 10);
}

#[test]
fn a_migration_ends_the_chain() {
    let mut world = World::new();
    let election = proposed(101, &Proposal::Migration, "m", &validators());
    world.one(&election).unwrap();
    let votes: Vec<_> = [101, 102, 103].map(|voter| voted(&election, voter)).to_vec();
    world.block(&votes.iter().collect::<Vec<_>>());
    assert_eq!(world.one(&asset(1, 1, "late")).unwrap_err(), Refusal::ChainEnded { height: 2 });
}

#[test]
fn an_election_concludes_the_same_when_its_block_is_executed_again() {
    let history = |again: bool| {
        let mut world = World::new();
        let election = proposed(101, &change(105, 13), "a", &validators());
        world.one(&election).unwrap();
        let votes: Vec<_> = [101, 102, 103].map(|voter| voted(&election, voter)).to_vec();
        if again {
            // A crash between the execution of a block and its commit: nothing was written, so it runs again.
            let submitted: Vec<Submitted<'_>> = votes.iter().map(Ok).collect();
            drop(block::run(&world.store.latest(), 2, &submitted).unwrap());
        }
        let executed = world.block(&votes.iter().collect::<Vec<_>>());
        (executed.validators, world.app_hash())
    };
    assert_eq!(history(false), history(true));
    assert_eq!(history(false).0, [(public(105), 13)]);
}
