//! Validators come, go and change places; stakes are taken back, moved and staked again.

use sirius_primitives::{Amount, Height};
use sirius_runtime::event::Event;

use super::{super::*, *};
use crate::testing::{dave, send};

fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.r#type.as_str()).collect()
}

#[test]
fn consensus_hears_each_change_of_power_once() {
    let mut setting = Setting::new();
    assert_eq!((setting.power(50), setting.power(51)), (Some(10), Some(5)));
    setting.deliver(&carol(), delegate(&carol(), &alice(), 999_999));
    assert_eq!(setting.power(50), Some(10), "less than a whole coin");
    setting.deliver(&carol(), delegate(&carol(), &alice(), 1));
    assert_eq!(setting.power(50), Some(11));
    let supply = setting.bed.supply("uxpx");
    setting.deliver(&carol(), create(&carol(), 52, 7_000_000));
    assert_eq!((setting.power(52), setting.bed.supply("uxpx")), (Some(7), supply));
    let (mut bonded, mut sum) = (Vec::new(), 0);
    for_each_bonded_validator(&setting.bed.state, |operator, tokens, _| {
        bonded.push(operator);
        sum += tokens.units();
    })
    .unwrap();
    assert_eq!(bonded, [bob().address(), carol().address(), alice().address()]);
    assert_eq!(total_bonded(&setting.bed.state).unwrap(), Amount::new(sum));
    let mut stakes = Vec::new();
    let carol = carol().address();
    for_each_delegation(&setting.bed.state, &carol, |to, worth| stakes.push((to, worth.units()))).unwrap();
    stakes.sort();
    let mut expected = [(alice().address(), 1_000_000), (carol, 7_000_000)];
    expected.sort();
    assert_eq!(stakes, expected);
}

#[test]
fn the_strongest_make_blocks_and_the_weakest_leave() {
    let mut setting = Setting::with(&[("staking.max_validators", 2)]);
    setting.deliver(&carol(), create(&carol(), 52, 5_000_000));
    // Of two equals the one with the lower address is the stronger.
    let (carol_first, bob_first) = (setting.power(52), setting.power(51));
    assert_eq!(carol_first.is_some(), carol().address() < bob().address());
    assert_ne!(carol_first.is_some(), bob_first.is_some());
    let (waits, stays) = if carol_first.is_some() { (bob(), 52) } else { (carol(), 51) };
    setting.deliver(&waits, delegate(&waits, &waits, 1));
    assert_eq!(setting.power(stays), None);
    assert_eq!(setting.members.len(), 2);
    let left = validator(&setting.bed.state, &if stays == 52 { carol() } else { bob() }.address());
    assert!(matches!(left.unwrap().unwrap().status, Status::Unbonding { .. }));
    setting.wait(11);
    let left = validator(&setting.bed.state, &if stays == 52 { carol() } else { bob() }.address());
    assert_eq!(left.unwrap().unwrap().status, Status::Unbonded);
    // Fewer places send the weakest away, more let them in again.
    setting.deliver(&alice(), crate::testing::update(&alice(), &[("staking.max_validators", 1)]));
    assert_eq!(setting.members.len(), 1);
    setting.deliver(&alice(), crate::testing::update(&alice(), &[("staking.max_validators", 3)]));
    assert_eq!(setting.members.len(), 3);
}

#[test]
fn coins_come_back_when_the_time_is_over() {
    let mut setting = Setting::new();
    let gas = u128::from(crate::testing::GAS);
    let before = setting.bed.balance(&carol().address(), "uxpx");
    setting.deliver(&carol(), delegate(&carol(), &alice(), 3_000_000));
    setting.deliver(&carol(), undelegate(&carol(), &alice(), 1_000_000));
    assert_eq!((setting.stake(&carol(), &alice()), setting.power(50)), (2_000_000, Some(12)));
    setting.wait(9);
    assert_eq!(setting.bed.balance(&carol().address(), "uxpx"), before - 3_000_000 - 2 * gas);
    let executed = setting.block(&[], &[]);
    assert!(kinds(&executed.events).contains(&"complete_unbonding"));
    assert_eq!(setting.bed.balance(&carol().address(), "uxpx"), before - 2_000_000 - 2 * gas);
    assert!(setting.bed.state.keys().all(|key| !key.starts_with(b"staking/unbonding")));
}

#[test]
fn what_is_on_its_way_can_be_staked_again() {
    let mut setting = Setting::new();
    setting.deliver(&carol(), delegate(&carol(), &alice(), 3_000_000));
    let height = setting.bed.block.height.to_wire();
    setting.deliver(&carol(), undelegate(&carol(), &alice(), 2_000_000));
    setting.deliver(&carol(), cancel(&carol(), &alice(), 500_000, height));
    assert_eq!(setting.stake(&carol(), &alice()), 1_500_000);
    setting.deliver(&carol(), cancel(&carol(), &alice(), 1_500_000, height));
    assert_eq!(setting.stake(&carol(), &alice()), 3_000_000);
    setting.wait(12);
    assert_eq!(setting.stake(&carol(), &alice()), 3_000_000);
}

#[test]
fn a_stake_moves_at_once_and_only_once() {
    let mut setting = Setting::new();
    setting.deliver(&carol(), delegate(&carol(), &alice(), 3_000_000));
    setting.deliver(&carol(), redelegate(&carol(), (&alice(), &bob()), 3_000_000));
    assert_eq!((setting.stake(&carol(), &alice()), setting.stake(&carol(), &bob())), (0, 3_000_000));
    assert_eq!((setting.power(50), setting.power(51)), (Some(10), Some(8)));
    setting.wait(11);
    setting.deliver(&carol(), redelegate(&carol(), (&bob(), &alice()), 1_000_000));
    assert_eq!(setting.stake(&carol(), &alice()), 1_000_000);
}

#[test]
fn an_operator_that_breaks_its_promise_is_jailed_and_one_that_leaves_is_forgotten() {
    let mut setting = Setting::new();
    setting.deliver(&bob(), undelegate(&bob(), &bob(), 4_999_500));
    assert_eq!(setting.power(51), None);
    let jailed = validator(&setting.bed.state, &bob().address()).unwrap().unwrap();
    assert!(jailed.jailed && matches!(jailed.status, Status::Unbonding { .. }));
    setting.deliver(&bob(), undelegate(&bob(), &bob(), 500));
    setting.wait(12);
    assert_eq!(validator(&setting.bed.state, &bob().address()).unwrap(), None);
    // Its key is taken for ever, its operator begins again with another.
    let again = refused(&setting.bed, &bob(), create(&bob(), 51, 5_000_000));
    assert_eq!((again.space, again.code), ("staking", 3));
    setting.deliver(&bob(), create(&bob(), 53, 6_000_000));
    assert_eq!(setting.power(53), Some(6));
}

#[test]
fn the_last_validator_stays_whatever_it_does() {
    let mut setting = Setting::new();
    setting.deliver(&bob(), undelegate(&bob(), &bob(), 5_000_000));
    setting.deliver(&alice(), undelegate(&alice(), &alice(), 10_000_000));
    assert_eq!((setting.power(50), setting.members.len()), (Some(1), 1));
    setting.wait(15);
    assert_eq!(setting.power(50), Some(1), "nobody else could make blocks");
    setting.deliver(&carol(), create(&carol(), 52, 5_000_000));
    setting.wait(1);
    assert_eq!((setting.power(50), setting.power(52)), (None, Some(5)));
}

#[test]
fn a_validator_is_described_and_its_commission_bounded() {
    let mut setting = Setting::new();
    let read = |setting: &Setting| validator(&setting.bed.state, &alice().address()).unwrap().unwrap();
    setting.deliver(&alice(), edit(&alice(), "", "2000"));
    let edited = read(&setting);
    assert_eq!(edited.description.moniker, "validator 50");
    assert_eq!(edited.description.website, "https://example.org");
    assert_eq!(edited.least_own_stake, Amount::new(2_000));
    let too_soon = refused(&setting.bed, &alice(), edit(&alice(), "100000000000000001", ""));
    assert!(too_soon.text.contains("less than a day ago"), "{}", too_soon.text);
    setting.bed.block.time.seconds += 86_400;
    let check = |rate: &str, text: &str| {
        let refusal = refused(&setting.bed, &alice(), edit(&alice(), rate, ""));
        assert!(refusal.text.contains(text), "{}", refusal.text);
    };
    check("110000000000000001", "highest daily change");
    check("200000000000000001", "highest rate");
    check("x", "no whole number of 10^-18");
    setting.deliver(&alice(), edit(&alice(), "110000000000000000", ""));
    assert_eq!(read(&setting).commission.rate.to_string(), "110000000000000000");
}

#[test]
fn a_queue_completes_a_bounded_number_a_block() {
    let mut setting = Setting::new();
    let most = queue::MOST_DUE;
    let entry = |number: usize| {
        let mut address = [7; 20];
        address[..8].copy_from_slice(&(number as u64).to_be_bytes());
        sirius_primitives::Address::new(address)
    };
    // Payments to nobody's delegations: an entry without a balance still takes its place in the queue.
    for number in 0..most + 5 {
        let due = keys::unbonding_due(setting.bed.block.time, &entry(number), &alice().address());
        due.set(&mut setting.bed.state, &true);
    }
    let left = |setting: &Setting| {
        setting.bed.state.keys().filter(|key| key.starts_with(keys::UNBONDING_QUEUE)).count()
    };
    setting.wait(1);
    assert_eq!(left(&setting), 5);
    setting.wait(1);
    assert_eq!(left(&setting), 0);
}

/// Every kind of record that stakes ever touch, for the golden catalogue's check.
pub(crate) fn touched() -> Vec<Vec<u8>> {
    let mut setting = Setting::with(&[("slashing.window", 10), ("staking.historical_entries", 5)]);
    let mut keys = std::collections::BTreeSet::new();
    let mut step = |setting: &mut Setting, key: &Key, message| {
        let bytes = setting.bed.draft(&[key], vec![message]).sign();
        let executed = setting.block(&[bytes], &[51]);
        assert_eq!(executed.results[0].refusal, None);
        keys.extend(executed.changes.into_keys());
    };
    step(&mut setting, &carol(), delegate(&carol(), &alice(), 3_000_000));
    step(&mut setting, &carol(), set_withdraw(&carol(), &dave()));
    step(&mut setting, &carol(), create(&carol(), 52, 5));
    step(&mut setting, &carol(), undelegate(&carol(), &alice(), 1_000_000));
    step(&mut setting, &carol(), redelegate(&carol(), (&alice(), &bob()), 1_000_000));
    setting.bed.block.proposer = consensus_key(50).address().as_bytes().to_vec();
    for _ in 0..12 {
        step(&mut setting, &carol(), send(&carol(), &dave(), crate::testing::coins(1, "uxpx")));
    }
    setting.bed.report.misbehavior = vec![wrong::equivocation(50, Height(3), &setting)];
    let executed = setting.bed.make_block(&[]);
    keys.extend(executed.changes.into_keys());
    keys.extend(setting.bed.state.into_keys());
    keys.into_iter().filter(|key| key.starts_with(b"staking/") || key.starts_with(b"slashing/")).collect()
}
