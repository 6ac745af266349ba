//! What submit promises, as tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use cosmrs::{Any, proto::cosmos::base::v1beta1::Coin as WireCoin};
use proptest::prelude::*;
use prost::Message as _;
use sirius_ledger::base::bank::wire::bank::MsgSend;
use sirius_primitives::{Blocks, Coins, Gas};
use sirius_runtime::Chain;

use super::*;
use crate::{
    Cause,
    fake::{CHAIN_ID, FakeChain, FakeNode, Mishap, key, prefix},
};

fn chain() -> Chain {
    Chain { id: CHAIN_ID.into(), prefix: prefix() }
}

fn account(number: u8, nodes: &[&Arc<FakeNode>]) -> Account {
    Account::new(FakeNode::client(nodes), chain(), key(number))
}

/// A payment from one account to another.
fn payment(from: u8, to: u8, amount: u64) -> Vec<Any> {
    let message = MsgSend {
        from_address: key(from).address().bech32(&prefix()),
        to_address: key(to).address().bech32(&prefix()),
        amount: vec![WireCoin { denom: "uxpx".into(), amount: amount.to_string() }],
    };
    vec![Any { type_url: "/cosmos.bank.v1beta1.MsgSend".into(), value: message.encode_to_vec() }]
}

fn balance(chain: &FakeChain, number: u8) -> u128 {
    let state = chain.state();
    let denom = "uxpx".parse().unwrap();
    sirius_ledger::base::bank::balance(&state.store.latest(), &key(number).address(), &denom).unwrap().units()
}

const START: u128 = 1_000_000_000_000;

#[tokio::test(start_paused = true)]
async fn a_payment_is_simulated_priced_sent_and_found() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let blocks = chain.run();
    let options = Options { memo: "thanks".into(), ..Options::default() };
    let receipt = account(1, &[&node]).send(payment(1, 2, 5), &options).await.unwrap();
    blocks.abort();
    assert!(receipt.succeeded());
    assert_eq!((receipt.height.0, receipt.index, receipt.memo.as_str()), (2, 0, "thanks"));
    assert!(receipt.gas_used < receipt.gas_wanted && receipt.gas_used > Gas(0), "{receipt:?}");
    assert_eq!(balance(&chain, 2), START + 5);
    let fee = receipt.fee.amount_of(&"uxpx".parse().unwrap()).units();
    assert_eq!(balance(&chain, 1), START - 5 - fee);
    // 25,000 per 1,000,000 gas and a quarter more, rounded up.
    assert_eq!(fee, (u128::from(receipt.gas_wanted.0) * 31_250).div_ceil(1_000_000));
    assert!(receipt.events.iter().any(|event| event.kind == "transfer"));
    assert_eq!(receipt.messages(), payment(1, 2, 5));
}

#[tokio::test(start_paused = true)]
async fn sent_at_once_each_gets_its_own_sequence() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let blocks = chain.run();
    let account = account(1, &[&node]);
    let sends = (0..30).map(|_| {
        let account = account.clone();
        async move { account.send(payment(1, 2, 1), &Options::default()).await.unwrap().hash }
    });
    let mut hashes = futures::future::join_all(sends).await;
    blocks.abort();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 30);
    assert_eq!(balance(&chain, 2), START + 30);
    assert_eq!(node.broadcasts.load(Ordering::Relaxed), 30, "no transaction had to be sent twice");
}

#[tokio::test(start_paused = true)]
async fn two_programs_share_an_account() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let blocks = chain.run();
    let programs = [account(1, &[&node]), account(1, &[&node])];
    let sends = (0..20).map(|turn| {
        let account = programs[turn % 2].clone();
        async move { account.send(payment(1, 2, 1), &Options::default()).await.unwrap() }
    });
    futures::future::join_all(sends).await;
    blocks.abort();
    assert_eq!(balance(&chain, 2), START + 20);
}

/// Sends one payment under the mishaps and says how often it was paid.
async fn paid_under(mishaps: Vec<Mishap>, others: Vec<Mishap>) -> (Result<Receipt, SubmitError>, u128) {
    let chain = FakeChain::new();
    let (one, other) = (FakeNode::new(&chain), FakeNode::new(&chain));
    one.plan(mishaps);
    other.plan(others);
    let blocks = chain.run();
    let options = Options { timeout: Blocks(20), ..Options::default() };
    let result = account(1, &[&one, &other]).send(payment(1, 2, 1), &options).await;
    // Whatever is still on its way arrives.
    tokio::time::sleep(Duration::from_secs(60)).await;
    blocks.abort();
    (result, balance(&chain, 2) - START)
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_not_a_failure() {
    use Mishap::{Full, Hangs, Lost, Unanswered};
    for mishaps in [
        vec![Lost],
        vec![Unanswered],
        vec![Hangs],
        vec![Full],
        vec![Unanswered, Unanswered, Unanswered],
        vec![Lost, Full, Unanswered, Hangs],
        vec![Full, Full, Full, Full],
    ] {
        let (result, paid) = paid_under(mishaps.clone(), Vec::new()).await;
        assert!(result.is_ok(), "{mishaps:?}: {result:?}");
        assert_eq!(paid, 1, "{mishaps:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_received_is_not_sent() {
    let full = vec![Mishap::Full; 3];
    let (result, paid) = paid_under(full.clone(), full).await;
    assert!(matches!(result, Err(SubmitError::NotSent { .. })), "{result:?}");
    assert_eq!(paid, 0);
}

#[tokio::test(start_paused = true)]
async fn lost_everywhere_it_is_sent_again_with_the_same_bytes() {
    let (result, paid) = paid_under(vec![Mishap::Lost; 3], vec![Mishap::Lost; 3]).await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(paid, 1);
}

#[tokio::test(start_paused = true)]
async fn lost_for_good_it_expires_and_says_so() {
    let (result, paid) = paid_under(vec![Mishap::Lost; 99], vec![Mishap::Lost; 99]).await;
    let Err(error @ SubmitError::Expired { .. }) = result else { panic!("{result:?}") };
    assert_eq!((paid, error.cause()), (0, Cause::Refused));
}

/// A node that refuses bytes which another may have says nothing final about them.
#[tokio::test(start_paused = true)]
async fn a_refusal_after_a_lost_answer_is_not_believed() {
    let says = Mishap::Says(13, "insufficient fees");
    let (result, paid) = paid_under(vec![Mishap::Unanswered], vec![says]).await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(paid, 1);
}

/// Of a node that is behind: it has not heard of the account's transactions before.
#[tokio::test(start_paused = true)]
async fn a_node_that_lags_is_given_time() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let blocks = chain.run();
    let account = account(1, &[&node]);
    account.send(payment(1, 2, 1), &Options::default()).await.unwrap();
    let lagging =
        Mishap::Says(32, "account sequence mismatch, expected 0, got 1: incorrect account sequence");
    node.plan([lagging.clone(), lagging]);
    account.send(payment(1, 2, 1), &Options::default()).await.unwrap();
    blocks.abort();
    assert_eq!(balance(&chain, 2), START + 2);
}

/// A node that was away calls a sequence free that is not: the second payment must not be taken for the first.
#[tokio::test(start_paused = true)]
async fn an_old_state_does_not_make_two_payments_one() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let blocks = chain.run();
    // Nothing but the timeout height is left to chance.
    let options = Options {
        gas: GasLimit::Exactly(Gas(200_000)),
        fee: Fee::Exactly(Coins::from("10000uxpx".parse::<sirius_primitives::Coin>().unwrap())),
        timeout: Blocks(3),
        ..Options::default()
    };
    let first = account(1, &[&node]).send(payment(1, 2, 1), &options).await.unwrap();
    *node.stale.lock().unwrap() = Some(sirius_primitives::Height(1));
    let second = account(1, &[&node]).submit(payment(1, 2, 1), &options).await.unwrap();
    *node.stale.lock().unwrap() = None;
    let second = second.confirm().await;
    blocks.abort();
    // Its timeout is counted from the old height, so that it may have been refused as too late: but never paid as one.
    let paid = balance(&chain, 2) - START;
    match second {
        Ok(second) => assert_eq!((paid, second.hash == first.hash), (2, false)),
        Err(error) => assert_eq!((paid, error.cause()), (1, Cause::Refused)),
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_that_a_node_had_before_are_not_followed() {
    let (result, paid) = paid_under(vec![Mishap::Cached], Vec::new()).await;
    assert_eq!((result.unwrap().code, paid), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_lost_mempool_is_filled_again() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let account = account(1, &[&node]);
    let pending = account.submit(payment(1, 2, 1), &Options::default()).await.unwrap();
    chain.state().lose_mempool();
    let blocks = chain.run();
    let receipt = pending.confirm().await.unwrap();
    blocks.abort();
    assert!(receipt.height.0 > 3, "it was sent again after three seconds");
    assert_eq!(balance(&chain, 2), START + 1);
}

/// The node that took it is cut off: it answers, and nobody else hears of the transaction.
#[tokio::test(start_paused = true)]
async fn a_node_that_is_cut_off_does_not_keep_it() {
    let chain = FakeChain::new();
    let (cut, other) = (FakeNode::new(&chain), FakeNode::new(&chain));
    cut.plan(vec![Mishap::Swallowed; 9]);
    *cut.stale.lock().unwrap() = Some(sirius_primitives::Height(1));
    cut.unindexed.store(true, Ordering::Relaxed);
    let blocks = chain.run();
    let receipt = account(1, &[&cut, &other]).send(payment(1, 2, 1), &Options::default()).await.unwrap();
    blocks.abort();
    assert!(receipt.succeeded() && receipt.height.0 < 8, "{receipt:?}");
    assert_eq!(balance(&chain, 2), START + 1);
}

#[tokio::test(start_paused = true)]
async fn without_an_index_the_blocks_tell() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    node.unindexed.store(true, Ordering::Relaxed);
    let blocks = chain.run();
    let options = Options { timeout: Blocks(5), ..Options::default() };
    let receipt = account(1, &[&node]).send(payment(1, 2, 1), &options).await.unwrap();
    blocks.abort();
    assert_eq!((receipt.height.0, receipt.code), (2, 0));
    assert_eq!(balance(&chain, 2), START + 1);
}

#[tokio::test(start_paused = true)]
async fn a_chain_that_stands_still_leaves_it_unconfirmed() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let account = account(1, &[&node]);
    let options = Options { wait: Duration::from_secs(10), ..Options::default() };
    let error = account.send(payment(1, 2, 1), &options).await.unwrap_err();
    let SubmitError::Unconfirmed { hash, timeout, .. } = &error else { panic!("{error}") };
    assert!((46..=61).contains(&timeout.0), "{timeout}");
    assert_eq!(error.cause(), Cause::Broken);
    assert!(error.to_string().contains(&hash.to_string()));
    // It is executed later all the same, once.
    chain.commit();
    assert_eq!(balance(&chain, 2), START + 1);
}

#[tokio::test(start_paused = true)]
async fn refusals_are_told_and_use_no_sequence() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let blocks = chain.run();
    let account = account(1, &[&node]);
    let check = |result: Result<Pending, SubmitError>, expected: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.cause(), Cause::Refused);
        assert!(error.to_string().contains(expected), "{error}");
    };
    let fixed = |fee: &str, gas| Options {
        gas: GasLimit::Exactly(Gas(gas)),
        fee: Fee::Exactly(Coins::from(fee.parse::<sirius_primitives::Coin>().unwrap())),
        ..Options::default()
    };
    check(account.submit(payment(1, 2, 0), &Options::default()).await, "refused");
    check(account.submit(payment(1, 2, u64::MAX), &Options::default()).await, "insufficient funds");
    check(account.submit(payment(1, 2, 1), &fixed("1uxpx", 200_000)).await, "insufficient fee");
    check(account.submit(Vec::new(), &Options::default()).await, "no message");
    // A message that fails in a block costs its fee.
    let fixed = fixed("100000uxpx", 200_000);
    let error = account.send(payment(1, 2, 999_999_999_999), &fixed).await.unwrap_err();
    let refused = matches!(&error, SubmitError::Refused { code: 5, .. } | SubmitError::Failed { .. });
    assert!(refused, "{error}");
    account.send(payment(1, 2, 1), &Options::default()).await.unwrap();
    blocks.abort();
    assert_eq!(balance(&chain, 2), START + 1);
}

#[tokio::test(start_paused = true)]
async fn an_account_without_coins_does_not_exist() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let error = account(9, &[&node]).submit(payment(9, 1, 1), &Options::default()).await.unwrap_err();
    assert!(matches!(error, SubmitError::NoAccount { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn preparing_sends_nothing() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let unsigned =
        account(1, &[&node]).sender().prepare(&payment(1, 2, 1), &Options::default()).await.unwrap();
    assert_eq!(unsigned.signers().len(), 1);
    assert_eq!(node.broadcasts.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_signed_elsewhere_is_followed_too() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let account = account(1, &[&node]);
    let unsigned = account.sender().prepare(&payment(1, 2, 1), &Options::default()).await.unwrap();
    let signed = unsigned.sign(&[&key(1)]).unwrap();
    let blocks = chain.run();
    let wait = Duration::from_secs(30);
    let send = || Pending::send(FakeNode::client(&[&node]), signed.bytes.clone(), wait);
    let receipt = send().await.unwrap().confirm().await.unwrap();
    assert_eq!(receipt.hash, signed.hash);
    // Once more it is the same transaction, and still paid once.
    assert_eq!(send().await.unwrap().confirm().await.unwrap(), receipt);
    blocks.abort();
    assert_eq!(balance(&chain, 2), START + 1);
    let garbage = Pending::send(FakeNode::client(&[&node]), vec![1, 2, 3], wait).await;
    assert!(matches!(garbage, Err(SubmitError::Refused { code: 2, .. })));
}

fn mishap() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        Just(Mishap::Lost),
        Just(Mishap::Unanswered),
        Just(Mishap::Hangs),
        Just(Mishap::Full),
        Just(Mishap::Cached),
        Just(Mishap::Swallowed),
        Just(Mishap::Says(13, "insufficient fees")),
        Just(Mishap::Says(32, "account sequence mismatch, expected 0, got 0: incorrect account sequence")),
        Just(Mishap::Says(32, "account sequence mismatch, expected 1, got 0: incorrect account sequence")),
        Just(Mishap::Says(5, "insufficient funds")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    /// The law: paid once when told so, and never when told that it failed.
    #[test]
    fn never_paid_twice(
        one in proptest::collection::vec(mishap(), 0..8),
        other in proptest::collection::vec(mishap(), 0..8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (result, paid) = runtime.block_on(paid_under(one, other));
        let expected = match &result {
            Ok(receipt) => u128::from(receipt.succeeded()),
            Err(SubmitError::Unconfirmed { .. }) => paid.min(1),
            Err(_) => 0,
        };
        prop_assert_eq!(paid, expected, "{:?}", result);
    }
}
