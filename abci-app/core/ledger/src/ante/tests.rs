//! The door: who is let in, who is not, and what of a refused transaction stays.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod multisig;

use serde_json::json;
use sirius_primitives::Height;
use sirius_runtime::{Mode, Refusal};
use sirius_store::Overlay;

use crate::{
    base::{bank::balance_key, fee},
    testing::{
        Bed, Case, GAS, Key, MsgNobody, Parts, alice, any, bob, carol, coins, dave, eve, mode, rotate, send,
    },
};

/// A payment of alice that is right in everything.
fn payment(bed: &Bed) -> Parts {
    bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(5, "uxpx"))])
}

/// The refusal of alice's payment with a change made before signing.
fn refusal(change: impl FnOnce(&mut Parts)) -> Refusal {
    let bed = Bed::new();
    bed.refusal(&payment(&bed).with(change).sign())
}

/// A way to meet each refusal of the door's table.
pub(crate) fn cases() -> Vec<Case> {
    of_single_keys().into_iter().chain(multisig::cases()).collect()
}

fn of_single_keys() -> Vec<Case> {
    vec![
        Case::new(("sdk", 21, "TooLarge"), "at most 1024 are allowed", || {
            let bed = Bed::with(|genesis| genesis["params"]["values"] = json!({ "auth.max_tx_bytes": 1024 }));
            let many = vec![send(&alice(), &bob(), coins(5, "uxpx")); 10];
            bed.refusal(&bed.draft(&[&alice()], many).sign()).into()
        }),
        Case::new(
            ("sdk", 12, "MemoTooLarge"),
            "maximum number of characters is 256 but received 257 characters",
            || refusal(|parts| parts.body.memo = "m".repeat(257)).into(),
        ),
        Case::new(("sdk", 14, "TooManySignatures"), "signatures: 2, limit: 1", || {
            let bed = Bed::with(|genesis| genesis["params"]["values"] = json!({ "auth.max_signatures": 1 }));
            let both = [(alice(), bob()), (bob(), alice())];
            let messages = both.map(|(from, to)| send(&from, &to, coins(5, "uxpx"))).to_vec();
            bed.refusal(&bed.draft(&[&alice(), &bob()], messages).sign()).into()
        }),
        Case::new(("sdk", 15, "NoSignatures"), "no signatures supplied", || {
            let bed = Bed::new();
            bed.refusal(&payment(&bed).sign_and(|raw| raw.signatures.clear())).into()
        }),
        Case::new(
            ("sdk", 4, "WrongSignerCount"),
            "need 1, the transaction describes 1 and carries 2",
            || {
                let bed = Bed::new();
                bed.refusal(&payment(&bed).sign_and(|raw| raw.signatures.push(vec![1; 64]))).into()
            },
        ),
        Case::new(("ante", 1, "NoSigners"), "no message names an account that signs", || {
            let bed = Bed::new();
            bed.refusal(&bed.draft(&[&alice()], vec![any(&MsgNobody {})]).sign()).into()
        }),
        Case::new(("sdk", 30, "Expired"), "block height: 10, timeout height: 9", || {
            let mut bed = Bed::new();
            bed.block.height = Height(10);
            bed.refusal(&payment(&bed).with(|parts| parts.body.timeout_height = 9).sign()).into()
        }),
        Case::new(("ante", 2, "NoGas"), "gas limit is 0", || {
            refusal(|parts| parts.fee().gas_limit = 0).into()
        }),
        Case::new(("ante", 3, "GasBeyondBlock"), "10000001 is more than a whole block's 10000000", || {
            refusal(|parts| parts.fee().gas_limit = 10_000_001).into()
        }),
        Case::new(("sdk", 9, "UnknownAccount"), "does not exist; send it something first", || {
            let bed = Bed::new();
            bed.refusal(&bed.draft(&[&dave()], vec![send(&dave(), &bob(), coins(5, "uxpx"))]).sign()).into()
        }),
        Case::new(("sdk", 32, "WrongSequence"), "expected 0, got 1", || {
            refusal(|parts| parts.auth.signer_infos[0].sequence = 1).into()
        }),
        Case::new(("ante", 4, "SequenceUsedUp"), "2^64 - 1 transactions", || {
            let last = u64::MAX.to_string();
            let bed = Bed::with(|genesis| genesis["auth"]["accounts"][0]["sequence"] = json!(last));
            bed.refusal(&payment(&bed).sign()).into()
        }),
        Case::new(("ante", 5, "WrongMode"), "sign mode 2 is not supported", || {
            refusal(|parts| parts.auth.signer_infos[0].mode_info = Some(mode(2))).into()
        }),
        Case::new(("sdk", 8, "NoKey"), "has no key yet and the transaction shows none", || {
            refusal(|parts| parts.auth.signer_infos[0].public_key = None).into()
        }),
        Case::new(("ante", 6, "WrongKey"), "the public key is not that of account", || {
            let bed = Bed::new();
            let of_bob = bed.draft(&[&bob()], Vec::new()).auth.signer_infos[0].public_key.clone();
            let parts = payment(&bed).with(|parts| {
                parts.keys = vec![bob()];
                parts.auth.signer_infos[0].public_key = of_bob;
            });
            bed.refusal(&parts.sign()).into()
        }),
        Case::new(("ante", 7, "BadSignature"), "is not this key's over these bytes", || {
            refusal(|parts| parts.keys = vec![bob()]).into()
        }),
    ]
}

#[test]
fn lets_in_each_kind_of_key() {
    let check = |key: Key| {
        let mut bed = Bed::new();
        let before = bed.balance(&bob().address(), "uxpx");
        bed.deliver(&[&key], vec![send(&key, &bob(), coins(5, "uxpx"))]);
        assert_eq!(bed.balance(&bob().address(), "uxpx"), before + 5);
        let account = bed.account(&key.address());
        assert_eq!((account.sequence, account.public_key), (1, Some(key.public().into())));
    };
    check(alice());
    check(carol());
}

#[test]
fn lets_in_several_signers_of_different_kinds_at_once() {
    let mut bed = Bed::new();
    let messages = vec![send(&alice(), &dave(), coins(5, "uxpx")), send(&carol(), &dave(), coins(7, "uxpx"))];
    bed.deliver(&[&alice(), &carol()], messages);
    assert_eq!(bed.balance(&dave().address(), "uxpx"), 12);
    assert_eq!([alice(), carol()].map(|key| bed.account(&key.address()).sequence), [1, 1]);
}

/// What a refused signature looks like does not matter: each is refused alike, with a word on the cause.
#[test]
fn refuses_every_bad_signature() {
    let bed = Bed::new();
    let check = |cause: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let bytes = payment(&bed).sign_and(|raw| change(&mut raw.signatures[0]));
        let refusal = bed.refusal(&bytes);
        assert_eq!((refusal.space, refusal.code), ("ante", 7));
        let text = format!(
            "signature verification failed: {cause}; please verify account number (0), sequence (0) and chain-id (sirius-test-1): unauthorized"
        );
        assert_eq!(refusal.text, text);
    };
    check("the signature is not this key's over these bytes", &|signature| signature[40] ^= 1);
    check("a signature has 64 bytes, got 63", &|signature| signature.truncate(63));
    check("a signature has 64 bytes, got 0", &Vec::clear);
    check("the signature's bytes are out of range", &|signature| signature.fill(0xff));
    check("the signature has a high s; normalise it to the lower half of the curve order", &|signature| {
        high_s(signature);
    });
}

/// Replaces `s` by the curve's order less `s`, which verifies as well where nobody looks.
fn high_s(signature: &mut [u8]) {
    let order = hex::decode("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").unwrap();
    let mut borrow = 0;
    for index in (0..32).rev() {
        let difference = i16::from(order[index]) - i16::from(signature[32 + index]) - borrow;
        borrow = i16::from(difference < 0);
        signature[32 + index] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
}

#[test]
fn a_signature_counts_on_one_chain_and_for_one_account_number() {
    let check = |change: fn(&mut Parts)| {
        let refusal = refusal(change);
        assert_eq!((refusal.space, refusal.code), ("ante", 7));
    };
    check(|parts| parts.chain_id = "sirius-test-2".into());
    check(|parts| parts.numbers = vec![1]);
}

#[test]
fn the_same_bytes_count_once() {
    let mut bed = Bed::new();
    let bytes = payment(&bed).sign();
    let executed = bed.make_block(&[bytes.clone(), bytes.clone()]);
    assert_eq!(executed.results[0].refusal, None);
    let refusal = executed.results[1].refusal.as_ref().unwrap();
    assert_eq!((refusal.space, refusal.code), ("sdk", 32));
    assert!(!executed.is_honest());
    assert_eq!(bed.refusal(&bytes).code, 32);
}

#[test]
fn a_transaction_lives_until_its_timeout() {
    let mut bed = Bed::new();
    let bytes = payment(&bed).with(|parts| parts.body.timeout_height = 9).sign();
    bed.block.height = Height(9);
    assert_eq!(bed.try_tx(&bytes, Mode::Deliver).0.refusal, None);
    bed.block.height = Height(10);
    assert_eq!(bed.refusal(&bytes).code, 30);
}

#[test]
fn one_sender_may_queue_several_transactions() {
    let bed = Bed::new();
    let mut check = Overlay::new(&bed.state);
    for sequence in 0..5 {
        let draft = bed.draft_on(&check, &[&alice()], vec![send(&alice(), &bob(), coins(1, "uxpx"))]);
        assert_eq!(draft.auth.signer_infos[0].sequence, sequence);
        assert_eq!(bed.run_on(&draft.sign(), Mode::Deliver, &mut check).refusal, None);
    }
    // Of the state below, nothing is seen to have changed.
    assert_eq!(bed.account(&alice().address()).sequence, 0);
}

#[test]
fn a_refused_message_keeps_fee_and_sequence_only() {
    let mut bed = Bed::new();
    let before = bed.balance(&alice().address(), "uxpx");
    // The first message alone would succeed: all succeed, or none.
    let messages =
        vec![send(&alice(), &bob(), coins(5, "uxpx")), send(&alice(), &bob(), coins(5_000, "gold"))];
    let bytes = bed.draft(&[&alice()], messages).sign();
    assert_eq!(bed.refusal(&bytes).code, 5);
    let result = bed.make_block(&[bytes]).results.remove(0);
    assert!(result.admitted);
    assert_eq!(bed.balance(&alice().address(), "uxpx"), before - u128::from(GAS));
    assert_eq!(bed.account(&alice().address()).sequence, 1);
    assert_eq!(bed.balance(&bob().address(), "uxpx"), before);
    let kinds: Vec<_> = result.events.iter().map(|event| event.r#type.as_str()).collect();
    assert_eq!(kinds, ["tx", "tx"], "the fee and the sequence are shown, the messages are not");
}

#[test]
fn the_first_key_is_the_addresses_own_and_need_be_shown_once() {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![send(&alice(), &eve(), coins(1_000_000, "uxpx"))]);
    // A key that is not the address' own is refused before the account has one, and afterwards.
    let stranger = bed.draft(&[&eve()], vec![send(&eve(), &bob(), coins(1, "uxpx"))]);
    let shown = bed.draft(&[&bob()], Vec::new()).auth.signer_infos[0].public_key.clone();
    let stranger = stranger.with(|parts| {
        parts.auth.signer_infos[0].public_key = shown;
        parts.keys = vec![bob()];
    });
    assert_eq!(bed.refusal(&stranger.sign()).code, 6);
    bed.deliver(&[&eve()], vec![send(&eve(), &bob(), coins(1, "uxpx"))]);
    let hidden = bed.draft(&[&eve()], vec![send(&eve(), &bob(), coins(1, "uxpx"))]);
    let hidden = hidden.with(|parts| parts.auth.signer_infos[0].public_key = None).sign();
    assert_eq!(bed.make_block(&[hidden]).results[0].refusal, None);
}

#[test]
fn what_was_verified_for_one_key_does_not_count_for_another() {
    let mut bed = Bed::new();
    // The node has seen, and verified, a payment that waits while its sender's key changes.
    let waiting = bed
        .draft(&[&alice()], vec![send(&alice(), &bob(), coins(5, "uxpx"))])
        .with(|parts| parts.auth.signer_infos[0].sequence = 1)
        .with(|parts| parts.auth.signer_infos[0].public_key = None)
        .sign();
    let rotation = bed.draft(&[&alice()], vec![rotate(&alice(), &dave(), "sirius-test-1")]).sign();
    let first = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(1, "uxpx"))]).sign();
    let mut check = Overlay::new(&bed.state);
    assert_eq!(bed.run_on(&first, Mode::Deliver, &mut check).refusal, None);
    assert_eq!(bed.run_on(&waiting, Mode::Deliver, &mut check).refusal, None);
    let executed = bed.make_block(&[rotation, waiting]);
    assert_eq!(executed.results[0].refusal, None);
    let refusal = executed.results[1].refusal.as_ref().unwrap();
    assert_eq!((refusal.space, refusal.code), ("ante", 7));
}

#[test]
fn a_payer_signs_and_pays_for_others() {
    let mut bed = Bed::new();
    let before = [alice(), bob()].map(|key| bed.balance(&key.address(), "uxpx"));
    let payer = crate::testing::text(&bob().address());
    let parts = bed
        .draft(&[&alice(), &bob()], vec![send(&alice(), &dave(), coins(5, "uxpx"))])
        .with(|parts| parts.fee().payer = payer);
    assert_eq!(bed.make_block(&[parts.sign()]).results[0].refusal, None);
    let after = [alice(), bob()].map(|key| bed.balance(&key.address(), "uxpx"));
    assert_eq!(after, [before[0] - 5, before[1] - u128::from(GAS)]);
    assert_eq!(bed.balance(&fee::COLLECTOR, "uxpx"), 0, "a block's fees are paid out at its end");
}

/// What waits in the mempool is asked at the door alone: messages were tried when it came, and are again before it is
/// proposed.
#[test]
fn what_waits_is_asked_at_the_door_again() {
    let bed = Bed::new();
    let check = |code: Option<u32>, change: &dyn Fn(&mut Parts)| {
        let bytes = payment(&bed).with(change).sign();
        let (result, changes) = bed.try_tx(&bytes, Mode::Recheck);
        assert_eq!(result.refusal.map(|refusal| refusal.code), code);
        assert!(result.events.is_empty() && result.data.is_empty());
        let before = bed.balance(&bob().address(), "uxpx");
        let record = balance_key(&bob().address(), &"uxpx".parse().unwrap());
        let after = changes.get(record.as_bytes());
        assert_eq!(after, None, "the message is not executed: bob has {before}");
        assert_eq!(changes.is_empty(), code.is_some());
    };
    check(None, &|_| {});
    check(None, &|parts| parts.body.messages = vec![send(&alice(), &bob(), coins(5_000, "gold"))]);
    check(Some(32), &|parts| parts.auth.signer_infos[0].sequence = 1);
    check(Some(13), &|parts| parts.fee().amount = coins(1, "uxpx"));
    check(Some(5), &|parts| parts.fee().amount = coins(u128::MAX, "uxpx"));
    check(Some(7), &|parts| parts.keys = vec![bob()]);
    check(Some(11), &|parts| parts.fee().gas_limit = 1_000);
}

#[test]
fn a_queue_outlives_a_block_it_was_not_in() {
    let mut bed = Bed::new();
    let queue: Vec<_> = (0..5)
        .map(|sequence| payment(&bed).with(|parts| parts.auth.signer_infos[0].sequence = sequence).sign())
        .collect();
    let asked = |bed: &Bed, queue: &[bytes::Bytes], mode| {
        let mut check = Overlay::new(&bed.state);
        queue.iter().all(|bytes| bed.run_on(bytes, mode, &mut check).refusal.is_none())
    };
    assert!(asked(&bed, &queue, Mode::Check));
    bed.make_block(&queue[..2]);
    assert!(asked(&bed, &queue[2..], Mode::Recheck));
    assert!(!asked(&bed, &queue[1..], Mode::Recheck), "what was in the block is not let in again");
}
