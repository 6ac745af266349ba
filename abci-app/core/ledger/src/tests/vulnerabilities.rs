//! Weaknesses that other chains had, tried on this one, each under the name it is known by.
//!
//! Most are held by tests beside the code; `tests/VULNERABILITIES.md` is the table of all.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "how long a refusal takes is what is tested"
)]

use std::time::{Duration, Instant};

use bytes::Bytes;
use prost::Message as _;
use sirius_primitives::Height;
use sirius_runtime::Mode;
use tendermint_proto::google::protobuf::Any;

use crate::{
    base::auth,
    testing::{Bed, alice, bob, coins, eve, send},
};

/// Longer than the most stubborn honest transaction takes, far shorter than a bomb would.
const MOMENT: Duration = Duration::from_secs(2);

/// ASA-2024-012, ASA-2024-013: nesting that overflows the stack of whoever decodes it.
#[test]
fn a_transaction_nested_a_hundred_thousand_deep_is_refused_at_once() {
    let bed = Bed::new();
    let mut nested = Any { type_url: "/cosmos.bank.v1beta1.MsgSend".into(), value: Vec::new() };
    // Each level repeats the whole below it, so the bytes are put together by hand: a field of bytes within a field.
    let mut bytes = nested.encode_to_vec();
    for _ in 0..1_000 {
        nested = Any { type_url: "/google.protobuf.Any".into(), value: bytes };
        bytes = nested.encode_to_vec();
    }
    let begin = Instant::now();
    let parts = bed.draft(&[&alice()], vec![nested]);
    bed.refusal(&parts.sign());
    for group in [0x0b, 0x13, 0x1b, 0x23] {
        let groups = Bytes::from(vec![group; 100_000]);
        bed.refusal(&groups);
    }
    assert!(begin.elapsed() < MOMENT, "{:?}", begin.elapsed());
}

/// Lengths that say more than there is: memory is taken for what arrived, not for what is declared.
#[test]
fn a_length_of_eight_exbibytes_is_refused_at_once() {
    let bed = Bed::new();
    let begin = Instant::now();
    for field in [0x0a, 0x12, 0x1a] {
        let mut bytes = vec![field];
        bytes.extend([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
        bed.refusal(&bytes.into());
    }
    assert!(begin.elapsed() < MOMENT);
}

/// "Huckleberry": what a failed transaction did stays in its events or in the state.
#[test]
fn huckleberry_a_refused_transaction_leaves_neither_event_nor_record_of_its_messages() {
    let mut bed = Bed::new();
    // The first message alone succeeds, opens an account and shows events.
    let messages =
        vec![send(&alice(), &eve(), coins(5, "uxpx")), send(&alice(), &bob(), coins(u128::MAX, "uxpx"))];
    let bytes = bed.draft(&[&alice()], messages).sign();
    let stranger = eve().address();
    let result = bed.make_block(&[bytes]).results.remove(0);
    assert!(result.refusal.is_some() && result.data.is_empty());
    assert!(result.events.iter().all(|event| event.r#type == "tx"), "{:?}", result.events);
    assert_eq!(bed.balance(&stranger, "uxpx"), 0);
    assert_eq!(auth::account(&bed.state, &stranger).unwrap(), None);
}

/// CVE-2021-41135 (a local clock in a rule): a transaction is judged by the block's time alone.
#[test]
fn the_time_of_day_changes_nothing() {
    let at = |seconds: i64| {
        let mut bed = Bed::new();
        bed.block.time.seconds = seconds;
        let bytes = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(5, "uxpx"))]).sign();
        let (result, changes) = bed.try_tx(&bytes, Mode::Check);
        (result.refusal, format!("{changes:?}"))
    };
    // Far in the past and far in the future of whatever clock this machine has.
    assert_eq!(at(1), at(1));
    assert_eq!(at(1), at(4_000_000_000));
}

/// Trail of Bits, `incorrect_getsigners`: who must sign follows from the message, not from who did.
#[test]
fn a_stranger_cannot_sign_for_the_sender() {
    let bed = Bed::new();
    let parts = bed.draft(&[&bob()], vec![send(&alice(), &bob(), coins(5, "uxpx"))]);
    assert!(!bed.try_tx(&parts.sign(), Mode::Check).0.admitted);
    bed.refusal(&parts.sign());
}

/// ISA-2025-002, ASA-2025-003: hooks that can be made to fail stop the chain. Here they run at extreme blocks.
#[test]
fn hooks_bear_any_block() {
    for (height, seconds) in [(1, 0), (1, i64::MIN), (1, i64::MAX), (u64::MAX - 1, 1_700_000_000)] {
        let bed = Bed::new();
        for proposer in [Vec::new(), vec![0; 20], vec![0xff; 1_000]] {
            let mut block = bed.block.clone();
            block.height = Height(height);
            block.time.seconds = seconds;
            block.proposer = proposer;
            let run = bed.app.run_block(&bed.chain, &bed.state, (&block, &bed.report), &[]);
            assert!(run.is_ok(), "{height} {seconds}: {:?}", run.err());
        }
    }
}
