//! The price of gas, and where what was paid goes.

use sirius_primitives::Address;

use super::*;
use crate::base::fee::{COLLECTOR, community};

fn base(bed: &Bed) -> u64 {
    keys::base().get(&bed.state).unwrap().unwrap()
}

/// A chain whose block is full after two payments.
fn small() -> Bed {
    let mut bed = Bed::with(|genesis| genesis["fee"]["base_fee"] = json!(1_000_000));
    let limits = sirius_runtime::BlockLimits { bytes: 1 << 20, gas: sirius_primitives::Gas(20_000) };
    let at = sirius_store::Key::new(&[b"chain/limits"]);
    at.set(&mut bed.state, &limits);
    bed
}

fn payment(bed: &Bed) -> bytes::Bytes {
    let parts = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(1, "uxpx"))]);
    parts
        .with(|parts| {
            parts.fee().gas_limit = 20_000;
            parts.fee().amount = coins(1_000_000, "uxpx");
        })
        .sign()
}

#[test]
fn full_blocks_raise_the_price_and_empty_ones_lower_it() {
    let mut bed = small();
    let bytes = payment(&bed);
    let used = bed.make_block(&[bytes]).results[0].gas_used.0;
    assert!(used > 10_000, "a payment fills more than half of the block: {used}");
    // base × (1 + (used − target) ÷ target ÷ 8), with half of the block as target
    assert_eq!(base(&bed), 1_000_000 + 1_000_000 * (used - 10_000) / 10_000 / 8);
    let raised = base(&bed);
    bed.make_block(&[]);
    assert_eq!(base(&bed), raised - raised / 8);
    for _ in 0..100 {
        bed.make_block(&[]);
    }
    assert_eq!(base(&bed), 25_000, "it does not fall below its least value");
}

#[test]
fn a_quiet_chain_changes_nothing() {
    let mut bed = Bed::new();
    assert!(bed.make_block(&[]).changes.is_empty());
}

#[test]
fn a_raised_price_holds_from_the_next_block_on() {
    let mut bed = Bed::new();
    let required = |bed: &Bed| {
        let parts = bed.draft(&[&bob()], vec![send(&bob(), &carol(), coins(1, "uxpx"))]);
        let refusal = bed.refusal(&parts.with(|parts| parts.fee().amount.clear()).sign());
        assert_eq!(refusal.code, 13);
        refusal.text
    };
    assert!(required(&bed).contains("got:  required: 5000uxpx"));
    keys::base().set(&mut bed.state, &100_000);
    assert!(required(&bed).contains("got:  required: 20000uxpx"));
}

#[test]
fn what_came_in_is_split_and_nothing_is_lost() {
    let check = |percent: u64, proposer: Vec<u8>, shares: [u128; 2]| {
        let mut bed = Bed::with(|genesis| {
            genesis["params"]["values"] = json!({ "fee.community_percent": percent });
        });
        bed.block.proposer = proposer;
        let before = bed.balance(&alice().address(), "uxpx");
        let parts = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(7, "uxpx"))]);
        // An odd sum, so that rounding shows.
        let bytes = parts.with(|parts| parts.fee().amount = coins(6_003, "uxpx")).sign();
        let executed = bed.make_block(&[bytes]);
        let got = [Address::new([0x50; 20]), community()].map(|to| bed.balance(&to, "uxpx"));
        assert_eq!(got, shares);
        assert_eq!(bed.balance(&COLLECTOR, "uxpx"), 0);
        assert_eq!(before - 7 - 6_003, bed.balance(&alice().address(), "uxpx"));
        let shown: Vec<_> = executed.events.iter().map(|event| event.attributes[1].value.as_str()).collect();
        let expected: Vec<_> =
            shares.iter().filter(|share| **share > 0).map(|share| format!("{share}uxpx")).collect();
        assert_eq!(shown, expected);
    };
    check(20, vec![0x50; 20], [4_803, 1_200]);
    check(0, vec![0x50; 20], [6_003, 0]);
    check(100, vec![0x50; 20], [0, 6_003]);
    check(33, vec![0x50; 20], [4_023, 1_980]);
    // Nobody proposed: everything is the community's.
    check(20, Vec::new(), [0, 6_003]);
    check(20, vec![0x50; 19], [0, 6_003]);
}

#[test]
fn a_fee_beyond_multiplication_is_the_communitys() {
    let rich = (u128::MAX - 3_000_000_000_000).to_string();
    let mut bed = Bed::with(|genesis| {
        genesis["bank"]["balances"][0]["coins"][1]["amount"] = json!(rich);
    });
    let parts = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(1, "uxpx"))]);
    let fee = u128::MAX - 4_000_000_000_000;
    let bytes = parts.with(|parts| parts.fee().amount = coins(fee, "uxpx")).sign();
    assert_eq!(bed.make_block(&[bytes]).results[0].refusal, None);
    assert_eq!(bed.balance(&community(), "uxpx"), fee);
}

/// The proposer's account is the address of its consensus key, with which it can spend what it earned.
#[test]
fn a_proposer_spends_its_share_with_its_consensus_key() {
    let mut bed = Bed::new();
    let proposer = crate::testing::Key::ed25519(0x77);
    bed.block.proposer = proposer.address().as_bytes().to_vec();
    for _ in 0..2 {
        bed.deliver(&[&alice()], vec![send(&alice(), &bob(), coins(1, "uxpx"))]);
    }
    bed.deliver(&[&proposer], vec![send(&proposer, &bob(), coins(1, "uxpx"))]);
}
