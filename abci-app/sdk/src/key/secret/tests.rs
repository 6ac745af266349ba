//! Keys against outside vectors, and what a key must never do.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use proptest::prelude::*;
use sirius_primitives::Prefix;

use super::*;

/// The mnemonic of CosmJS's documentation.
const COSMJS: &str = "surround miss nominee dream gap cross assault thank captain prosper drop duty group candy wealth \
                      weather scale put";

/// The order of secp256k1 (SEC 2, section 2.4.1).
const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

fn abandon() -> Mnemonic {
    Mnemonic::parse(&("abandon ".repeat(11) + "about")).unwrap()
}

fn bytes(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// Public keys and addresses as CosmJS 0.39 derives them (`DirectSecp256k1HdWallet`, `Slip10`, `Ed25519`).
#[test]
fn derives_what_cosmjs_derives() {
    let check = |mnemonic: &Mnemonic, scheme, account, index, public: &str| {
        let key = Key::derive_at(mnemonic, scheme, account, index).unwrap();
        assert_eq!(hex::encode(key.public_key().as_bytes()), public);
    };
    let cosmjs = Mnemonic::parse(COSMJS).unwrap();
    let (secp, edwards) = (Scheme::Secp256k1, Scheme::Ed25519);
    check(&cosmjs, secp, 0, 0, "038163d58e24efb41ac6ecb8f7a087601daba5f59790cdcb0a7972ad4f1e29b1fb");
    check(&cosmjs, edwards, 0, 0, "60969e8302c86513834b130c9f0d881af0c2df9804a404dbcf9b508f4deb200b");
    check(&cosmjs, edwards, 2, 7, "5693a625201e421b3a878805c9fcae56622b39c2e9594f0608dd588cbe233a84");
    check(&abandon(), secp, 0, 0, "024f4e2ad99c34d60b9ba6283c9431a8418af8673212961f97a77b6377fcd05b62");
    check(&abandon(), edwards, 0, 0, "f464c9658b25ea3a6f97f966600481d6136a57c86886b09994ac1f480adb0d58");
    check(&abandon(), edwards, 2, 7, "99b7d4f19009469cad778863d653a9dfc67b68b0224d25c5b9ffdc3fa16f24c7");
}

#[test]
fn derives_the_secrets_that_cosmjs_derives() {
    let check = |mnemonic: &Mnemonic, scheme, account, index, secret: &str| {
        let path = Path::new(scheme, account, index).unwrap();
        assert_eq!(hex::encode(derive::secret_at(&mnemonic.seed(), path).unwrap()), secret);
    };
    let cosmjs = Mnemonic::parse(COSMJS).unwrap();
    let (secp, edwards) = (Scheme::Secp256k1, Scheme::Ed25519);
    check(&cosmjs, secp, 0, 0, "69b4e47d3aa61ad6184493529cd0feb0d2dfb55ea31aa9799af42607de3cd1a9");
    check(&cosmjs, secp, 2, 7, "765e677889df98425d55304d442edae8c3856650baac662b825f0d5160003c4c");
    check(&cosmjs, edwards, 0, 0, "1abf87c2e714630674396ea5241d4377d90eb1c25dcc3c28c26442b5543a884e");
    check(&abandon(), secp, 2, 7, "4d1473fc37dd98f889ddf65207ac9aab49af663767110ce2692135825be9d32a");
    check(&abandon(), edwards, 2, 7, "427fd6479010e15140ca13fb3a45c118bde1330ccb1f9e48ada7bc874080fd9e");
}

#[test]
fn addresses_are_those_of_cosmos_wallets() {
    let check = |mnemonic: &str, prefix: &str, address: &str| {
        let key = Key::derive(&Mnemonic::parse(mnemonic).unwrap(), Scheme::Secp256k1).unwrap();
        assert_eq!(key.address().bech32(&Prefix::new(prefix).unwrap()), address);
    };
    check(COSMJS, "cosmos", "cosmos1lsagfzrm4gz28he4wunt63sts5xzmczw8pkek3");
    check(COSMJS, "sirius", "sirius1lsagfzrm4gz28he4wunt63sts5xzmczwufmq4r");
    check(&abandon().phrase(), "cosmos", "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4");
    check(&abandon().phrase(), "sirius", "sirius19rl4cm2hmr8afy4kldpxz3fka4jguq0a8gqyu8");
}

/// RFC 8032, section 7.1, tests 1 and 2.
#[test]
fn signs_ed25519_as_rfc_8032() {
    let check = |secret: &str, message: &[u8], signature: &str| {
        let key = Key::from_secret_bytes(Scheme::Ed25519, &bytes(secret)).unwrap();
        assert_eq!(hex::encode(key.sign(message)), signature);
    };
    check(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        b"",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    );
    check(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        b"\x72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
}

/// The widely published vectors of RFC 6979 on secp256k1 with SHA-256 (the RFC itself covers other curves only).
#[test]
fn signs_secp256k1_with_the_nonce_of_rfc_6979() {
    let check = |secret: &str, message: &[u8], signature: &str| {
        let key = Key::from_secret_bytes(Scheme::Secp256k1, &bytes(secret)).unwrap();
        assert_eq!(hex::encode(key.sign(message)), signature);
    };
    check(
        "0000000000000000000000000000000000000000000000000000000000000001",
        b"Satoshi Nakamoto",
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
    );
    check(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140",
        b"Satoshi Nakamoto",
        "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d06b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5",
    );
}

#[test]
fn refuses_bytes_that_are_no_secret() {
    for text in [&"00".repeat(32), ORDER, &"ff".repeat(32)] {
        let refused = Key::from_secret_bytes(Scheme::Secp256k1, &bytes(text)).err();
        assert_eq!(refused, Some(KeyError::OutOfRange), "{text}");
        assert!(Key::from_secret_bytes(Scheme::Ed25519, &bytes(text)).is_ok());
    }
    assert!(matches!(Key::derive_at(&abandon(), Scheme::Ed25519, 0, 1 << 31), Err(KeyError::Path(_))));
}

#[test]
fn debug_output_holds_no_secret() {
    let mnemonic = abandon();
    assert_eq!(format!("{mnemonic:?}"), "Mnemonic(12 words)");
    for scheme in Scheme::ALL {
        let secret = derive::secret_at(&mnemonic.seed(), Path::first(scheme)).unwrap();
        let text = format!("{:#?}", Key::derive(&mnemonic, scheme).unwrap());
        assert!(!text.contains(&hex::encode(&secret)), "{text}");
        assert!(!text.contains(&format!("{:?}", secret.as_slice())), "{text}");
    }
}

#[test]
fn secrets_are_wiped_when_dropped() {
    fn wiped<T: ZeroizeOnDrop>() {}
    wiped::<Key>();
    wiped::<Mnemonic>();
    wiped::<bip39::Mnemonic>();
    wiped::<ed25519_dalek::SigningKey>();
}

proptest! {
    #[test]
    fn every_signature_counts_and_is_repeatable(
        secret in any::<[u8; 32]>(),
        message in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        for scheme in Scheme::ALL {
            let Ok(key) = Key::from_secret_bytes(scheme, &secret) else { continue };
            let signature = key.sign(&message);
            prop_assert_eq!(key.public_key().verify(&message, &signature), Ok(()));
            prop_assert_eq!(key.sign(&message), signature);
        }
    }
}
