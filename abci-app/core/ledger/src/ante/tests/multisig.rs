//! Several keys as one account, and transactions signed as amino-JSON.

use cosmos_sdk_proto::cosmos::{crypto::multisig::v1beta1::CompactBitArray, tx::v1beta1::mode_info::Sum};
use proptest::prelude::*;
use serde_json::json;
use sirius_runtime::{
    Mode, Refusal,
    tx::{SignMode, Signing},
};

use super::{high_s, payment};
use crate::testing::{
    Bed, Case, Group, Key, MsgVault, Parts, alice, any, bob, carol, coin, coins, dave, mode, pay, text,
};

const AMINO: Option<SignMode> = Some(SignMode::AminoJson);
const DIRECT: Option<SignMode> = Some(SignMode::Direct);

/// Two of three, one of whom has an Ed25519 key.
fn group() -> Group {
    Group::new(2, vec![alice(), Key::ed25519(7), Key::secp256k1(8)])
}

/// A chain where `group` has money.
fn bed_of(group: &Group) -> Bed {
    let mut bed = Bed::new();
    bed.deliver(&[&alice()], vec![pay(&alice().address(), &group.address(), coins(100_000_000, "uxpx"))]);
    bed
}

fn draft(bed: &Bed, group: &Group, modes: &[Option<SignMode>]) -> Parts {
    let messages = vec![pay(&group.address(), &bob().address(), coins(5, "uxpx"))];
    group.draft(bed, &group.address(), (modes, messages))
}

/// The refusal of the group's payment, signed by its first two members, when parts or signatures were changed.
fn refusal(change: impl FnOnce(&mut Parts), forge: impl FnOnce(&mut Vec<Vec<u8>>)) -> Refusal {
    let (group, modes) = (group(), [AMINO, AMINO, None]);
    let bed = bed_of(&group);
    let parts = draft(&bed, &group, &modes).with(change);
    let mut signatures = group.signatures(&parts, &modes);
    forge(&mut signatures);
    bed.refusal(&parts.assemble(signatures))
}

fn modes(parts: &mut Parts, modes: &[Option<SignMode>]) {
    parts.auth.signer_infos[0].mode_info = Some(Signing::Multi(modes.to_vec()).pack());
}

fn bit_array(parts: &mut Parts) -> &mut CompactBitArray {
    match parts.auth.signer_infos[0].mode_info.as_mut().unwrap().sum.as_mut().unwrap() {
        Sum::Multi(multi) => multi.bitarray.as_mut().unwrap(),
        Sum::Single(_) => panic!("the signer is a multisig"),
    }
}

/// A way to meet each refusal that multisigs and amino-JSON brought to the door.
pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            ("ante", 8, "NoMultisig"),
            "has one key, the transaction has the signature of a multisig",
            || {
                let bed = Bed::new();
                let parts = payment(&bed).with(|parts| modes(parts, &[AMINO]));
                bed.refusal(&parts.sign()).into()
            },
        ),
        Case::new(
            ("ante", 9, "NeedsMembers"),
            "has the key of a multisig, the transaction has one signature",
            || refusal(|parts| parts.auth.signer_infos[0].mode_info = Some(mode(127)), |_| ()).into(),
        ),
        Case::new(("ante", 10, "WrongMemberCount"), "has 3 members, its bit array has 4 bits", || {
            refusal(|parts| modes(parts, &[AMINO, AMINO, None, None]), |_| ()).into()
        }),
        Case::new(("ante", 11, "BelowThreshold"), "needs 2 signatures of its members, got 1", || {
            refusal(|parts| modes(parts, &[AMINO, None, None]), |signatures| signatures.truncate(1)).into()
        }),
        Case::new(("ante", 12, "WrongSignatureCount"), "names 2 signatures, it carries 3", || {
            refusal(|_| (), |signatures| signatures.push(vec![1; 64])).into()
        }),
        Case::new(
            ("ante", 13, "NoAminoForm"),
            "/sirius.testing.v1.MsgVault is no message of this chain",
            || {
                let bed = Bed::new();
                let message = MsgVault {
                    owner: text(&alice().address()),
                    to: text(&alice().address()),
                    action: "route".into(),
                    amount: Some(coin(0, "uxpx")),
                    inner: None,
                };
                let parts = bed.draft(&[&alice()], vec![any(&message)]);
                let parts = parts.with(|parts| parts.auth.signer_infos[0].mode_info = Some(mode(127)));
                bed.refusal(&parts.sign()).into()
            },
        ),
    ]
}

#[test]
fn lets_in_what_is_signed_as_amino_json() {
    let check = |key: Key| {
        let mut bed = Bed::new();
        let message = pay(&key.address(), &bob().address(), coins(5, "uxpx"));
        let parts = bed.draft(&[&key], vec![message]).with(|parts| {
            parts.auth.signer_infos[0].mode_info = Some(mode(127));
            parts.body.memo = "a & b < c".into();
            parts.body.timeout_height = 900;
        });
        let bytes = parts.sign_and(|raw| raw.signatures[0] = key.sign(&parts.amino(0)));
        assert_eq!(bed.make_block(&[bytes]).results[0].refusal, None);
        assert_eq!(bed.account(&key.address()).sequence, 1);
    };
    check(alice());
    check(carol());
}

/// Whatever the JSON says is signed: a change of it makes the signature another's.
#[test]
fn refuses_what_was_changed_after_it_was_signed_as_amino_json() {
    let check = |change: fn(&mut Parts)| {
        let bed = Bed::new();
        let parts = payment(&bed).with(|parts| parts.auth.signer_infos[0].mode_info = Some(mode(127)));
        let signature = alice().sign(&parts.amino(0));
        let bytes = parts.with(change).sign_and(|raw| raw.signatures[0] = signature);
        assert_eq!(bed.refusal(&bytes).code, 7);
    };
    check(|parts| parts.body.memo = "x".into());
    check(|parts| parts.body.timeout_height = 900);
    check(|parts| parts.fee().gas_limit += 1);
    check(|parts| parts.fee().amount = coins(200_001, "uxpx"));
    check(|parts| parts.body.messages[0] = pay(&alice().address(), &bob().address(), coins(6, "uxpx")));
    check(|parts| {
        let twice = parts.body.messages[0].clone();
        parts.body.messages.push(twice);
    });
    // The other mode's signature is not this mode's.
    check(|parts| parts.auth.signer_infos[0].mode_info = Some(mode(1)));
}

#[test]
fn any_members_above_the_threshold_sign_in_either_mode() {
    let check = |modes: &[Option<SignMode>]| {
        let group = group();
        let mut bed = bed_of(&group);
        for sequence in 1..=2 {
            let parts = draft(&bed, &group, modes);
            // Once the account has its key, it need not be shown.
            let parts = parts.with(|parts| {
                if sequence == 2 {
                    parts.auth.signer_infos[0].public_key = None;
                }
            });
            let bytes = parts.assemble(group.signatures(&parts, modes));
            assert_eq!(bed.try_tx(&bytes, Mode::Check).0.refusal, None);
            assert_eq!(bed.make_block(&[bytes]).results[0].refusal, None);
            let account = bed.account(&group.address());
            assert_eq!((account.sequence, account.public_key), (sequence, Some(group.key())));
        }
    };
    check(&[AMINO, AMINO, None]);
    check(&[None, AMINO, AMINO]);
    check(&[AMINO, None, DIRECT]);
    check(&[DIRECT, DIRECT, DIRECT]);
}

#[test]
fn forged_signatures_of_members_are_refused() {
    let check = |code: (&str, u32), text: &str, forge: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let refusal = refusal(|_| (), forge);
        assert_eq!((refusal.space, refusal.code), code, "{}", refusal.text);
        assert!(refusal.text.contains(text), "{}", refusal.text);
    };
    check(("ante", 7), "member 1: the signature is not this key's", &|signatures| signatures.swap(0, 1));
    check(("ante", 7), "member 2: the signature is not this key's", &|signatures| {
        signatures[1] = signatures[0].clone()
    });
    check(("ante", 7), "member 1: the signature has a high s", &|signatures| high_s(&mut signatures[0]));
    check(("ante", 7), "member 1: a signature has 64 bytes, got 63", &|signatures| {
        signatures[0].truncate(63)
    });
    check(("ante", 7), "member 2: a signature has 64 bytes, got 0", &|signatures| signatures[1].clear());
    check(("ante", 12), "names 2 signatures, it carries 1", &|signatures| signatures.truncate(1));
    check(("ante", 12), "names 2 signatures, it carries 0", &Vec::clear);
}

#[test]
fn forged_descriptions_of_members_are_refused() {
    let check = |code: (&str, u32), change: &dyn Fn(&mut Parts)| {
        let refusal = refusal(change, |_| ());
        assert_eq!((refusal.space, refusal.code), code, "{}", refusal.text);
    };
    // Other members than those who signed.
    check(("ante", 7), &|parts| modes(parts, &[AMINO, None, AMINO]));
    check(("ante", 10), &|parts| modes(parts, &[AMINO, AMINO]));
    check(("ante", 5), &|parts| modes(parts, &[AMINO, Some(SignMode::Other(2)), None]));
    check(("tx", 5), &|parts| bit_array(parts).elems = vec![0b1110_0000]);
    check(("tx", 5), &|parts| bit_array(parts).elems = vec![0b1100_0001]);
    check(("tx", 5), &|parts| bit_array(parts).elems.clear());
    check(("tx", 5), &|parts| bit_array(parts).extra_bits_stored = 9);
    check(("sdk", 14), &|parts| bit_array(parts).elems.insert(0, 0));
    // The members in another order are another multisig.
    check(("ante", 6), &|parts| {
        let mut keys = group().keys;
        keys.reverse();
        let key = Group::new(2, keys).key();
        parts.auth.signer_infos[0].public_key = Some(sirius_runtime::tx::pack_account_key(&key));
    });
    check(("ante", 6), &|parts| {
        let key = Group::new(1, group().keys).key();
        parts.auth.signer_infos[0].public_key = Some(sirius_runtime::tx::pack_account_key(&key));
    });
    // Not all of one of its keys.
    check(("ante", 6), &|parts| {
        let key = sirius_runtime::tx::pack_public_key(&alice().public());
        parts.auth.signer_infos[0].public_key = Some(key);
    });
}

/// A multisignature has one form, as the transaction around it has.
#[test]
fn the_signature_of_a_multisig_has_one_encoding() {
    let (group, modes) = (group(), [AMINO, AMINO, None]);
    let bed = bed_of(&group);
    let parts = draft(&bed, &group, &modes);
    let signature =
        prost::Message::encode_to_vec(&cosmos_sdk_proto::cosmos::crypto::multisig::v1beta1::MultiSignature {
            signatures: group.signatures(&parts, &modes),
        });
    let code = |signature: Vec<u8>| {
        let refusal = bed.refusal(&parts.assemble_raw(signature));
        (refusal.space, refusal.code)
    };
    assert_eq!(code([&signature[..], &[0x10, 1]].concat()), ("tx", 1));
    assert_eq!(code([&signature[..], &[0x08]].concat()), ("sdk", 2));
    assert_eq!(code(vec![7; 64]), ("sdk", 2));
}

#[test]
fn each_member_that_signs_is_paid_for_and_each_member_counts() {
    let used = |modes: &[Option<SignMode>]| {
        let group = group();
        let bed = bed_of(&group);
        let parts = draft(&bed, &group, modes);
        let bytes = parts.assemble(group.signatures(&parts, modes));
        let (result, _) = bed.try_tx(&bytes, Mode::Check);
        assert_eq!(result.refusal, None);
        result.gas_used.0 - 10 * u64::try_from(bytes.len()).unwrap()
    };
    let two = used(&[AMINO, AMINO, None]);
    assert_eq!(used(&[AMINO, None, AMINO]), two - 590 + 1_000);
    assert_eq!(used(&[AMINO, AMINO, AMINO]), two + 1_000);

    // Eight members are beyond the seven signatures of a transaction, however few of them sign.
    let (eight, most) = (Group::new(1, (10..18).map(Key::secp256k1).collect()), 7);
    let bed = bed_of(&eight);
    let mut modes = vec![None; 8];
    modes[0] = AMINO;
    let parts = draft(&bed, &eight, &modes);
    let refusal = bed.refusal(&parts.assemble(eight.signatures(&parts, &modes)));
    assert_eq!((refusal.space, refusal.code), ("sdk", 14));
    assert!(refusal.text.contains(&format!("signatures: 8, limit: {most}")), "{}", refusal.text);
    let hidden = parts.with(|parts| parts.auth.signer_infos[0].public_key = None);
    assert_eq!(bed.refusal(&hidden.assemble(vec![vec![1; 64]])).code, 14);
    let wide = Bed::with(|genesis| genesis["params"]["values"] = json!({ "auth.max_signatures": 8 }));
    assert_eq!(wide.app.rules(&wide.state).map(|_| ()).ok(), Some(()));
}

/// Wallets ask for the gas before anybody signs: the answer is enough for the signed transaction.
#[test]
fn a_simulation_without_signatures_tells_enough_gas() {
    let (group, modes) = (group(), [None, AMINO, AMINO]);
    let bed = bed_of(&group);
    let parts = draft(&bed, &group, &modes);
    let simulated = |parts: &Parts, signature: Vec<u8>| {
        let (result, _) = bed.try_tx(&parts.assemble_raw(signature), Mode::Simulate);
        assert_eq!(result.refusal, None);
        result.gas_used
    };
    let signed = parts.assemble(group.signatures(&parts, &modes));
    let (delivered, _) = bed.try_tx(&signed, Mode::Deliver);
    assert_eq!(delivered.refusal, None);
    assert!(simulated(&parts, Vec::new()) >= delivered.gas_used);
    for number in [0, 127] {
        let unsaid = parts.clone().with(|parts| parts.auth.signer_infos[0].mode_info = Some(mode(number)));
        // Who signs is some ten bytes more.
        assert!(simulated(&unsaid, Vec::new()).0 + 400 >= delivered.gas_used.0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Members let a transaction in exactly when at least the threshold of them signed, whoever they are.
    #[test]
    fn the_threshold_decides(count in 1..=7_usize, threshold in 1..=7_usize, choice in 0..=u8::MAX) {
        let threshold = threshold.min(count);
        let keys = (0..count).map(|seed| Key::secp256k1(20 + u8::try_from(seed).unwrap())).collect();
        let group = Group::new(u32::try_from(threshold).unwrap(), keys);
        let bed = bed_of(&group);
        let modes: Vec<_> = (0..count).map(|bit| AMINO.filter(|_| choice >> bit & 1 == 1)).collect();
        let parts = draft(&bed, &group, &modes);
        let (result, _) = bed.try_tx(&parts.assemble(group.signatures(&parts, &modes)), Mode::Deliver);
        let signed = modes.iter().flatten().count();
        prop_assert_eq!(result.refusal.map(|refusal| refusal.code), (signed < threshold).then_some(11));
    }

    /// No byte of a multisignature can be changed.
    #[test]
    fn no_bit_of_a_signature_can_be_changed(place in prop::arbitrary::any::<prop::sample::Index>(), bit in 0..8_u8) {
        let (group, modes) = (group(), [AMINO, AMINO, None]);
        let bed = bed_of(&group);
        let parts = draft(&bed, &group, &modes);
        let signatures = group.signatures(&parts, &modes);
        let wire = cosmos_sdk_proto::cosmos::crypto::multisig::v1beta1::MultiSignature { signatures };
        let mut signature = prost::Message::encode_to_vec(&wire);
        let place = place.index(signature.len());
        signature[place] ^= 1 << bit;
        prop_assert!(bed.try_tx(&parts.assemble_raw(signature), Mode::Deliver).0.refusal.is_some());
    }
}

#[test]
fn dave_is_a_stranger_to_the_group() {
    let (group, modes) = (group(), [AMINO, AMINO, None]);
    let bed = bed_of(&group);
    let parts = draft(&bed, &group, &modes);
    let mut signatures = group.signatures(&parts, &modes);
    signatures[1] = dave().sign(&parts.amino(0));
    assert_eq!(bed.refusal(&parts.assemble(signatures)).code, 7);
}

/// Made by CosmJS 0.39: two of three wallets sign with `signAmino`, `makeMultisignedTxBytes` puts them together.
#[test]
fn lets_in_the_multisig_of_cosmjs() {
    let group = Group::new(2, [11, 12, 13].map(Key::secp256k1).to_vec());
    let mut bed = Bed::with(|genesis| {
        let address = text(&group.address());
        genesis["auth"]["accounts"][0]["address"] = json!(address);
        genesis["bank"]["balances"][0]["address"] = json!(address);
    });
    let cosmjs = "\
        0aa2010a89010a1c2f636f736d6f732e62616e6b2e763162657461312e4d736753656e6412690a2d73697269757331397374\
        6b75686a726579307a356c616b787a6d706e34346b72726e7763766e68666e79397539122d7369726975733130786371707a\
        726b793665666632673532716479653533786b6b396a786b76723667683972331a090a0475787078120135121172656e7420\
        26203c4d61793e2022c3a92218840712bb020aa2020a88020a292f636f736d6f732e63727970746f2e6d756c74697369672e\
        4c6567616379416d696e6f5075624b657912da01080212460a1f2f636f736d6f732e63727970746f2e736563703235366b31\
        2e5075624b657912230a2102552c630b64b54bf50210c9e253d38bd4949c72e22873500f6285c2bede312a8412460a1f2f63\
        6f736d6f732e63727970746f2e736563703235366b312e5075624b657912230a21030f0fb9a244ad31a369ee02b7abfbbb0b\
        fa3812b9a39ed93346d03d67d412d17712460a1f2f636f736d6f732e63727970746f2e736563703235366b312e5075624b65\
        7912230a21022f1b310f4c065331bc0d79ba4661bb9822d67d7c4a1b0a1892e1fd0cd23aa68d121512130a0508031201a012\
        040a02087f12040a02087f12140a0e0a0475787078120632303030303010c09a0c1a84010a4029df094e6909c47fc44bb418\
        ecdfa42c2143e8e4ad533252c43a2f908d87e2486f575a9c4a969362d65fc0e373a43602b7380f9149a793ac1789d9291f81\
        e8080a40039f35fe22f2ff8cee8f2eec3044373c4e7c71e527747fe11b7c3281af3b9e297f19675cad0934e5dfd8777c15f8\
        ba8b309c2de559d57df3b426447bd5c78c34";
    let bytes = hex::decode(cosmjs).unwrap().into();
    assert_eq!(bed.make_block(&[bytes]).results[0].refusal, None);
    assert_eq!(bed.account(&group.address()).public_key, Some(group.key()));
}
