//! Multisigs whose secrets are known, what they sign, and forgeries of it.

use std::collections::BTreeMap;

use cosmos_sdk_proto::cosmos::{
    bank::v1beta1::MsgSend,
    base::v1beta1::Coin,
    crypto::multisig::v1beta1::MultiSignature,
    tx::v1beta1::{AuthInfo, Fee, SignerInfo, TxBody, TxRaw},
};
use prost::Message as _;
use secp256k1::{Secp256k1, SecretKey};
use serde_json::{Value, json};
use sirius_ledger::ante::amino::SignDoc;
use sirius_primitives::{AccountKey, Address, Gas, Height, Multisig, Prefix, PublicKey, Timestamp, sha256};
use sirius_runtime::{
    App, BlockInfo, BlockLimits, Mode, Refusal, Report,
    dice::Dice,
    tx::{SignMode, Signing, pack_account_key},
};
use tendermint_proto::google::protobuf::Any;

use crate::oracle;

const CHAIN: &str = "sirius-test-1";

/// Up to seven keys, of whom some must sign.
pub(crate) struct Group {
    secrets: Vec<SecretKey>,
    multisig: Multisig,
}

/// A transaction, who is said to have signed it, and what both are to say.
pub(crate) struct Attempt {
    pub(crate) what: &'static str,
    pub(crate) is_valid: bool,
    pub(crate) question: Value,
    bytes: Vec<u8>,
}

/// What is signed, and by whom.
#[derive(Clone)]
struct Draft {
    key: AccountKey,
    modes: Vec<Option<SignMode>>,
    signatures: Vec<Vec<u8>>,
}

fn public(secret: &SecretKey) -> PublicKey {
    PublicKey::Secp256k1(secret.public_key(&Secp256k1::signing_only()).serialize())
}

impl Group {
    pub(crate) fn random(dice: &mut Dice) -> Self {
        let secret = |dice: &mut Dice| {
            let mut bytes = [1; 32];
            bytes[8..].chunks_mut(8).for_each(|part| part.copy_from_slice(&dice.roll().to_be_bytes()));
            SecretKey::from_byte_array(&bytes).unwrap()
        };
        let secrets: Vec<_> = (0..=dice.below(7)).take(7).map(|_| secret(dice)).collect();
        let threshold = 1 + dice.below(u64::try_from(secrets.len()).unwrap());
        let members = secrets.iter().map(public).collect();
        let multisig = Multisig::new(u32::try_from(threshold).unwrap(), members).unwrap();
        Self { secrets, multisig }
    }

    pub(crate) fn key(&self) -> AccountKey {
        AccountKey::Multisig(self.multisig.clone())
    }

    pub(crate) fn address(&self) -> Address {
        self.multisig.address()
    }

    /// The payment that all attempts are for.
    fn body(&self) -> TxBody {
        let address = self.address().bech32(&Prefix::new("sirius").unwrap());
        let value = MsgSend {
            from_address: address.clone(),
            to_address: address,
            amount: vec![Coin { denom: "uxpx".into(), amount: "5".into() }],
        };
        let message = Any { type_url: "/cosmos.bank.v1beta1.MsgSend".into(), value: value.encode_to_vec() };
        TxBody { messages: vec![message], memo: "<rent> & more".into(), ..TxBody::default() }
    }

    fn auth(&self, draft: &Draft) -> AuthInfo {
        let signer = SignerInfo {
            public_key: Some(pack_account_key(&draft.key)),
            mode_info: Some(Signing::Multi(draft.modes.clone()).pack()),
            sequence: 0,
        };
        let amount = vec![Coin { denom: "uxpx".into(), amount: "200000".into() }];
        let fee = Fee { amount, gas_limit: 200_000, ..Fee::default() };
        AuthInfo { signer_infos: vec![signer], fee: Some(fee), ..AuthInfo::default() }
    }

    /// The signatures of the members whom `modes` name, over the transaction that says so.
    fn sign(&self, modes: Vec<Option<SignMode>>) -> Draft {
        let mut draft = Draft { key: self.key(), modes, signatures: Vec::new() };
        let (body, auth) = (self.body(), self.auth(&draft));
        let fee = auth.fee.clone().unwrap();
        let doc = SignDoc { chain_id: CHAIN, account_number: 0, sequence: 0, body: &body, fee: &fee };
        for (secret, mode) in self.secrets.iter().zip(&draft.modes) {
            let message = match mode {
                None => continue,
                Some(SignMode::AminoJson) => doc.sign_bytes().unwrap(),
                Some(_) => oracle::direct(&doc, &auth.encode_to_vec()),
            };
            let digest = secp256k1::Message::from_digest(*sha256(&message).as_bytes());
            let signature = Secp256k1::signing_only().sign_ecdsa(&digest, secret).serialize_compact();
            draft.signatures.push(signature.to_vec());
        }
        draft
    }

    fn attempt(&self, what: &'static str, is_valid: bool, draft: &Draft) -> Attempt {
        let (body, auth) = (self.body(), self.auth(draft));
        let fee = auth.fee.clone().unwrap();
        let doc = SignDoc { chain_id: CHAIN, account_number: 0, sequence: 0, body: &body, fee: &fee };
        let signature = MultiSignature { signatures: draft.signatures.clone() }.encode_to_vec();
        let question = json!({
            "kind": "verify",
            "tx": oracle::tx(&doc, &auth.encode_to_vec()),
            "key": oracle::key(&draft.key),
            "mode": hex::encode(Signing::Multi(draft.modes.clone()).pack().encode_to_vec()),
            "signature": hex::encode(&signature),
        });
        let raw = TxRaw {
            body_bytes: body.encode_to_vec(),
            auth_info_bytes: auth.encode_to_vec(),
            signatures: vec![signature],
        };
        Attempt { what, is_valid, question, bytes: raw.encode_to_vec() }
    }

    /// A good signature of some of the members, and what somebody else could make of it.
    pub(crate) fn attempts(&self, dice: &mut Dice) -> Vec<Attempt> {
        let (count, threshold) = (self.secrets.len(), self.multisig.threshold());
        let mode = if dice.once_in(4) { SignMode::Direct } else { SignMode::AminoJson };
        let mut signers: Vec<usize> = (0..count).collect();
        while signers.len() > threshold && !dice.once_in(3) {
            signers.remove(usize::try_from(dice.below(u64::try_from(signers.len()).unwrap())).unwrap());
        }
        let modes: Vec<_> = (0..count).map(|member| signers.contains(&member).then_some(mode)).collect();
        let good = self.sign(modes);
        let forged = |what, change: &dyn Fn(&mut Draft)| {
            let mut draft = good.clone();
            change(&mut draft);
            self.attempt(what, false, &draft)
        };
        let mut attempts = vec![
            self.attempt("as it must be", true, &good),
            forged("a high s", &|draft| high_s(&mut draft.signatures[0])),
            forged("a changed bit", &|draft| draft.signatures[0][7] ^= 1),
            forged("a short signature", &|draft| draft.signatures[0].truncate(63)),
            forged("a missing signature", &|draft| draft.signatures.truncate(draft.signatures.len() - 1)),
            forged("no mode and no signature", &|draft| {
                draft.modes = vec![None; draft.modes.len()];
                draft.signatures.clear();
            }),
            forged("a bit array that is too long", &|draft| draft.modes.push(None)),
        ];
        if count > 1 {
            attempts.push(forged("members in another order", &|draft| {
                let members: Vec<_> = self.multisig.members().iter().rev().copied().collect();
                draft.key =
                    AccountKey::Multisig(Multisig::new(u32::try_from(threshold).unwrap(), members).unwrap());
                // With an odd number of members and the middle one alone, the order would not matter to the Cosmos SDK.
                draft.signatures[0][9] ^= u8::from(signers == [count / 2] && count % 2 == 1);
            }));
            attempts.push(forged("a bit array that is too short", &|draft| {
                draft.modes.pop();
            }));
        }
        if signers.len() > 1 {
            attempts.push(forged("swapped signatures", &|draft| draft.signatures.swap(0, 1)));
        }
        if signers.len() < count {
            attempts.push(forged("other members than those who signed", &|draft| {
                let free = draft.modes.iter().position(Option::is_none).unwrap();
                let taken = draft.modes.iter().position(Option::is_some).unwrap();
                draft.modes.swap(free, taken);
            }));
        }
        if threshold > 1 {
            let few = (0..count).map(|member| (member + 1 < threshold).then_some(mode)).collect();
            attempts.push(self.attempt("below the threshold", false, &self.sign(few)));
        }
        attempts
    }

    /// What the ledger says of an attempt, on a chain where the group has money.
    pub(crate) fn judge(&self, attempt: &Attempt) -> Option<Refusal> {
        let app = App::new(sirius_ledger::registry());
        let address = self.address().bech32(&Prefix::new("sirius").unwrap());
        let coins = json!([{ "denom": "uxpx", "amount": "1000000000" }]);
        let genesis = json!({
            "chain": { "prefix": "sirius" },
            "params": { "authority": address, "values": {} },
            "auth": { "accounts": [{ "address": address }] },
            "bank": {
                "balances": [{ "address": address, "coins": coins }],
                "denoms": [{ "base": "uxpx", "display": "xpx", "exponent": 6, "name": "XPX", "symbol": "XPX" }],
            },
            "fee": { "denom": "uxpx" },
        });
        let time = Timestamp { seconds: 1_700_000_000, nanos: 0 };
        let limits = BlockLimits { bytes: 1 << 20, gas: Gas(10_000_000) };
        let block = |height| BlockInfo { height: Height(height), time, ..BlockInfo::default() };
        let genesis = genesis.to_string();
        let begun = app.genesis(CHAIN, (&block(0), Report::EMPTY), limits, genesis.as_bytes()).unwrap();
        let (chain, changes) = (begun.chain, begun.changes);
        let state: BTreeMap<_, _> =
            changes.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        let rules = app.rules(&state).unwrap();
        let mut fork = sirius_store::Overlay::new(&state);
        let bytes = attempt.bytes.clone().into();
        app.run_tx(&bytes, Mode::Check, (&chain, &block(1), rules.as_ref()), &mut fork).unwrap().refusal
    }
}

/// Replaces `s` by the curve's order less `s`, which verifies as well where nobody looks.
fn high_s(signature: &mut [u8]) {
    let order = hex::decode("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").unwrap();
    let mut borrow = 0;
    for index in (0..32).rev() {
        let difference = i16::from(order[index]) - i16::from(signature[32 + index]) - borrow;
        borrow = i16::from(difference < 0);
        signature[32 + index] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
}
