//! Slashes reach what left the validator since the wrong, and nobody gets away.

use sirius_primitives::Height;
use sirius_runtime::{Misbehavior, Offence};

use super::{super::*, *};

/// Proof that the validator with this key signed twice at `height`.
pub(crate) fn equivocation(seed: u8, height: Height, setting: &Setting) -> Misbehavior {
    let validator = consensus_key(seed).address();
    Misbehavior {
        offence: Offence::DuplicateVote,
        validator,
        power: setting.members.get(&validator).copied().unwrap_or(0),
        height,
        time: setting.bed.block.time,
        total_power: setting.members.values().sum(),
    }
}

fn accuse(setting: &mut Setting, seed: u8, height: Height) {
    setting.bed.report.misbehavior = vec![equivocation(seed, height, setting)];
    let votes = Vec::new();
    setting.bed.report.votes = votes;
    let executed = setting.bed.make_block(&[]);
    setting.bed.report = sirius_runtime::Report::default();
    for validator in executed.updates.validators {
        let address = validator.key.address();
        if validator.power == 0 {
            setting.members.remove(&address);
        } else {
            setting.members.insert(address, validator.power);
        }
    }
}

#[test]
fn what_left_since_the_wrong_is_slashed_and_what_left_before_is_not() {
    let mut setting = Setting::new();
    setting.deliver(&carol(), delegate(&carol(), &alice(), 6_000_000));
    setting.deliver(&carol(), undelegate(&carol(), &alice(), 1_000_000));
    setting.wait(2);
    let wrong = setting.bed.block.height;
    setting.deliver(&carol(), undelegate(&carol(), &alice(), 2_000_000));
    setting.deliver(&carol(), redelegate(&carol(), (&alice(), &bob()), 2_000_000));
    let supply = setting.bed.supply("uxpx");
    accuse(&mut setting, 50, wrong);
    // 5 % of 11 coins that stay, of 2 on their way back and of 2 that moved.
    assert_eq!(supply - setting.bed.supply("uxpx"), 550_000 + 100_000 + 100_000);
    assert_eq!((setting.stake(&carol(), &alice()), setting.stake(&carol(), &bob())), (950_000, 1_900_000));
    assert_eq!(setting.power(50), None, "it signed twice and is jailed");
    let entries = keys::unbonding(&carol().address(), &alice().address()).get(&setting.bed.state);
    let left: Vec<u128> = entries.unwrap().unwrap().iter().map(|entry| entry.balance.units()).collect();
    assert_eq!(left, [1_000_000, 1_900_000]);
    setting.bed.check_invariants();
    let before = setting.bed.balance(&carol().address(), "uxpx");
    setting.wait(15);
    assert_eq!(setting.bed.balance(&carol().address(), "uxpx") - before, 2_900_000);
}

#[test]
fn a_moved_stake_that_leaves_its_new_validator_answers_there() {
    let mut setting = Setting::new();
    setting.deliver(&carol(), delegate(&carol(), &alice(), 2_000_000));
    let wrong = setting.bed.block.height;
    setting.deliver(&carol(), redelegate(&carol(), (&alice(), &bob()), 2_000_000));
    setting.deliver(&carol(), undelegate(&carol(), &bob(), 2_000_000));
    let supply = setting.bed.supply("uxpx");
    accuse(&mut setting, 50, wrong);
    assert_eq!(supply - setting.bed.supply("uxpx"), 500_000 + 100_000);
    let entries = keys::unbonding(&carol().address(), &bob().address()).get(&setting.bed.state);
    assert_eq!(entries.unwrap().unwrap()[0].balance.units(), 1_900_000);
}

#[test]
fn a_sweep_takes_its_turns_and_touching_comes_first() {
    let mut setting = Setting::new();
    setting.deliver(&carol(), delegate(&carol(), &alice(), 6_000_000));
    let wrong = setting.bed.block.height;
    setting.deliver(&carol(), redelegate(&carol(), (&alice(), &bob()), 2_000_000));
    // A crowd that stands in the sweep's way before carol: unbondings of nothing.
    for number in 0..450u64 {
        let mut address = [0; 20];
        address[..8].copy_from_slice(&number.to_be_bytes());
        let delegator = sirius_primitives::Address::new(address);
        keys::redelegation_from(&alice().address(), &delegator, &bob().address())
            .set(&mut setting.bed.state, &true);
    }
    accuse(&mut setting, 50, wrong);
    assert_eq!(setting.stake(&carol(), &bob()), 2_000_000, "her turn has not come");
    setting.deliver(&carol(), undelegate(&carol(), &bob(), 1_000_000));
    assert_eq!(setting.stake(&carol(), &bob()), 900_000, "what she touches is slashed first");
    setting.wait(3);
    assert_eq!(setting.stake(&carol(), &bob()), 900_000, "and only once");
    assert!(setting.bed.state.keys().all(|key| !key.starts_with(keys::SWEEPS)));
}
