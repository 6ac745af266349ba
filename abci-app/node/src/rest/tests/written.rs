//! Answers, beside what grpc-gateway writes for the same messages.

use prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};
use serde_json::json;

use super::{contracts, message};
use crate::rest::json::{Shown, decimal};

/// Checks the JSON of the message `name` that `given` describes.
fn check(name: &str, given: serde_json::Value, expected: &str) {
    let contracts = contracts();
    let message = message(&contracts, name, given);
    // As it comes from the application: encoded, and without the fields that are not set.
    let message = DynamicMessage::decode(message.descriptor(), message.encode_to_vec().as_slice()).unwrap();
    assert_eq!(serde_json::to_string(&Shown::new(&message, &contracts)).unwrap(), expected);
}

#[test]
fn pages_have_no_key_as_null_and_numbers_as_text() {
    check(
        "cosmos.bank.v1beta1.QueryAllBalancesResponse",
        json!({ "balances": [{ "denom": "uxpx", "amount": "5" }], "pagination": { "total": "1" } }),
        r#"{"balances":[{"denom":"uxpx","amount":"5"}],"pagination":{"next_key":null,"total":"1"}}"#,
    );
    check(
        "cosmos.bank.v1beta1.QueryAllBalancesResponse",
        json!({ "pagination": { "nextKey": "dXhweA==" } }),
        r#"{"balances":[],"pagination":{"next_key":"dXhweA==","total":"0"}}"#,
    );
}

#[test]
fn accounts_are_packed_by_their_type_and_a_missing_key_is_null() {
    check(
        "cosmos.auth.v1beta1.QueryAccountResponse",
        json!({ "account": {
            "@type": "/cosmos.auth.v1beta1.BaseAccount",
            "address": "sirius1x", "account_number": "7", "sequence": "18446744073709551615",
        } }),
        concat!(
            r#"{"account":{"@type":"/cosmos.auth.v1beta1.BaseAccount","address":"sirius1x","#,
            r#""pub_key":null,"account_number":"7","sequence":"18446744073709551615"}}"#
        ),
    );
    check(
        "cosmos.auth.v1beta1.BaseAccount",
        json!({ "pub_key": { "@type": "/cosmos.crypto.secp256k1.PubKey", "key": "AAEC" } }),
        concat!(
            r#"{"address":"","pub_key":{"@type":"/cosmos.crypto.secp256k1.PubKey","key":"AAEC"},"#,
            r#""account_number":"0","sequence":"0"}"#
        ),
    );
}

#[test]
fn transactions_have_their_modes_by_name_and_only_the_chosen_one() {
    check(
        "cosmos.tx.v1beta1.SignerInfo",
        json!({ "mode_info": { "single": { "mode": "SIGN_MODE_DIRECT" } }, "sequence": "1" }),
        r#"{"public_key":null,"mode_info":{"single":{"mode":"SIGN_MODE_DIRECT"}},"sequence":"1"}"#,
    );
    check(
        "cosmos.tx.v1beta1.Tx",
        json!({ "signatures": ["AQ==", ""] }),
        r#"{"body":null,"auth_info":null,"signatures":["AQ==",""]}"#,
    );
}

#[test]
fn times_and_spans_are_text() {
    check(
        "cosmos.base.node.v1beta1.StatusResponse",
        json!({ "timestamp": "2026-01-02T03:04:05.600Z", "app_hash": "/w==" }),
        concat!(
            r#"{"earliest_store_height":"0","height":"0","timestamp":"2026-01-02T03:04:05.600Z","#,
            r#""app_hash":"/w==","validator_hash":null}"#
        ),
    );
    check(
        "tendermint.types.EvidenceParams",
        json!({ "max_age_duration": "172800s" }),
        r#"{"max_age_num_blocks":"0","max_age_duration":"172800s","max_bytes":"0"}"#,
    );
}

#[test]
fn decimals_have_their_point() {
    for (digits, expected) in [
        ("0", "0.000000000000000000"),
        ("100000000000000000", "0.100000000000000000"),
        ("1000000000000000000", "1.000000000000000000"),
        ("-1500000000000000000", "-1.500000000000000000"),
        ("", "0.000000000000000000"),
        ("no digits", "no digits"),
    ] {
        assert_eq!(decimal(digits), expected);
    }
    check(
        "cosmos.staking.v1beta1.CommissionRates",
        json!({ "rate": "100000000000000000" }),
        r#"{"rate":"0.100000000000000000","max_rate":null,"max_change_rate":null}"#,
    );
    check(
        "cosmos.mint.v1beta1.QueryInflationResponse",
        json!({ "inflation": "MTMwMDAwMDAwMDAwMDAwMDAw" }),
        r#"{"inflation":"0.130000000000000000"}"#,
    );
}

#[test]
fn what_nobody_knows_keeps_its_bytes() {
    let contracts = contracts();
    let mut response = message(&contracts, "cosmos.auth.v1beta1.QueryAccountResponse", json!({}));
    let any = contracts.pool().get_message_by_name("google.protobuf.Any").unwrap();
    let mut packed = DynamicMessage::new(any);
    packed.set_field_by_name("type_url", Value::String("/unknown.Type".into()));
    packed.set_field_by_name("value", Value::Bytes(vec![1, 2, 3].into()));
    response.set_field_by_name("account", Value::Message(packed));
    assert_eq!(
        serde_json::to_string(&Shown::new(&response, &contracts)).unwrap(),
        r#"{"account":{"@type":"/unknown.Type","value":"AQID"}}"#
    );
}

#[test]
fn packing_without_end_is_opened_only_so_deep() {
    let contracts = contracts();
    let any = contracts.pool().get_message_by_name("google.protobuf.Any").unwrap();
    let grant = contracts.pool().get_message_by_name("cosmos.feegrant.v1beta1.Grant").unwrap();
    let mut inner: Vec<u8> = Vec::new();
    for _ in 0..10_000 {
        let mut packed = DynamicMessage::new(any.clone());
        packed.set_field_by_name("type_url", Value::String("/cosmos.feegrant.v1beta1.Grant".into()));
        packed.set_field_by_name("value", Value::Bytes(inner.into()));
        let mut outer = DynamicMessage::new(grant.clone());
        outer.set_field_by_name("allowance", Value::Message(packed));
        inner = outer.encode_to_vec();
        if inner.len() > 100_000 {
            break;
        }
    }
    let outer = DynamicMessage::decode(grant, inner.as_slice()).unwrap();
    let text = serde_json::to_string(&Shown::new(&outer, &contracts)).unwrap();
    assert_eq!(text.matches("@type").count(), 17);
}
