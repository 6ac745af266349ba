//! Our bytes against those of cosmrs and of CosmJS, and what signing refuses.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use cosmrs::{
    AccountId, Any, Coin as CosmosCoin,
    crypto::{PublicKey as CosmosKey, secp256k1::SigningKey},
    proto::cosmos::{
        bank::v1beta1::MsgSend,
        base::v1beta1::Coin as WireCoin,
        tx::v1beta1::{AuthInfo, TxRaw},
    },
    tx::{Body, Fee, SignDoc, SignerInfo},
};
use proptest::prelude::*;
use prost::Message;
use sirius_primitives::{Coins, Gas, Height, Prefix, SignatureError, sha256};
use sirius_runtime::tx::pack_public_key;
use tendermint::chain;

use super::*;
use crate::key::{Key, Mnemonic, Scheme};

fn prefix() -> Prefix {
    Prefix::new("sirius").unwrap()
}

fn chain_id() -> chain::Id {
    "sirius-local-1".parse().unwrap()
}

fn key(scheme: Scheme, secret: u8) -> Key {
    Key::from_secret_bytes(scheme, &[secret; 32]).unwrap()
}

fn signer(key: &Key, account_number: u64, sequence: u64) -> Signer {
    Signer {
        public_key: key.public_key().into(),
        account_number: AccountNumber(account_number),
        sequence: Sequence(sequence),
    }
}

fn send(from: &Key, to: &Key, amount: &str) -> Any {
    let value = MsgSend {
        from_address: from.address().bech32(&prefix()),
        to_address: to.address().bech32(&prefix()),
        amount: vec![WireCoin { denom: "uxpx".into(), amount: amount.into() }],
    };
    Any { type_url: "/cosmos.bank.v1beta1.MsgSend".into(), value: value.encode_to_vec() }
}

fn coins(text: &str) -> Coins {
    Coins::from(text.parse::<sirius_primitives::Coin>().unwrap())
}

fn one_message(signers: &[Signer]) -> Unsigned {
    let alice = key(Scheme::Secp256k1, 1);
    let builder = TxBuilder::new(chain_id(), Gas(1)).message(send(&alice, &alice, "1"));
    signers.iter().fold(builder, |builder, signer| builder.signer(signer.clone())).build().unwrap()
}

/// Made by CosmJS 0.39: `Registry.encodeTxBody`, `makeAuthInfoBytes`, `DirectSecp256k1HdWallet.signDirect`, with its
/// documentation's mnemonic as sender and fee payer and the "abandon … about" one as recipient and fee granter.
#[test]
fn gives_the_bytes_of_cosmjs() {
    let derive = |words: &str| Key::derive(&Mnemonic::parse(words).unwrap(), Scheme::Secp256k1).unwrap();
    let from = derive(
        "surround miss nominee dream gap cross assault thank captain prosper drop duty group candy wealth weather \
         scale put",
    );
    let to = derive(&("abandon ".repeat(11) + "about"));
    let signed = TxBuilder::new(chain_id(), Gas(120_000))
        .message(send(&from, &to, "1500000"))
        .memo("rent for May")
        .timeout_height(Height(1000))
        .fee(&coins("2500uxpx"))
        .payer(&from.address(), &prefix())
        .granter(&to.address(), &prefix())
        .signer(signer(&from, 42, 7))
        .build()
        .unwrap()
        .sign(&[&from])
        .unwrap();
    let cosmjs = "\
        0aa3010a8f010a1c2f636f736d6f732e62616e6b2e763162657461312e4d736753656e64126f0a2d736972697573316c\
        736167667a726d34677a323868653477756e74363373747335787a6d637a7775666d713472122d736972697573313972\
        6c34636d32686d7238616679346b6c6470787a33666b61346a67757130613867717975381a0f0a047578707812073135\
        3030303030120c72656e7420666f72204d617918e80712c4010a500a460a1f2f636f736d6f732e63727970746f2e7365\
        63703235366b312e5075624b657912230a21038163d58e24efb41ac6ecb8f7a087601daba5f59790cdcb0a7972ad4f1e\
        29b1fb12040a020801180712700a0c0a047578707812043235303010c0a9071a2d736972697573316c736167667a726d\
        34677a323868653477756e74363373747335787a6d637a7775666d713472222d7369726975733139726c34636d32686d\
        7238616679346b6c6470787a33666b61346a67757130613867717975381a404267be59f5c7477a5f2409a91c68049bbe\
        0a3344d7c3c1592626dab29dbafbce767a349579cbe28785c62e52dec521a1e6a2c58bbab917c4ddc3e124dcdab6c5";
    assert_eq!(hex::encode(&signed.bytes), cosmjs);
    let hash = "9E878E67C281C2338A5A1E0BA9F6CFDBEF0FC353513FA4E08AEA55B5AC46A2CC";
    assert_eq!(signed.hash.to_string(), hash);
}

/// One payment, as cosmrs signs it with a k256 key.
#[derive(Debug, Clone)]
struct Payment {
    secret: [u8; 32],
    memo: String,
    timeout: u64,
    amount: u64,
    fee: u64,
    gas: u64,
    sequence: u64,
    account_number: u64,
}

impl Payment {
    fn key(&self) -> Key {
        Key::from_secret_bytes(Scheme::Secp256k1, &self.secret).unwrap()
    }

    fn ours(&self) -> Signed {
        let key = self.key();
        TxBuilder::new(chain_id(), Gas(self.gas))
            .message(send(&key, &key, &self.amount.to_string()))
            .memo(self.memo.clone())
            .timeout_height(Height(self.timeout))
            .fee(&coins(&format!("{}uxpx", self.fee)))
            .signer(signer(&key, self.account_number, self.sequence))
            .build()
            .unwrap()
            .sign(&[&key])
            .unwrap()
    }

    fn of_cosmrs(&self) -> Vec<u8> {
        let secret = SigningKey::from_slice(&self.secret).unwrap();
        let timeout = u32::try_from(self.timeout).unwrap();
        let body =
            Body::new([send(&self.key(), &self.key(), &self.amount.to_string())], self.memo.clone(), timeout);
        let amount = CosmosCoin { denom: "uxpx".parse().unwrap(), amount: self.fee.into() };
        let auth_info = SignerInfo::single_direct(Some(secret.public_key()), self.sequence)
            .auth_info(Fee::from_amount_and_gas(amount, self.gas));
        let document = SignDoc::new(&body, &auth_info, &chain_id(), self.account_number).unwrap();
        document.sign(&secret).unwrap().to_bytes().unwrap()
    }
}

proptest! {
    #[test]
    fn gives_the_bytes_of_cosmrs(
        secret in any::<[u8; 32]>().prop_filter("a secp256k1 secret", |s| SigningKey::from_slice(s).is_ok()),
        memo in "\\PC{0,60}",
        timeout in any::<u32>(),
        (amount, fee, gas) in (any::<u64>(), 1..=u64::MAX, any::<u64>()),
        (sequence, account_number) in any::<(u64, u64)>(),
    ) {
        let timeout = timeout.into();
        let payment = Payment { secret, memo, timeout, amount, fee, gas, sequence, account_number };
        let ours = payment.ours();
        prop_assert_eq!(&ours.bytes, &payment.of_cosmrs());
        prop_assert_eq!(ours.hash, sha256(&ours.bytes));
    }
}

#[test]
fn keys_and_addresses_are_those_of_cosmrs() {
    let secret = SigningKey::from_slice(&[7; 32]).unwrap();
    let ours = key(Scheme::Secp256k1, 7);
    assert_eq!(pack_public_key(&ours.public_key()), Any::from(secret.public_key()));
    let account: AccountId = secret.public_key().account_id("sirius").unwrap();
    assert_eq!(ours.address().bech32(&prefix()), account.to_string());
    let edwards = key(Scheme::Ed25519, 7).public_key();
    let cosmos = CosmosKey::try_from(pack_public_key(&edwards)).unwrap();
    assert_eq!(cosmos.to_bytes(), edwards.as_bytes());
    assert_eq!(cosmos.type_url(), "/cosmos.crypto.ed25519.PubKey");
}

#[test]
fn several_signers_of_both_schemes_sign_apart_or_together() {
    let (alice, bob) = (key(Scheme::Secp256k1, 1), key(Scheme::Ed25519, 2));
    let unsigned = one_message(&[signer(&alice, 3, 4), signer(&bob, 5, 6)]);
    let together = unsigned.sign(&[&bob, &alice]).unwrap();
    let apart = vec![unsigned.signature(&alice).unwrap(), unsigned.signature(&bob).unwrap()];
    assert_eq!(unsigned.assemble(apart).unwrap(), together);

    let raw = TxRaw::decode(together.bytes.as_slice()).unwrap();
    assert_eq!(raw.body_bytes, unsigned.body_bytes());
    for ((signer, key), signature) in unsigned.signers().iter().zip([&alice, &bob]).zip(&raw.signatures) {
        assert_eq!(key.public_key().verify(&unsigned.sign_bytes(signer), signature), Ok(()));
    }
    let auth_info = AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap();
    let sequences: Vec<u64> = auth_info.signer_infos.iter().map(|info| info.sequence).collect();
    assert_eq!(sequences, [4, 6]);
    assert_eq!(auth_info.signer_infos[1].public_key, Some(pack_public_key(&bob.public_key())));
}

#[test]
fn a_simulation_has_an_empty_signature_a_signer() {
    let alice = key(Scheme::Secp256k1, 1);
    let unsigned = one_message(&[signer(&alice, 3, 4), signer(&key(Scheme::Ed25519, 2), 5, 6)]);
    let raw = TxRaw::decode(unsigned.simulation_bytes().as_slice()).unwrap();
    assert_eq!(raw.body_bytes, unsigned.body_bytes());
    assert_eq!(raw.signatures, [b"", b""]);
    assert_eq!(raw.auth_info_bytes, unsigned.auth_info_bytes());
}

#[test]
fn refuses_an_incomplete_transaction() {
    let alice = key(Scheme::Secp256k1, 1);
    let public = hex::encode(alice.public_key().as_bytes());
    let (signer, message) = (signer(&alice, 0, 0), send(&alice, &alice, "1"));
    let builder = || TxBuilder::new(chain_id(), Gas(1));
    let check = |builder: TxBuilder, error| assert_eq!(builder.build(), Err(error));
    check(builder().signer(signer.clone()), SignError::NoMessages);
    check(builder().message(message.clone()), SignError::NoSigners);
    check(builder().message(message).signer(signer.clone()).signer(signer), SignError::SignerTwice(public));
}

#[test]
fn refuses_missing_and_strange_keys_and_signatures() {
    let (alice, bob, carol) = (key(Scheme::Secp256k1, 1), key(Scheme::Ed25519, 2), key(Scheme::Ed25519, 3));
    let unsigned = one_message(&[signer(&alice, 3, 4), signer(&bob, 5, 6)]);
    let text = |key: &Key| hex::encode(key.public_key().as_bytes());

    let missing = SignError::Unsigned { position: 2, public_key: text(&bob) };
    assert_eq!(unsigned.sign(&[&alice]), Err(missing));
    assert_eq!(unsigned.sign(&[&alice, &bob, &carol]), Err(SignError::Stranger(text(&carol))));
    assert_eq!(unsigned.signature(&carol), Err(SignError::Stranger(text(&carol))));

    let good = [unsigned.signature(&alice).unwrap(), unsigned.signature(&bob).unwrap()];
    let [first, second] = good.clone();
    assert_eq!(unsigned.assemble(vec![first.clone()]), Err(SignError::Count { signers: 2, signatures: 1 }));
    let wrong = |position, reason| Err(SignError::Signature { position, reason });
    assert_eq!(unsigned.assemble(vec![Vec::new(), second.clone()]), wrong(1, SignatureError::Length(0)));
    let swapped = unsigned.assemble(vec![second, first]);
    assert!(matches!(swapped, Err(SignError::Signature { position: 1, .. })), "{swapped:?}");

    let elsewhere = one_message(&[signer(&alice, 9, 4), signer(&bob, 5, 6)]);
    assert_eq!(elsewhere.assemble(good.to_vec()), wrong(1, SignatureError::Mismatch));
}
