//! The form as a whole: against CosmJS, over the registry's messages, and at its bounds.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use cosmos_sdk_proto::cosmos::tx::v1beta1::{Fee, TxBody};
use prost_reflect::DescriptorPool;
use sirius_primitives::{AccountKey, Multisig};
use sirius_runtime::{VerbKind, tx::pack_account_key};
use tendermint_proto::google::protobuf::{Any, Timestamp};

use super::{AminoError, SignDoc, contract, name};
use crate::{
    base::{
        auth::wire::keys::MsgRotateKey,
        bank::wire::bank::{MsgMultiSend, Output},
        fee::wire::feegrant::{BasicAllowance, Grant, MsgGrantAllowance},
    },
    testing::{alice, any, bob, carol, coin, coins, send, update},
};

fn json(messages: Vec<Any>) -> Result<String, AminoError> {
    let body = TxBody { messages, memo: "a & b".into(), ..TxBody::default() };
    let fee = Fee { amount: coins(5, "uxpx"), gas_limit: 9, ..Fee::default() };
    let doc = SignDoc { chain_id: "c-1", account_number: 1, sequence: 0, body: &body, fee: &fee };
    doc.sign_bytes().map(|bytes| String::from_utf8(bytes).unwrap())
}

/// The JSON of one message.
fn message(message: Any) -> Result<String, AminoError> {
    let json = json(vec![message])?;
    let (_, rest) = json.split_once("\"msgs\":[").unwrap();
    Ok(rest.rsplit_once("],\"sequence\"").unwrap().0.to_owned())
}

/// As CosmJS 0.39 has it: `serializeSignDoc(makeSignDoc(…))`.
#[test]
fn gives_the_bytes_of_cosmjs() {
    let body = TxBody {
        messages: vec![send(&alice(), &bob(), vec![coin(7, "gold"), coin(5, "uxpx")])],
        memo: "rent & <May> \"é\" \u{8}\n".into(),
        timeout_height: 1_000,
        ..TxBody::default()
    };
    let fee = Fee {
        amount: coins(2_500, "uxpx"),
        gas_limit: 120_000,
        payer: "sirius1payer".into(),
        granter: "sirius1granter".into(),
    };
    let doc = SignDoc { chain_id: "sirius-local-1", account_number: 42, sequence: 7, body: &body, fee: &fee };
    let cosmjs = concat!(
        r#"{"account_number":"42","chain_id":"sirius-local-1","fee":{"amount":[{"amount":"2500","denom":"uxpx"}],"#,
        r#""gas":"120000","granter":"sirius1granter","payer":"sirius1payer"},"memo":"rent \u0026 \u003cMay\u003e \"é\" \b\n","#,
        r#""msgs":[{"type":"cosmos-sdk/MsgSend","value":{"amount":[{"amount":"7","denom":"gold"},{"amount":"5","denom":"uxpx"}],"#,
        r#""from_address":"sirius10xcqpzrky6eff2g52qdye53xkk9jxkvr6gh9r3","to_address":"sirius1a0qwuze2h85zw7nqpsj3ga0z9geyrgwpvh2teu"}}],"#,
        r#""sequence":"7","timeout_height":"1000"}"#,
    );
    assert_eq!(String::from_utf8(doc.sign_bytes().unwrap()).unwrap(), cosmjs);
}

#[test]
fn empty_parts_are_left_out_or_shown_as_the_cosmos_sdk_does() {
    let (body, fee) = (TxBody::default(), Fee::default());
    let doc = SignDoc { chain_id: "", account_number: 0, sequence: u64::MAX, body: &body, fee: &fee };
    let expected = r#"{"account_number":"0","chain_id":"","fee":{"amount":[],"gas":"0"},"memo":"","msgs":[],"sequence":"18446744073709551615"}"#;
    assert_eq!(doc.sign_bytes().unwrap(), expected.as_bytes());

    let check = |packed: Any, expected: &str| assert_eq!(message(packed).unwrap(), expected);
    check(send(&alice(), &bob(), Vec::new()), &send_json("[]"));
    check(
        any(&MsgMultiSend::default()),
        r#"{"type":"cosmos-sdk/MsgMultiSend","value":{"inputs":null,"outputs":null}}"#,
    );
    check(
        any(&MsgMultiSend {
            inputs: Vec::new(),
            outputs: vec![Output { address: String::new(), coins: vec![coin("", "")] }],
        }),
        r#"{"type":"cosmos-sdk/MsgMultiSend","value":{"inputs":null,"outputs":[{"coins":[{"amount":"0"}]}]}}"#,
    );
}

fn send_json(amount: &str) -> String {
    format!(
        r#"{{"type":"cosmos-sdk/MsgSend","value":{{"amount":{amount},"from_address":"{}","to_address":"{}"}}}}"#,
        crate::testing::text(&alice().address()),
        crate::testing::text(&bob().address())
    )
}

#[test]
fn packed_parts_have_their_names() {
    let allowance = |expiration| {
        any(&MsgGrantAllowance {
            granter: "g".into(),
            grantee: "h".into(),
            allowance: Some(any(&BasicAllowance { spend_limit: Vec::new(), expiration })),
        })
    };
    let check = |packed: Any, expected: &str| assert_eq!(message(packed).unwrap(), expected);
    check(
        allowance(Some(Timestamp { seconds: 1_700_000_000, nanos: 500_000_000 })),
        r#"{"type":"cosmos-sdk/MsgGrantAllowance","value":{"allowance":{"type":"cosmos-sdk/BasicAllowance","value":{"expiration":"2023-11-14T22:13:20.5Z","spend_limit":[]}},"grantee":"h","granter":"g"}}"#,
    );
    check(
        update(&alice(), &[("fee.community_percent", 0)]),
        &format!(
            r#"{{"type":"sirius/ParamsMsgUpdate","value":{{"authority":"{}","values":[{{"name":"fee.community_percent"}}]}}}}"#,
            crate::testing::text(&alice().address())
        ),
    );
    let key = AccountKey::Multisig(Multisig::new(2, vec![alice().public(), carol().public()]).unwrap());
    let rotation =
        MsgRotateKey { address: String::new(), public_key: Some(pack_account_key(&key)), proof: vec![1, 2] };
    let [one, other] = [alice(), carol()].map(|key| super::super::signature::base64(key.public().as_bytes()));
    check(
        any(&rotation),
        &format!(
            r#"{{"type":"sirius/AuthMsgRotateKey","value":{{"proof":"AQI=","public_key":{{"type":"tendermint/PubKeyMultisigThreshold","value":{{"pubkeys":[{{"type":"tendermint/PubKeySecp256k1","value":"{one}"}},{{"type":"tendermint/PubKeyEd25519","value":"{other}"}}],"threshold":"2"}}}}}}}}"#
        ),
    );
    let late = allowance(Some(Timestamp { seconds: i64::MAX, nanos: 0 }));
    assert!(matches!(message(late), Err(AminoError::NoForm { .. })));
}

#[test]
fn what_has_no_form_is_named() {
    let unknown = |type_url: &str| Any { type_url: type_url.into(), value: vec![0xff] };
    for type_url in ["/a.B", "", "cosmos.bank.v1beta1.MsgSend", "/cosmos.bank.v1beta1.MsgSend"] {
        let expected = AminoError::Unknown { type_url: type_url.into() };
        assert_eq!(json(vec![unknown(type_url)]), Err(expected));
    }
}

#[test]
fn depth_and_length_have_bounds() {
    let grant = |inner: Any| any(&Grant { allowance: Some(inner), ..Grant::default() });
    let nested = |depth: usize| (1..depth).fold(any(&Grant::default()), |inner, _| grant(inner));
    // What is packed counts twice: as itself and as its envelope.
    assert!(message(nested(super::MOST_DEPTH / 2)).is_ok());
    assert_eq!(message(nested(super::MOST_DEPTH / 2 + 1)), Err(AminoError::TooDeep));
    assert_eq!(message(nested(2_000)), Err(AminoError::TooDeep));
    let many = |count| any(&MsgMultiSend { inputs: Vec::new(), outputs: vec![Output::default(); count] });
    assert!(message(many(50_000)).is_ok());
    assert_eq!(message(many(100_000)), Err(AminoError::TooLong));
}

/// Hardware wallets read names of at most 39 bytes; one of the Cosmos SDK's has 40.
#[test]
fn our_names_are_short_and_each_is_given_once() {
    let registry = crate::registry();
    let mut names = std::collections::BTreeSet::new();
    for verb in registry.verbs().iter().filter(|verb| verb.kind == VerbKind::Message) {
        let name = name(&verb.request);
        assert!(!verb.request.starts_with("sirius.") || name.len() <= 39, "{name}");
        assert!(names.insert(name.clone()), "{name} is the name of two messages");
    }
}

#[test]
fn rules_are_of_fields_that_exist() {
    let pool = DescriptorPool::decode(crate::DESCRIPTORS).unwrap();
    for (message, fields) in contract::tests::rows() {
        let Some(descriptor) = pool.get_message_by_name(message) else { continue };
        for field in fields {
            assert!(descriptor.get_field_by_name(field).is_some(), "{message} has no field {field}");
        }
    }
}

/// A message of the Cosmos SDK that nobody named would be signed under its type URL, which wallets do not do.
#[test]
fn every_message_of_the_cosmos_sdk_has_its_name() {
    const NAMELESS: &[&str] = &["cosmos.gov.v1.MsgCancelProposal"];
    for verb in crate::registry().verbs().iter().filter(|verb| verb.kind == VerbKind::Message) {
        let named = !name(&verb.request).starts_with('/') || NAMELESS.contains(&verb.request.as_str());
        assert!(named, "give {} its amino name in ante/amino/contract.rs", verb.request);
    }
}

#[test]
fn every_message_decodes_into_a_form() {
    for verb in crate::registry().verbs().iter().filter(|verb| verb.kind == VerbKind::Message) {
        let made = message(Any { type_url: verb.path.clone(), value: Vec::new() });
        match made {
            Ok(json) => {
                assert!(json.starts_with(&format!("{{\"type\":\"{}\"", name(&verb.request))), "{json}")
            }
            // A part that the Cosmos SDK cannot leave out.
            Err(AminoError::NoForm { cause, .. }) => assert_eq!(cause, "it is missing"),
            Err(error) => panic!("{}: {error}", verb.path),
        }
    }
}
