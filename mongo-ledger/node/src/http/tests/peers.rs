//! Nodes as clients of each other, and of themselves: behind TLS, and on a closed chain with a key of their own.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mongo_ledger_core::{
    access::{Change, Holder, Right, Role},
    payload::Commitment,
    transaction::build::change,
};

use super::*;
use crate::{
    command::anchor::proof,
    payload::{Body, Key, Peers, fetch},
    peer::Peer,
    reader,
};

const CERTIFICATE: &[u8] = include_bytes!("tls/cert.pem");
const KEY: &[u8] = include_bytes!("tls/key.pem");
const SECURE: &str = "[http.tls]\nlisten = '127.0.0.1:0'\ncert = 'cert.pem'\nkey = 'key.pem'\n";
const SALT: [u8; 32] = [7; 32];

/// Writes a file that its owner alone reads.
fn private(path: &Path, text: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.unwrap().write_all(text).unwrap();
}

/// The file of a key, as CometBFT writes it.
fn key_file(path: &Path, seed: u8) {
    let public = *SecretKey::new(&[seed; 32]).public().as_bytes();
    let value = STANDARD.encode([[seed; 32], public].concat());
    let file = serde_json::json!({ "priv_key": { "type": "tendermint/PrivKeyEd25519", "value": value } });
    private(path, file.to_string().as_bytes());
}

/// An asset of Alice's with a body, which this node has.
fn letter(bed: &Bed) -> (Transaction, Body) {
    let body = Body::new(&hex::encode(SALT), b"hello".to_vec()).unwrap();
    let commitment = Commitment::of(&SALT, b"hello");
    let letter =
        asset(&format!(r#"{{"ns":"wine","erasable":[{{"bytes":5,"commitment":"{commitment}"}}]}}"#), None, 1);
    bed.block(&[&letter]);
    bed.ledger.runtime.block_on(crate::payload::keep(&bed.ledger, body.clone())).unwrap();
    (letter, body)
}

fn peers(address: &str, ca: Option<&Path>, key: Key) -> Peers {
    Peers::new(&[Peer::try_from(address.to_owned()).unwrap()], ca, key).unwrap()
}

#[test]
fn a_body_comes_from_a_peer_behind_tls_whom_a_known_authority_vouches_for() {
    let files = |home: &Path| {
        private(&home.join("cert.pem"), CERTIFICATE);
        private(&home.join("key.pem"), KEY);
        private(&home.join("none.pem"), b"no certificate");
    };
    let bed = Bed::of(&format!("{CONFIG}{SECURE}"), "null", files).unwrap();
    let (_, body) = letter(&bed);
    let address = format!("https://localhost:{}", bed.serving.secure().unwrap().port());
    let (ca, none) = (bed._home.path().join("cert.pem"), bed._home.path().join("none.pem"));
    let open = || -> Key { Box::new(|| None) };
    assert_eq!(fetch(&peers(&address, Some(&ca), open()), &body.commitment()).unwrap(), body);
    // The authorities that browsers believe do not vouch for it, and nobody asks there without TLS.
    let refused = fetch(&peers(&address, None, open()), &body.commitment()).unwrap_err();
    assert!(refused.contains("certificate"), "{refused}");
    let plain = address.replace("https", "http");
    assert!(fetch(&peers(&plain, Some(&ca), open()), &body.commitment()).is_err());
    for (path, expected) in [(none, "no certificate"), (ca.with_file_name("absent.pem"), "absent.pem")] {
        let refused = Peers::new(&[], Some(&path), open()).err().unwrap().to_string();
        assert!(refused.contains(expected) && refused.contains("PEM"), "{refused}");
    }
}

/// A closed chain whose validator and admin is Alice, as a node with such settings serves it.
fn closed(settings: &str, files: impl FnOnce(&Path)) -> (Bed, Config) {
    let state = format!(r#"{{"database":{{"mode":"permissioned","admins":["{}"]}}}}"#, alice().public());
    let settings = format!("{CONFIG}home = 'cometbft'\n[access]\nread = 'roles'\n{settings}");
    let bed = Bed::of(&settings, &state, files).unwrap();
    let mut config = Config::load(bed._home.path()).unwrap();
    config.http.listen = bed.serving.http();
    granted(&bed, &alice(), Role::Issuer);
    (bed, config)
}

fn granted(bed: &Bed, holder: &SecretKey, role: Role) {
    let right = Right { holder: Holder::from(&holder.public()), role, namespace: "".parse().unwrap() };
    let admin = Condition::Ed25519(alice().public());
    let grant = change(&admin, "http", &Change::Grant { right, until: None }, None);
    bed.block(&[&grant.sign(&[&alice()]).unwrap()]);
}

#[test]
fn a_node_proves_its_own_records_on_a_closed_chain_with_its_validators_key() {
    let key = |home: &Path| key_file(&home.join("cometbft/config/priv_validator_key.json"), 1);
    let (bed, mut config) = closed("audience = 'node0'\n", key);
    let (letter, _) = letter(&bed);
    let (status, said) = bed.text(&format!("/api/v1/proofs/tx/{}", letter.id()));
    assert!(status == 401 && said.contains("sirius db token --audience node0"), "{said}");
    let proven = proof(&config, "http", letter.id(), None).unwrap();
    assert!(proven.verify(&bed.ledger.store.committed().app_hash).is_ok());
    let refused = proof(&config, "other", letter.id(), None).unwrap_err().to_string();
    assert!(refused.contains("401") && refused.contains("make one for this chain"), "{refused}");
    config.access.audience = None;
    let refused = proof(&config, "http", letter.id(), None).unwrap_err().to_string();
    assert!(refused.contains("401") && refused.contains("this node is"), "{refused}");
}

#[test]
fn a_node_whose_validator_signs_elsewhere_asks_with_a_key_of_its_own_that_needs_a_role() {
    let files = |home: &Path| key_file(&home.join("reader.json"), 2);
    let (bed, config) = closed("key = 'reader.json'\n", files);
    let (_, body) = letter(&bed);
    let address = format!("http://{}", bed.serving.http());
    let ask = || {
        let config = config.clone();
        let key = move || reader::token(&config, "http").ok().flatten();
        fetch(&peers(&address, None, Box::new(key)), &body.commitment())
    };
    let refused = ask().unwrap_err();
    assert!(refused.contains("403"), "{refused}");
    granted(&bed, &bob(), Role::Auditor);
    assert_eq!(ask().unwrap(), body);
    let path = bed._home.path().join("reader.json");
    assert!(config.secrets().contains(&path));
    let named = |expected: &str| {
        let refused = format!("{:#}", reader::token(&config, "http").unwrap_err());
        assert!(refused.contains("access.key") && refused.contains(expected), "{refused}");
    };
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    named("644");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    private(&path, br#"{"priv_key":{"type":"tendermint/PrivKeySecp256k1","value":""}}"#);
    named("has to be ed25519");
    fs::remove_file(&path).unwrap();
    named("reader.json");
}
