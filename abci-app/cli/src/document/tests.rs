//! Files that pass through hands: one signer, several, and members of a multisig.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use cosmrs::proto::cosmos::{bank::v1beta1::MsgSend, base::v1beta1::Coin};
use sirius_primitives::{Gas, Height, Multisig, Prefix};
use sirius_runtime::{App, Tx};
use sirius_sdk::{
    key::{Key, Scheme},
    sign::{self, AccountNumber, Sequence, TxBuilder, combine},
};

use super::*;

fn key(number: u8) -> Key {
    Key::from_secret_bytes(Scheme::Secp256k1, &[number; 32]).unwrap()
}

fn chain() -> Chain {
    Chain { id: "c-1".into(), prefix: Prefix::new("sirius").unwrap() }
}

fn state(number: u64) -> AccountState {
    AccountState { number: AccountNumber(number), sequence: Sequence(9) }
}

fn send(from: &Address) -> cosmrs::Any {
    let text = from.bech32(&chain().prefix);
    let amount = vec![Coin { denom: "uxpx".into(), amount: "5".into() }];
    let value = MsgSend { from_address: text.clone(), to_address: text, amount };
    cosmrs::Any { type_url: "/cosmos.bank.v1beta1.MsgSend".into(), value: value.encode_to_vec() }
}

/// What `--generate-only` prints for those who pay.
fn generated(payers: &[Address]) -> Document {
    let signer = |number: u8| sign::Signer {
        public_key: key(number).public_key().into(),
        account_number: AccountNumber(1),
        sequence: Sequence(2),
    };
    let builder =
        TxBuilder::new("c-1".parse().unwrap(), Gas(5)).memo("hello & <you>").timeout_height(Height(77));
    let builder =
        payers.iter().fold(builder.signer(signer(1)), |builder, payer| builder.message(send(payer)));
    Document::unsigned(&builder.build().unwrap()).unwrap()
}

/// The same document after a stay in a file.
fn passed(document: &Document, catalogue: &Catalogue) -> Document {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tx.json");
    std::fs::write(&path, document.to_json(catalogue).to_string()).unwrap();
    let read = Document::read(&path, catalogue).unwrap();
    assert_eq!(&read, document);
    read
}

fn sign(document: &mut Document, number: u8, mode: SignMode, catalogue: &Catalogue) -> Result<(), Failure> {
    let key = key(number);
    let account_key = key.public_key().into();
    let signer = Signer { address: key.address(), key: &account_key, state: state(u64::from(number)) };
    document.sign(&signer, mode, (catalogue, &chain()), |bytes| key.sign(bytes))
}

/// The ledger reads what the file became.
fn decode(document: &Document) -> std::sync::Arc<Tx> {
    let app = App::new(sirius_ledger::registry());
    app.decode(&document.to_bytes().unwrap().into(), &chain()).unwrap()
}

#[test]
fn the_shape_is_that_of_the_cosmos_command_line() {
    let catalogue = Catalogue::new();
    let json = generated(&[key(1).address()]).to_json(&catalogue);
    let address = key(1).address().bech32(&chain().prefix);
    let expected = json!({
        "body": {
            "messages": [{
                "@type": "/cosmos.bank.v1beta1.MsgSend", "from_address": address, "to_address": address,
                "amount": [{ "denom": "uxpx", "amount": "5" }],
            }],
            "memo": "hello & <you>", "timeout_height": "77",
            "extension_options": [], "non_critical_extension_options": [],
        },
        "auth_info": {
            "signer_infos": [],
            "fee": { "amount": [], "gas_limit": "5", "payer": "", "granter": "" },
            "tip": null,
        },
        "signatures": [],
    });
    assert_eq!(json, expected);
}

#[test]
fn one_signer_signs_in_either_mode() {
    let catalogue = Catalogue::new();
    for mode in [SignMode::Direct, SignMode::AminoJson] {
        let mut document = passed(&generated(&[key(1).address()]), &catalogue);
        assert!(document.to_bytes().unwrap_err().to_string().contains("has not signed"));
        sign(&mut document, 1, mode, &catalogue).unwrap();
        let tx = decode(&passed(&document, &catalogue));
        assert_eq!(tx.signers[0].signing, Signing::Single(mode));
        let bytes = match mode {
            SignMode::AminoJson => document.amino(&chain(), state(1)).unwrap(),
            _ => sign_bytes(&tx.body_bytes, &tx.auth_info_bytes, "c-1", AccountNumber(1)),
        };
        assert_eq!(key(1).public_key().verify(&bytes, &tx.signatures[0]), Ok(()));
    }
}

#[test]
fn several_signers_sign_the_json_one_after_the_other() {
    let catalogue = Catalogue::new();
    let mut document = generated(&[key(1).address(), key(2).address()]);
    let refused = sign(&mut document.clone(), 1, SignMode::Direct, &catalogue).unwrap_err();
    assert!(refused.to_string().contains("--sign-mode amino-json"), "{refused}");
    for number in [2, 1] {
        document = passed(&document, &catalogue);
        assert!(document.to_bytes().is_err());
        sign(&mut document, number, SignMode::AminoJson, &catalogue).unwrap();
    }
    let tx = decode(&document);
    for (place, number) in [(0, 1), (1, 2)] {
        let bytes = document.amino(&chain(), state(u64::from(number))).unwrap();
        assert_eq!(key(number).public_key().verify(&bytes, &tx.signatures[place]), Ok(()));
    }
    let stranger = sign(&mut document, 3, SignMode::AminoJson, &catalogue).unwrap_err();
    assert!(stranger.to_string().contains("is no signer"), "{stranger}");
}

#[test]
fn members_sign_apart_and_their_signatures_become_one() {
    let catalogue = Catalogue::new();
    let multisig = Multisig::new(2, [1, 2, 3].map(|number| key(number).public_key()).to_vec()).unwrap();
    let mut document = passed(&generated(&[multisig.address()]), &catalogue);
    let bytes = document.amino(&chain(), state(4)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut signed = Vec::new();
    for number in [3, 1] {
        let member = MemberSignature {
            key: key(number).public_key(),
            signature: key(number).sign(&bytes),
            sequence: Sequence(9),
        };
        let path = folder.path().join(format!("{number}.json"));
        std::fs::write(&path, member.to_json(&catalogue).to_string()).unwrap();
        let read = MemberSignature::read(&path, &catalogue).unwrap();
        assert_eq!(read, [member]);
        signed.extend(read.into_iter().map(|one| (one.key, one.signature)));
    }
    let (signing, signature) = combine(&multisig, &bytes, &signed).unwrap();
    let account_key = AccountKey::Multisig(multisig.clone());
    let signer = Signer { address: multisig.address(), key: &account_key, state: state(4) };
    document.sign_multi(&signer, (&signing, signature), (&catalogue, &chain())).unwrap();
    let document = passed(&document, &catalogue);
    let multi = &document.to_json(&catalogue)["auth_info"]["signer_infos"][0]["mode_info"]["multi"];
    assert_eq!(multi["bitarray"], json!({ "extra_bits_stored": 3, "elems": "oA==" }));
    let tx = decode(&document);
    assert_eq!(tx.signers[0].public_key, Some(account_key));
    let amino = Some(SignMode::AminoJson);
    assert_eq!(tx.signers[0].signing, Signing::Multi(vec![amino, None, amino]));
}

#[test]
fn files_that_hold_no_transaction_are_named() {
    let catalogue = Catalogue::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tx.json");
    let mut document = generated(&[key(1).address()]);
    sign(&mut document, 1, SignMode::Direct, &catalogue).unwrap();
    let good = document.to_json(&catalogue);
    let check = |change: fn(&mut Value), expected: &str| {
        let mut json = good.clone();
        change(&mut json);
        std::fs::write(&path, json.to_string()).unwrap();
        let error = Document::read(&path, &catalogue).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(error.exit_code(), 1);
    };
    check(|json| json["more"] = json!(1), "more");
    check(|json| json["signatures"] = json!(["%"]), "not base64");
    check(|json| json["signatures"] = json!([]), "1 signers and has 0 signatures");
    check(|json| json["body"]["messages"][0]["@type"] = json!("/a.B"), "no message a.B");
    check(|json| json["body"]["messages"][0]["to"] = json!("x"), "to");
    check(|json| json["body"]["extension_options"] = json!([{}]), "extension options");
    check(
        |json| {
            json["auth_info"]["signer_infos"][0]["mode_info"] = json!({ "single": { "mode": "SIGN_MODE_X" } })
        },
        "SIGN_MODE_X",
    );
    let nested =
        json!({ "multi": { "bitarray": { "extra_bits_stored": 1, "elems": "gA==" }, "mode_infos": [] } });
    let outer = json!({ "bitarray": { "extra_bits_stored": 1, "elems": "gA==" }, "mode_infos": [nested] });
    let mut json = good.clone();
    json["auth_info"]["signer_infos"][0]["mode_info"] = json!({ "multi": outer });
    std::fs::write(&path, json.to_string()).unwrap();
    assert!(Document::read(&path, &catalogue).unwrap_err().to_string().contains("within a multisig"));
    assert_eq!(Document::read(&folder.path().join("none"), &catalogue).unwrap_err().exit_code(), 2);
}
