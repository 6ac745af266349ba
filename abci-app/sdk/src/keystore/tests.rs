//! What a folder of keys does and refuses.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    thread,
};

use tempfile::TempDir;

use super::*;
use crate::key::{Path, Scheme};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.into()).unwrap()
}

fn right() -> Passphrase {
    passphrase("correct horse battery")
}

fn bytes(secret: u8) -> Secret {
    Secret::from_secret_bytes(Scheme::Ed25519, &[secret; 32])
}

fn open() -> (TempDir, Keystore) {
    let outer = tempfile::tempdir().unwrap();
    let keystore = Keystore::open(&outer.path().join("deep/keys")).unwrap();
    (outer, keystore)
}

/// A folder that holds one key, `alice`, and the path of its file.
fn with_alice() -> (TempDir, Keystore, PathBuf) {
    let (outer, keystore) = open();
    keystore.add(&name("alice"), &bytes(7), &right()).unwrap();
    let file = keystore.folder.file(&name("alice"));
    (outer, keystore, file)
}

fn mode(path: &FilePath) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn keeps_a_mnemonic_and_gives_its_key() {
    let (outer, keystore) = open();
    let mnemonic = Mnemonic::generate().unwrap();
    for scheme in Scheme::ALL {
        let secret = Secret::from_mnemonic(mnemonic.clone(), Path::new(scheme, 0, 3).unwrap());
        let entry = keystore.add(&name(scheme.as_str()), &secret, &right()).unwrap();
        let again = Keystore::open(&outer.path().join("deep/keys")).unwrap();
        let key = again.load(&entry.name, &right()).unwrap();
        assert_eq!(key.public_key(), Key::derive_at(&mnemonic, scheme, 0, 3).unwrap().public_key());
        assert_eq!((entry.public_key, entry.scheme()), (key.public_key(), scheme));
        assert_eq!(entry.address(), key.address());
        assert_eq!(again.export_mnemonic(&entry.name, &right()).unwrap(), mnemonic);
    }
}

#[test]
fn lists_by_name_without_a_passphrase() {
    let (_outer, keystore) = open();
    let mut added = Vec::new();
    for (text, secret) in [("carol", 3), ("alice", 1), ("bob", 2)] {
        added.push(keystore.add(&name(text), &bytes(secret), &right()).unwrap());
    }
    added.sort_by(|a, b| a.name.cmp(&b.name));
    let listing = keystore.list().unwrap();
    assert_eq!(listing.keys, added);
    assert!(listing.unreadable.is_empty());
}

#[test]
fn a_bad_file_does_not_hide_the_others() {
    let (outer, keystore, file) = with_alice();
    let folder = outer.path().join("deep/keys");
    fs::write(folder.join("README"), "not a key").unwrap();
    fs::write(folder.join("Upper.json"), "{}").unwrap();
    for (text, content) in [("empty", ""), ("other", "{}")] {
        let bad = keystore.folder.file(&name(text));
        fs::write(&bad, content).unwrap();
        fs::set_permissions(&bad, Permissions::from_mode(0o600)).unwrap();
    }
    fs::copy(&file, keystore.folder.file(&name("copy"))).unwrap();
    let listing = keystore.list().unwrap();
    assert_eq!(listing.keys.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["alice"]);
    let texts: Vec<String> = listing.unreadable.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert!(matches!(
        listing.unreadable.as_slice(),
        [
            KeystoreError::Renamed { holds, .. },
            KeystoreError::Unreadable { .. },
            KeystoreError::Unreadable { .. },
            KeystoreError::StrangeName { .. },
        ] if *holds == name("alice")
    ));
}

#[test]
fn only_the_owner_can_read() {
    let (outer, _keystore, file) = with_alice();
    assert_eq!(mode(&outer.path().join("deep")), 0o700);
    assert_eq!(mode(&outer.path().join("deep/keys")), 0o700);
    assert_eq!(mode(&file), 0o600);
}

#[test]
fn refuses_a_file_open_to_others() {
    let (_outer, keystore, file) = with_alice();
    for bits in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&file, Permissions::from_mode(bits)).unwrap();
        let refused = keystore.load(&name("alice"), &right()).unwrap_err();
        assert!(matches!(refused, KeystoreError::FileOpen { mode, .. } if mode == bits), "{refused}");
        assert!(refused.to_string().contains(&format!("chmod 600 {}", file.display())), "{refused}");
    }
    fs::set_permissions(&file, Permissions::from_mode(0o400)).unwrap();
    assert!(keystore.load(&name("alice"), &right()).is_ok());
}

#[test]
fn refuses_a_folder_open_to_others_or_no_folder() {
    let outer = tempfile::tempdir().unwrap();
    fs::set_permissions(outer.path(), Permissions::from_mode(0o750)).unwrap();
    let refused = Keystore::open(outer.path()).unwrap_err();
    assert!(refused.to_string().contains(&format!("chmod 700 {}", outer.path().display())), "{refused}");
    let file = outer.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(Keystore::open(&file), Err(KeystoreError::NotAFolder(_))));
    assert!(matches!(Keystore::open(&file.join("keys")), Err(KeystoreError::Io { .. })));
}

#[test]
fn a_name_is_taken_once() {
    let (_outer, keystore, file) = with_alice();
    let before = fs::read(&file).unwrap();
    let refused = keystore.add(&name("alice"), &bytes(8), &right()).unwrap_err();
    assert!(matches!(refused, KeystoreError::Exists(_)), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn of_many_at_once_one_gets_the_name() {
    let (_outer, keystore) = open();
    let added = thread::scope(|scope| {
        let tries: Vec<_> = (1..=4)
            .map(|secret| {
                let keystore = &keystore;
                scope.spawn(move || keystore.add(&name("alice"), &bytes(secret), &right()).ok())
            })
            .collect();
        tries.into_iter().filter_map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(added.len(), 1);
    assert_eq!(keystore.list().unwrap().keys, added);
}

#[test]
fn a_removed_key_is_gone_and_its_name_free() {
    let (_outer, keystore, _file) = with_alice();
    keystore.remove(&name("alice")).unwrap();
    let missing = |error| matches!(error, KeystoreError::Missing { .. });
    assert!(missing(keystore.remove(&name("alice")).unwrap_err()));
    assert!(missing(keystore.load(&name("alice"), &right()).unwrap_err()));
    assert!(missing(keystore.change_passphrase(&name("alice"), &right(), &right()).unwrap_err()));
    assert!(keystore.add(&name("alice"), &bytes(8), &right()).is_ok());
}

#[test]
fn a_changed_passphrase_replaces_the_old_one() {
    let (_outer, keystore, file) = with_alice();
    let (alice, new) = (name("alice"), passphrase("staple staple staple"));
    let before = fs::read(&file).unwrap();
    let wrong = |error| matches!(error, KeystoreError::WrongPassphrase(_));
    assert!(wrong(keystore.change_passphrase(&alice, &new, &right()).unwrap_err()));
    assert_eq!(fs::read(&file).unwrap(), before);
    let key = keystore.load(&alice, &right()).unwrap();
    keystore.change_passphrase(&alice, &right(), &new).unwrap();
    assert!(wrong(keystore.load(&alice, &right()).unwrap_err()));
    assert_eq!(keystore.load(&alice, &new).unwrap().public_key(), key.public_key());
    assert_eq!(mode(&file), 0o600);
}

#[test]
fn raw_bytes_have_no_mnemonic() {
    let (_outer, keystore, _file) = with_alice();
    let refused = keystore.export_mnemonic(&name("alice"), &right()).unwrap_err();
    assert!(matches!(refused, KeystoreError::NoMnemonic(_)), "{refused}");
    let refused = keystore.export_mnemonic(&name("alice"), &passphrase("wrong wrong")).unwrap_err();
    assert!(matches!(refused, KeystoreError::WrongPassphrase(_)), "{refused}");
}

#[test]
fn a_draft_left_by_a_crash_is_no_hindrance() {
    let (outer, keystore) = open();
    fs::write(outer.path().join("deep/keys/.alice.tmp"), "half a fi").unwrap();
    assert!(keystore.list().unwrap().keys.is_empty());
    keystore.add(&name("alice"), &bytes(7), &right()).unwrap();
    assert!(keystore.load(&name("alice"), &right()).is_ok());
    assert!(!outer.path().join("deep/keys/.alice.tmp").exists());
}

#[test]
fn follows_no_link_and_opens_no_folder() {
    let (_outer, keystore, file) = with_alice();
    symlink(&file, keystore.folder.file(&name("link"))).unwrap();
    symlink("/nowhere", keystore.folder.file(&name("dangling"))).unwrap();
    fs::create_dir(keystore.folder.file(&name("folder"))).unwrap();
    for text in ["link", "dangling", "folder"] {
        let refused = |error| matches!(error, KeystoreError::NotAFile(_));
        assert!(refused(keystore.load(&name(text), &right()).unwrap_err()), "{text}");
        assert!(refused(keystore.add(&name(text), &bytes(1), &right()).unwrap_err()), "{text}");
        assert!(refused(keystore.remove(&name(text)).unwrap_err()), "{text}");
    }
}

#[test]
fn reads_no_more_than_16_kib() {
    let (_outer, keystore, file) = with_alice();
    let content = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{content}{}", " ".repeat(16 * 1024 - content.len()))).unwrap();
    assert!(keystore.load(&name("alice"), &right()).is_ok());
    fs::write(&file, format!("{content}{}", " ".repeat(1 << 20))).unwrap();
    let refused = keystore.load(&name("alice"), &right()).unwrap_err();
    assert!(matches!(refused, KeystoreError::TooLarge { bytes: 16_385, .. }), "{refused}");
}

#[test]
fn holds_a_bounded_number_of_keys() {
    let (outer, keystore) = open();
    for number in 0..Keystore::MAX_KEYS {
        fs::File::create(outer.path().join(format!("deep/keys/{number}.json"))).unwrap();
    }
    let refused = keystore.add(&name("alice"), &bytes(1), &right()).unwrap_err();
    assert!(matches!(refused, KeystoreError::Full(_)), "{refused}");
    assert_eq!(keystore.list().unwrap().unreadable.len(), Keystore::MAX_KEYS);
    fs::File::create(outer.path().join("deep/keys/one-more.json")).unwrap();
    assert!(matches!(keystore.list(), Err(KeystoreError::Full(_))));
}
