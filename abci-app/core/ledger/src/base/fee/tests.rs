//! Fees: what is refused, what is granted, how the price moves and where the coins go.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod grant;
mod price;

use serde_json::{Value, json};
use sirius_primitives::{Address, Coins, Denom, Timestamp};
use sirius_runtime::{Refusal, type_url};

use super::{
    allowance::Allowance,
    keys,
    wire::{
        fee::{QueryBaseFeeRequest, QueryBaseFeeResponse},
        feegrant as wire,
    },
};
use crate::testing::{
    Bed, Case, GAS, Key, Parts, alice, any, bob, carol, coin, coins, golden::Record, grant as allow, revoke,
    send, text,
};

/// A block's time in the bed's first block.
const NOW: Timestamp = Timestamp { seconds: 1_700_000_000, nanos: 0 };

/// A payment of bob, whose fee alice's grant pays.
fn granted(bed: &Bed) -> Parts {
    bed.draft(&[&bob()], vec![send(&bob(), &carol(), coins(1, "uxpx"))])
        .with(|parts| parts.fee().granter = text(&alice().address()))
}

/// The refusal of a payment that alice's grant of this kind was to pay.
fn unpaid(limit: u128, expires: Option<Timestamp>) -> Refusal {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![allow(&alice(), &bob(), coins(limit, "uxpx"), expires)]);
    bed.refusal(&granted(&bed).sign())
}

/// The refusal of alice's grant to `grantee` when one to bob exists.
fn ungranted(grantee: &Key) -> Refusal {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![allow(&alice(), &bob(), Vec::new(), None)]);
    bed.refusal(&bed.draft(&[&alice()], vec![allow(&alice(), grantee, Vec::new(), None)]).sign())
}

/// A way to meet each refusal of the module's table.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(("sdk", 13, "TooLittle"), "got: 4999uxpx required: 5000uxpx", || {
            let bed = Bed::new();
            let parts = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(1, "uxpx"))]);
            bed.refusal(&parts.with(|parts| parts.fee().amount = coins(4_999, "uxpx")).sign()).into()
        }),
        Case::new(("fee", 1, "WrongDenom"), "the fee holds gold, but fees are paid in uxpx alone", || {
            let bed = Bed::new();
            let parts = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(1, "uxpx"))]);
            let mixed = vec![coin(1, "gold"), coin(5_000, "uxpx")];
            bed.refusal(&parts.with(|parts| parts.fee().amount = mixed).sign()).into()
        }),
        Case::new(("fee", 2, "NoGrant"), "an allowance; leave the granter out", || {
            let bed = Bed::new();
            bed.refusal(&granted(&bed).sign()).into()
        }),
        Case::new(("fee", 3, "GrantExpired"), "has expired", || {
            unpaid(1_000_000, Some(Timestamp { seconds: NOW.seconds + 1, nanos: 0 })).into()
        }),
        Case::new(("fee", 4, "GrantTooSmall"), "has 199999uxpx left, the fee is 200000uxpx", || {
            unpaid(u128::from(GAS) - 1, None).into()
        }),
        Case::new(("fee", 5, "GrantExists"), "already grants", || ungranted(&bob()).into()),
        Case::new(("fee", 6, "GrantToOneself"), "are the same account", || ungranted(&alice()).into()),
        Case::new(("fee", 7, "BadAllowance"), "the allowance is not valid: the message has none", || {
            let bed = Bed::new();
            let message = any(&wire::MsgGrantAllowance {
                granter: text(&alice().address()),
                grantee: text(&bob().address()),
                allowance: None,
            });
            bed.refusal(&bed.draft(&[&alice()], vec![message]).sign()).into()
        }),
        Case::new(("sdk", 7, "BadAddress"), "the grantee's address is not valid", || {
            let bed = Bed::new();
            let (granter, grantee) = (text(&alice().address()), "bob".into());
            let message = any(&wire::MsgRevokeAllowance { granter, grantee });
            bed.refusal(&bed.draft(&[&alice()], vec![message]).sign()).into()
        }),
        Case::new(("fee", 8, "BadBaseFee"), "app_state.fee: base_fee 1 is outside 25000 to", || {
            Bed::genesis(|genesis| genesis["fee"]["base_fee"] = json!(1)).err().unwrap().into()
        }),
    ]
}

/// What the module stores, one record a kind.
pub(crate) fn records() -> Vec<Record> {
    let (granter, grantee) = (Address::new([0xaa; 20]), Address::new([0xbb; 20]));
    let denom: Denom = "uxpx".parse().unwrap();
    let limit = Coins::from(sirius_primitives::Coin { denom: denom.clone(), amount: "7".parse().unwrap() });
    let limited = Allowance { left: Some(limit), expires: Some(NOW) };
    vec![
        Record::new("denomination of fees", &keys::denom(), &denom),
        Record::new("base fee", &keys::base(), &25_000),
        Record::new("grant", &keys::grant(&granter, &grantee), &limited),
        Record::new(
            "grant without limit",
            &keys::grant(&granter, &grantee),
            &Allowance { left: None, expires: None },
        ),
    ]
}

#[test]
fn genesis_names_what_is_wrong() {
    let check = |change: fn(&mut Value), text: &str| {
        let error = Bed::genesis(|genesis| change(&mut genesis["fee"])).err().unwrap().to_string();
        assert!(error.starts_with(text), "{error}");
    };
    check(|fee| fee["denom"] = json!("x"), "genesis field app_state.fee.denom: invalid denom");
    check(|fee| fee["base_fee"] = json!(1), "genesis field app_state.fee: base_fee 1 is outside 25000 to");
    check(|fee| *fee = json!({}), "genesis field app_state.fee");
    let bed = Bed::with(|genesis| genesis["fee"]["base_fee"] = json!(30_000));
    let answer: QueryBaseFeeResponse =
        bed.ask("/sirius.fee.v1.Query/BaseFee", &QueryBaseFeeRequest {}).unwrap();
    assert_eq!((answer.denom.as_str(), answer.per_million_gas), ("uxpx", 30_000));
}

#[test]
fn the_invariants_see_what_they_are_for() {
    let mut bed = Bed::new();
    keys::base().remove(&mut bed.state);
    assert!(super::base_fee::invariants(&bed.state).unwrap().is_err());
}
