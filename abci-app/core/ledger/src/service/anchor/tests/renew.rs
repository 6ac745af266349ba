//! A chain whose trusting period ran out, and the vote that lets it go on under its name.

use super::*;

/// Validators whom nothing leads to from those of the tests' first header.
const OTHERS: &[u8] = &[70, 71, 72];

/// A chain whose newest header 10 is trusted no more: an hour has passed.
fn expired() -> Bed {
    let mut bed = bed();
    bed.block.time.seconds = START.seconds + 4_000;
    bed
}

/// A header of the others, long after the newest one.
fn later() -> Draft {
    draft(50, 3_990).with(|draft| (draft.validators, draft.next) = (members(OTHERS), members(OTHERS)))
}

fn chain(bed: &Bed) -> Chain {
    keys::chain(CHAIN).get(&bed.state).unwrap().unwrap()
}

#[test]
fn a_chain_that_is_trusted_no_more_goes_on_from_the_header_of_a_vote() {
    let mut bed = bed();
    bed.deliver(&[&carol()], vec![any(&proof(&carol()))]);
    bed.block.time.seconds = START.seconds + 4_000;
    let lost = refuse(&bed, &bob(), posted(&bob(), vec![later().all()]));
    assert_eq!((lost.space, lost.code), ("anchor", 12));
    assert!(lost.text.contains("tx anchor renew"), "{lost:?}");
    let before = chain(&bed);
    bed.deliver(&[&alice()], vec![renewed(&alice(), later().all())]);
    let after = chain(&bed);
    assert_eq!((after.latest.height, after.posted, after.kept), (50, 2, 2));
    assert_eq!((after.bond, after.deposit, after.status), (before.bond, before.deposit, Status::Active));
    // What was proven before counts as before, and headers follow from the new one.
    let subject = Subject::Record([2; 32]);
    assert!(super::super::proven(&bed.state, CHAIN, &subject).unwrap().is_some());
    let next =
        draft(55, 4_000).with(|draft| (draft.validators, draft.next) = (members(OTHERS), members(OTHERS)));
    bed.block.time.seconds = START.seconds + 4_010;
    bed.deliver(&[&bob()], vec![posted(&bob(), vec![next.all()])]);
    assert_eq!(chain(&bed).latest.height, 55);
    bed.check_invariants();
}

#[test]
fn a_vote_takes_the_place_of_no_header_that_is_trusted_and_thaws_nothing() {
    let check = |bed: &Bed, key: &Key, block: wire::LightBlock, code: (&str, u32), expected: &str| {
        let refusal = refuse(bed, key, renewed(key, block));
        assert_eq!((refusal.space, refusal.code), code, "{refusal:?}");
        assert!(refusal.text.contains(expected), "{refusal:?}");
    };
    let trusted = bed();
    check(&trusted, &alice(), draft(50, 1).all(), ("anchor", 27), "which are not over; post a later header");
    let bed = expired();
    check(&bed, &bob(), later().all(), ("params", 1), "not by");
    check(&bed, &alice(), draft(10, 3_990).all(), ("anchor", 9), "not newer than the anchored header 10");
    // A header that only some signed, that is itself too old, or from the future.
    check(&bed, &alice(), later().by(&[70, 71]), ("anchor", 16), "more than two thirds must");
    check(&bed, &alice(), draft(50, 10).all(), ("anchor", 12), "older than the trusting period");
    check(&bed, &alice(), draft(50, 9_000).all(), ("anchor", 13), "ahead of the ledger's");
    let unknown = later().with(|draft| draft.chain_id = "db-2".into());
    check(&bed, &alice(), unknown.all(), ("anchor", 2), "no chain db-2 is registered");
    let mut frozen = super::bed();
    frozen.deliver(&[&bob()], vec![any(&conflict(&bob()))]);
    frozen.block.time.seconds = START.seconds + 4_000;
    check(&frozen, &alice(), later().all(), ("anchor", 4), "is frozen");
    let mut closing = super::bed();
    closing.deliver(&[&alice()], vec![closed(&alice(), CHAIN)]);
    check(&closing, &alice(), later().all(), ("anchor", 4), "is closing");
}
