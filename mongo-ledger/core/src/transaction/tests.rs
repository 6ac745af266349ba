//! What is accepted, and what each rule refuses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use proptest::prelude::*;

use super::{build::*, text::Text, *};
use crate::{
    access::{Holder, Right, Role},
    condition::Condition,
    json::{Form, canonical},
    key::SecretKey,
    upgrade::Plan,
};

fn secret(number: u8) -> SecretKey {
    SecretKey::new(&[number; 32])
}

fn public(number: u8) -> PublicKey {
    secret(number).public()
}

fn object(text: &str) -> Object {
    json::parse(text.as_bytes(), &Limits::default()).unwrap().as_object().unwrap().clone()
}

fn created() -> Transaction {
    let data = Some(object(r#"{"bottle":1}"#));
    create(&[public(1)], &[Share::to(public(1), 5)], data, Some(object(r#"{"a":1.5}"#)))
        .sign(&[&secret(1)])
        .unwrap()
}

fn parse(text: &str) -> Result<Transaction, Refusal> {
    Transaction::parse(text.as_bytes(), &Limits::default())
}

/// Changes a tree, signs nothing anew, and gives it the right id.
fn changed(transaction: &Transaction, change: impl FnOnce(&mut Object)) -> Result<Transaction, Refusal> {
    let mut object = transaction.value().as_object().unwrap().clone();
    change(&mut object);
    let text = Text::write(&object, Form::Python);
    parse(&text.with_id(&text.hash()))
}

/// Replaces the value at a path of names and places.
fn set(object: &mut Object, path: &str, value: &str) {
    let value = json::parse(value.as_bytes(), &Limits { depth: 1_000, ..Limits::default() }).unwrap();
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let mut at = object.entry(first.to_owned()).or_insert(Value::Null);
    for name in rest.split('/').filter(|name| !name.is_empty()) {
        at = match at {
            Value::Array(values) => &mut values[name.parse::<usize>().unwrap()],
            Value::Object(object) => object.entry(name.to_owned()).or_insert(Value::Null),
            _ => panic!("no such path"),
        };
    }
    *at = value;
}

fn refuses(transaction: &Transaction, path: &str, value: &str, name: &str) {
    let refusal = changed(transaction, |object| set(object, path, value)).expect_err(path);
    assert_eq!(refusal.name(), name, "{path} = {value}: {refusal}");
}

#[test]
fn what_is_built_is_read_again() {
    let create = created();
    let spend = Spend {
        output: OutputRef { transaction_id: *create.id(), output_index: 0 },
        condition: Condition::Ed25519(public(1)),
    };
    let group =
        Condition::threshold(2, vec![Condition::Ed25519(public(2)), Condition::Ed25519(public(3))]).unwrap();
    let shares = [Share { condition: group.clone(), amount: 2 }, Share::to(public(4), 3)];
    let moved =
        transfer(std::slice::from_ref(&spend), &shares, *create.id(), None).sign(&[&secret(1)]).unwrap();
    let output = OutputRef { transaction_id: *moved.id(), output_index: 0 };
    let again =
        transfer(&[Spend { output, condition: group }], &[Share::to(public(5), 2)], *create.id(), None);
    assert_eq!(again.clone().sign(&[&secret(2)]), Err(SignError::MissingKey { input: 0 }));
    let again = again.sign(&[&secret(2), &secret(3)]).unwrap();
    let begun = record(&[public(1), public(2)], Asset::Data(None), Some(object(r#"{"r":1}"#)));
    let begun = begun.sign(&[&secret(1), &secret(2)]).unwrap();
    let next = record(&[public(1)], Asset::Id(*begun.id()), None).sign(&[&secret(1)]).unwrap();
    let proposal = Proposal::Validator { key: public(9), power: 3, node_id: "node".to_owned() };
    let election = election("test", public(1), &[(public(1), 10), (public(2), 10)], &proposal, "one")
        .sign(&[&secret(1)])
        .unwrap();
    assert_eq!(election.proposal(), Some(&proposal));
    let migration = super::build::election("test", public(1), &[(public(1), 10)], &Proposal::Migration, "")
        .sign(&[&secret(1)]);
    assert_eq!(migration.unwrap().proposal(), Some(&Proposal::Migration));
    let vote = vote(*election.id(), &spend, 10).sign(&[&secret(1)]).unwrap();
    assert_eq!(vote.asset_id(), *election.id());
    for transaction in [&create, &moved, &again, &begun, &next, &election, &vote] {
        assert_eq!(parse(transaction.raw()).as_ref(), Ok(transaction));
        transaction.verify_signatures().unwrap();
        assert_eq!(canonical(transaction.value(), Form::Python), transaction.raw());
    }
    assert_eq!(
        (create.asset_id(), moved.asset_id(), next.asset_id()),
        (*create.id(), *create.id(), *begun.id())
    );
    let zero = super::build::create(&[public(1)], &[Share::to(public(1), 0)], None, None).sign(&[&secret(1)]);
    assert!(matches!(zero, Err(SignError::Refused(Refusal::AmountError(_)))));
}

#[test]
fn refuses_each_shape_that_is_not_a_create() {
    let create = created();
    for (path, value) in [
        ("extra", "1"),
        ("version", "\"1.0\""),
        ("version", "\"ml-1\""),
        ("version", "2.0"),
        ("operation", "\"GENESIS\""),
        ("operation", "\"TRANSFER\""),
        ("operation", "\"RECORD\""),
        ("operation", "null"),
        ("asset", "null"),
        ("asset", "{}"),
        ("asset/data", "[]"),
        ("asset/data", "1"),
        ("asset/id", "null"),
        ("metadata", "{}"),
        ("metadata", "[]"),
        ("metadata", "\"text\""),
        ("inputs", "[]"),
        ("inputs", "{}"),
        ("inputs", "[1]"),
        ("inputs/0/extra", "1"),
        ("inputs/0/fulfills", "{}"),
        ("inputs/0/owners_before", "null"),
        ("inputs/0/owners_before", "[1]"),
        ("inputs/0/owners_before", "[\"1\"]"),
        ("inputs/0/fulfillment", "null"),
        ("outputs", "null"),
        ("outputs", "[[]]"),
        ("outputs/0/extra", "1"),
        ("outputs/0/amount", "5"),
        ("outputs/0/amount", "\"-1\""),
        ("outputs/0/amount", "\"+1\""),
        ("outputs/0/amount", "\"\""),
        ("outputs/0/amount", "\"1.0\""),
        ("outputs/0/amount", "\"000000000000000000001\""),
        ("outputs/0/public_keys", "[]"),
        ("outputs/0/public_keys", "null"),
        ("outputs/0/condition", "{}"),
        ("outputs/0/condition/uri", "\"ni:///sha-256;x?fpt=ed25519-sha-256&cost=131072\""),
        ("outputs/0/condition/uri", "null"),
        ("outputs/0/condition/details", "null"),
        ("outputs/0/condition/details/extra", "1"),
        ("outputs/0/condition/details/type", "\"preimage-sha-256\""),
        ("outputs/0/condition/details/public_key", "\"0\""),
    ] {
        refuses(&create, path, value, "SchemaValidationError");
    }
    for name in ["asset", "inputs", "metadata", "operation", "outputs", "version"] {
        let refusal = changed(&create, |object| drop(object.remove(name))).unwrap_err();
        assert_eq!(refusal.name(), "SchemaValidationError", "{name}");
    }
    for amount in ["0", "00", "9000000000000000001", "99999999999999999999"] {
        refuses(&create, "outputs/0/amount", &format!("\"{amount}\""), "AmountError");
    }
    assert!(changed(&create, |object| set(object, "outputs/0/amount", "\"9000000000000000000\"")).is_ok());
    for fulfillment in ["\"\"", "\"pGSA\"", "\"cf:4:x\"", "{\"type\":\"ed25519-sha-256\"}"] {
        refuses(&create, "inputs/0/fulfillment", fulfillment, "InvalidSignature");
    }
}

#[test]
fn refuses_references_that_are_none() {
    let spend = Spend {
        output: OutputRef { transaction_id: TransactionId::new([7; 32]), output_index: 0 },
        condition: Condition::Ed25519(public(1)),
    };
    let moved = transfer(&[spend], &[Share::to(public(2), 1)], TransactionId::new([7; 32]), None);
    let moved = moved.sign(&[&secret(1)]).unwrap();
    let id = "07".repeat(32);
    for (path, value) in [
        ("asset", "{\"data\":null}".to_owned()),
        ("asset/data", "null".to_owned()),
        ("asset/id", format!("\"{}\"", id.replace("07", "AB"))),
        ("asset/id", format!("\"{id}0\"")),
        ("asset/id", format!("\"x{id}\"")),
        ("inputs", "[]".to_owned()),
        ("inputs/0/fulfills", "null".to_owned()),
        ("inputs/0/fulfills/extra", "1".to_owned()),
        ("inputs/0/fulfills/output_index", "-1".to_owned()),
        ("inputs/0/fulfills/output_index", "0.0".to_owned()),
        ("inputs/0/fulfills/output_index", "4294967296".to_owned()),
        ("inputs/0/fulfills/output_index", "\"0\"".to_owned()),
        ("inputs/0/fulfills/transaction_id", "null".to_owned()),
    ] {
        refuses(&moved, path, &value, "SchemaValidationError");
    }
    let record = record(&[public(1)], Asset::Id(*moved.id()), None).sign(&[&secret(1)]).unwrap();
    refuses(
        &record,
        "outputs",
        &canonical(&moved.value().as_object().unwrap()["outputs"], Form::Python),
        "SchemaValidationError",
    );
    refuses(&record, "asset/data", "null", "SchemaValidationError");
    refuses(&record, "version", "\"2.0\"", "SchemaValidationError");
}

#[test]
fn refuses_names_that_mongodb_takes_for_something_else() {
    let create = created();
    for (path, value, whose) in [
        ("asset/data", r#"{"$a":1}"#, "asset"),
        ("asset/data", r#"{"a.b":1}"#, "asset"),
        ("asset/data", r#"{"a":[[{"b\u0000":1}]]}"#, "asset"),
        ("metadata", r#"{"a":{"b":{"$":1}}}"#, "metadata"),
    ] {
        let refusal = changed(&create, |object| set(object, path, value)).unwrap_err();
        assert_eq!(refusal.name(), "ValidationError");
        let message = refusal.message();
        assert!(
            message.starts_with("Invalid transaction (ValidationError): Invalid key name \""),
            "{message}"
        );
        assert!(
            message.contains(&format!("in {whose} object. The key name cannot contain characters ")),
            "{message}"
        );
        assert!(message.ends_with(" or null characters"));
    }
    for value in [r#"{"a$":1}"#, r#"{"":1}"#, r#"{"language":"none of MongoDB's"}"#] {
        assert!(changed(&create, |object| set(object, "metadata", value)).is_ok());
    }
}

#[test]
fn attacks_of_the_study_have_names() {
    let name = |bytes: &[u8]| Transaction::parse(bytes, &Limits::default()).unwrap_err().name();
    // Row 3: numbers that no document can hold.
    for number in ["9223372036854775808", "-9223372036854775809", "1e999"] {
        let text =
            created().raw().replace("\"metadata\":{\"a\":1.5}", &format!("\"metadata\":{{\"a\":{number}}}"));
        assert_eq!(name(text.as_bytes()), "SchemaValidationError");
    }
    // Row 4: what is no object, no text, or too much.
    for bytes in [
        &b"[]"[..],
        b"1",
        b"",
        b"null",
        b"\"\xff\"",
        b"{\"a\":1,\"a\":1}",
        &[b'['; 200_000],
        &[b' '; 300_000],
    ] {
        assert_eq!(name(bytes), "SchemaValidationError");
    }
    for bytes in [&b"{}"[..], b"{\"id\":null}", b"{\"id\":\"\"}"] {
        assert_eq!(name(bytes), "InvalidHash");
    }
    // Row 5: Mallory signs in the name of Alice, and lists keys that cannot spend.
    let prepared =
        create(&[public(66)], &[Share::to(public(66), 1)], None, None).sign(&[&secret(66)]).unwrap();
    assert_eq!(prepared.inputs()[0].owners_before, [public(66)]);
    let forged =
        changed(&prepared, |object| set(object, "inputs/0/owners_before", &format!("[\"{}\"]", public(1))));
    assert_eq!(forged.unwrap().verify_signatures().unwrap_err().name(), "InvalidSignature");
    for keys in [format!("[\"{}\"]", public(1)), format!("[\"{}\",\"{}\"]", public(1), public(66))] {
        refuses(&prepared, "outputs/0/public_keys", &keys, "SchemaValidationError");
    }
    // Row 2: each encoding of a validator's key is read at the door, and nothing else.
    let proposal = Proposal::Validator { key: public(9), power: 3, node_id: String::new() };
    let asked = election("test", public(1), &[(public(1), 10)], &proposal, "").sign(&[&secret(1)]).unwrap();
    let hex = hex::encode(public(9).as_bytes());
    for (kind, value) in [
        ("ed25519-base16", "00"),
        ("ed25519-base32", &hex),
        ("ed25519-base64", &hex),
        ("ed25519-base16", "é"),
    ] {
        let key = format!("{{\"type\":\"{kind}\",\"value\":\"{value}\"}}");
        refuses(&asked, "asset/data/public_key", &key, "InvalidPublicKey");
    }
    refuses(
        &asked,
        "asset/data/public_key",
        &format!("{{\"type\":\"secp256k1\",\"value\":\"{hex}\"}}"),
        "SchemaValidationError",
    );
    refuses(&asked, "asset/data/public_key", "null", "SchemaValidationError");
    refuses(&asked, "asset/data/power", "-1", "SchemaValidationError");
    refuses(&asked, "asset/data/other", "1", "SchemaValidationError");
    refuses(&asked, "asset/data/seed", "1", "SchemaValidationError");
    refuses(&asked, "asset/data", "null", "SchemaValidationError");
}

#[test]
fn reads_the_three_encodings_of_a_key() {
    // RFC 8032's first key, as Python's base64 module encodes it.
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    for (kind, value) in [
        ("ed25519-base16", key.to_uppercase()),
        ("ed25519-base16", key.to_owned()),
        ("ed25519-base32", "25NJQAMCWEFLPVKL73J4SZAHHIHOC4XT3KTCGJNPAINGR5YHKENA====".to_owned()),
        ("ed25519-base64", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".to_owned()),
    ] {
        let data = format!(
            "{{\"node_id\":\"n\",\"power\":0,\"public_key\":{{\"type\":\"{kind}\",\"value\":\"{value}\"}}}}"
        );
        let Some(Proposal::Validator { key: found, power: 0, .. }) =
            Proposal::read(Operation::ValidatorElection, Some(&object(&data))).unwrap()
        else {
            panic!("a validator")
        };
        assert_eq!(hex::encode(found.as_bytes()), key);
    }
}

/// What each kind of decision and change of roles says, is read as it was built, and no other way.
#[test]
fn decisions_and_changes_of_roles_have_one_shape_each() {
    let right =
        Right { holder: Holder::from(&public(2)), role: Role::Issuer, namespace: "wine".parse().unwrap() };
    let given = Change::Grant { right: right.clone(), until: Some(9) };
    let taken = Change::Revoke { right };
    for change in [&given, &taken] {
        let built = super::build::change(&Condition::Ed25519(public(1)), "test", change, None);
        let built = built.sign(&[&secret(1)]).unwrap();
        assert_eq!(
            (built.change(), built.chain(), built.version()),
            (Some(change), Some("test"), Version::Ml1)
        );
        for (path, value) in [
            ("asset", "{\"data\":null}"),
            ("asset/data/subject", "\"alice\""),
            ("asset/data/subject", "null"),
            ("asset/data/role", "\"owner\""),
            ("asset/data/role", "1"),
            ("asset/data/namespace", "\"Wine\""),
            ("asset/data/namespace", "[]"),
            ("asset/data/until", "0"),
            ("asset/data/until", "-1"),
            ("asset/data/until", "\"9\""),
            ("asset/data/chain", "\"\""),
            ("asset/data/chain", "null"),
            ("asset/data/seed", "\"1\""),
            ("version", "\"2.0\""),
            ("outputs", "[{}]"),
        ] {
            refuses(&built, path, value, "SchemaValidationError");
        }
        let long = format!("\"{}\"", "c".repeat(51));
        refuses(&built, "asset/data/chain", &long, "SchemaValidationError");
    }
    let parameters = Proposal::Parameters { transaction_bytes: Some(1 << 20), election_blocks: Some(7) };
    let plan = Plan { name: "v2".into(), height: 7 };
    for proposal in [parameters, Proposal::Policy(given), Proposal::Policy(taken), Proposal::Upgrade(plan)] {
        let built =
            election("test", public(1), &[(public(1), 10)], &proposal, "1").sign(&[&secret(1)]).unwrap();
        assert_eq!((built.proposal(), built.chain()), (Some(&proposal), Some("test")));
        for (path, value) in [
            ("asset/data/other", "1"),
            ("asset/data/chain", "1"),
            ("asset/data/seed", "1"),
            ("version", "\"2.0\""),
            ("asset/data", "null"),
            ("asset/data", "{\"chain\":\"test\"}"),
        ] {
            refuses(&built, path, value, "SchemaValidationError");
        }
        let (path, value, name) = match &proposal {
            Proposal::Parameters { .. } => ("transaction_bytes", "1023", "ValidationError"),
            Proposal::Policy(_) => ("action", "\"take\"", "SchemaValidationError"),
            _ => ("name", "\"v 2\"", "SchemaValidationError"),
        };
        refuses(&built, &format!("asset/data/{path}"), value, name);
        if let Proposal::Parameters { .. } = &proposal {
            refuses(&built, "asset/data/transaction_bytes", "4194305", "ValidationError");
            refuses(&built, "asset/data/transaction_bytes", "1.5", "SchemaValidationError");
            refuses(&built, "asset/data/election_blocks", "0", "ValidationError");
            refuses(&built, "asset/data/election_blocks", "1000000001", "ValidationError");
        }
    }
}

#[test]
fn conditions_beyond_the_bounds_are_too_deep() {
    let key = Condition::Ed25519(public(1));
    let nested =
        (0..25).fold(key, |inner, _| Condition::Threshold { threshold: 1, subconditions: vec![inner] });
    let built =
        create(&[public(1)], &[Share { condition: nested, amount: 1 }], None, None).sign(&[&secret(1)]);
    let Err(SignError::Refused(refusal)) = built else { panic!("too deep") };
    assert_eq!(refusal.name(), "ThresholdTooDeep");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_changed_byte_is_never_accepted_as_another_transaction(place: prop::sample::Index, byte: u8) {
        let create = created();
        let mut bytes = create.raw().as_bytes().to_vec();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(other) = Transaction::parse(&bytes, &Limits::default()) {
            prop_assert_eq!(other, create);
        }
    }

    #[test]
    fn cut_and_joined_texts_have_an_answer(from: prop::sample::Index, to: prop::sample::Index, junk in ".{0,20}") {
        let raw = created().raw().as_bytes().to_vec();
        let (from, to) = (from.index(raw.len()), to.index(raw.len()));
        let bytes = [&raw[..from], junk.as_bytes(), &raw[to..]].concat();
        let _ = Transaction::parse(&bytes, &Limits::default());
    }

    #[test]
    fn any_document_has_one_id(data in crate::json::tests::values(), spaces: bool) {
        let data = Object::from([("v".to_owned(), data)]);
        let built = create(&[public(1)], &[Share::to(public(1), 1)], Some(data), None).sign(&[&secret(1)]);
        let transaction = match built {
            Ok(transaction) => transaction,
            Err(SignError::Refused(Refusal::ValidationError(_))) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        let text = if spaces { transaction.raw().replace("\"id\":", " \"id\" :\n") } else { transaction.raw().to_owned() };
        let again = parse(&text);
        prop_assert_eq!(again.as_ref().map(Transaction::id), Ok(transaction.id()));
    }
}
