//! Deposits, periods, cancelling, and what is left of it.

use sirius_runtime::event::Event;

use super::*;

const PROPOSALS: &str = "/cosmos.gov.v1.Query/Proposals";
const DEPOSIT: &str = "/cosmos.gov.v1.Query/Deposit";
const DEPOSITS: &str = "/cosmos.gov.v1.Query/Deposits";

fn held(bed: &Bed, of: &Key, id: u64) -> u128 {
    keys::deposit(id, &of.address()).get(&bed.state).unwrap().map_or(0, Amount::units)
}

fn attribute<'a>(events: &'a [Event], kind: &str, key: &str) -> Option<&'a str> {
    let event = events.iter().find(|event| event.r#type == kind)?;
    event.attributes.iter().find(|attribute| attribute.key == key).map(|attribute| attribute.value.as_str())
}

#[test]
fn a_proposal_waits_for_enough_deposits() {
    let mut bed = Bed::new();
    let result = bed.deliver(&[&alice()], vec![text_of(&alice(), ENOUGH / 2)]);
    assert_eq!(attribute(&result.events, "submit_proposal", "proposal_id"), Some("1"));
    assert_eq!(shown(&bed, 1).status, 1);
    assert_eq!(shown(&bed, 1).voting_start_time, None);
    bed.deliver(&[&bob()], vec![deposit_of(&bob(), 1, coins(ENOUGH / 2 - 100_000, "uxpx"))]);
    assert_eq!(shown(&bed, 1).status, 1);
    let now = bed.block.time;
    bed.deliver(&[&alice()], vec![deposit_of(&alice(), 1, coins(100_000, "uxpx"))]);
    let proposal = shown(&bed, 1);
    assert_eq!(proposal.status, 2);
    assert_eq!(proposal.total_deposit, coins(ENOUGH, "uxpx"));
    assert_eq!(proposal.voting_start_time.unwrap().seconds, now.seconds);
    assert_eq!(proposal.voting_end_time.unwrap().seconds, now.seconds + 172_800);
    assert_eq!(
        (held(&bed, &alice(), 1), held(&bed, &bob(), 1)),
        (ENOUGH / 2 + 100_000, ENOUGH / 2 - 100_000)
    );
    // Voting goes on; more deposits are welcome and change nothing else.
    bed.deliver(&[&carol()], vec![deposit_of(&carol(), 1, coins(100_000, "uxpx"))]);
    let request = wire::QueryDepositsRequest { proposal_id: 1, pagination: None };
    let answer: wire::QueryDepositsResponse = bed.ask(DEPOSITS, &request).unwrap();
    assert_eq!(answer.deposits.len(), 3);
    let request = wire::QueryDepositRequest { proposal_id: 1, depositor: text(&carol().address()) };
    let answer: wire::QueryDepositResponse = bed.ask(DEPOSIT, &request).unwrap();
    assert_eq!(answer.deposit.unwrap().amount, coins(100_000, "uxpx"));
    let request = wire::QueryDepositRequest { proposal_id: 1, depositor: text(&dave().address()) };
    assert_eq!(bed.ask::<wire::QueryDepositResponse>(DEPOSIT, &request).unwrap_err().code, 22);
}

#[test]
fn a_proposal_without_enough_deposits_leaves_no_trace() {
    let mut bed = Bed::new();
    let before = bed.balance(&bob().address(), "uxpx");
    let supply = bed.supply("uxpx");
    bed.deliver(&[&bob()], vec![text_of(&bob(), ENOUGH - 1)]);
    assert_eq!(
        bed.balance(&bob().address(), "uxpx"),
        before - u128::from(crate::testing::GAS) - (ENOUGH - 1)
    );
    bed.block.time.seconds += 172_798;
    assert_eq!(shown(&bed, 1).status, 1);
    bed.make_block(&[]);
    assert_eq!(shown(&bed, 1).status, 1);
    let executed = bed.make_block(&[]);
    assert_eq!(attribute(&executed.events, "inactive_proposal", "proposal_id"), Some("1"));
    let request = wire::QueryProposalRequest { proposal_id: 1 };
    let refusal =
        bed.ask::<wire::QueryProposalResponse>("/cosmos.gov.v1.Query/Proposal", &request).unwrap_err();
    assert!(refusal.text.contains("code = NotFound desc = proposal 1 not found"), "{}", refusal.text);
    assert_eq!(bed.balance(&bob().address(), "uxpx"), before - u128::from(crate::testing::GAS));
    assert_eq!(bed.supply("uxpx"), supply);
    // Numbers are not given twice.
    assert_eq!(propose(&mut bed, Vec::new()), 2);
}

#[test]
fn deposits_of_a_proposal_without_enough_of_them_can_be_burned() {
    let mut bed = Bed::new();
    set(&mut bed, "gov.burn_without_deposit", 1);
    let supply = bed.supply("uxpx");
    bed.deliver(&[&bob()], vec![text_of(&bob(), ENOUGH - 1)]);
    pass_time(&mut bed);
    assert_eq!(bed.supply("uxpx"), supply - (ENOUGH - 1));
}

#[test]
fn whoever_takes_a_proposal_back_loses_a_part_of_every_deposit() {
    let mut bed = Bed::new();
    let id = propose(&mut bed, Vec::new());
    bed.deliver(&[&bob()], vec![deposit_of(&bob(), id, coins(100_001, "uxpx"))]);
    bed.deliver(&[&carol()], vec![vote_of(&carol(), id, 1)]);
    let (supply, of_bob) = (bed.supply("uxpx"), bed.balance(&bob().address(), "uxpx"));
    let result = bed.deliver(&[&alice()], vec![cancel_of(&alice(), id)]);
    assert_eq!(attribute(&result.events, "cancel_proposal", "proposal_id"), Some("1"));
    // Half of each, rounded down.
    assert_eq!(bed.supply("uxpx"), supply - ENOUGH / 2 - 50_000);
    assert_eq!(bed.balance(&bob().address(), "uxpx"), of_bob + 50_001);
    assert_eq!(refusal_in(&bed, &alice(), cancel_of(&alice(), id)).code, 1);
    assert!(keys::vote(id, &carol().address()).get(&bed.state).unwrap().is_none());
    assert!(keys::clearing(id).get(&bed.state).unwrap().is_none());
    assert!(bed.state.keys().all(|key| !key.starts_with(keys::DUE)));
}

#[test]
fn a_proposal_whose_time_is_over_cannot_be_taken_back_or_voted_on() {
    let mut bed = Bed::new();
    let id = propose(&mut bed, Vec::new());
    bed.block.time.seconds += 172_798;
    bed.deliver(&[&bob()], vec![vote_of(&bob(), id, 1)]);
    // The block whose time is the end counts the votes; its transactions come too late.
    assert_eq!(refusal_in(&bed, &bob(), vote_of(&bob(), id, 3)).code, 10);
    assert_eq!(refusal_in(&bed, &alice(), cancel_of(&alice(), id)).code, 9);
    bed.make_block(&[]);
    assert_eq!(shown(&bed, id).status, 4);
    assert_eq!(refusal_in(&bed, &alice(), cancel_of(&alice(), id)).code, 9);
}

#[test]
fn votes_nobody_counts_are_cleared_away_a_few_a_block() {
    let mut bed = Bed::new();
    set(&mut bed, "gov.tally_steps", 10);
    let id = propose(&mut bed, Vec::new());
    let vote = Vote { ballot: Ballot::one(1).unwrap(), metadata: String::new() };
    for number in 0..25_u8 {
        keys::vote(id, &Address::new([number; 20])).set(&mut bed.state, &vote);
    }
    let left = |bed: &Bed| bed.state.keys().filter(|key| key.starts_with(keys::VOTES)).count();
    bed.deliver(&[&alice()], vec![cancel_of(&alice(), id)]);
    assert_eq!(left(&bed), 15);
    bed.make_block(&[]);
    assert_eq!(left(&bed), 5);
    assert!(keys::clearing(id).get(&bed.state).unwrap().is_some());
    bed.make_block(&[]);
    assert_eq!(left(&bed), 0);
    assert!(keys::clearing(id).get(&bed.state).unwrap().is_none());
}

#[test]
fn proposals_are_found_by_status_voter_and_depositor() {
    let mut bed = Bed::new();
    propose(&mut bed, Vec::new());
    bed.deliver(&[&bob()], vec![text_of(&bob(), ENOUGH / 2)]);
    propose(&mut bed, Vec::new());
    bed.deliver(&[&carol()], vec![vote_of(&carol(), 3, 1)]);
    let check = |status: i32, voter: &str, depositor: &str, expected: &[u64]| {
        let request = wire::QueryProposalsRequest {
            proposal_status: status,
            voter: voter.into(),
            depositor: depositor.into(),
            pagination: None,
        };
        let answer: wire::QueryProposalsResponse = bed.ask(PROPOSALS, &request).unwrap();
        let found: Vec<_> = answer.proposals.iter().map(|proposal| proposal.id).collect();
        assert_eq!(found, expected, "{request:?}");
    };
    let [of_alice, of_bob, of_carol] = [alice(), bob(), carol()].map(|key| text(&key.address()));
    check(0, "", "", &[1, 2, 3]);
    check(1, "", "", &[2]);
    check(2, "", "", &[1, 3]);
    check(3, "", "", &[]);
    check(0, &of_carol, "", &[3]);
    check(0, "", &of_bob, &[2]);
    check(2, &of_carol, &of_alice, &[3]);
    check(2, &of_carol, &of_bob, &[]);
}

#[test]
fn at_most_so_many_proposals_end_in_a_block() {
    let mut bed = Bed::new();
    set(&mut bed, "gov.max_endings", 2);
    for _ in 0..5 {
        propose(&mut bed, Vec::new());
    }
    bed.block.time.seconds += 200_000;
    let open = |bed: &Bed| bed.state.keys().filter(|key| key.starts_with(keys::DUE)).count();
    let mut left = Vec::new();
    for _ in 0..4 {
        bed.make_block(&[]);
        left.push(open(&bed));
    }
    assert_eq!(left, [3, 1, 0, 0]);
}

#[test]
fn the_rules_are_answered_as_wallets_ask_for_them() {
    let bed = Bed::new();
    let ask = |kind: &str| {
        let request = wire::QueryParamsRequest { params_type: kind.into() };
        bed.ask::<wire::QueryParamsResponse>("/cosmos.gov.v1.Query/Params", &request)
    };
    let answer = ask("voting").unwrap();
    assert_eq!(answer.voting_params.unwrap().voting_period.unwrap().seconds, 172_800);
    assert!(answer.deposit_params.is_none() && answer.tally_params.is_none());
    let answer = ask("deposit").unwrap();
    assert_eq!(answer.deposit_params.unwrap().min_deposit, coins(ENOUGH, "uxpx"));
    let tally = ask("tallying").unwrap().tally_params.unwrap();
    assert_eq!(tally.quorum, "0.334000000000000000");
    assert_eq!(tally.threshold, "0.500000000000000000");
    assert_eq!(tally.veto_threshold, "0.334000000000000000");
    let all = ask("").unwrap().params.unwrap();
    assert_eq!(all.min_initial_deposit_ratio, "0.100000000000000000");
    assert!(all.burn_vote_veto && !all.burn_vote_quorum && !all.burn_proposal_deposit_prevote);
    assert_eq!(ask("wishes").unwrap_err().code, 18);
}
