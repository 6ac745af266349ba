//! What is read, what is refused, and that reading and writing undo each other.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Value, JsonError> {
    parse(text.as_bytes(), &Limits::default())
}

#[test]
fn numbers_are_written_as_python_does() {
    let check = |lexeme: &str, expected: &str| {
        assert_eq!(canonical(&read(lexeme).unwrap(), Form::Python), expected, "{lexeme}");
        assert_eq!(canonical(&read(lexeme).unwrap(), Form::AsWritten), lexeme);
    };
    check("0", "0");
    check("-0", "0");
    check("-0.0", "-0.0");
    check("1E0", "1.0");
    check("1e15", "1000000000000000.0");
    check("1e16", "1e+16");
    check("12345678901234567.0", "1.2345678901234568e+16");
    check("123456.75", "123456.75");
    check("0.0001", "0.0001");
    check("0.00012345", "0.00012345");
    check("0.00001", "1e-05");
    check("1e-7", "1e-07");
    check("1.5e-7", "1.5e-07");
    check("1e100", "1e+100");
    check("5e-324", "5e-324");
    // Two texts are equally near: the even one.
    check("5.6843418860808015e-14", "5.684341886080802e-14");
    check("1e-400", "0.0");
    check("1.7976931348623157e308", "1.7976931348623157e+308");
    check("9223372036854775807", "9223372036854775807");
    check("-9223372036854775808", "-9223372036854775808");
}

#[test]
fn texts_are_written_as_each_driver_does() {
    let text = read(r#""\u0001\u000b\u001F\b\t\n\f\r\"\\\/\u007f\ud83d\ude00é""#).unwrap();
    assert_eq!(canonical(&text, Form::Python), "\"\\u0001\\u000B\\u001F\\b\\t\\n\\f\\r\\\"\\\\/\u{7f}😀é\"");
    assert_eq!(
        canonical(&text, Form::AsWritten),
        "\"\\u0001\\u000b\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\u{7f}😀é\""
    );
}

#[test]
fn keys_are_sorted_by_code_points_or_by_units() {
    let object = read(r#"{"😀":1,"\uff61":2,"b":3,"":4}"#).unwrap();
    assert_eq!(canonical(&object, Form::Python), r#"{"":4,"b":3,"｡":2,"😀":1}"#);
    assert_eq!(canonical(&object, Form::AsWritten), r#"{"":4,"b":3,"😀":1,"｡":2}"#);
}

#[test]
fn refuses_what_is_not_json_or_cannot_be_held() {
    let refused = |text: &str, expected: &str| {
        let error = read(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    };
    for text in
        ["", " ", "nul", "tru", "NaN", "Infinity", "-Infinity", "{]", "[1 2]", "'a'", "\u{feff}1", "+1", ".5"]
    {
        refused(text, "expected");
    }
    for text in
        ["01", "1.", "1e", "-", "1e+", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "1 1", "\"\t\"", "\"a"]
    {
        refused(text, "expected");
    }
    for text in [r#""\u12""#, r#""\u12g4""#, r#""\x""#, r#""\"#, r#""\u+123""#] {
        refused(text, "expected");
    }
    for text in [r#""\ud800""#, r#""\udc00""#, r#""\ud800\u0041""#, r#""\ud800x""#, r#"{"\udfff":1}"#] {
        refused(text, "surrogate");
    }
    for text in ["9223372036854775808", "-9223372036854775809", "1e309", "-1e999", "1e99999999999999999999"] {
        refused(text, "out of range");
    }
    refused(r#"{"a":1,"b":{"c":1,"\u0063":2}}"#, "\"c\" stands twice");
    assert_eq!(parse(b"\"\xff\"", &Limits::default()), Err(JsonError::Utf8 { at: 1 }));
    assert_eq!(parse(b"\"\xed\xa0\x80\"", &Limits::default()), Err(JsonError::Utf8 { at: 1 }));
}

#[test]
fn bounds_depth_and_length() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&nested(64)).is_ok());
    assert_eq!(read(&nested(65)), Err(JsonError::TooDeep { at: 64, limit: 64 }));
    assert!(matches!(read(&"{\"a\":".repeat(40_000)), Err(JsonError::TooDeep { .. })));
    let limits = Limits { bytes: 4, ..Limits::default() };
    assert!(parse(b"1234", &limits).is_ok());
    assert_eq!(parse(b"12345", &limits), Err(JsonError::TooLong { found: 5, limit: 4 }));
}

/// Any value whose texts are Unicode.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |double| double.is_finite())
            .prop_map(|double| read(&format!("{double:e}")).unwrap()),
        any::<String>().prop_map(Value::String),
        "[\\x00-\\x7f]{0,12}".prop_map(Value::String),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(Value::Object),
        ]
    })
}

/// Whether the outside parser read the same, which may miss a double by its last places.
fn alike(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (one, other) {
        (Array(one), Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Object(one), Object(other)) => {
            let pairs = || one.iter().zip(other);
            one.len() == other.len()
                && pairs().all(|((name, one), (named, other))| name == named && alike(one, other))
        }
        (Number(one), Number(other)) if one.is_f64() && other.is_f64() => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= 4.0 * f64::EPSILON * one.abs() + f64::MIN_POSITIVE
        }
        _ => one == other,
    }
}

proptest! {
    #[test]
    fn reading_undoes_writing(value in values()) {
        let written = canonical(&value, Form::AsWritten);
        prop_assert_eq!(read(&written), Ok(value.clone()));
        let python = canonical(&value, Form::Python);
        let read_back = read(&python).unwrap();
        prop_assert_eq!(canonical(&read_back, Form::Python), python.clone());
        // An outside parser agrees on what was written.
        let outside: serde_json::Value = serde_json::from_str(&python).unwrap();
        let ours: serde_json::Value = serde_json::from_str(&written).unwrap();
        prop_assert!(alike(&outside, &ours), "{} and {}", python, written);
    }

    #[test]
    fn any_bytes_have_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes, &Limits::default());
    }

    #[test]
    fn what_is_accepted_is_json(text in r#"[\[\]{}:,"\\u0-9eE.+\-nulltruefalse \t]{0,60}"#) {
        if read(&text).is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }
}
