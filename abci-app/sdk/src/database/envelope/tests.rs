//! The suite's vectors of RFC 9180, and who can read what.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use hpke::{
    Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256, setup_receiver, setup_sender,
};
use mongo_ledger_core::{
    key::SecretKey,
    transaction::{
        Transaction,
        build::{self, Share},
    },
};
use proptest::prelude::*;
use rand::{CryptoRng, RngCore};

use super::*;

/// Gives the bytes of a vector where HPKE asks for random ones.
struct Given(Vec<u8>);

impl RngCore for Given {
    fn next_u32(&mut self) -> u32 {
        unreachable!("HPKE fills a buffer")
    }

    fn next_u64(&mut self) -> u64 {
        unreachable!("HPKE fills a buffer")
    }

    fn fill_bytes(&mut self, to: &mut [u8]) {
        to.copy_from_slice(&self.0.split_off(self.0.len() - to.len()));
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), rand::Error> {
        self.fill_bytes(to);
        Ok(())
    }
}

impl CryptoRng for Given {}

/// RFC 9180, appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode.
#[test]
fn the_suite_has_the_vectors_of_rfc_9180() {
    let hex = |text: &str| hex::decode(text).unwrap();
    let info = hex("4f6465206f6e2061204772656369616e2055726e");
    let ephemeral = hex("909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b");
    let recipient = hex("1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df");
    let public = hex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
    let encapsulated = hex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    let plain = hex("4265617574792069732074727574682c20747275746820626561757479");
    let sealed = [
        (
            "436f756e742d30",
            "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
        ),
        (
            "436f756e742d31",
            "6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb119e85285337cc95ba5f59992dc98c",
        ),
    ];
    let reader = ReaderSecret::of(&recipient);
    assert_eq!(reader.public().as_bytes().as_slice(), public);
    let point = reader.public().point().unwrap();
    let (sent, mut sender) = setup_sender::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256, _>(
        &OpModeS::Base,
        &point,
        &info,
        &mut Given(ephemeral),
    )
    .unwrap();
    assert_eq!(sent.to_bytes().as_slice(), encapsulated);
    let received = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&encapsulated).unwrap();
    let mut receiver = setup_receiver::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        reader.secret(),
        &received,
        &info,
    )
    .unwrap();
    for (aad, expected) in sealed {
        assert_eq!(sender.seal(&plain, &hex(aad)).unwrap(), hex(expected));
        assert_eq!(receiver.open(&hex(expected), &hex(aad)).unwrap(), plain);
    }
}

fn reader(seed: u8) -> ReaderSecret {
    ReaderSecret::derive(&[seed; 32])
}

fn author() -> SecretKey {
    SecretKey::new(&[9; 32])
}

fn place() -> Place {
    Place::new(None, [author().public()])
}

fn object(text: &str) -> Object {
    json::parse(text.as_bytes(), &Limits::default()).unwrap().as_object().unwrap().clone()
}

fn keys(seeds: &[u8]) -> Vec<ReaderKey> {
    seeds.iter().map(|seed| reader(*seed).public()).collect()
}

fn sealed(seeds: &[u8]) -> Envelope {
    Envelope::seal(&object(r#"{"salary": 41.50}"#), &keys(seeds), &place()).unwrap()
}

#[test]
fn a_readers_key_is_the_same_each_time_and_none_that_signs() {
    let (key, signs) = (reader(1).public(), SecretKey::new(&[1; 32]).public());
    assert_eq!(key.to_string(), "x25519:Ed7Dn6uAMNYYyeKwzS39oSEbyMxGauiM5awapGs4mPiJ");
    assert_ne!(key.as_bytes(), signs.as_bytes());
    assert_eq!(key.to_string().parse::<ReaderKey>().unwrap(), key);
    let refused = signs.to_string().parse::<ReaderKey>().unwrap_err();
    assert!(refused.to_string().contains("sirius db reader-key"), "{refused}");
    for text in ["x25519:", "x25519:1", "x25519:0OIl", ""] {
        assert!(text.parse::<ReaderKey>().is_err(), "{text}");
    }
    assert!(!format!("{:?}", reader(1)).contains(&hex::encode([1; 32])));
}

#[test]
fn every_reader_opens_and_nobody_else() {
    let envelope = sealed(&[1, 2, 3]);
    for seed in [1, 2, 3] {
        let opened = envelope.open(&reader(seed), &place(), &[]).unwrap();
        // A number keeps its spelling.
        assert_eq!(json::canonical(&opened.into(), Form::AsWritten), r#"{"salary":41.50}"#);
    }
    let refused = envelope.open(&reader(4), &place(), &[]).unwrap_err();
    assert_eq!(refused, EnvelopeError::NotAReader { key: reader(4).public(), readers: 3 });
    assert!(!json::canonical(&envelope.document(Object::new()).into(), Form::AsWritten).contains("salary"));
}

#[test]
fn readers_are_bounded_distinct_and_of_large_order() {
    let seal = |readers: &[ReaderKey]| Envelope::seal(&Object::new(), readers, &place());
    assert_eq!(seal(&[]), Err(EnvelopeError::Readers { found: 0 }));
    let many = |count: u32| -> Vec<ReaderKey> {
        (0..count).map(|number| ReaderSecret::of(&number.to_be_bytes().repeat(8)).public()).collect()
    };
    assert_eq!(seal(&many(257)), Err(EnvelopeError::Readers { found: 257 }));
    let full = seal(&many(256)).unwrap();
    let document = full.document(Object::new());
    assert_eq!(Envelope::read(&document).unwrap().unwrap(), full);
    let length = json::canonical(&document.into(), Form::Python).len();
    assert!(length < 64 << 10, "{length} bytes");
    assert!(matches!(seal(&keys(&[1, 1])), Err(EnvelopeError::Shape(_))));
    for weak in [[0; 32], std::array::from_fn(|place| u8::from(place == 0))] {
        let weak = ReaderKey::new(weak);
        assert_eq!(seal(&[weak]), Err(EnvelopeError::WeakKey(weak)));
    }
}

#[test]
fn an_envelope_opens_only_where_its_authors_put_it_and_whole() {
    let envelope = sealed(&[1, 2]);
    let elsewhere = Place::new(None, [SecretKey::new(&[8; 32]).public()]);
    let asset = Place::new(Some(AssetId::new([7; 32])), [author().public()]);
    for wrong in [&elsewhere, &asset] {
        let refused = envelope.open(&reader(1), wrong, &[]).unwrap_err();
        assert_eq!(refused, EnvelopeError::Damaged("key for this reader"));
    }
    let mut changed = envelope.clone();
    changed.body[0] ^= 1;
    assert!(changed.open(&reader(1), &place(), &[]).is_err());
    let mut changed = envelope.clone();
    changed.check[0] ^= 1;
    assert!(changed.open(&reader(1), &place(), &[]).is_err());
    // The key of another body, for the same reader.
    let mut changed = envelope.clone();
    changed.readers = sealed(&[1]).readers;
    assert_eq!(
        changed.open(&reader(1), &place(), &[]).unwrap_err(),
        EnvelopeError::Damaged("key for this reader")
    );
    // A key given under another reader's name.
    let mut changed = envelope;
    changed.readers[1].reader = reader(3).public();
    assert!(changed.open(&reader(3), &place(), &[]).is_err());
}

fn created(document: Object) -> Transaction {
    let key = author().public();
    build::create(&[key], &[Share::to(key, 1)], Some(document), None).sign(&[&author()]).unwrap()
}

fn noted(asset: &Transaction, document: Object) -> Transaction {
    let about = Asset::Id(*asset.id());
    build::record(&[author().public()], about, Some(document)).sign(&[&author()]).unwrap()
}

#[test]
fn readers_come_and_go_along_the_history() {
    let (secret, clear) = divide(object(r#"{"ns": "firm/pay", "salary": 3}"#));
    let envelope = Envelope::seal(&secret, &keys(&[1, 2]), &place()).unwrap();
    let mut history = vec![created(envelope.document(clear))];
    let now = Sealed::latest(&history).unwrap();
    assert_eq!(now.clear, object(r#"{"ns": "firm/pay"}"#));
    assert_eq!(now.open(&reader(1)).unwrap(), object(r#"{"salary": 3}"#));

    let more = now.admit(&reader(2), &keys(&[3])).unwrap();
    history.push(noted(&history[0], object(r#"{"readers": "are my own word"}"#)));
    history.push(noted(&history[0], more));
    let now = Sealed::latest(&history).unwrap();
    assert_eq!(now.readers().collect::<Vec<_>>(), keys(&[1, 2, 3]));
    assert_eq!(now.open(&reader(3)).unwrap(), object(r#"{"salary": 3}"#));
    assert!(now.admit(&reader(1), &keys(&[3])).is_err(), "is one already");
    assert!(matches!(now.admit(&reader(5), &keys(&[6])), Err(EnvelopeError::NotAReader { .. })));

    let next = Place::new(Some(*history[0].id()), [author().public()]);
    assert_eq!(now.without(&reader(1), &keys(&[7]), &next), Err(EnvelopeError::NotThere(reader(7).public())));
    assert_eq!(now.without(&reader(1), &keys(&[1, 2, 3]), &next), Err(EnvelopeError::Readers { found: 0 }));
    let fewer = now.without(&reader(1), &keys(&[2]), &next).unwrap();
    history.push(noted(&history[0], fewer));
    let last = Sealed::latest(&history).unwrap();
    assert_eq!(last.readers().collect::<Vec<_>>(), keys(&[1, 3]));
    assert!(matches!(last.open(&reader(2)), Err(EnvelopeError::NotAReader { .. })));
    assert_eq!(last.open(&reader(3)).unwrap(), object(r#"{"salary": 3}"#));
    // What could be read before can be still: it is on the chain.
    assert_eq!(now.open(&reader(2)).unwrap(), object(r#"{"salary": 3}"#));
}

#[test]
fn a_copied_envelope_does_not_open_for_its_readers() {
    let envelope = sealed(&[1]);
    let thief = SecretKey::new(&[66; 32]);
    let shares = [Share::to(thief.public(), 1)];
    let copy = build::create(&[thief.public()], &shares, Some(envelope.document(Object::new())), None);
    let copy = copy.sign(&[&thief]).unwrap();
    let refused = Sealed::latest(&[copy]).unwrap().open(&reader(1)).unwrap_err();
    assert_eq!(refused, EnvelopeError::Damaged("key for this reader"));
}

#[test]
fn what_is_no_envelope_is_said_to_be_none() {
    let check = |text: &str, says: &str| {
        let refused = Envelope::read(&object(text)).unwrap_err().to_string();
        assert!(refused.contains(says), "{text}: {refused}");
    };
    let wrap = r#"{"enc":"","key":"x25519:1","sealed":""}"#;
    let with = |nonce: &str, readers: &str, version: &str| {
        format!(
            r#"{{"sealed":{{"v":{version},"nonce":"{nonce}","body":"","check":"","readers":{readers}}}}}"#
        )
    };
    check(r#"{"sealed": 7}"#, "exactly body, check, nonce, readers, v");
    check(&with("", "[]", "2"), "version");
    check(&with("!", "[]", "1"), "no base64");
    check(&with("AAAA", "[]", "1"), "has 3 bytes, it must have 24");
    assert_eq!(Envelope::read(&object(r#"{"a": 1}"#)).unwrap(), None);
    assert_eq!(Sealed::latest(&[created(object(r#"{"a": 1}"#))]), Err(EnvelopeError::Open));
    let mine = created(object(r#"{"sealed": "with a kiss"}"#));
    assert!(matches!(Sealed::latest(&[mine]), Err(EnvelopeError::Shape(_))));
    let mut document = sealed(&[1]).document(Object::new());
    let Some(Value::Object(inner)) = document.get_mut("sealed") else { panic!("an envelope") };
    inner.insert("readers".into(), object(&format!(r#"{{"l":[{wrap}]}}"#))["l"].clone());
    assert!(matches!(Envelope::read(&document), Err(EnvelopeError::Shape(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_changed_byte_never_opens_as_something_else(place_of: prop::sample::Index, bit in 0_u8..8) {
        let envelope = sealed(&[1]);
        let text = json::canonical(&envelope.document(Object::new()).into(), Form::AsWritten);
        let mut bytes = text.clone().into_bytes();
        bytes[place_of.index(text.len())] ^= 1 << bit;
        let Ok(value) = json::parse(&bytes, &Limits::default()) else { return Ok(()) };
        if let Some(Ok(Some(changed))) = value.as_object().map(Envelope::read)
            && let Ok(opened) = changed.open(&reader(1), &place(), &[])
        {
            prop_assert_eq!(changed, envelope);
            prop_assert_eq!(opened, object(r#"{"salary": 41.50}"#));
        }
    }
}
