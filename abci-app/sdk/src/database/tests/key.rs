//! Which key of the keystore signs on the database, and the exact text that it signs.

use sirius_primitives::sha256;

use super::*;
use crate::{
    database::{DatabaseKeyError, public_key, signing_key},
    key::{Mnemonic, Path, Scheme},
    keystore::{Entry, Keystore, Passphrase, Secret},
};

/// The ed25519 key of "abandon … about" at m/44'/118'/0'/0'/0', whose bytes CosmJS derives alike.
const PUBLIC: &str = "f464c9658b25ea3a6f97f966600481d6136a57c86886b09994ac1f480adb0d58";

struct Setting {
    _folder: tempfile::TempDir,
    keystore: Keystore,
    passphrase: Passphrase,
}

impl Setting {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keystore = Keystore::open(&folder.path().join("keys")).unwrap();
        let passphrase = Passphrase::new("correct horse battery".into()).unwrap();
        Self { _folder: folder, keystore, passphrase }
    }

    fn add(&self, name: &str, secret: &Secret) -> Entry {
        self.keystore.add(&name.parse().unwrap(), secret, &self.passphrase).unwrap()
    }

    fn words(&self, name: &str, scheme: Scheme) -> Entry {
        let mnemonic = Mnemonic::parse(&("abandon ".repeat(11) + "about")).unwrap();
        self.add(name, &Secret::from_mnemonic(mnemonic, Path::first(scheme)))
    }

    fn open(&self, entry: &Entry) -> Result<SecretKey, DatabaseKeyError> {
        signing_key(&self.keystore, entry, &self.passphrase)
    }
}

#[test]
fn words_give_one_key_whatever_the_accounts_scheme() {
    let setting = Setting::new();
    let (plain, cosmos) = (setting.words("a", Scheme::Ed25519), setting.words("b", Scheme::Secp256k1));
    let key = setting.open(&plain).unwrap().public();
    assert_eq!(hex::encode(key.as_bytes()), PUBLIC);
    assert_eq!(setting.open(&cosmos).unwrap().public(), key);
    assert_eq!((public_key(&plain), public_key(&cosmos)), (Some(key), None));
}

#[test]
fn raw_bytes_are_an_ed25519_key_or_none() {
    let setting = Setting::new();
    let plain = setting.add("a", &Secret::from_secret_bytes(Scheme::Ed25519, &[1; 32]));
    assert_eq!(setting.open(&plain).unwrap().public(), secret(1).public());
    let other = setting.add("b", &Secret::from_secret_bytes(Scheme::Secp256k1, &[1; 32]));
    let error = setting.open(&other).unwrap_err();
    assert!(matches!(error, DatabaseKeyError::NoWords(_)));
    assert!(error.to_string().contains("--scheme ed25519"), "{error}");
    let wrong = Passphrase::new("another passphrase".into()).unwrap();
    assert!(matches!(signing_key(&setting.keystore, &plain, &wrong), Err(DatabaseKeyError::Keystore(_))));
}

/// The text is what the chain keeps for ever, so that it never changes by chance.
#[test]
fn a_created_transaction_has_this_text() {
    let setting = Setting::new();
    let secret = setting.open(&setting.words("a", Scheme::Ed25519)).unwrap();
    let (key, data) = (secret.public(), object(r#"{"year": 1998, "bottle": "Rioja", "ml": 750.50}"#));
    let prepared = build::create(&[key], &[Share::to(key, 3)], Some(data), Some(object(r#"{"shelf":7}"#)));
    let created = prepared.sign(&[&secret]).unwrap();
    let golden = include_str!("create.json").trim_end();
    assert_eq!(created.raw(), golden, "{}", sha256(created.raw().as_bytes()));
}
