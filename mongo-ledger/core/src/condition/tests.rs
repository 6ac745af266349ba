//! Conditions against known texts, one encoding of each fulfilment, and the bounds.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;

const MESSAGE: [u8; 32] = [9; 32];

fn secret(number: u8) -> SecretKey {
    SecretKey::new(&[number; 32])
}

fn key(number: u8) -> Condition {
    Condition::Ed25519(secret(number).public())
}

fn two_of_three() -> Condition {
    Condition::threshold(2, vec![key(1), key(2), key(3)]).unwrap()
}

fn der(fulfillment: &Fulfillment) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(fulfillment.encode()).unwrap()
}

fn refused(what: &str, bytes: &[u8]) {
    let text = URL_SAFE_NO_PAD.encode(bytes);
    assert_eq!(Fulfillment::parse(&text), Err(FulfillmentError::Encoding), "{what}");
}

/// The same element with another content: definite shortest length.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    super::der::element(&mut out, tag, content);
    out
}

#[test]
fn enough_signatures_fulfil_and_fewer_do_not() {
    let condition = two_of_three();
    let (one, two, three) = (secret(1), secret(2), secret(3));
    assert_eq!(condition.fulfill(&MESSAGE, &[&three]), None);
    for secrets in [&[&one, &two][..], &[&one, &three], &[&three, &two], &[&one, &two, &three]] {
        let fulfillment = condition.fulfill(&MESSAGE, secrets).unwrap();
        assert_eq!(fulfillment.condition_uri(), condition.uri());
        assert_eq!(fulfillment.condition_fingerprint(), condition.fingerprint());
        assert_eq!(fulfillment.keys().len(), 2);
        assert!(fulfillment.verify(&MESSAGE));
        assert!(!fulfillment.verify(&[8; 32]));
    }
    assert_eq!(condition.cost(), 2 * 131_072 + 3 * 1024);
}

#[test]
fn one_signature_has_one_encoding() {
    let good = der(&key(1).fulfill(&MESSAGE, &[&secret(1)]).unwrap());
    assert_eq!(good[..4], [0xa4, 0x64, 0x80, 0x20]);
    refused("nothing", &[]);
    refused("a byte more", &[&good[..], &[0]].concat());
    refused("a byte less", &good[..101]);
    refused("a long length", &[&[0xa4, 0x81, 0x64], &good[2..]].concat());
    refused("an indefinite length", &[&[0xa4, 0x80], &good[2..], &[0, 0]].concat());
    refused("a length of many bytes", &[&[0xa4, 0x85, 0, 0, 0, 0, 0x64], &good[2..]].concat());
    refused("a primitive tag", &[&[0x84], &good[1..]].concat());
    refused("a kind that is not ours", &[&[0xa3], &good[1..]].concat());
    refused("a long inner length", &element(0xa4, &[&[0x80, 0x81, 0x20], &good[4..]].concat()));
    refused("signature before key", &element(0xa4, &[&good[36..], &good[2..36]].concat()));
    refused("a third part", &element(0xa4, &[&good[2..], &[0x82, 0]].concat()));
    refused("a short key", &element(0xa4, &[&[0x80, 0x1f], &good[5..]].concat()));
    let text = URL_SAFE_NO_PAD.encode(&good);
    for text in [
        format!("{text}="),
        format!(" {text}"),
        format!("{text}\n"),
        text.replace('_', "/").replace('-', "+") + "+",
    ] {
        assert_eq!(Fulfillment::parse(&text), Err(FulfillmentError::Encoding), "{text}");
    }
    // 101 bytes leave bits that nothing reads.
    assert!(Fulfillment::parse("pB").is_err());
}

#[test]
fn a_threshold_has_one_encoding() {
    let good = two_of_three().fulfill(&MESSAGE, &[&secret(1), &secret(2)]).unwrap();
    let Fulfillment::Threshold { fulfilled, hidden } = &good else { panic!("a threshold") };
    let mut parts: Vec<Vec<u8>> = fulfilled.iter().map(der).collect();
    parts.sort();
    let hidden = hidden[0].encode();
    let whole =
        |first: &[u8], second: &[u8]| element(0xa2, &[element(0xa0, first), element(0xa1, second)].concat());
    assert_eq!(whole(&parts.concat(), &hidden), der(&good));
    parts.reverse();
    refused("a set in another order", &whole(&parts.concat(), &hidden));
    parts.reverse();
    refused("threshold 0", &whole(&[], &hidden));
    refused("without hidden", &element(0xa2, &element(0xa0, &parts.concat())));
    refused(
        "sets in another order",
        &element(0xa2, &[element(0xa1, &hidden), element(0xa0, &parts.concat())].concat()),
    );
    refused(
        "a third set",
        &element(
            0xa2,
            &[element(0xa0, &parts.concat()), element(0xa1, &hidden), element(0xa2, &[])].concat(),
        ),
    );
    refused("a fulfilment among conditions", &whole(&parts[0], &parts[1]));
    refused("a condition among fulfilments", &whole(&hidden, &hidden));
    let digest = &two_of_three().digest();
    let lie = |tag: u8, cost: &[u8], rest: &[u8]| {
        element(tag, &[element(0x80, &digest.fingerprint), element(0x81, cost), rest.to_vec()].concat())
    };
    let subtypes = [0x82, 2, 3, 8];
    let accepted =
        |condition: &[u8]| Fulfillment::parse(&URL_SAFE_NO_PAD.encode(whole(&parts[0], condition))).is_ok();
    assert!(accepted(&lie(0xa2, &[4, 0x0c, 0], &subtypes)));
    for (what, condition) in [
        ("a cheap key", lie(0xa4, &[1], &[])),
        ("a dear key", lie(0xa4, &[2, 0, 1], &[])),
        ("a key with subtypes", lie(0xa4, &[2, 0, 0], &subtypes)),
        ("a cheap threshold", lie(0xa2, &[2, 0, 0], &subtypes)),
        ("a negative cost", lie(0xa2, &[0x84, 0, 0], &subtypes)),
        ("a padded cost", lie(0xa2, &[0, 4, 0x0c, 0], &subtypes)),
        ("a cost of no bytes", lie(0xa2, &[], &subtypes)),
        ("a cost over 32 bits", lie(0xa2, &[1, 0, 0, 0, 0], &subtypes)),
        ("a cost of nine bytes", lie(0xa2, &[1; 9], &subtypes)),
        ("no subtypes", lie(0xa2, &[4, 0x0c, 0], &[])),
        ("other subtypes", lie(0xa2, &[4, 0x0c, 0], &[0x82, 2, 3, 0x88])),
        ("subtypes with unused bits set", lie(0xa2, &[4, 0x0c, 0], &[0x82, 2, 3, 9])),
        ("subtypes with trailing zeros", lie(0xa2, &[4, 0x0c, 0], &[0x82, 2, 0, 8])),
        ("empty subtypes", lie(0xa2, &[4, 0x0c, 0], &[0x82, 1, 0])),
    ] {
        refused(what, &whole(&parts[0], &condition));
    }
}

#[test]
fn a_lie_about_the_cost_fulfils_another_condition() {
    let inner = Condition::threshold(1, vec![key(4), key(5)]).unwrap();
    let condition = Condition::threshold(1, vec![key(1), inner]).unwrap();
    let mut fulfillment = condition.fulfill(&MESSAGE, &[&secret(1)]).unwrap();
    assert_eq!(fulfillment.condition_uri(), condition.uri());
    if let Fulfillment::Threshold { hidden, .. } = &mut fulfillment {
        hidden[0].cost += 1;
    }
    assert_eq!(Fulfillment::parse(&fulfillment.encode()), Ok(fulfillment.clone()));
    assert_ne!(fulfillment.condition_uri(), condition.uri());
}

#[test]
fn bounds_depth_width_and_parts() {
    let nested = |depth| {
        (0..depth).fold(key(1), |inner, _| Condition::Threshold { threshold: 1, subconditions: vec![inner] })
    };
    let wide = |width| Condition::Threshold { threshold: 1, subconditions: vec![key(1); width] };
    let many = Condition::Threshold { threshold: 1, subconditions: vec![wide(99); 11] };
    for (condition, expected) in [
        (nested(MAX_DEPTH), true),
        (nested(MAX_DEPTH + 1), false),
        (wide(MAX_WIDTH), true),
        (wide(MAX_WIDTH + 1), false),
        (many, false),
    ] {
        assert_eq!(Condition::from_details(&condition.details()) == Ok(condition.clone()), expected);
        let fulfillment = condition.fulfill(&MESSAGE, &[&secret(1)]).unwrap();
        let parsed = Fulfillment::parse(&fulfillment.encode());
        if expected {
            assert_eq!(parsed, Ok(fulfillment));
        } else if !matches!(&condition, Condition::Threshold { subconditions, .. } if subconditions.len() == 11)
        {
            assert_eq!(parsed, Err(FulfillmentError::TooDeep));
            assert_eq!(Condition::from_details(&condition.details()), Err(ConditionError::TooDeep));
        }
    }
    for threshold in [0, 4] {
        assert!(matches!(Condition::threshold(threshold, vec![key(1); 3]), Err(ConditionError::Shape(_))));
    }
}

/// A tree of keys and thresholds.
fn conditions() -> impl Strategy<Value = Condition> {
    (1..40_u8).prop_map(key).prop_recursive(4, 40, 5, |inner| {
        (prop::collection::vec(inner, 1..5), any::<prop::sample::Index>()).prop_map(
            |(subconditions, index)| {
                let threshold = u32::try_from(index.index(subconditions.len()) + 1).unwrap();
                Condition::Threshold { threshold, subconditions }
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn decoding_undoes_encoding(condition in conditions(), skipped in 0..40_u8) {
        prop_assert_eq!(Condition::from_details(&condition.details()), Ok(condition.clone()));
        let secrets: Vec<SecretKey> = (1..40).filter(|number| *number != skipped).map(secret).collect();
        let secrets: Vec<&SecretKey> = secrets.iter().collect();
        if let Some(fulfillment) = condition.fulfill(&MESSAGE, &secrets) {
            // Sets are in the order of their encoding when they are read.
            let parsed = Fulfillment::parse(&fulfillment.encode()).unwrap();
            prop_assert_eq!(parsed.encode(), fulfillment.encode());
            prop_assert_eq!((parsed.digest(), fulfillment.digest()), (condition.digest(), condition.digest()));
            prop_assert!(fulfillment.verify(&MESSAGE));
            let mut bytes = der(&fulfillment);
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            if let Ok(other) = Fulfillment::parse(&URL_SAFE_NO_PAD.encode(&bytes)) {
                prop_assert!(!other.verify(&MESSAGE) || other.digest() != condition.digest());
            }
        }
    }

    #[test]
    fn any_bytes_have_an_answer_and_one_text(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = URL_SAFE_NO_PAD.encode(bytes);
        if let Ok(fulfillment) = Fulfillment::parse(&text) {
            prop_assert_eq!(fulfillment.encode(), text);
        }
    }

    #[test]
    fn a_changed_byte_never_gives_a_second_text(place: prop::sample::Index, byte: u8) {
        let mut bytes = der(&two_of_three().fulfill(&MESSAGE, &[&secret(1), &secret(3)]).unwrap());
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let text = URL_SAFE_NO_PAD.encode(&bytes);
        if let Ok(fulfillment) = Fulfillment::parse(&text) {
            prop_assert_eq!(fulfillment.encode(), text);
        }
    }
}
