//! Stakes: what is refused, what is stored, and how a chain with validators goes on.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod history;
mod life;
mod reward;
mod setting;
mod wrong;

use prost::Message as _;
use serde_json::json;
use sirius_primitives::{Address, Amount, Denom, Height, Timestamp};
use sirius_runtime::Refusal;
use tendermint_proto::google::protobuf::Any;

use super::{
    Commission, Delegation, Description, Fraction, Shares, Status, Validator, keys,
    stored::{Leaving, Moved, Past, Rewards, Seat, Slash, Told},
    wire::staking as wire,
};
use crate::testing::{Bed, Case, Key, alice, any, bob, carol, coin, golden::Record, text};
pub(crate) use life::touched;
pub(crate) use setting::{
    Setting, cancel, consensus_key, create, delegate, edit, fund, redelegate, set_withdraw, undelegate,
    withdraw, withdraw_commission,
};

fn refused(bed: &Bed, key: &Key, message: Any) -> Refusal {
    bed.refusal(&bed.draft(&[key], vec![message]).sign())
}

/// The refusal of a message on a chain with two validators.
fn refusal(key: &Key, message: Any) -> Refusal {
    refused(&Setting::new().bed, key, message)
}

/// The refusal of carol's new validator, changed.
fn uncreated(change: impl FnOnce(&mut wire::MsgCreateValidator)) -> Refusal {
    let mut wire =
        wire::MsgCreateValidator::decode(create(&carol(), 60, 5_000_000).value.as_slice()).unwrap();
    change(&mut wire);
    refusal(&carol(), any(&wire))
}

/// The refusal of an edit of alice's validator, changed.
fn unedited(change: impl FnOnce(&mut wire::MsgEditValidator)) -> Refusal {
    let mut wire = wire::MsgEditValidator::decode(edit(&alice(), "", "").value.as_slice()).unwrap();
    change(&mut wire);
    refusal(&alice(), any(&wire))
}

/// The refusal of `message` after carol's stake of 1,000 on alice was taken back.
fn after_undelegating(params: &[(&str, u64)], message: Any) -> Refusal {
    let mut setting = Setting::with(params);
    setting.deliver(&carol(), delegate(&carol(), &alice(), 1_000));
    setting.deliver(&carol(), undelegate(&carol(), &alice(), 500));
    refused(&setting.bed, &carol(), message)
}

/// A way to meet each refusal of the module's table.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = of_validators();
    cases.extend(of_stakes());
    cases
}

fn of_validators() -> Vec<Case> {
    vec![
        Case::new(("staking", 2, "ValidatorExists"), "operates a validator already", || {
            refusal(&alice(), create(&alice(), 60, 5_000_000)).into()
        }),
        Case::new(("staking", 3, "KeyUsed"), "belongs to a validator, or did", || {
            refusal(&carol(), create(&carol(), 50, 5_000_000)).into()
        }),
        Case::new(("staking", 4, "BadKey"), "it is a secp256k1 key", || {
            uncreated(|wire| wire.pubkey = Some(sirius_runtime::tx::pack_public_key(&alice().public())))
                .into()
        }),
        Case::new(("staking", 6, "BadCommission"), "at most the highest rate", || {
            uncreated(|wire| wire.commission.as_mut().unwrap().rate = Fraction::ALL.to_string()).into()
        }),
        Case::new(("staking", 7, "CommissionTooLow"), "this chain's least is 500000000000000000", || {
            let setting = Setting::with(&[("staking.min_commission", 5_000)]);
            refused(&setting.bed, &carol(), create(&carol(), 60, 5_000_000)).into()
        }),
        Case::new(("staking", 8, "TooLong"), "the moniker has 71 bytes, at most 70", || {
            uncreated(|wire| wire.description.as_mut().unwrap().moniker = "m".repeat(71)).into()
        }),
        Case::new(("staking", 9, "NoMoniker"), "give the validator a name", || {
            uncreated(|wire| wire.description.as_mut().unwrap().moniker.clear()).into()
        }),
        Case::new(("staking", 10, "Incomplete"), "the message has no commission", || {
            uncreated(|wire| wire.commission = None).into()
        }),
        Case::new(
            ("staking", 11, "OwnStakeTooLow"),
            "stakes 5000000, the validator promises at least",
            || uncreated(|wire| wire.min_self_delegation = "5000001".into()).into(),
        ),
        Case::new(("staking", 12, "PromiseLowered"), "is 1000 and cannot become 999", || {
            unedited(|wire| wire.min_self_delegation = "999".into()).into()
        }),
        Case::new(("staking", 23, "NotOperator"), "is not the validator's operator", || {
            uncreated(|wire| wire.delegator_address = text(&bob().address())).into()
        }),
        Case::new(("staking", 26, "BadGenesis"), "give one of the two", || {
            let both = |genesis: &mut serde_json::Value| {
                genesis["staking"] = setting::section();
                genesis["staking"]["carried"] = json!({ "validators": [], "delegations": [] });
            };
            Bed::genesis(both).err().unwrap().into()
        }),
    ]
}

fn of_stakes() -> Vec<Case> {
    vec![
        Case::new(("sdk", 7, "BadAddress"), "the validator's address is not valid", || {
            let mut wire =
                wire::MsgDelegate::decode(delegate(&carol(), &alice(), 1).value.as_slice()).unwrap();
            wire.validator_address = "alice".into();
            refusal(&carol(), any(&wire)).into()
        }),
        Case::new(("sdk", 10, "BadCoin"), "it is zero; give a positive amount", || {
            refusal(&carol(), delegate(&carol(), &alice(), 0)).into()
        }),
        Case::new(("staking", 1, "NoValidator"), "does not exist", || {
            refusal(&carol(), delegate(&carol(), &carol(), 1)).into()
        }),
        Case::new(("staking", 5, "WrongDenom"), "gold cannot be staked; stake uxpx", || {
            let mut wire =
                wire::MsgDelegate::decode(delegate(&alice(), &alice(), 1).value.as_slice()).unwrap();
            wire.amount = Some(coin(1, "gold"));
            refusal(&alice(), any(&wire)).into()
        }),
        Case::new(("staking", 13, "NoDelegation"), "stakes nothing on", || {
            refusal(&carol(), undelegate(&carol(), &alice(), 1)).into()
        }),
        Case::new(("staking", 14, "StakeTooSmall"), "worth 10000000, less than 10000001", || {
            refusal(&alice(), undelegate(&alice(), &alice(), 10_000_001)).into()
        }),
        Case::new(("staking", 15, "Worthless"), "are worth nothing any more", || {
            let mut setting = Setting::new();
            let key = keys::validator(&alice().address());
            let validator = key.get(&setting.bed.state).unwrap().unwrap();
            key.set(&mut setting.bed.state, &Validator { tokens: Amount::ZERO, ..validator });
            refused(&setting.bed, &carol(), delegate(&carol(), &alice(), 1)).into()
        }),
        Case::new(("staking", 16, "TooManyEntries"), "there are 1 entries on their way", || {
            let message = undelegate(&carol(), &alice(), 1);
            after_undelegating(&[("staking.max_entries", 1)], message).into()
        }),
        Case::new(("staking", 17, "SameValidator"), "are the same validator", || {
            refusal(&alice(), redelegate(&alice(), (&alice(), &alice()), 1)).into()
        }),
        Case::new(("staking", 18, "Transitive"), "still answers for the validator that it left", || {
            let mut setting = Setting::new();
            setting.deliver(&carol(), delegate(&carol(), &alice(), 1_000));
            setting.deliver(&carol(), redelegate(&carol(), (&alice(), &bob()), 500));
            refused(&setting.bed, &carol(), redelegate(&carol(), (&bob(), &alice()), 1)).into()
        }),
        Case::new(("staking", 19, "NoUnbonding"), "taken back at height 1", || {
            after_undelegating(&[], cancel(&carol(), &alice(), 1, 1)).into()
        }),
        Case::new(("staking", 20, "UnbondingTooSmall"), "500 is on its way back, less than 501", || {
            after_undelegating(&[], cancel(&carol(), &alice(), 501, 2)).into()
        }),
        Case::new(("staking", 21, "Jailed"), "is jailed; wait until it is not", || {
            let mut setting = Setting::new();
            let key = keys::validator(&alice().address());
            let validator = key.get(&setting.bed.state).unwrap().unwrap();
            key.set(&mut setting.bed.state, &Validator { jailed: true, ..validator });
            refused(&setting.bed, &carol(), cancel(&carol(), &alice(), 1, 1)).into()
        }),
        Case::new(("staking", 22, "TooMuchStaked"), "more than 100000000000000000000 would be", || {
            let bed = Setting::genesis(&[], |genesis| {
                genesis["bank"]["balances"][2]["coins"][0]["amount"] = json!("200000000000000000000");
            });
            refused(&bed, &carol(), delegate(&carol(), &alice(), 100_000_000_000_000_000_000)).into()
        }),
        Case::new(("staking", 24, "NoCommission"), "has no commission to withdraw", || {
            refusal(&alice(), withdraw_commission(&alice())).into()
        }),
        Case::new(("staking", 25, "NothingToGive"), "the message gives no coins", || {
            refusal(&carol(), fund(&carol(), Vec::new())).into()
        }),
    ]
}

/// What the module stores, one record a kind.
pub(crate) fn records() -> Vec<Record> {
    let (one, two, three) = (Address::new([0xaa; 20]), Address::new([0xbb; 20]), Address::new([0xcc; 20]));
    let (amount, height) = (Amount::new(7), Height(3));
    let time = Timestamp { seconds: 1_700_000_000, nanos: 5 };
    let denom: Denom = "uxpx".parse().unwrap();
    let half = Fraction::of_basis_points(5_000);
    let shares = Shares(7 * Shares::SCALE);
    let validator = Validator {
        consensus_key: [0xdd; 32],
        tokens: amount,
        shares,
        status: Status::Unbonding { height, until: time },
        jailed: true,
        least_own_stake: Amount::new(1),
        commission: Commission { rate: half, most: Fraction::ALL, most_change: half, changed: time },
        description: Description { moniker: "name".into(), ..Description::default() },
    };
    let leaving =
        Leaving { created: height, completes: time, initial: amount, balance: amount, slashed: height };
    let moved = Moved { created: height, completes: time, initial: amount, shares, slashed: height };
    let past = Past { time, proposer: vec![0xee; 20], seats: Height(2) };
    let seat = Seat { operator: one, validator: validator.clone() };
    let rewards = Rewards { index: 9, pending: amount, commission: amount, outstanding: Amount::new(14) };
    vec![
        Record::new("denomination of stakes", &keys::denom(), &denom),
        Record::new("how many make blocks", &keys::bonded_count(), &4),
        Record::new("validator", &keys::validator(&one), &validator),
        Record::new("consensus key", &keys::consensus(&two), &one),
        Record::new("one who makes blocks", &keys::place(keys::BONDED, amount, &one), &one),
        Record::new("one who waits", &keys::place(keys::WAITING, amount, &one), &one),
        Record::new("one who changed", &keys::changed(&one), &true),
        Record::new("told", &keys::told(&two), &Told { key: [0xdd; 32], power: 7, since: height }),
        Record::new("delegation", &keys::delegation(&one, &two), &Delegation { shares, paid: 9 }),
        Record::new("delegator", &keys::delegator(&two, &one), &true),
        Record::new("unbonding", &keys::unbonding(&one, &two), &vec![leaving]),
        Record::new("unbonding from", &keys::unbonding_from(&two, &one), &true),
        Record::new("unbonding due", &keys::unbonding_due(time, &one, &two), &true),
        Record::new("redelegation", &keys::redelegation(&one, &two, &three), &vec![moved]),
        Record::new("redelegation from", &keys::redelegation_from(&three, &one, &two), &true),
        Record::new("redelegation due", &keys::redelegation_due(time, (&one, &two, &three)), &true),
        Record::new("validator due", &keys::validator_due(time, &one), &true),
        Record::new("front of a queue", &keys::front(keys::UNBONDING_QUEUE), &vec![7]),
        Record::new("front of the queue of moved stakes", &keys::front(keys::REDELEGATION_QUEUE), &vec![8]),
        Record::new("slash", &keys::slash(&one, height), &Slash { since: Height(2), fraction: half }),
        Record::new("slashed", &keys::slashed(&one, height, 1), &half),
        Record::new("past block", &keys::past(height), &past),
        Record::new("oldest past block", &keys::oldest(), &height),
        Record::new("validators in office", &keys::seats(height), &vec![seat]),
        Record::new("validators in office changed", &keys::seats_changed(), &true),
        Record::new("sweep", &keys::sweep(&one), &vec![1]),
        Record::new("rewards", &keys::rewards(&one), &rewards),
        Record::new("withdraw address", &keys::withdraw(&one), &two),
    ]
}

#[test]
fn genesis_names_what_is_wrong() {
    let check = |section: serde_json::Value, expected: &str| {
        let error = Bed::genesis(|genesis| genesis["staking"] = section).err().unwrap().to_string();
        assert!(error.starts_with("genesis field app_state.staking") && error.contains(expected), "{error}");
    };
    let one = |change: fn(&mut serde_json::Value)| {
        let mut validator = setting::section()["validators"][0].clone();
        change(&mut validator);
        json!({ "validators": [validator] })
    };
    check(json!({ "x": 1 }), "unknown field `x`");
    check(one(|one| one["operator"] = json!("bob")), "the operator's address is not valid");
    check(one(|one| one["consensus_key"] = json!("AAAA")), "the consensus key is not usable");
    check(one(|one| one["stake"] = json!("9999999999999999")), "spendable balance");
    check(one(|one| one["stake"] = json!("0")), "stakes on");
    check(
        one(|one| one["commission"] = json!({ "rate": "2", "max_rate": "x", "max_change_rate": "1" })),
        "the commission is not valid",
    );
}

#[test]
fn a_chain_whose_genesis_names_nobody_begins_with_the_validators_of_consensus() {
    let setting = Setting::of_consensus();
    let supply = setting.bed.supply("uxpx");
    assert_eq!(supply, 3_000_000_000_000 + 30_000_000, "a million units were made for each of 30");
    assert_eq!((setting.power(50), setting.power(51)), (Some(20), Some(10)));
    setting.bed.check_invariants();
    // The account of the consensus key is the operator, and can act as one.
    let key = Key::ed25519(50);
    let stake = super::delegation(&setting.bed.state, &key.address(), &key.address()).unwrap();
    assert!(stake.is_some());
}

#[test]
fn the_invariants_see_what_they_are_for() {
    let check = |change: &dyn Fn(&mut Bed)| {
        let mut bed = Setting::new().bed;
        change(&mut bed);
        assert!(super::invariants::check(&bed.state).unwrap().is_err());
    };
    let alice = alice().address();
    let consensus = consensus_key(50).address();
    check(&|bed| keys::told(&consensus).remove(&mut bed.state));
    check(&|bed| keys::bonded_count().set(&mut bed.state, &7));
    check(&|bed| keys::place(keys::BONDED, Amount::new(10_000_000), &alice).remove(&mut bed.state));
    check(&|bed| keys::delegation(&alice, &alice).remove(&mut bed.state));
    check(&|bed| keys::delegator(&alice, &alice).remove(&mut bed.state));
    check(&|bed| {
        let owed = Rewards { outstanding: Amount::new(1), ..Rewards::default() };
        keys::rewards(&alice).set(&mut bed.state, &owed);
    });
    check(&|bed| {
        let key = keys::validator(&alice);
        let validator = key.get(&bed.state).unwrap().unwrap();
        key.set(&mut bed.state, &Validator { tokens: Amount::new(1), ..validator });
    });
}
