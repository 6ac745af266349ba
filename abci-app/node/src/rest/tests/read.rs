//! Requests from queries and bodies.

use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::json;

use super::{contracts, message};
use crate::rest::request::{fill, from_body};

/// Checks that the parameters make of the message `name` what `expected` describes.
fn check(name: &str, parameters: &[(&str, &str)], expected: serde_json::Value) {
    let contracts = contracts();
    let mut filled = DynamicMessage::new(contracts.pool().get_message_by_name(name).unwrap());
    fill(&mut filled, parameters.iter().copied()).unwrap();
    // Encoded, since a value that is the default may be set or not.
    assert_eq!(filled.encode_to_vec(), message(&contracts, name, expected).encode_to_vec());
}

#[test]
fn parameters_fill_fields_of_fields() {
    check(
        "cosmos.bank.v1beta1.QueryAllBalancesRequest",
        &[("address", "sirius1x"), ("pagination.limit", "1000"), ("pagination.count_total", "true")],
        json!({ "address": "sirius1x", "pagination": { "limit": "1000", "countTotal": true } }),
    );
    let camel = [("pagination.countTotal", "1"), ("pagination.reverse", "false")];
    check(
        "cosmos.bank.v1beta1.QueryTotalSupplyRequest",
        &camel,
        json!({ "pagination": { "countTotal": true } }),
    );
}

#[test]
fn keys_are_base64_of_either_alphabet_and_a_plus_may_have_become_a_space() {
    for key in ["+/8=", "-_8=", "-_8", " /8="] {
        check(
            "cosmos.bank.v1beta1.QueryTotalSupplyRequest",
            &[("pagination.key", key)],
            json!({ "pagination": { "key": "+/8=" } }),
        );
    }
}

#[test]
fn lists_grow_and_enums_go_by_name_or_number() {
    check(
        "cosmos.tx.v1beta1.GetTxsEventRequest",
        &[("events", "a='b'"), ("events", "c='d'"), ("order_by", "ORDER_BY_DESC")],
        json!({ "events": ["a='b'", "c='d'"], "orderBy": "ORDER_BY_DESC" }),
    );
    check(
        "cosmos.tx.v1beta1.GetTxsEventRequest",
        &[("order_by", "2")],
        json!({ "orderBy": "ORDER_BY_DESC" }),
    );
}

#[test]
fn what_the_message_does_not_have_is_passed_over() {
    check("cosmos.bank.v1beta1.QueryTotalSupplyRequest", &[("from", "ping"), ("a.b.c", "")], json!({}));
}

#[test]
fn a_value_of_another_type_is_named() {
    let contracts = contracts();
    let refused = |name: &str, path: &str, text: &str| {
        let mut message = DynamicMessage::new(contracts.pool().get_message_by_name(name).unwrap());
        let failure = fill(&mut message, [(path, text)].into_iter()).unwrap_err();
        assert!(failure.message.starts_with(&format!("type mismatch, parameter: {path}")), "{failure:?}");
    };
    refused("cosmos.bank.v1beta1.QueryTotalSupplyRequest", "pagination.limit", "-1");
    refused("cosmos.bank.v1beta1.QueryTotalSupplyRequest", "pagination.limit", "x");
    refused("cosmos.bank.v1beta1.QueryTotalSupplyRequest", "pagination.key", "§");
    refused("cosmos.bank.v1beta1.QueryTotalSupplyRequest", "pagination", "x");
    refused("cosmos.bank.v1beta1.QueryTotalSupplyRequest", "pagination.limit.x", "1");
    refused("cosmos.tx.v1beta1.GetTxsEventRequest", "order_by", "SIDEWAYS");
}

#[test]
fn a_body_is_the_json_of_its_message_and_nothing_else() {
    let contracts = contracts();
    let descriptor = contracts.pool().get_message_by_name("cosmos.tx.v1beta1.SimulateRequest").unwrap();
    let read = |body: &[u8]| from_body(descriptor.clone(), body);
    assert!(read(b"").is_ok());
    assert!(read(br#"{"tx_bytes":"AQID"}"#).is_ok());
    assert!(read(br#"{"txBytes":"AQID"}"#).is_ok());
    for wrong in [
        "[]",
        "{",
        "{} {}",
        r#"{"tx_bytes":"AQID","more":1}"#,
        r#"{"tx_bytes":7}"#,
        r#"{"tx":{"body":{"messages":[{"@type":"/no.Such","a":1}]}}}"#,
    ] {
        assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
    }
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(10_000), close.repeat(10_000));
    for bomb in [deep("[", "]"), deep(r#"{"tx":"#, "}"), format!(r#"{{"tx_bytes":{}}}"#, deep("[", "]"))] {
        assert!(read(bomb.as_bytes()).is_err());
    }
}
