//! What passes is executed: all or nothing, in the name of the chain's own account.

use super::{stake::bond, *};
use crate::testing::{update_at, vault};

/// A chain on which alice alone decides, and gov has authority and coins.
fn decided_by_alice() -> Bed {
    let mut bed = Bed::with(|genesis| {
        genesis["params"] = json!({});
        let coins = json!([{ "denom": "uxpx", "amount": "1000" }]);
        let balance = json!({ "address": text(&account()), "coins": coins });
        genesis["bank"]["balances"].as_array_mut().unwrap().push(balance);
    });
    bond(&mut bed, &alice(), 1_000, &[]);
    bed
}

/// Lets alice propose and accept; the proposal, and the block that executed it.
fn decide(bed: &mut Bed, messages: Vec<Any>) -> (wire::Proposal, Executed) {
    let id = propose(bed, messages);
    bed.deliver(&[&alice()], vec![vote_of(&alice(), id, 1)]);
    let executed = pass_time(bed);
    (shown(bed, id), executed)
}

#[test]
fn the_chains_own_account_pays_and_changes_numbers() {
    let mut bed = decided_by_alice();
    let change = update_at(&account(), &[("fee.community_percent", 33)], 0);
    let (proposal, executed) = decide(&mut bed, vec![pay(&dave(), 400), change]);
    assert_eq!((proposal.status, proposal.failed_reason.as_str()), (3, ""));
    assert_eq!(bed.balance(&dave().address(), "uxpx"), 400);
    assert_eq!(bed.balance(&account(), "uxpx"), 600);
    let kinds: Vec<_> = executed.events.iter().map(|event| event.r#type.as_str()).collect();
    assert!(kinds.contains(&"transfer") && kinds.contains(&"param_set"), "{kinds:?}");
}

#[test]
fn of_a_proposal_that_fails_nothing_stays_but_the_reason() {
    let mut bed = decided_by_alice();
    let change = update_at(&account(), &[("fee.community_percent", 33)], 0);
    let before = bed.balance(&alice().address(), "uxpx");
    let (proposal, executed) = decide(&mut bed, vec![pay(&dave(), 400), change, pay(&dave(), 601)]);
    assert_eq!(proposal.status, 5);
    let reason =
        "message 2, /cosmos.bank.v1beta1.MsgSend: sdk 5: spendable balance 600uxpx is smaller than 601uxpx";
    assert!(proposal.failed_reason.starts_with(reason), "{}", proposal.failed_reason);
    assert_eq!(bed.balance(&dave().address(), "uxpx"), 0);
    assert_eq!(bed.balance(&account(), "uxpx"), 1_000);
    let kinds: Vec<_> = executed.events.iter().map(|event| event.r#type.as_str()).collect();
    assert!(!kinds.contains(&"transfer") && !kinds.contains(&"param_set"), "{kinds:?}");
    // It passed: the deposit comes back.
    assert_eq!(bed.balance(&alice().address(), "uxpx"), before - 2 * u128::from(crate::testing::GAS));
}

#[test]
fn a_proposal_without_messages_is_a_text() {
    let mut bed = decided_by_alice();
    let (proposal, _) = decide(&mut bed, Vec::new());
    assert_eq!(proposal.status, 3);
}

#[test]
fn a_proposal_changes_numbers_from_a_height_on() {
    let mut bed = decided_by_alice();
    // Proposed, voted on and executed, each in a block; then one that is as before.
    let height = bed.block.height.0 + 4;
    let change = update_at(&account(), &[("params.max_block_gas", 3_000_000)], height + 1);
    let (proposal, _) = decide(&mut bed, vec![change]);
    assert_eq!(proposal.status, 3);
    assert_eq!(bed.block.height.0, height - 1);
    let told: Vec<_> =
        (0..3).map(|_| bed.make_block(&[]).updates.limits.map(|limits| limits.gas.0)).collect();
    assert_eq!(told, [None, Some(3_000_000), None]);
}

/// What the block that executes decides for the next one reaches consensus with it.
#[test]
fn limits_that_a_proposal_decides_hold_from_the_next_block_on() {
    for is_named in [false, true] {
        let mut bed = decided_by_alice();
        let height = if is_named { bed.block.height.0 + 3 } else { 0 };
        let change = update_at(&account(), &[("params.max_block_gas", 3_000_000)], height);
        let (_, executed) = decide(&mut bed, vec![change]);
        assert_eq!(executed.updates.limits.map(|limits| limits.gas.0), Some(3_000_000), "{is_named}");
        assert_eq!(bed.make_block(&[]).updates.limits, None);
    }
}

#[test]
fn a_proposal_plans_an_upgrade() {
    let mut bed = decided_by_alice();
    let plan = crate::consensus::upgrade::tests::planned(&account(), "v2", 9);
    let (proposal, _) = decide(&mut bed, vec![plan]);
    assert_eq!(proposal.status, 3);
    let plan = crate::consensus::upgrade::plan(&bed.state).unwrap().unwrap();
    assert_eq!((plan.name.as_str(), plan.height), ("v2", 9));
}

#[test]
fn executing_has_its_own_limit_of_gas() {
    let mut bed = decided_by_alice();
    let pays: Vec<_> = (0..16).map(|_| pay(&dave(), 1)).collect();
    let (proposal, _) = decide(&mut bed, pays.clone());
    assert_eq!(proposal.status, 3);
    let values = [("gov.execution_gas", 1_000_000), ("fee.gas_per_write", 300_000)];
    let (proposal, _) = decide(&mut bed, vec![update_at(&account(), &values, 0)]);
    assert_eq!(proposal.status, 3, "{}", proposal.failed_reason);
    let id = {
        let message = any(&proposal_of(&alice(), pays, coins(ENOUGH, "uxpx")));
        let rich = |bed: &Bed, message: Any| {
            let parts = bed.draft(&[&alice()], vec![message]);
            parts.with(|parts| {
                parts.fee().gas_limit = 9_000_000;
                parts.fee().amount = coins(9_000_000, "uxpx");
            })
        };
        let bytes = rich(&bed, message).sign();
        assert_eq!(bed.make_block(&[bytes]).results[0].refusal, None);
        let id = keys::next().get(&bed.state).unwrap().unwrap() - 1;
        let bytes = rich(&bed, vote_of(&alice(), id, 1)).sign();
        assert_eq!(bed.make_block(&[bytes]).results[0].refusal, None);
        id
    };
    pass_time(&mut bed);
    let failed = shown(&bed, id);
    assert_eq!(failed.status, 5);
    assert!(failed.failed_reason.contains("out of gas"), "{}", failed.failed_reason);
    assert_eq!(bed.balance(&dave().address(), "uxpx"), 16);
}

/// What a proposal carries must be the chain's own, whichever way it is wrapped.
#[test]
fn nobody_elses_coins_are_voted_away() {
    let refusal = refused(|message| message.messages = vec![vault("burn", &bob(), &bob(), 1, "uxpx")]);
    assert_eq!((refusal.space, refusal.code), ("gov", 4));
    let refusal =
        refused(|message| message.messages = vec![Any { type_url: "/a.B".into(), value: Vec::new() }]);
    assert!(refusal.text.contains("no handler for message /a.B"), "{}", refusal.text);
    let refusal = refused(|message| message.messages = vec![Any { value: vec![0xff], ..pay(&bob(), 1) }]);
    assert!(refusal.text.contains("message 0"), "{}", refusal.text);
}

/// A proposal may propose: the chain's own account is a proposer like any other, and finds its own proposal closed.
#[test]
fn a_proposal_that_deposits_on_itself_fails() {
    let mut bed = decided_by_alice();
    let on_itself =
        any(&wire::MsgDeposit { proposal_id: 1, depositor: text(&account()), amount: coins(500, "uxpx") });
    let (proposal, _) = decide(&mut bed, vec![on_itself]);
    assert_eq!(proposal.status, 5);
    assert!(proposal.failed_reason.contains("gov 9"), "{}", proposal.failed_reason);
}

#[test]
fn coins_of_several_kinds_are_no_deposit() {
    let refusal = refused(|message| message.initial_deposit = vec![coin(1, "gold"), coin(ENOUGH, "uxpx")]);
    assert_eq!((refusal.space, refusal.code), ("gov", 6));
}
