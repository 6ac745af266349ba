//! What can be given away, and that nothing is lost by giving.

use std::collections::BTreeMap;

use mongo_ledger_core::{condition::Condition, key::PublicKey};
use proptest::prelude::*;

use super::*;
use crate::database::holding::{Holding, HoldingError, MOST_INPUTS, of, owners, transfer, unspent};

/// A history in which `secret(1)` gives away as it is told.
fn after(moves: &[(u8, u8, Option<u64>)], amount: u64) -> Vec<Transaction> {
    let mut history = vec![bottle(amount)];
    for (from, to, amount) in moves {
        let (from, asset) = (secret(*from), *history[0].id());
        let pair = (from.public(), secret(*to).public());
        let prepared = transfer(&unspent(&history), asset, pair, *amount, None).unwrap();
        history.push(prepared.sign(&[&from]).unwrap());
    }
    history
}

fn sums(history: &[Transaction]) -> BTreeMap<PublicKey, u128> {
    owners(&unspent(history))
}

fn of_keys<const N: usize>(sums: [(u8, u128); N]) -> BTreeMap<PublicKey, u128> {
    sums.map(|(seed, sum)| (secret(seed).public(), sum)).into()
}

#[test]
fn change_comes_back() {
    assert_eq!(sums(&after(&[], 10)), of_keys([(1, 10)]));
    assert_eq!(sums(&after(&[(1, 2, Some(3))], 10)), of_keys([(1, 7), (2, 3)]));
    assert_eq!(sums(&after(&[(1, 2, None)], 10)), of_keys([(2, 10)]));
    let moved = after(&[(1, 2, Some(3)), (2, 1, None), (1, 3, Some(9))], 10);
    assert_eq!(sums(&moved), of_keys([(1, 1), (3, 9)]));
    // Two outputs go in, what was wanted and the change come out.
    assert_eq!((moved[3].inputs().len(), moved[3].outputs().len()), (2, 2));
    assert_eq!(moved[3].metadata(), None);
}

#[test]
fn what_is_not_there_is_not_given() {
    let history = after(&[(1, 2, Some(3))], 10);
    let (holdings, asset) = (unspent(&history), *history[0].id());
    let give = |from: u8, amount| {
        transfer(&holdings, asset, (secret(from).public(), secret(9).public()), amount, None).unwrap_err()
    };
    let owner = secret(2).public();
    assert_eq!(give(2, Some(4)), HoldingError::TooLittle { owner, asset, has: 3, wanted: 4 });
    assert_eq!(give(2, Some(0)), HoldingError::Zero);
    let owner = secret(3).public();
    assert_eq!(give(3, None), HoldingError::Nothing { owner, asset });
    assert_eq!(give(3, Some(1)), HoldingError::Nothing { owner, asset });
}

#[test]
fn only_what_a_key_can_spend_alone_is_its_own() {
    let [one, two] = [1, 2].map(|seed| Condition::Ed25519(secret(seed).public()));
    let threshold = |count| Condition::threshold(count, vec![one.clone(), two.clone()]).unwrap();
    let holding = |condition| Holding { output: output(&bottle(1), 0), condition, amount: 5 };
    let holdings = [holding(one.clone()), holding(threshold(1)), holding(threshold(2))];
    assert_eq!(of(&holdings, &secret(1).public()).len(), 2);
    assert_eq!(of(&holdings, &secret(2).public()).len(), 1);
    assert_eq!(owners(&holdings), of_keys([(1, 10), (2, 5)]));
}

#[test]
fn a_transaction_has_an_end() {
    let condition = Condition::Ed25519(secret(1).public());
    let asset = *bottle(1).id();
    let holdings: Vec<_> = (0..=u32::try_from(MOST_INPUTS).unwrap())
        .map(|place| Holding { output: output(&bottle(1), place), condition: condition.clone(), amount: 1 })
        .collect();
    let pair = (secret(1).public(), secret(2).public());
    assert_eq!(transfer(&holdings, asset, pair, None, None).unwrap_err(), HoldingError::TooMany);
    let most = transfer(&holdings, asset, pair, Some(MOST_INPUTS as u64), None).unwrap();
    // The largest of them is within the chain's limit, which signing holds it to.
    most.sign(&[&secret(1)]).unwrap();
}

#[test]
fn more_than_one_output_can_hold_goes_into_several() {
    let condition = Condition::Ed25519(secret(1).public());
    let amount = mongo_ledger_core::transaction::MAX_AMOUNT;
    let holdings: Vec<_> = (0..2)
        .map(|place| Holding { output: output(&bottle(1), place), condition: condition.clone(), amount })
        .collect();
    let pair = (secret(1).public(), secret(2).public());
    let prepared = transfer(&holdings, *bottle(1).id(), pair, None, None).unwrap();
    let signed = prepared.sign(&[&secret(1)]).unwrap();
    assert_eq!(signed.outputs().iter().map(|output| output.amount).collect::<Vec<_>>(), [amount, amount]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nothing_is_lost_and_nothing_made(moves in proptest::collection::vec((1..4_u8, 1..4_u8, 1..40_u64), 0..12)) {
        let mut history = vec![bottle(100)];
        let asset = *history[0].id();
        for (from, to, amount) in moves {
            let (from, to) = (secret(from), secret(to));
            let before = sums(&history).get(&from.public()).copied().unwrap_or(0);
            match transfer(&unspent(&history), asset, (from.public(), to.public()), Some(amount), None) {
                Ok(prepared) => history.push(prepared.sign(&[&from]).unwrap()),
                Err(_) => prop_assert!(before < u128::from(amount)),
            }
            prop_assert_eq!(sums(&history).values().sum::<u128>(), 100);
        }
    }
}
