//! Every refusal that the program can give is met from outside, through a transaction, a question or genesis.

use std::collections::BTreeMap;

use bytes::Bytes;
use cosmos_sdk_proto::cosmos::{
    base::query::v1beta1::PageRequest,
    crypto::multisig::LegacyAminoPubKey,
    tx::v1beta1::{ModeInfo, mode_info},
};
use sirius_runtime::{
    Mode, Refusal,
    tx::{MULTISIG, pack_account_key},
};
use tendermint_proto::google::protobuf::Any;

use crate::{
    base::{auth, bank, fee, name},
    consensus::{gov, params, slashing, staking, upgrade},
    service::anchor,
    testing::{Bed, Case, GAS, Group, Parts, alice, any, bob, coin, coins, send},
};

/// Refusals that only the node can give.
const ELSEWHERE: &[(&str, u32, &str)] = &[
    // The node knows which heights it keeps: `abci-app/node/src/answer.rs`.
    ("sdk", 26, "BadHeight"),
];

/// The refusal of alice's payment with a change made before signing.
fn refusal(change: impl FnOnce(&mut Parts)) -> Refusal {
    let bed = Bed::new();
    let parts = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(5, "uxpx"))]);
    bed.refusal(&parts.with(change).sign())
}

/// A way to meet each refusal of a transaction's bytes, or of running it.
fn of_transactions() -> Vec<Case> {
    vec![
        Case::new(("sdk", 2, "Undecodable"), "decoding the transaction failed", || {
            Bed::new().refusal(&Bytes::from_static(b"\xff")).into()
        }),
        Case::new(("tx", 1, "NotCanonical"), "the transaction is not in canonical protobuf form", || {
            let bed = Bed::new();
            let parts = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(5, "uxpx"))]);
            bed.refusal(&[parts.sign().as_ref(), &[0x20, 1]].concat().into()).into()
        }),
        Case::new(("sdk", 21, "TooLarge"), "has 65537 bytes, at most 65536 are allowed", || {
            Bed::new().refusal(&vec![0; 65_537].into()).into()
        }),
        Case::new(("sdk", 18, "NoMessages"), "the transaction has no messages", || {
            refusal(|parts| parts.body.messages.clear()).into()
        }),
        Case::new(
            ("sdk", 6, "UnknownMessage"),
            "no handler for message /cosmos.authz.v1beta1.MsgGrant",
            || {
                refusal(|parts| parts.body.messages[0].type_url = "/cosmos.authz.v1beta1.MsgGrant".into())
                    .into()
            },
        ),
        Case::new(("tx", 2, "Unsupported"), "the transaction uses extension options", || {
            refusal(|parts| parts.body.extension_options.push(Any::default())).into()
        }),
        Case::new(("sdk", 8, "BadKey"), "keys of type /ethermint.PubKey are not supported", || {
            let key = Any { type_url: "/ethermint.PubKey".into(), value: vec![1] };
            refusal(|parts| parts.auth.signer_infos[0].public_key = Some(key)).into()
        }),
        Case::new(("sdk", 10, "BadFee"), "the fee is not valid: denomination uxpx stands twice", || {
            refusal(|parts| parts.fee().amount = vec![coin(1, "uxpx"), coin(2, "uxpx")]).into()
        }),
        Case::new(("sdk", 7, "BadAddress"), "the fee payer address is not valid", || {
            refusal(|parts| parts.fee().payer = "bob".into()).into()
        }),
        Case::new(
            ("sdk", 11, "OutOfGas"),
            "out of gas in the transaction; gasWanted: 10000, gasUsed:",
            || refusal(|parts| parts.fee().gas_limit = 10_000).into(),
        ),
        Case::new(("sdk", 41, "BlockFull"), "the block has 4000000 gas left, the transaction wants", || {
            let bed = Bed::new();
            let big = |key| {
                let parts = bed.draft(&[key], vec![send(key, &alice(), coins(5, "uxpx"))]);
                parts.with(|parts| parts.fee().gas_limit = 6_000_000).sign()
            };
            let txs = [big(&alice()), big(&bob())];
            let mut executed = bed.app.run_block(&bed.chain, &bed.state, bed.said(), &txs).unwrap();
            assert!(!executed.is_honest());
            executed.results.remove(1).refusal.unwrap().into()
        }),
        Case::new(("tx", 4, "NestedMultisig"), "a multisig stands within a multisig", || {
            let inner = pack_account_key(&Group::new(1, vec![alice()]).key());
            let outer = LegacyAminoPubKey { threshold: 1, public_keys: vec![inner] };
            let key = Any { type_url: MULTISIG.into(), value: prost::Message::encode_to_vec(&outer) };
            refusal(|parts| parts.auth.signer_infos[0].public_key = Some(key)).into()
        }),
        Case::new(("tx", 5, "BadBitArray"), "the multisig's bit array is not valid: there is none", || {
            let multi = mode_info::Sum::Multi(mode_info::Multi::default());
            let info = ModeInfo { sum: Some(multi) };
            refusal(|parts| parts.auth.signer_infos[0].mode_info = Some(info)).into()
        }),
        Case::new(("tx", 3, "GasTooLarge"), "gas limit 9223372036854775808 is beyond 2^63 - 1", || {
            refusal(|parts| parts.fee().gas_limit = 1 << 63).into()
        }),
    ]
}

/// A way to meet each refusal of a question.
fn of_questions() -> Vec<Case> {
    const ACCOUNTS: &str = "/cosmos.auth.v1beta1.Query/Accounts";
    vec![
        Case::new(
            ("sdk", 6, "UnknownPath"),
            "unknown query path: /cosmos.authz.v1beta1.Query/Grants",
            || Bed::new().ask_bytes("/cosmos.authz.v1beta1.Query/Grants", &[]).unwrap_err().into(),
        ),
        Case::new(("sdk", 18, "BadRequest"), "rpc error: code = InvalidArgument desc =", || {
            Bed::new().ask_bytes(ACCOUNTS, &[0xff]).unwrap_err().into()
        }),
        Case::new(("sdk", 22, "NotFound"), "rpc error: code = NotFound desc = client metadata for", || {
            let request = bank::wire::bank::QueryDenomMetadataRequest { denom: "gold".into() };
            let path = "/cosmos.bank.v1beta1.Query/DenomMetadata";
            Bed::new().ask_bytes(path, &prost::Message::encode_to_vec(&request)).unwrap_err().into()
        }),
        Case::new(("query", 1, "TooMuch"), "would pass the limit of 1000 rows a page", || {
            let pagination = Some(PageRequest { limit: 1_001, ..PageRequest::default() });
            let request = auth::wire::auth::QueryAccountsRequest { pagination };
            Bed::new().ask_bytes(ACCOUNTS, &prost::Message::encode_to_vec(&request)).unwrap_err().into()
        }),
    ]
}

fn cases() -> Vec<Case> {
    let of_modules =
        [crate::ante::tests::cases(), params::tests::cases(), auth::tests::cases(), bank::tests::cases()];
    let later = [fee::tests::cases(), staking::tests::cases(), slashing::tests::cases()];
    let of_decisions = [upgrade::tests::cases(), gov::tests::cases(), name::tests::cases()];
    let of_bridges = [anchor::tests::cases()];
    let all = [of_transactions(), of_questions()].into_iter().chain(later);
    all.chain(of_decisions).chain(of_bridges).chain(of_modules).flatten().collect()
}

#[test]
fn every_refusal_can_be_met_and_says_what_it_is() {
    cases().iter().for_each(Case::check);
}

#[test]
fn no_refusal_is_without_a_case() {
    let count = |rows: &mut dyn Iterator<Item = (&'static str, u32, &'static str)>| {
        let mut counts = BTreeMap::new();
        rows.for_each(|row| *counts.entry(row).or_insert(0) += 1);
        counts
    };
    let registry = crate::registry();
    let mut refusals = count(&mut registry.refusals().iter().copied());
    refusals.retain(|row, _| !ELSEWHERE.contains(row));
    // Where two tables have the same row, there are two ways to meet it.
    assert_eq!(count(&mut cases().iter().map(|case| case.of)), refusals);
}

#[test]
fn a_code_has_one_meaning_in_its_module() {
    let mut names = BTreeMap::new();
    for (space, code, name) in crate::registry().refusals() {
        assert_ne!(*code, 0, "{name}");
        // The Cosmos SDK's own space is shared: there a code is a kind of refusal.
        if *space != "sdk" {
            assert_eq!(names.insert((space, code), name), None, "{space} {code}");
        }
    }
}

#[test]
fn gas_is_asked_for_at_the_door_and_after_each_message() {
    let bed = Bed::new();
    let parts = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(5, "uxpx"))]);
    let run = |gas_limit| {
        let bytes = parts.clone().with(|parts| parts.fee().gas_limit = gas_limit).sign();
        let (result, _) = bed.try_tx(&bytes, Mode::Deliver);
        (result.admitted, result.refusal.map(|refusal| refusal.code))
    };
    // Bytes and the signature alone cost more than 1,000.
    assert_eq!(run(1_000), (false, Some(11)));
    assert_eq!(run(10_000), (true, Some(11)));
    assert_eq!(run(GAS), (true, None));
}

#[test]
fn what_the_envelope_could_hold_and_the_chain_does_not_know_is_refused() {
    let check = |part: &str, change: fn(&mut Parts)| {
        let refusal = refusal(change);
        assert_eq!((refusal.space, refusal.code), ("tx", 2));
        assert!(refusal.text.contains(part), "{}", refusal.text);
    };
    check("extension options", |parts| parts.body.non_critical_extension_options.push(Any::default()));
    #[allow(deprecated, reason = "the field is refused for as long as the wire has it")]
    check("a tip", |parts| parts.auth.tip = Some(cosmos_sdk_proto::cosmos::tx::v1beta1::Tip::default()));
}

/// Names that a stranger chose are quoted, but never at length.
#[test]
fn long_names_are_cut_in_answers() {
    let long = || "x".repeat(30_000);
    let check = |message: Any| {
        let bed = Bed::new();
        let parts = bed.draft(&[&alice()], vec![message]).with(|parts| parts.fee().gas_limit = 5_000_000);
        let refusal = bed.refusal(&parts.sign());
        assert!(refusal.text.len() < 1_000, "{} bytes: {:.80}", refusal.text.len(), refusal.text);
    };
    check(Any { type_url: long(), value: Vec::new() });
    check(crate::testing::update(&alice(), &[(&long(), 1)]));
    check(crate::testing::update(&alice(), &[(&long(), 1), (&long(), 1)]));
    check(send(&alice(), &bob(), vec![coin(1, &long())]));
    check(send(&alice(), &bob(), vec![coin(long(), "uxpx")]));
    let address = crate::testing::text(&alice().address());
    let pay = |to_address| {
        any(&bank::wire::bank::MsgSend {
            from_address: address.clone(),
            to_address,
            amount: coins(1, "uxpx"),
        })
    };
    check(pay(long()));
    check(any(&fee::wire::feegrant::MsgGrantAllowance {
        granter: address.clone(),
        grantee: crate::testing::text(&bob().address()),
        allowance: Some(Any { type_url: long(), value: Vec::new() }),
    }));
    check(any(&auth::wire::keys::MsgRotateKey {
        address: address.clone(),
        public_key: Some(Any { type_url: long(), value: Vec::new() }),
        proof: Vec::new(),
    }));
    let shown = refusal(|parts| {
        parts.auth.signer_infos[0].public_key = Some(Any { type_url: long(), value: Vec::new() });
    });
    assert!(shown.text.len() < 1_000);
}
