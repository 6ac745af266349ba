//! Whose vote weighs how much.

use super::{
    stake::{all_at_once, bond, redelegate},
    *,
};
use crate::testing::eve;

fn vote(bed: &mut Bed, voter: &Key, id: u64, option: i32) {
    // A vote costs a fee, so those of others are put down as their messages would.
    if bed.balance(&voter.address(), "uxpx") > 1_000_000 {
        bed.deliver(&[voter], vec![vote_of(voter, id, option)]);
    } else {
        let vote = Vote { ballot: Ballot::one(option).unwrap(), metadata: String::new() };
        keys::vote(id, &voter.address()).set(&mut bed.state, &vote);
    }
}

#[test]
fn a_delegators_own_vote_overrides_its_validators() {
    let mut bed = Bed::new();
    bond(&mut bed, &alice(), 100, &[(&bob(), 300), (&carol(), 600)]);
    let id = propose(&mut bed, Vec::new());
    vote(&mut bed, &alice(), id, 1);
    assert_eq!(counted(&bed, id), ["1000", "0", "0", "0"]);
    vote(&mut bed, &bob(), id, 3);
    assert_eq!(counted(&bed, id), ["700", "0", "300", "0"]);
    // A later vote takes the place of the earlier.
    vote(&mut bed, &bob(), id, 2);
    assert_eq!(counted(&bed, id), ["700", "300", "0", "0"]);
    vote(&mut bed, &carol(), id, 4);
    assert_eq!(counted(&bed, id), ["100", "300", "0", "600"]);
    pass_time(&mut bed);
    assert_eq!(counted(&bed, id), ["100", "300", "0", "600"]);
    assert_eq!(shown(&bed, id).status, 4);
}

#[test]
fn a_delegator_may_vote_where_its_validator_does_not() {
    let mut bed = Bed::new();
    bond(&mut bed, &dave(), 400, &[(&bob(), 600)]);
    let id = propose(&mut bed, Vec::new());
    vote(&mut bed, &bob(), id, 1);
    assert_eq!(counted(&bed, id), ["600", "0", "0", "0"]);
    pass_time(&mut bed);
    assert_eq!(shown(&bed, id).status, 3);
}

#[test]
fn who_has_no_stake_does_not_count() {
    let mut bed = Bed::new();
    bond(&mut bed, &dave(), 1_000, &[]);
    let id = propose(&mut bed, Vec::new());
    vote(&mut bed, &bob(), id, 1);
    vote(&mut bed, &carol(), id, 4);
    assert_eq!(counted(&bed, id), ["0", "0", "0", "0"]);
    pass_time(&mut bed);
    assert_eq!(shown(&bed, id).status, 4);
}

#[test]
fn a_vote_in_parts_is_counted_in_parts() {
    let mut bed = Bed::new();
    bond(&mut bed, &alice(), 100, &[(&bob(), 1_001)]);
    let id = propose(&mut bed, Vec::new());
    bed.deliver(&[&bob()], vec![weighted(&bob(), id, &[(1, "0.7"), (3, "0.3")])]);
    // Each part is rounded down.
    assert_eq!(counted(&bed, id), ["700", "0", "300", "0"]);
    bed.deliver(
        &[&alice()],
        vec![weighted(&alice(), id, &[(4, "0.000000000000000001"), (2, "0.999999999999999999")])],
    );
    assert_eq!(counted(&bed, id), ["700", "99", "300", "0"]);
    let request = wire::QueryVoteRequest { proposal_id: id, voter: text(&bob().address()) };
    let answer: wire::QueryVoteResponse = bed.ask("/cosmos.gov.v1.Query/Vote", &request).unwrap();
    let options = answer.vote.unwrap().options;
    assert_eq!((options[0].option, options[0].weight.as_str()), (1, "0.700000000000000000"));
    let request = wire::QueryVotesRequest { proposal_id: id, pagination: None };
    let answer: wire::QueryVotesResponse = bed.ask("/cosmos.gov.v1.Query/Votes", &request).unwrap();
    assert_eq!(answer.votes.len(), 2);
    pass_time(&mut bed);
    let request = wire::QueryVoteRequest { proposal_id: id, voter: text(&bob().address()) };
    assert_eq!(
        bed.ask::<wire::QueryVoteResponse>("/cosmos.gov.v1.Query/Vote", &request).unwrap_err().code,
        22
    );
}

#[test]
fn weights_that_are_not_one_together_are_refused() {
    let mut bed = Bed::new();
    let id = propose(&mut bed, Vec::new());
    let check = |parts: &[(i32, &str)], part: &str| {
        let refusal = refusal_in(&bed, &bob(), weighted(&bob(), id, parts));
        assert_eq!((refusal.space, refusal.code), ("gov", 11));
        assert!(refusal.text.contains(part), "{}", refusal.text);
    };
    check(&[], "sum is below 1");
    check(&[(1, "0.5"), (3, "0.499999999999999999")], "sum is below 1");
    check(&[(1, "0.5"), (3, "0.500000000000000001")], "sum is above 1");
    check(&[(1, "0.5"), (1, "0.5")], "an option stands twice");
    check(&[(1, "1"), (3, "0")], "a weight is zero");
    check(&[(1, "1.0000000000000000001")], "no decimal number");
    check(&[(1, "-1")], "no decimal number");
    check(&[(0, "1")], "there is no option 0");
    bed.deliver(
        &[&bob()],
        vec![weighted(&bob(), id, &[(1, "0.333333333333333333"), (2, "0.666666666666666667")])],
    );
}

#[test]
fn without_quorum_nothing_passes_and_a_veto_burns() {
    let check = |stake: u128, option: i32, (status, burned): (i32, u128)| {
        let mut bed = Bed::new();
        bond(&mut bed, &dave(), 1_000 - stake, &[]);
        bond(&mut bed, &bob(), stake, &[]);
        let id = propose(&mut bed, Vec::new());
        vote(&mut bed, &bob(), id, option);
        let (supply, of_alice) = (bed.supply("uxpx"), bed.balance(&alice().address(), "uxpx"));
        pass_time(&mut bed);
        assert_eq!(shown(&bed, id).status, status);
        assert_eq!(supply - bed.supply("uxpx"), burned);
        assert_eq!(bed.balance(&alice().address(), "uxpx") - of_alice, ENOUGH - burned);
        // The sum stays to be read.
        assert_eq!(shown(&bed, id).total_deposit, coins(ENOUGH, "uxpx"));
    };
    check(333, 1, (4, 0));
    check(334, 1, (3, 0));
    check(334, 3, (4, 0));
    check(334, 4, (4, ENOUGH));
    check(333, 4, (4, 0));
}

/// Thirty votes with ten steps a block: the count goes on over blocks, and comes to what one block would have counted.
#[test]
fn a_long_count_goes_on_in_the_next_blocks() {
    let ending = |steps: u64| {
        let mut bed = Bed::new();
        set(&mut bed, "gov.tally_steps", steps);
        let voters: Vec<_> = (0x40..0x40 + 30).map(Key::secp256k1).collect();
        let others: Vec<_> = voters.iter().zip(1..).collect();
        bond(&mut bed, &bob(), 500, &others);
        let id = propose(&mut bed, Vec::new());
        let second = propose(&mut bed, Vec::new());
        for (place, voter) in voters.iter().enumerate() {
            vote(&mut bed, voter, id, if place % 3 == 0 { 3 } else { 1 });
        }
        vote(&mut bed, &bob(), id, 2);
        bed.block.time.seconds += 200_000;
        let mut blocks = 0;
        while shown(&bed, second).status == 2 {
            // Nobody votes while the votes are counted, and whoever asks hears of all of them.
            if shown(&bed, id).status == 2 {
                assert_eq!(refusal_in(&bed, &carol(), vote_of(&carol(), id, 1)).code, 10);
                assert_eq!(counted(&bed, id), ["320", "500", "145", "0"], "after {blocks} blocks");
            }
            bed.make_block(&[]);
            blocks += 1;
        }
        assert_eq!(shown(&bed, id).status, 3);
        assert!(bed.state.keys().all(|key| !key.starts_with(keys::VOTES) && !key.starts_with(keys::COUNTS)));
        (blocks, counted(&bed, id))
    };
    let (at_once, whole) = ending(1_000);
    let (in_parts, parts) = ending(10);
    assert_eq!((at_once, in_parts), (1, 7));
    assert_eq!(parts, whole);
}

/// Stakes that move while the votes are counted are counted once at most.
#[test]
fn no_coin_is_counted_twice_when_stakes_move_during_a_count() {
    let mut bed = Bed::new();
    set(&mut bed, "gov.tally_steps", 10);
    let voters: Vec<_> = (0x40..0x40 + 20).map(Key::secp256k1).collect();
    let others: Vec<_> = voters.iter().map(|voter| (voter, 10)).collect();
    bond(&mut bed, &bob(), 100, &others);
    bond(&mut bed, &eve(), 300, &[]);
    let id = propose(&mut bed, Vec::new());
    for voter in &voters {
        vote(&mut bed, voter, id, 1);
    }
    vote(&mut bed, &bob(), id, 3);
    vote(&mut bed, &eve(), id, 3);
    bed.block.time.seconds += 200_000;
    bed.make_block(&[]);
    // Everybody turns to eve, who had 300 when the count began; what bob had then is not counted for both.
    let turn = |voter: &Key| (voter.clone(), vec![redelegate(&bed, voter, (&bob(), &eve()), 10)]);
    let turns = voters.iter().map(turn).collect();
    all_at_once(&mut bed, turns);
    while shown(&bed, id).status == 2 {
        bed.make_block(&[]);
    }
    let sum: u128 = counted(&bed, id).iter().map(|count| count.parse::<u128>().unwrap()).sum();
    assert_eq!(sum, 600, "{:?}", counted(&bed, id));
}
