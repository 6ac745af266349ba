//! A chain from its registration to its end.

use sirius_primitives::{Amount, Height};

use super::*;
use crate::base::fee::community;

fn chain(bed: &Bed) -> Chain {
    keys::chain(CHAIN).get(&bed.state).unwrap().unwrap()
}

/// The heights of the headers that are kept, asked for as clients do.
fn kept(bed: &Bed, from: u64) -> Vec<u64> {
    let request = wire::QueryHeadersRequest { chain_id: CHAIN.into(), from, pagination: None };
    let answer: wire::QueryHeadersResponse = bed.ask("/sirius.anchor.v1.Query/Headers", &request).unwrap();
    answer.headers.iter().map(|header| header.height).collect()
}

fn balance(bed: &Bed, key: &Key) -> u128 {
    bed.balance(&key.address(), "uxpx")
}

/// What somebody has after a block of one message of its own, beside the fee.
fn gained(bed: &mut Bed, key: &Key, message: Any) -> i128 {
    let before = balance(bed, key);
    bed.deliver(&[key], vec![message]);
    let fee = u128::from(crate::testing::GAS);
    i128::try_from(balance(bed, key) + fee).unwrap() - i128::try_from(before).unwrap()
}

#[test]
fn a_chain_registers_and_its_headers_are_taken_and_paid_for() {
    let mut bed = Bed::new();
    let spent = gained(&mut bed, &alice(), any(&registration(&alice(), draft(10, 0).all())));
    assert_eq!(spent, -(1_000_000_000 + 100_000));
    for (height, seconds) in [(15, 1), (20, 2), (31, 2)] {
        bed.block.time.seconds = START.seconds + 60;
        assert_eq!(
            gained(
                &mut bed,
                &bob(),
                posted(&bob(), vec![draft(height, i64::try_from(height).unwrap() + seconds).all()])
            ),
            2_400
        );
    }
    let chain = chain(&bed);
    assert_eq!((chain.latest.height, chain.kept, chain.posted, chain.first), (31, 4, 4, 10));
    assert_eq!(chain.deposit, Amount::new(100_000 - 3 * PRICE));
    assert_eq!(kept(&bed, 0), [10, 15, 20, 31]);
    assert_eq!(kept(&bed, 16), [20, 31]);
    let request = wire::QueryChainRequest { chain_id: CHAIN.into() };
    let answer: wire::QueryChainResponse = bed.ask("/sirius.anchor.v1.Query/Chain", &request).unwrap();
    assert_eq!(answer.next_validators.len(), 4);
    let shown = answer.chain.unwrap();
    assert_eq!(shown.status(), wire::ChainStatus::Active);
    assert_eq!(shown.latest.unwrap().app_hash, Database::new().unwrap().app_hash());
}

#[test]
fn only_the_newest_headers_are_kept() {
    let mut bed = Bed::with(|genesis| genesis["params"]["values"] = json!({ "anchor.max_headers": 4 }));
    bed.deliver(&[&alice()], vec![any(&registration(&alice(), draft(10, 0).all()))]);
    for step in 1..=6 {
        bed.deliver(
            &[&bob()],
            vec![posted(&bob(), vec![draft(10 + 5 * step, i64::try_from(step).unwrap()).all()])],
        );
    }
    assert_eq!(kept(&bed, 0), [25, 30, 35, 40]);
    bed.deliver(&[&alice()], vec![update(&alice(), &[("anchor.max_headers", 2)])]);
    bed.deliver(&[&bob()], vec![posted(&bob(), vec![draft(45, 8).all()])]);
    assert_eq!(kept(&bed, 0), [35, 40, 45], "two go with each new one");
    bed.deliver(&[&bob()], vec![posted(&bob(), vec![draft(50, 9).all()])]);
    assert_eq!(kept(&bed, 0), [45, 50]);
}

/// Validators change one by one, all at once by way of the header that announces it, and over several headers in one
/// message.
#[test]
fn validators_hand_over() {
    let mut bed = bed();
    let mut post = |blocks: Vec<wire::LightBlock>| {
        bed.deliver(&[&bob()], vec![posted(&bob(), blocks)]);
    };
    let set = |own: &'static [u8], next: &'static [u8]| {
        move |draft: &mut Draft| (draft.validators, draft.next) = (members(own), members(next))
    };
    const ONE: &[u8] = &[60, 61, 62, 63];
    const TWO: &[u8] = &[61, 62, 63, 64];
    const THREE: &[u8] = &[65, 66, 67];
    const FOUR: &[u8] = &[68];
    // One of four is replaced: the others are trusted.
    post(vec![draft(15, 1).with(set(TWO, TWO)).all()]);
    // Sooner than every 5, since others sign after it.
    post(vec![draft(17, 2).with(set(TWO, THREE)).all()]);
    // The very next header needs no trust but the announcement; the one behind it is trusted by it.
    post(vec![draft(18, 3).with(set(THREE, THREE)).all(), draft(23, 4).with(set(THREE, THREE)).all()]);
    // Twice in one message, which alone could not be reached.
    post(vec![
        draft(30, 5).with(set(THREE, FOUR)).all(),
        draft(31, 6).with(set(FOUR, ONE)).all(),
        draft(32, 7).with(set(ONE, ONE)).all(),
    ]);
    assert_eq!(kept(&bed, 0), [10, 15, 17, 23, 32]);
}

/// What a chain wrote last can be proven though nothing follows it.
#[test]
fn a_header_is_taken_when_the_ledger_has_made_as_many_blocks_as_the_chain_must_whatever_its_height() {
    let mut bed = bed();
    let taken = chain(&bed).latest.posted;
    let post = |height, seconds| posted(&bob(), vec![draft(height, seconds).all()]);
    bed.block.height = Height(taken.0 + 4);
    assert_eq!(refuse(&bed, &bob(), post(11, 1)).code, 10);
    bed.block.height = Height(taken.0 + 5);
    bed.deliver(&[&bob()], vec![post(11, 1)]);
    // It is counted from there, however old the header was.
    assert_eq!(refuse(&bed, &bob(), post(12, 2)).code, 10);
    bed.block.height = Height(taken.0 + 10);
    bed.deliver(&[&bob()], vec![post(12, 2)]);
    assert_eq!(kept(&bed, 0), [10, 11, 12]);
}

/// A chain that has nothing to do makes a block now and then, by which it stays trusted.
#[test]
fn a_header_that_comes_late_is_taken_whatever_its_height() {
    let mut bed = bed();
    bed.block.time.seconds = START.seconds + 1_300;
    let soon = refuse(&bed, &bob(), posted(&bob(), vec![draft(11, 1_199).all()]));
    assert_eq!((soon.space, soon.code), ("anchor", 10));
    bed.deliver(&[&bob()], vec![posted(&bob(), vec![draft(11, 1_200).all()])]);
    assert_eq!(kept(&bed, 0), [10, 11]);
}

#[test]
fn anybody_adds_to_a_deposit_and_its_owner_takes_of_it() {
    let mut bed = bed();
    assert_eq!(gained(&mut bed, &carol(), added(&carol(), CHAIN, 500, "uxpx")), -500);
    assert_eq!(gained(&mut bed, &alice(), withdrawn(&alice(), 100_500)), 100_500);
    assert_eq!(chain(&bed).deposit, Amount::ZERO);
    // Whoever fills it up lets headers go on where they stopped.
    bed.deliver(&[&bob()], vec![added(&bob(), CHAIN, PRICE, "uxpx")]);
    bed.deliver(&[&bob()], vec![posted(&bob(), vec![draft(400, 1).all()])]);
}

#[test]
fn a_bond_comes_back_after_the_trusting_period_and_the_name_stays_taken() {
    let mut bed = bed();
    for step in 1..=3 {
        bed.deliver(
            &[&bob()],
            vec![posted(&bob(), vec![draft(10 + 5 * step, i64::try_from(step).unwrap()).all()])],
        );
    }
    let left = 100_000 - 3 * PRICE;
    assert_eq!(gained(&mut bed, &alice(), closed(&alice(), CHAIN)), i128::try_from(left).unwrap());
    let refusal = refuse(&bed, &bob(), posted(&bob(), vec![draft(30, 4).all()]));
    assert_eq!(refusal.text, "the anchor of chain db-1 is closing");
    assert_eq!(refuse(&bed, &alice(), closed(&alice(), CHAIN)).text, "the anchor of chain db-1 is closing");
    let Status::Closing { ends } = chain(&bed).status else { panic!("it is being closed") };
    bed.block.time = Timestamp { seconds: ends.seconds - 1, nanos: 0 };
    bed.make_block(&[]);
    assert_eq!(chain(&bed).bond, Amount::new(BOND));
    let before = balance(&bed, &alice());
    bed.make_block(&[]);
    assert_eq!(balance(&bed, &alice()) - before, BOND);
    assert_eq!((chain(&bed).status, chain(&bed).kept), (Status::Closed, 0));
    let again = any(&registration(&bob(), draft(10, 3_600).all()));
    assert!(refuse(&bed, &bob(), again).text.contains("registered already"));
}

/// More headers than a block drops, and more chains than a block ends.
#[test]
fn what_ends_in_a_block_is_bounded() {
    let mut bed = Bed::new();
    for number in 0..12 {
        let named = |draft: &mut Draft| draft.chain_id = format!("many-{number}");
        bed.deliver(&[&alice()], vec![any(&registration(&alice(), draft(10, 0).with(named).all()))]);
        bed.deliver(&[&alice()], vec![closed(&alice(), &format!("many-{number}"))]);
    }
    // What several hundred messages would do.
    let key = keys::chain("many-0");
    let mut first = key.get(&bed.state).unwrap().unwrap();
    let Status::Closing { ends } = first.status else { panic!("it is being closed") };
    for height in 11..=310 {
        first.latest.height = height;
        keys::header("many-0", height).set(&mut bed.state, &first.latest);
    }
    first.kept = 301;
    key.set(&mut bed.state, &first);
    bed.check_invariants();
    bed.block.time = Timestamp { seconds: ends.seconds + 1_000, nanos: 0 };
    let open = |bed: &Bed| {
        let status =
            |number: u32| keys::chain(&format!("many-{number}")).get(&bed.state).unwrap().unwrap().status;
        (0..12).filter(|number| status(*number) != Status::Closed).count()
    };
    let left: Vec<_> = (0..4)
        .map(|_| {
            bed.make_block(&[]);
            open(&bed)
        })
        .collect();
    assert_eq!(left, [12, 2, 0, 0]);
}

#[test]
fn two_headers_of_one_height_freeze_the_anchor_and_cost_the_bond() {
    let mut bed = bed();
    bed.deliver(&[&carol()], vec![any(&proof(&carol()))]);
    let subject = Subject::Record([2; 32]);
    assert!(super::super::proven(&bed.state, CHAIN, &subject).unwrap().is_some());
    let supply = bed.supply("uxpx");
    assert_eq!(gained(&mut bed, &bob(), any(&conflict(&bob()))), 500_000_000);
    assert_eq!(supply - bed.supply("uxpx"), 500_000_000);
    assert_eq!((chain(&bed).status, chain(&bed).bond), (Status::Frozen, Amount::ZERO));
    // Nobody may rely on what was proven; the evidence is there for everybody to look at.
    assert_eq!(super::super::proven(&bed.state, CHAIN, &subject).unwrap(), None);
    assert_eq!(super::super::header(&bed.state, CHAIN, 10).unwrap(), None);
    let request = wire::QueryConflictRequest { chain_id: CHAIN.into() };
    let answer: wire::QueryConflictResponse = bed.ask("/sirius.anchor.v1.Query/Conflict", &request).unwrap();
    let found = answer.conflict.unwrap();
    assert_eq!((found.first, found.second), (conflict(&bob()).first, conflict(&bob()).second));
    let request = wire::QueryProvenRequest { chain_id: CHAIN.into(), subject: subject.to_string() };
    let answer: wire::QueryProvenResponse = bed.ask("/sirius.anchor.v1.Query/Proven", &request).unwrap();
    assert!(answer.frozen);
    let frozen = "the anchor of chain db-1 is frozen";
    for message in [any(&conflict(&bob())), any(&proof(&bob())), added(&bob(), CHAIN, 1, "uxpx")] {
        assert_eq!(refuse(&bed, &bob(), message).text, frozen);
    }
    // The deposit is still the owner's.
    assert_eq!(gained(&mut bed, &alice(), withdrawn(&alice(), 100_000)), 100_000);
}

#[test]
fn a_bond_is_divided_as_the_parameters_say() {
    let mut bed = Bed::with(|genesis| {
        genesis["params"]["values"] = json!({ "anchor.reporter_permille": 100, "anchor.burn_permille": 500 });
    });
    bed.deliver(&[&alice()], vec![any(&registration(&alice(), draft(10, 0).all()))]);
    let (supply, before) = (bed.supply("uxpx"), bed.balance(&community(), "uxpx"));
    assert_eq!(gained(&mut bed, &bob(), any(&conflict(&bob()))), 100_000_000);
    assert_eq!(supply - bed.supply("uxpx"), 450_000_000);
    let fee = u128::from(crate::testing::GAS);
    assert_eq!(bed.balance(&community(), "uxpx") - before, 450_000_000 + fee / 5);
}

/// Also of a chain that is being closed, and of heights behind the newest header.
#[test]
fn a_conflict_is_heard_from_any_header_that_is_kept() {
    let mut bed = bed();
    bed.deliver(&[&bob()], vec![posted(&bob(), vec![draft(15, 1).all()])]);
    bed.deliver(&[&alice()], vec![closed(&alice(), CHAIN)]);
    let missing = refuse(&bed, &bob(), any(&conflict(&bob())));
    assert!(missing.text.contains("give these"), "{}", missing.text);
    let trusted_validators =
        members(&[60, 61, 62, 63]).iter().map(super::super::light::wire_member).collect();
    let shown = wire::MsgSubmitConflict { trusted_validators, ..conflict(&bob()) };
    bed.deliver(&[&bob()], vec![any(&shown)]);
    assert_eq!(chain(&bed).status, Status::Frozen);
    bed.block.time.seconds += 10_000;
    bed.make_block(&[]);
    assert_eq!(chain(&bed).status, Status::Frozen);
}

#[test]
fn the_invariants_see_what_they_are_for() {
    let check = |change: fn(&mut crate::testing::State), text: &str| {
        let mut bed = bed();
        change(&mut bed.state);
        let broken = super::super::state::invariants(&bed.state).unwrap().unwrap_err();
        assert!(broken.contains(text), "{broken}");
    };
    check(|state| keys::header(CHAIN, 10).remove(state), "another number of headers");
    check(|state| keys::validators(CHAIN).remove(state), "its validators are not those");
    check(|state| keys::due(START, CHAIN).set(state, &CHAIN.to_owned()), "0 chains are being closed, 1");
    check(
        |state| {
            let mut chain = keys::chain(CHAIN).get(state).unwrap().unwrap();
            chain.deposit = Amount::ZERO;
            keys::chain(CHAIN).set(state, &chain);
        },
        "bonds and deposits are 1000000000, the bank holds 1000100000",
    );
}
