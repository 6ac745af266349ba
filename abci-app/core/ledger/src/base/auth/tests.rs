//! Accounts: their keys, their numbers, and what can be asked about them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

pub(crate) mod database;

use cosmos_sdk_proto::cosmos::{
    base::query::v1beta1::PageRequest, crypto::multisig::v1beta1::MultiSignature,
};
use prost::Message as _;
use serde_json::json;
use sirius_primitives::{AccountKey, Address, Height, Multisig, PublicKey};
use sirius_runtime::{
    Refusal,
    tx::{SignMode, pack_account_key, pack_public_key},
    type_url,
};

use super::{
    Account, keys,
    wire::{auth as wire, keys::MsgRotateKey},
};
use crate::testing::{
    Bed, Case, Group, Key, MsgVault, alice, any, bob, carol, coins, dave, eve, golden::Record, rotate, send,
    text,
};

const CHAIN: &str = "sirius-test-1";

/// The refusal of alice's change of key, itself changed.
fn refusal(change: impl FnOnce(&mut MsgRotateKey)) -> Refusal {
    let bed = Bed::new();
    let mut message = MsgRotateKey::decode(rotate(&alice(), &dave(), CHAIN).value.as_slice()).unwrap();
    change(&mut message);
    bed.refusal(&bed.draft(&[&alice()], vec![any(&message)]).sign())
}

/// A way to meet each refusal of the module's table.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(("sdk", 7, "BadAddress"), "the address is not valid", || {
            refusal(|message| message.address = "sirius1".into()).into()
        }),
        Case::new(("sdk", 9, "UnknownAccount"), "does not exist; send it something first", || {
            // Only a message that another one carries comes this far without an account.
            let bed = Bed::new();
            let carried = MsgVault {
                owner: text(&alice().address()),
                to: text(&alice().address()),
                action: "route".into(),
                amount: Some(crate::testing::coin(0, "uxpx")),
                inner: Some(rotate(&dave(), &eve(), CHAIN)),
            };
            bed.refusal(&bed.draft(&[&alice()], vec![any(&carried)]).sign()).into()
        }),
        Case::new(("auth", 1, "SameKey"), "the account has this key already", || {
            let bed = Bed::new();
            let message = rotate(&alice(), &alice(), CHAIN);
            bed.refusal(&bed.draft(&[&alice()], vec![message]).sign()).into()
        }),
        Case::new(("auth", 2, "BadProof"), "the new key's proof does not count", || {
            refusal(|message| message.proof = vec![1; 64]).into()
        }),
        Case::new(("auth", 3, "NoKey"), "the message carries no new key", || {
            refusal(|message| message.public_key = None).into()
        }),
        Case::new(
            ("auth", 5, "TooManyMembers"),
            "has 8 members, a transaction may have 7 signatures",
            || {
                let group = Group::new(1, (10..18).map(Key::secp256k1).collect());
                let bed = Bed::new();
                let message = rotate_to(&alice().address(), &group, &[0]);
                bed.refusal(&bed.draft(&[&alice()], vec![message]).sign()).into()
            },
        ),
        Case::new(("auth", 4, "AccountTwice"), "app_state.auth: account sirius1", || {
            let twice = |genesis: &mut serde_json::Value| {
                let accounts = genesis["auth"]["accounts"].as_array_mut().unwrap();
                accounts.push(accounts[0].clone());
            };
            Bed::genesis(twice).err().unwrap().into()
        }),
    ]
    .into_iter()
    .chain(database::cases())
    .collect()
}

/// What the module stores, one record a kind.
pub(crate) fn records() -> Vec<Record> {
    let address = Address::new([0xaa; 20]);
    let account = |public_key| Account { number: 7, sequence: 9, public_key };
    vec![
        Record::new("account without a key", &keys::account(&address), &account(None)),
        Record::new(
            "account with a secp256k1 key",
            &keys::account(&address),
            &account(Some(PublicKey::Secp256k1([0xbb; 33]).into())),
        ),
        Record::new(
            "account with an Ed25519 key",
            &keys::account(&address),
            &account(Some(PublicKey::Ed25519([0xcc; 32]).into())),
        ),
        Record::new(
            "account with a multisig",
            &keys::account(&address),
            &account(Some(AccountKey::Multisig(
                Multisig::new(2, vec![PublicKey::Secp256k1([0xbb; 33]), PublicKey::Ed25519([0xcc; 32])])
                    .unwrap(),
            ))),
        ),
        Record::new("count of accounts", &keys::count(), &10),
        Record::new("height of a rotation", &keys::rotated(&address), &Height(5)),
        Record::new(
            "database key",
            &keys::database(&address),
            &super::stored::Registered { key: [0xdd; 32], since: Height(6) },
        ),
    ]
}

#[test]
fn a_key_changes_and_the_account_stays() {
    let check = |new: Key| {
        let mut bed = Bed::new();
        let before = bed.account(&alice().address());
        bed.deliver(&[&alice()], vec![rotate(&alice(), &new, CHAIN)]);
        let after = bed.account(&alice().address());
        assert_eq!(after, Account { sequence: 1, public_key: Some(new.public().into()), ..before });

        let spend = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(1, "uxpx"))]);
        assert_eq!(bed.refusal(&spend.sign()).code, 6, "the old key, shown, is the wrong one");
        let hidden = spend.clone().with(|parts| parts.auth.signer_infos[0].public_key = None);
        assert_eq!(bed.refusal(&hidden.sign()).code, 7, "the old key, not shown, does not verify");
        let signed = spend.with(|parts| {
            parts.auth.signer_infos[0].public_key = Some(pack_public_key(&new.public()));
            parts.keys = vec![new.clone()];
        });
        assert_eq!(bed.make_block(&[signed.sign()]).results[0].refusal, None);
    };
    check(dave());
    check(eve());
}

/// A change of the key of `address` to that of `group`, proven by the members at `signed`.
fn rotate_to(address: &Address, group: &Group, signed: &[usize]) -> tendermint_proto::google::protobuf::Any {
    let message = super::proof_bytes(CHAIN, address);
    let sign = |(place, key): (usize, &Key)| match signed.contains(&place) {
        true => key.sign(&message),
        false => Vec::new(),
    };
    let signatures = group.keys.iter().enumerate().map(sign).collect();
    any(&MsgRotateKey {
        address: text(address),
        public_key: Some(pack_account_key(&group.key())),
        proof: MultiSignature { signatures }.encode_to_vec(),
    })
}

#[test]
fn a_key_becomes_a_multisig_and_a_single_key_again() {
    let mut bed = Bed::new();
    let group = Group::new(2, vec![dave(), eve(), Key::secp256k1(8)]);
    let account = alice().address();
    bed.deliver(&[&alice()], vec![rotate_to(&account, &group, &[0, 2])]);
    assert_eq!(bed.account(&account).public_key, Some(group.key()));
    let old = bed.draft(&[&alice()], vec![send(&alice(), &bob(), coins(1, "uxpx"))]);
    assert_eq!(bed.refusal(&old.clone().sign()).code, 6);
    let hidden = old.with(|parts| parts.auth.signer_infos[0].public_key = None);
    assert_eq!(bed.refusal(&hidden.sign()).code, 9, "one signature is not a multisig's");

    let modes = [None, Some(SignMode::AminoJson), Some(SignMode::AminoJson)];
    let back = group.draft(&bed, &account, (&modes, vec![rotate(&alice(), &bob(), CHAIN)]));
    let bytes = back.assemble(group.signatures(&back, &modes));
    assert_eq!(bed.make_block(&[bytes]).results[0].refusal, None);
    assert_eq!(bed.account(&account).public_key, Some(bob().public().into()));
}

#[test]
fn a_multisig_is_put_in_place_by_enough_of_its_members() {
    let group = Group::new(2, vec![dave(), eve(), Key::secp256k1(8)]);
    let check = |text: &str, change: &dyn Fn(&mut MultiSignature)| {
        let bed = Bed::new();
        let packed = rotate_to(&alice().address(), &group, &[0, 1]);
        let mut message = MsgRotateKey::decode(packed.value.as_slice()).unwrap();
        let mut proof = MultiSignature::decode(message.proof.as_slice()).unwrap();
        change(&mut proof);
        message.proof = proof.encode_to_vec();
        let refusal = bed.refusal(&bed.draft(&[&alice()], vec![any(&message)]).sign());
        assert_eq!((refusal.space, refusal.code), ("auth", 2));
        assert!(refusal.text.contains(text), "{}", refusal.text);
    };
    check("1 members signed, 2 are needed", &|proof| proof.signatures[1].clear());
    check("it has 2 entries for 3 members", &|proof| proof.signatures.truncate(2));
    check("not this key's", &|proof| proof.signatures.swap(0, 1));
    check("not this key's", &|proof| proof.signatures[2] = proof.signatures[0].clone());
    check("64 bytes", &|proof| proof.signatures[0].truncate(5));
}

#[test]
fn a_proof_is_for_one_account_on_one_chain() {
    let bed = Bed::new();
    let check = |proof: Vec<u8>| {
        let refusal = refusal(|message| message.proof = proof);
        assert_eq!((refusal.space, refusal.code), ("auth", 2));
    };
    check(dave().sign(&super::proof_bytes("sirius-test-2", &alice().address())));
    check(dave().sign(&super::proof_bytes(CHAIN, &bob().address())));
    check(alice().sign(&super::proof_bytes(CHAIN, &alice().address())));
    bed.check_invariants();
}

#[test]
fn refuses_keys_that_are_none() {
    let check = |type_url: &str, value: Vec<u8>, space, code| {
        let key = tendermint_proto::google::protobuf::Any { type_url: type_url.into(), value };
        let refusal = refusal(|message| message.public_key = Some(key));
        assert_eq!((refusal.space, refusal.code), (space, code), "{}", refusal.text);
    };
    let secp256k1 = "/cosmos.crypto.secp256k1.PubKey";
    check("/cosmos.crypto.multisig.LegacyAminoPubKey", Vec::new(), "sdk", 8);
    check("/cosmos.crypto.secp256r1.PubKey", Vec::new(), "sdk", 8);
    check(secp256k1, Vec::new(), "sdk", 8);
    check(secp256k1, [&[0x0a, 33][..], &[0; 33]].concat(), "sdk", 8);
    check("/cosmos.crypto.ed25519.PubKey", [&[0x0a, 32][..], &[0; 32]].concat(), "sdk", 8);
    check(secp256k1, vec![0x0a, 33], "sdk", 2);
    check(secp256k1, vec![0x0a, 0], "tx", 1);
}

#[test]
fn numbers_are_given_in_order_and_stay() {
    let mut bed = Bed::new();
    let numbers = |bed: &Bed| [alice(), bob(), carol()].map(|key| bed.account(&key.address()).number);
    assert_eq!(numbers(&bed), [0, 1, 2]);
    bed.deliver(&[&alice()], vec![send(&alice(), &dave(), coins(1, "uxpx"))]);
    assert_eq!(numbers(&bed), [0, 1, 2]);
    // The collector of fees came first: a transaction pays before its messages run.
    assert_eq!(bed.account(&crate::base::fee::COLLECTOR).number, 3);
    assert_eq!(bed.account(&dave().address()).number, 4);
}

#[test]
fn genesis_takes_sequences_and_names_what_is_wrong() {
    let bed = Bed::with(|genesis| {
        genesis["auth"]["accounts"][0]["sequence"] = json!("18446744073709551614");
        genesis["auth"]["accounts"][1]["sequence"] = json!(7);
    });
    assert_eq!(bed.account(&alice().address()).sequence, u64::MAX - 1);
    assert_eq!(bed.account(&bob().address()).sequence, 7);
    let check = |account: serde_json::Value, text: &str| {
        let error = Bed::genesis(|genesis| genesis["auth"]["accounts"][2] = account).err().unwrap();
        assert_eq!(error.to_string(), text);
    };
    check(
        json!({ "address": "cosmos1" }),
        "genesis field app_state.auth: the address is not valid: cosmos1: decoding bech32 failed: no valid bech32 or bech32m checksum; give an address of this chain: invalid address",
    );
    check(
        json!({ "address": "x", "sequence": -1 }),
        "genesis field app_state.auth.accounts[2].sequence: data did not match any variant of untagged enum Form",
    );
    check(
        json!({ "address": "x", "sequence": "1x" }),
        "genesis field app_state.auth.accounts[2].sequence: \"1x\" is not a whole number below 2^64",
    );
    check(
        json!({ "adress": "x" }),
        "genesis field app_state.auth.accounts[2].adress: unknown field `adress`, expected one of `address`, `sequence`, `public_key`, `rotated`, `database_key`",
    );
}

#[test]
fn answers_for_one_account() {
    let mut bed = Bed::new();
    bed.deliver(&[&carol()], vec![send(&carol(), &bob(), coins(1, "uxpx"))]);
    let base = |key: &Key, account_number, sequence, shown: bool| wire::BaseAccount {
        address: text(&key.address()),
        pub_key: shown.then(|| pack_public_key(&key.public())),
        account_number,
        sequence,
    };
    let check = |key: Key, expected: wire::BaseAccount| {
        let address = text(&key.address());
        let request = wire::QueryAccountRequest { address: address.clone() };
        let packed: wire::QueryAccountResponse =
            bed.ask("/cosmos.auth.v1beta1.Query/Account", &request).unwrap();
        let packed = packed.account.unwrap();
        assert_eq!(packed.type_url, type_url::<wire::BaseAccount>());
        assert_eq!(wire::BaseAccount::decode(packed.value.as_slice()).unwrap(), expected);
        let request = wire::QueryAccountInfoRequest { address };
        let plain: wire::QueryAccountInfoResponse =
            bed.ask("/cosmos.auth.v1beta1.Query/AccountInfo", &request).unwrap();
        assert_eq!(plain.info, Some(expected));
    };
    check(alice(), base(&alice(), 0, 0, false));
    check(carol(), base(&carol(), 2, 1, true));
    for path in ["/cosmos.auth.v1beta1.Query/Account", "/cosmos.auth.v1beta1.Query/AccountInfo"] {
        let ask = |address: &str| {
            let request = wire::QueryAccountRequest { address: address.into() };
            bed.ask::<wire::QueryAccountResponse>(path, &request).unwrap_err()
        };
        let nobody = ask(&text(&eve().address()));
        assert_eq!((nobody.space, nobody.code), ("sdk", 22));
        assert_eq!(ask("eve").code, 7);
    }
}

#[test]
fn answers_for_all_accounts_in_pages() {
    let bed = Bed::new();
    let mut pagination = PageRequest { limit: 2, ..PageRequest::default() };
    let mut met = Vec::new();
    loop {
        let request = wire::QueryAccountsRequest { pagination: Some(pagination.clone()) };
        let answer: wire::QueryAccountsResponse =
            bed.ask("/cosmos.auth.v1beta1.Query/Accounts", &request).unwrap();
        let accounts = answer.accounts.iter().map(|any| wire::BaseAccount::decode(any.value.as_slice()));
        met.extend(accounts.map(|account| account.unwrap().address));
        pagination.key = answer.pagination.unwrap().next_key;
        if pagination.key.is_empty() {
            break;
        }
    }
    let mut keys = [alice(), bob(), carol()];
    keys.sort_by_key(Key::address);
    assert_eq!(met, keys.map(|key| text(&key.address())));
}

#[test]
fn answers_with_limits_and_prefix() {
    let bed = Bed::new();
    let params: wire::QueryParamsResponse =
        bed.ask("/cosmos.auth.v1beta1.Query/Params", &wire::QueryParamsRequest {}).unwrap();
    let expected = wire::Params {
        max_memo_characters: 256,
        tx_sig_limit: 7,
        tx_size_cost_per_byte: 10,
        sig_verify_cost_ed25519: 590,
        sig_verify_cost_secp256k1: 1_000,
    };
    assert_eq!(params.params, Some(expected));
    let prefix: wire::Bech32PrefixResponse =
        bed.ask("/cosmos.auth.v1beta1.Query/Bech32Prefix", &wire::Bech32PrefixRequest {}).unwrap();
    assert_eq!(prefix.bech32_prefix, "sirius");
}

#[test]
fn the_invariants_see_what_they_are_for() {
    let check = |change: fn(&mut Bed)| {
        let mut bed = Bed::new();
        change(&mut bed);
        assert!(super::state::invariants(&bed.state).unwrap().is_err());
    };
    check(|bed| keys::count().set(&mut bed.state, &2));
    check(|bed| {
        let twin = bed.account(&alice().address());
        keys::account(&bob().address()).set(&mut bed.state, &twin);
    });
    let mut damaged = Bed::new();
    damaged.state.insert(keys::account(&bob().address()).as_bytes().to_vec(), vec![1]);
    assert!(super::state::invariants(&damaged.state).is_err());
}
