//! Input that nobody should send: each kind is refused with its code, in the mempool as in a block, and changes nothing.

use bytes::Bytes;
use prost::Message as _;
use sirius_primitives::Height;
use tendermint_proto::google::protobuf::Any;

use crate::{
    base::bank::wire::bank::MsgSend,
    testing::{Bed, CodeOf as _, Parts, alice, bob, carol, coin, coins, multi_send, send},
};

fn payment(bed: &Bed) -> Parts {
    bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(5, "uxpx"))])
}

/// [`Bed::refusal`] compares the whole state before and after, in both ways.
fn check(what: &str, expected: (&str, u32), make: impl FnOnce(&Bed, Parts) -> Bytes) {
    let bed = Bed::new();
    let bytes = make(&bed, payment(&bed));
    let refusal = bed.refusal(&bytes);
    assert_eq!(refusal.code_of(), expected, "{what}: {}", refusal.text);
}

/// The same for a change made before signing.
fn changed(what: &str, expected: (&str, u32), change: fn(&mut Parts)) {
    check(what, expected, |_, parts| parts.with(change).sign());
}

#[test]
fn bytes_that_are_no_transaction() {
    check("nothing", ("sdk", 18), |_, _| Bytes::new());
    check("noise", ("sdk", 2), |_, _| Bytes::from_static(&[0x0a, 0x05, 1]));
    check("text", ("sdk", 2), |_, _| Bytes::from_static(b"{\"type\":\"cosmos-sdk/StdTx\"}"));
    check("a body of noise", ("sdk", 2), |_, parts| parts.sign_and(|raw| raw.body_bytes = vec![0xff]));
    check("signers of noise", ("sdk", 2), |_, parts| parts.sign_and(|raw| raw.auth_info_bytes = vec![0xff]));
    check("a message of noise", ("sdk", 2), |_, parts| {
        parts.with(|parts| parts.body.messages[0].value = vec![0xff]).sign()
    });
    check("too large", ("sdk", 21), |_, parts| {
        parts.with(|parts| parts.body.memo = "m".repeat(65_536)).sign()
    });
    check("nested without end", ("sdk", 2), |_, parts| {
        // Each level of a multi-signature is two messages; no decoder may follow them for ever.
        let mut nested = Vec::new();
        for _ in 0..100 {
            nested = [vec![0x12], length(&nested), nested].concat();
            nested = [vec![0x12], length(&nested), nested].concat();
        }
        let info = [vec![0x12], length(&nested), nested].concat();
        let auth = [vec![0x0a], length(&info), info].concat();
        parts.sign_and(|raw| raw.auth_info_bytes = auth)
    });
}

fn length(bytes: &[u8]) -> Vec<u8> {
    let mut varint = Vec::new();
    prost::encoding::encode_varint(bytes.len() as u64, &mut varint);
    varint
}

#[test]
fn bytes_with_more_than_one_form() {
    check("trailing bytes", ("tx", 1), |_, parts| [parts.sign().as_ref(), &[0x0a, 0]].concat().into());
    check("an unknown field", ("tx", 1), |_, parts| [parts.sign().as_ref(), &[0x7a, 0]].concat().into());
    check("an unknown field in the body", ("tx", 1), |_, parts| {
        parts.sign_and(|raw| raw.body_bytes.extend([0x28, 1]))
    });
    check("an unknown field among the signers", ("tx", 1), |_, parts| {
        parts.sign_and(|raw| raw.auth_info_bytes.extend([0x28, 1]))
    });
    check("an unknown field in a message", ("tx", 1), |_, parts| {
        parts.with(|parts| parts.body.messages[0].value.extend([0x28, 1])).sign()
    });
    check("an explicit default", ("tx", 1), |_, parts| {
        parts.sign_and(|raw| raw.body_bytes.extend([0x18, 0]))
    });
}

#[test]
fn signatures_that_do_not_count() {
    check("nobody's", ("ante", 7), |_, parts| parts.sign_and(|raw| raw.signatures[0][3] ^= 1));
    changed("somebody else's", ("ante", 7), |parts| parts.keys = vec![bob()]);
    changed("another chain's", ("ante", 7), |parts| parts.chain_id = "cosmoshub-4".into());
    changed("another account number's", ("ante", 7), |parts| parts.numbers = vec![9]);
    changed("another mode", ("ante", 5), |parts| {
        parts.auth.signer_infos[0].mode_info = Some(crate::testing::mode(2));
    });
    check("none", ("sdk", 15), |_, parts| parts.sign_and(|raw| raw.signatures.clear()));
    check("one too many", ("sdk", 4), |_, parts| parts.sign_and(|raw| raw.signatures.push(Vec::new())));
    check("a signer too few", ("sdk", 4), |bed, _| {
        let messages =
            vec![send(&alice(), &bob(), coins(5, "uxpx")), send(&carol(), &bob(), coins(5, "uxpx"))];
        bed.draft(&[&alice()], messages).sign()
    });
}

#[test]
fn transactions_out_of_their_turn() {
    changed("a sequence to come", ("sdk", 32), |parts| parts.auth.signer_infos[0].sequence = 1);
    let mut bed = Bed::new();
    let bytes = payment(&bed).sign();
    bed.make_block(std::slice::from_ref(&bytes));
    assert_eq!(bed.refusal(&bytes).code_of(), ("sdk", 32), "a duplicate");
    bed.block.height = Height(100);
    let late = payment(&bed).with(|parts| parts.body.timeout_height = 99).sign();
    assert_eq!(bed.refusal(&late).code_of(), ("sdk", 30), "expired");
}

#[test]
fn messages_that_cannot_be_done() {
    let message = |what: &str, expected, message: Any| {
        check(what, expected, |_, parts| parts.with(|parts| parts.body.messages = vec![message]).sign());
    };
    let pay = |amount| send(&alice(), &bob(), amount);
    message("an unknown type", ("sdk", 6), Any { type_url: "/x.Y".into(), value: Vec::new() });
    message("an amount of zero", ("sdk", 10), pay(coins(0, "uxpx")));
    message("no amount", ("bank", 1), pay(Vec::new()));
    message("an amount beyond 2^128 - 1", ("sdk", 10), pay(vec![coin("9".repeat(40), "uxpx")]));
    message("an unknown denomination", ("bank", 2), pay(coins(1, "silver")));
    message("a denomination that is none", ("sdk", 10), pay(coins(1, "1")));
    message("more than there is", ("sdk", 5), pay(coins(u128::MAX, "uxpx")));
    let half = || coins(u128::MAX / 2 + 1, "uxpx");
    message(
        "a sum beyond 2^128 - 1",
        ("bank", 3),
        multi_send(&alice(), half(), &[(&bob(), half()), (&carol(), half())]),
    );
    let foreign = MsgSend {
        from_address: "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4".into(),
        ..MsgSend::decode(pay(coins(1, "uxpx")).value.as_slice()).unwrap()
    };
    message("another network's address", ("sdk", 7), crate::testing::any(&foreign));
}

#[test]
fn fees_that_contradict_themselves() {
    changed("too little", ("sdk", 13), |parts| parts.fee().amount = coins(1, "uxpx"));
    changed("none", ("sdk", 13), |parts| parts.fee().amount.clear());
    changed("a denomination twice", ("sdk", 10), |parts| {
        parts.fee().amount = vec![coin(1, "uxpx"), coin(1, "uxpx")];
    });
    changed("zero of something", ("sdk", 10), |parts| parts.fee().amount = coins(0, "uxpx"));
    changed("another denomination", ("fee", 1), |parts| parts.fee().amount = coins(10_000, "gold"));
    changed("more than the payer has", ("sdk", 5), |parts| {
        parts.fee().amount = coins(u128::MAX, "uxpx");
    });
    changed("no gas", ("ante", 2), |parts| parts.fee().gas_limit = 0);
    changed("no fee at all", ("ante", 2), |parts| parts.auth.fee = None);
    changed("more gas than a block has", ("ante", 3), |parts| parts.fee().gas_limit = u64::MAX >> 1);
    changed("more gas than can be counted", ("tx", 3), |parts| parts.fee().gas_limit = u64::MAX);
    changed("a payer who did not sign", ("sdk", 4), |parts| {
        parts.fee().payer = crate::testing::text(&bob().address());
    });
    changed("a granter who did not grant", ("fee", 2), |parts| {
        parts.fee().granter = crate::testing::text(&bob().address());
    });
}
