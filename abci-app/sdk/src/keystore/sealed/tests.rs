//! A sealed file opens with its passphrase and only as it was written.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::key::Mnemonic;

const PASSPHRASE: &str = "correct horse battery";

/// A file as this program writes it, at the smallest cost.
static FILE: LazyLock<String> = LazyLock::new(|| {
    let sealed = Sealed::seal_at(Kdf::cheapest([7; 16]), &name("alice"), &words(Scheme::Secp256k1), &right());
    String::from_utf8(sealed.unwrap().to_bytes()).unwrap()
});

fn right() -> Passphrase {
    Passphrase::new(PASSPHRASE.into()).unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn words(scheme: Scheme) -> Secret {
    let mnemonic = Mnemonic::parse(&("abandon ".repeat(11) + "about")).unwrap();
    Secret::from_mnemonic(mnemonic, Path::new(scheme, 2, 7).unwrap())
}

#[test]
fn every_kind_of_secret_survives() {
    let raw = |scheme| Secret::from_secret_bytes(scheme, &[7; 32]);
    for secret in [Scheme::Secp256k1, Scheme::Ed25519].into_iter().flat_map(|s| [words(s), raw(s)]) {
        let sealed = Sealed::seal_at(Kdf::cheapest([1; 16]), &name("bob"), &secret, &right()).unwrap();
        let read = Sealed::parse(&sealed.to_bytes()).unwrap();
        let (opened, key) = read.open(&right()).unwrap();
        assert_eq!(key.public_key(), secret.key().unwrap().public_key());
        assert_eq!(read.entry(), sealed.entry());
        assert_eq!((read.entry().public_key, read.entry().path), (key.public_key(), secret.path()));
        assert_eq!(opened.plaintext(), secret.plaintext());
    }
}

#[test]
fn a_file_holds_no_secret_in_the_clear() {
    let secret = Secret::from_secret_bytes(Scheme::Ed25519, &[0x7e; 32]);
    let sealed = Sealed::seal_at(Kdf::cheapest([1; 16]), &name("bob"), &secret, &right()).unwrap();
    let text = String::from_utf8(sealed.to_bytes()).unwrap();
    assert!(!text.contains("7e7e7e7e") && !text.contains(PASSPHRASE), "{text}");
    let shown = format!("{secret:?} {sealed:?} {:?}", words(Scheme::Ed25519));
    assert!(!shown.contains("126, 126") && !shown.contains("7e7e") && !shown.contains("abandon"), "{shown}");
}

#[test]
fn two_files_of_one_secret_share_no_salt_or_nonce() {
    let seal = || Sealed::seal(&name("bob"), &words(Scheme::Ed25519), &right()).unwrap().file;
    let (one, other) = (seal(), seal());
    assert_ne!(one.header.kdf, other.header.kdf);
    assert_ne!(one.header.cipher.nonce, other.header.cipher.nonce);
    assert_ne!(one.ciphertext, other.ciphertext);
}

/// A file of format version 1 and the default cost, made by another implementation (Python's `argon2-cffi` and
/// `PyNaCl`) after the description in the README; kept so that old files stay readable.
#[test]
fn opens_what_version_1_wrote() {
    let sealed = Sealed::parse(include_bytes!("version1.json")).unwrap();
    let (secret, key) = sealed.open(&right()).unwrap();
    assert_eq!(sealed.entry().path, Some(Path::first(Scheme::Secp256k1)));
    assert_eq!(*secret.into_mnemonic().unwrap().phrase(), "abandon ".repeat(11) + "about");
    let public = "024f4e2ad99c34d60b9ba6283c9431a8418af8673212961f97a77b6377fcd05b62";
    assert_eq!(hex::encode(key.public_key().as_bytes()), public);
}

#[test]
fn a_wrong_passphrase_is_said_to_be_wrong() {
    let wrong = Passphrase::new("correct horse batterz".into()).unwrap();
    let refused = Sealed::parse(FILE.as_bytes()).unwrap().open(&wrong).unwrap_err();
    assert!(matches!(refused, KeystoreError::WrongPassphrase(_)), "{refused}");
}

#[test]
fn an_altered_file_does_not_open() {
    let check = |from: &str, to: &str| {
        let altered = FILE.replacen(from, to, 1);
        assert_ne!(*FILE, altered, "{from}");
        let refused = Sealed::parse(altered.as_bytes()).unwrap().open(&right()).unwrap_err();
        assert!(matches!(refused, KeystoreError::WrongPassphrase(_)), "{from}: {refused}");
    };
    let header = Sealed::parse(FILE.as_bytes()).unwrap().file.header;
    let other = Key::from_secret_bytes(Scheme::Secp256k1, &[9; 32]).unwrap().public_key();
    check("alice", "mallory");
    check("0/7", "0/8");
    check("\"m/44'/118'/2'/0/7\"", "null");
    check(&hex::encode(&header.public_key), &hex::encode(other.as_bytes()));
    check("0707", "0708");
    check("\"passes\": 2", "\"passes\": 3");
    check("\"memory\": 19456", "\"memory\": 19457");
    check(&hex::encode(header.cipher.nonce), &"00".repeat(24));
    check("\"ciphertext\": \"", "\"ciphertext\": \"00");
}

#[test]
fn says_what_is_wrong_without_a_passphrase() {
    let check = |from: &str, to: &str, refused: fn(&Unreadable) -> bool| {
        let altered = FILE.replacen(from, to, 1);
        assert_ne!(*FILE, altered, "{from}");
        let error = Sealed::parse(altered.as_bytes()).unwrap_err();
        assert!(refused(&error), "{from}: {error}");
    };
    let json: fn(&Unreadable) -> bool = |error| matches!(error, Unreadable::Json(_));
    check("\"version\": 1", "\"version\": 2, \"new\": 0", |error| {
        *error == Unreadable::Version { found: 2, known: 1 }
    });
    check("\"memory\": 19456", "\"memory\": 4294967295", |error| {
        matches!(error, Unreadable::Cost { part: "memory", found: u32::MAX, .. })
    });
    check("\"passes\": 2", "\"passes\": 1", |error| matches!(error, Unreadable::Cost { part: "passes", .. }));
    check("secp256k1", "ed25519", |error| *error == Unreadable::Scheme(Scheme::Ed25519));
    check("\"public_key\": \"02", "\"public_key\": \"05", |error| matches!(error, Unreadable::PublicKey(_)));
    check("\"public_key\": \"02", "\"public_key\": \"", |error| matches!(error, Unreadable::PublicKey(_)));
    check("argon2id", "argon2i", json);
    check("xchacha20poly1305", "aes", json);
    check("\"salt\": \"07", "\"salt\": \"", json);
    check("\"kdf\"", "\"extra\": 1, \"kdf\"", json);
    check("alice", "../alice", json);
    check("118'", "60'", json);
    check("}", "", json);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Sealed::parse(&bytes);
    }

    /// JSON of the right shape with any values in it.
    #[test]
    fn any_values_are_read_or_refused(
        numbers in any::<[u32; 4]>(),
        texts in proptest::array::uniform7("[0-9a-f/m']{0,70}"),
    ) {
        let [version, memory, passes, lanes] = numbers;
        let [name, path, public_key, salt, nonce, ciphertext, scheme] = texts;
        let file = serde_json::json!({
            "header": {
                "version": version % 2, "name": name, "scheme": scheme, "path": path, "public_key": public_key,
                "kdf": { "algorithm": "argon2id", "memory": memory, "passes": passes, "lanes": lanes, "salt": salt },
                "cipher": { "algorithm": "xchacha20poly1305", "nonce": nonce },
            },
            "ciphertext": ciphertext,
        });
        let _ = Sealed::parse(file.to_string().as_bytes());
    }
}

proptest! {
    // Fewer cases, because a file that still parses costs a whole Argon2id.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_changed_byte_is_refused_or_changes_nothing(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = FILE.clone().into_bytes();
        if let Some(changed) = bytes.get_mut(at.index(FILE.len())) {
            *changed = byte;
        }
        if let Ok((_, key)) = Sealed::parse(&bytes).map_err(drop).and_then(|s| s.open(&right()).map_err(drop)) {
            prop_assert_eq!(key.public_key(), words(Scheme::Secp256k1).key().unwrap().public_key());
        }
    }
}
