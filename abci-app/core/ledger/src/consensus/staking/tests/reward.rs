//! What a block's fees become.

use super::{
    super::{wire::distribution, *},
    *,
};
use crate::{
    base::fee,
    testing::{GAS, coins, dave, send},
};

/// A block with one fee, proposed by alice's validator.
fn paid_block(setting: &mut Setting) {
    setting.bed.block.proposer = consensus_key(50).address().as_bytes().to_vec();
    setting.deliver(&bob(), send(&bob(), &dave(), coins(1, "uxpx")));
}

fn owed(setting: &Setting, by: &Key) -> u128 {
    let rewards = super::super::rewards::of(&setting.bed.state, &alice().address()).unwrap();
    let delegation = delegation(&setting.bed.state, &by.address(), &alice().address()).unwrap().unwrap();
    rewards.owed(&delegation).units()
}

#[test]
fn the_proposers_part_is_shared_by_stake_after_commission() {
    let mut setting = Setting::new();
    setting.deliver(&carol(), delegate(&carol(), &alice(), 30_000_000));
    let community = setting.bed.balance(&fee::community(), "uxpx");
    paid_block(&mut setting);
    let fee = u128::from(GAS);
    assert_eq!(setting.bed.balance(&fee::community(), "uxpx") - community, fee / 5);
    let (reward, commission) = (fee * 4 / 5, fee * 4 / 5 / 10);
    let shared = reward - commission;
    assert_eq!((owed(&setting, &alice()), owed(&setting, &carol())), (shared / 4 - 1, shared * 3 / 4 - 1));
    let validator_address = operator_text(&alice().address(), &setting.bed.chain.prefix);
    let request = distribution::QueryValidatorDistributionInfoRequest { validator_address };
    let path = "/cosmos.distribution.v1beta1.Query/ValidatorDistributionInfo";
    let info: distribution::QueryValidatorDistributionInfoResponse = setting.bed.ask(path, &request).unwrap();
    let parts = |coins: &[cosmos_sdk_proto::cosmos::base::v1beta1::DecCoin]| coins[0].amount.clone();
    assert_eq!(info.operator_address, text(&alice().address()));
    assert_eq!(parts(&info.commission), format!("{commission}000000000000000000"));
    assert_eq!(parts(&info.self_bond_rewards), format!("{}000000000000000000", shared / 4 - 1));
    // Whoever comes later has nothing of what was before.
    setting.bed.block.proposer = Vec::new();
    setting.deliver(&bob(), delegate(&bob(), &alice(), 40_000_000));
    assert_eq!(owed(&setting, &bob()), 0);
    paid_block(&mut setting);
    assert!(owed(&setting, &bob()).abs_diff(shared / 2) <= 1);
}

#[test]
fn rewards_are_paid_where_they_are_wanted() {
    let mut setting = Setting::new();
    setting.deliver(&carol(), delegate(&carol(), &alice(), 30_000_000));
    paid_block(&mut setting);
    let expected = owed(&setting, &carol());
    setting.bed.block.proposer = Vec::new();
    setting.deliver(&carol(), set_withdraw(&carol(), &dave()));
    let before = setting.bed.balance(&dave().address(), "uxpx");
    let result = setting.deliver(&carol(), withdraw(&carol(), &alice()));
    assert_eq!(setting.bed.balance(&dave().address(), "uxpx") - before, expected);
    assert!(result.events.iter().any(|event| event.r#type == "withdraw_rewards"));
    assert_eq!(owed(&setting, &carol()), 0);
    // A change of the stake pays too, and the commission is the operator's.
    paid_block(&mut setting);
    setting.bed.block.proposer = Vec::new();
    let (expected, before) = (owed(&setting, &carol()), setting.bed.balance(&dave().address(), "uxpx"));
    setting.deliver(&carol(), undelegate(&carol(), &alice(), 1));
    assert_eq!(setting.bed.balance(&dave().address(), "uxpx") - before, expected);
    let before = setting.bed.balance(&alice().address(), "uxpx");
    setting.deliver(&alice(), withdraw_commission(&alice()));
    let commission = u128::from(GAS) * 4 / 5 / 10 * 2;
    assert_eq!(setting.bed.balance(&alice().address(), "uxpx") + u128::from(GAS) - before, commission);
}

#[test]
fn a_slash_changes_nothing_of_what_was_earned() {
    let mut setting = Setting::new();
    setting.deliver(&carol(), delegate(&carol(), &alice(), 30_000_000));
    paid_block(&mut setting);
    let before = (owed(&setting, &alice()), owed(&setting, &carol()));
    setting.bed.report.misbehavior = vec![wrong::equivocation(50, sirius_primitives::Height(1), &setting)];
    setting.bed.block.proposer = Vec::new();
    setting.block(&[], &[]);
    assert_eq!((owed(&setting, &alice()), owed(&setting, &carol())), before);
    assert_eq!(setting.stake(&carol(), &alice()), 28_500_000 + 1_000_000 - 1_000_000);
}

#[test]
fn what_nobody_earns_is_the_communitys() {
    let mut setting = Setting::new();
    let before = setting.bed.balance(&fee::community(), "uxpx");
    setting.bed.block.proposer = Vec::new();
    setting.deliver(&bob(), fund(&bob(), coins(7, "uxpx")));
    assert_eq!(setting.bed.balance(&fee::community(), "uxpx") - before, u128::from(GAS) + 7);
}
