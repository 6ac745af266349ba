//! What a node must refuse, each with its own code and words; and that nothing else becomes of it.

use anyhow::{Result, bail, ensure};
use cosmos_sdk_proto::Any;
use cosmos_sdk_proto::cosmos::bank::v1beta1::{Input, MsgMultiSend, MsgSend, Output};
use cosmos_sdk_proto::cosmos::base::v1beta1::Coin;
use cosmos_sdk_proto::cosmos::crypto::secp256k1::PubKey;
use cosmos_sdk_proto::cosmos::tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignerInfo, TxBody, TxRaw, mode_info};
use prost::Message;
use sirius_runtime::tx::pack_public_key;
use sirius_sdk::sign::{AccountNumber, sign_direct};
use sirius_tests::load::Account;
use sirius_tests::rpc::RpcError;

use crate::setting::Setting;

const SEND: &str = "/cosmos.bank.v1beta1.MsgSend";
const DIRECT: i32 = 1;

/// A transaction on its way to being wrong.
#[derive(Clone)]
struct Draft {
    body: TxBody,
    auth: AuthInfo,
    chain_id: String,
    number: u64,
}

/// What is wrong with a transaction, its bytes, and the answer: codespace, code and some of the words.
struct Bad {
    what: &'static str,
    bytes: Vec<u8>,
    expected: (&'static str, u32, &'static str),
}

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let bed = &setting.bed;
    let account = setting.sender("clumsy")?;
    let cases = cases(&account, &bed.address("bob")?, &bed.address("alice")?, bed.chain_id());
    println!("  {} kinds of bad transactions", cases.len());
    let mut wrong = Vec::new();
    for (index, Bad { what, bytes, expected: (space, code, words) }) in cases.iter().enumerate() {
        let checked = bed.rpc(index % bed.network().hosts()).broadcast(bytes)?;
        let as_expected = (checked.codespace.as_str(), checked.code) == (*space, *code)
            && checked.log.contains(words)
            && checked.log.len() < 1_000;
        if !as_expected {
            wrong.push(format!("{what}: expected {space} {code} with {words:?}, got {checked:?}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    refused_before_the_ledger(setting, &account)?;
    let after = setting.sender("clumsy")?;
    ensure!(
        after.sequence == account.sequence && !after.key_known,
        "a refused transaction changed the account"
    );
    let height = bed.rpc(0).status()?.height;
    bed.network().wait_height(height + 2, std::time::Duration::from_secs(30))?;
    Ok(())
}

/// CometBFT itself refuses what is larger than its mempool takes, and what it has seen.
fn refused_before_the_ledger(setting: &Setting, account: &Account) -> Result<()> {
    let rpc = setting.bed.rpc(0);
    let refusal = |bytes: &[u8]| match rpc.broadcast(bytes) {
        Err(RpcError::Refused { message, .. }) => Ok(message),
        other => bail!("not refused: {other:?}"),
    };
    let large = refusal(&vec![1; 65_537])?;
    ensure!(large.contains("Tx too large"), "{large}");
    let draft = Draft::payment(account, &setting.bed.address("bob")?, setting.bed.chain_id());
    let mut sender = setting.sender("pacer")?;
    let good = Draft { number: sender.number, ..draft }.from(&sender).signed(&sender);
    let checked = rpc.broadcast(&good)?;
    ensure!(checked.code == 0, "{checked:?}");
    let twice = refusal(&good)?;
    ensure!(twice.contains("tx already exists in cache"), "{twice}");
    // Another host may not have heard of it, and says the same or that the sequence is used.
    match setting.bed.rpc(1).broadcast(&good) {
        Err(RpcError::Refused { message, .. }) if message.contains("already exists") => {}
        Ok(checked) if checked.code == 0 || checked.code == 32 => {}
        other => bail!("unexpected: {other:?}"),
    }
    let included = wait_for(setting, &checked.hash)?;
    sender = setting.sender("pacer")?;
    ensure!(sender.sequence == 1, "sent twice, in height {included}, and counted {} times", sender.sequence);
    Ok(())
}

fn wait_for(setting: &Setting, hash: &str) -> Result<u64> {
    let rpc = setting.bed.rpc(0);
    let hash: [u8; 32] = hex::decode(hash)?.try_into().map_err(|_| anyhow::anyhow!("no hash: {hash}"))?;
    for _ in 0..300 {
        if let Some(found) = rpc.tx(&hash)? {
            ensure!(found.tx_result.code == 0, "{found:?}");
            return Ok(found.height);
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    bail!("a transaction is in no block after 30 s")
}

fn coin(amount: &str) -> Coin {
    Coin { denom: "uxpx".into(), amount: amount.into() }
}

impl Draft {
    /// A payment with nothing wrong about it.
    fn payment(account: &Account, to: &str, chain_id: &str) -> Self {
        let send =
            MsgSend { from_address: account.address.clone(), to_address: to.into(), amount: vec![coin("1")] };
        let signer = SignerInfo {
            public_key: Some(pack_public_key(&account.key.public_key())),
            mode_info: Some(mode(DIRECT)),
            sequence: account.sequence,
        };
        let fee = Fee { amount: vec![coin("5000")], gas_limit: 200_000, ..Default::default() };
        Self {
            body: TxBody {
                messages: vec![Any { type_url: SEND.into(), value: send.encode_to_vec() }],
                ..Default::default()
            },
            auth: AuthInfo { signer_infos: vec![signer], fee: Some(fee), ..Default::default() },
            chain_id: chain_id.into(),
            number: account.number,
        }
    }

    /// The same payment by another account.
    fn from(self, account: &Account) -> Self {
        let to = self.message().to_address;
        Self { chain_id: self.chain_id.clone(), ..Self::payment(account, &to, &self.chain_id) }
    }

    fn message(&self) -> MsgSend {
        MsgSend::decode(self.body.messages[0].value.as_slice()).unwrap()
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn with_message(self, change: impl FnOnce(&mut MsgSend)) -> Self {
        let mut message = self.message();
        change(&mut message);
        self.with(|draft| draft.body.messages[0].value = message.encode_to_vec())
    }

    fn with_fee(self, change: impl FnOnce(&mut Fee)) -> Self {
        self.with(|draft| change(draft.auth.fee.as_mut().unwrap()))
    }

    fn with_signer(self, change: impl FnOnce(&mut SignerInfo)) -> Self {
        self.with(|draft| change(&mut draft.auth.signer_infos[0]))
    }

    fn raw(&self, account: &Account) -> TxRaw {
        let (body_bytes, auth_info_bytes) = (self.body.encode_to_vec(), self.auth.encode_to_vec());
        let number = AccountNumber(self.number);
        let signature = sign_direct(&account.key, &body_bytes, &auth_info_bytes, &self.chain_id, number);
        TxRaw { body_bytes, auth_info_bytes, signatures: vec![signature] }
    }

    fn signed(&self, account: &Account) -> Vec<u8> {
        self.raw(account).encode_to_vec()
    }
}

fn mode(number: i32) -> ModeInfo {
    ModeInfo { sum: Some(mode_info::Sum::Single(mode_info::Single { mode: number })) }
}

/// The same secp256k1 signature with the other `s`: n − s.
fn high_s(signature: &[u8]) -> Vec<u8> {
    const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let order = hex::decode(ORDER).unwrap();
    let mut twisted = signature.to_vec();
    let mut borrow = 0;
    for index in (0..32).rev() {
        let difference = i16::from(order[index]) - i16::from(signature[32 + index]) - borrow;
        borrow = i16::from(difference < 0);
        twisted[32 + index] = difference.rem_euclid(256) as u8;
    }
    twisted
}

/// A field that no message of this chain has: number 1000, varint 1.
const UNKNOWN_FIELD: &[u8] = &[0xc0, 0x3e, 0x01];

#[allow(clippy::too_many_lines, reason = "a table")]
fn cases(account: &Account, bob: &str, alice: &str, chain_id: &str) -> Vec<Bad> {
    let good = Draft::payment(account, bob, chain_id);
    let draft = || good.clone();
    let sign = |draft: Draft| draft.signed(account);
    let twist = |change: &dyn Fn(&mut TxRaw)| {
        let mut raw = good.raw(account);
        change(&mut raw);
        raw.encode_to_vec()
    };
    let whole = good.signed(account);
    let nobody = "sirius1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";
    let multi = |inputs: &[&str], outputs: &[&str]| {
        let message = MsgMultiSend {
            inputs: inputs
                .iter()
                .map(|amount| Input { address: account.address.clone(), coins: vec![coin(amount)] })
                .collect(),
            outputs: outputs
                .iter()
                .map(|amount| Output { address: bob.into(), coins: vec![coin(amount)] })
                .collect(),
        };
        let any =
            Any { type_url: "/cosmos.bank.v1beta1.MsgMultiSend".into(), value: message.encode_to_vec() };
        sign(draft().with(|draft| draft.body.messages = vec![any]))
    };
    let most = u128::MAX.to_string();
    let bad = |what, bytes, space, code, words| Bad { what, bytes, expected: (space, code, words) };
    vec![
        bad("no protobuf", vec![0xff; 40], "sdk", 2, "tx parse error"),
        bad("nothing at all", Vec::new(), "sdk", 18, "no messages"),
        bad("cut short", whole[..whole.len() - 1].to_vec(), "sdk", 2, "tx parse error"),
        bad("trailing bytes", [&whole, UNKNOWN_FIELD].concat(), "tx", 1, "canonical"),
        bad(
            "an unknown field in the body",
            twist(&|raw| raw.body_bytes.extend_from_slice(UNKNOWN_FIELD)),
            "tx",
            1,
            "canonical",
        ),
        bad(
            "an unknown field in a message",
            sign(draft().with(|draft| draft.body.messages[0].value.extend_from_slice(UNKNOWN_FIELD))),
            "tx",
            1,
            "canonical",
        ),
        bad("an empty body", twist(&|raw| raw.body_bytes.clear()), "sdk", 18, "no messages"),
        bad(
            "an unknown kind of message",
            sign(draft().with(|draft| draft.body.messages[0].type_url = "/x.y.MsgNothing".into())),
            "sdk",
            6,
            "/x.y.MsgNothing",
        ),
        bad(
            "a type URL without its slash",
            sign(draft().with(|draft| draft.body.messages[0].type_url = SEND[1..].into())),
            "sdk",
            6,
            "no handler",
        ),
        bad(
            "extension options",
            sign(draft().with(|draft| {
                draft.body.extension_options = vec![Any { type_url: "/x".into(), value: vec![] }];
            })),
            "tx",
            2,
            "extension",
        ),
        bad(
            "a signature with a bit flipped",
            twist(&|raw| raw.signatures[0][9] ^= 1),
            "ante",
            7,
            "signature verification failed",
        ),
        bad(
            "a signature with the high s",
            twist(&|raw| raw.signatures[0] = high_s(&raw.signatures[0])),
            "ante",
            7,
            "signature verification failed",
        ),
        bad(
            "a signature of 65 bytes",
            twist(&|raw| raw.signatures[0].push(0)),
            "ante",
            7,
            "signature verification failed",
        ),
        bad("no signature", twist(&|raw| raw.signatures.clear()), "sdk", 15, "no signatures"),
        bad(
            "a signature too many",
            twist(&|raw| raw.signatures.push(vec![1; 64])),
            "sdk",
            4,
            "wrong number of signers",
        ),
        bad("eight signatures", twist(&|raw| raw.signatures = vec![vec![1; 64]; 8]), "sdk", 14, "limit: 7"),
        bad(
            "a body signed for something else",
            twist(&|raw| {
                raw.body_bytes =
                    draft().with_message(|message| message.amount = vec![coin("2")]).body.encode_to_vec();
            }),
            "ante",
            7,
            "signature verification failed",
        ),
        bad(
            "another chain",
            sign(draft().with(|draft| draft.chain_id = "other-1".into())),
            "ante",
            7,
            "chain-id",
        ),
        bad(
            "another account number",
            sign(draft().with(|draft| draft.number += 1)),
            "ante",
            7,
            "account number",
        ),
        bad(
            "a sequence to come",
            sign(draft().with_signer(|signer| signer.sequence += 1)),
            "sdk",
            32,
            "account sequence mismatch, expected 0, got 1",
        ),
        bad(
            "another document than was signed",
            sign(draft().with_signer(|signer| signer.mode_info = Some(mode(127)))),
            "ante",
            7,
            "the signature is not this key's over these bytes",
        ),
        bad(
            "a way of signing that there is not",
            sign(draft().with_signer(|signer| signer.mode_info = Some(mode(2)))),
            "ante",
            5,
            "SIGN_MODE_DIRECT",
        ),
        bad(
            "no key at the first time",
            sign(draft().with_signer(|signer| signer.public_key = None)),
            "sdk",
            8,
            "no key yet",
        ),
        bad(
            "a key that is no point",
            sign(draft().with_signer(|signer| {
                let key = PubKey { key: vec![2; 32] }.encode_to_vec();
                signer.public_key =
                    Some(Any { type_url: "/cosmos.crypto.secp256k1.PubKey".into(), value: key });
            })),
            "sdk",
            8,
            "invalid pubkey",
        ),
        bad(
            "a kind of key that is not there",
            sign(draft().with_signer(|signer| {
                signer.public_key = Some(Any { type_url: "/ethermint.PubKey".into(), value: vec![] });
            })),
            "sdk",
            8,
            "not supported",
        ),
        bad(
            "somebody else's coins",
            sign(draft().with_message(|message| message.from_address = alice.into())),
            "ante",
            6,
            "not that of account",
        ),
        bad("no amount", sign(draft().with_message(|message| message.amount.clear())), "bank", 1, "no coins"),
        bad(
            "an amount of zero",
            sign(draft().with_message(|message| message.amount = vec![coin("0")])),
            "sdk",
            10,
            "",
        ),
        bad(
            "a negative amount",
            sign(draft().with_message(|message| message.amount = vec![coin("-1")])),
            "sdk",
            10,
            "",
        ),
        bad(
            "an amount beyond 128 bits",
            sign(draft().with_message(|message| {
                message.amount = vec![coin("340282366920938463463374607431768211456")]
            })),
            "sdk",
            10,
            "",
        ),
        bad(
            "the largest amount",
            sign(draft().with_message(|message| message.amount = vec![coin(&most)])),
            "sdk",
            5,
            "insufficient funds",
        ),
        bad(
            "a denomination twice",
            sign(draft().with_message(|message| message.amount = vec![coin("1"), coin("1")])),
            "sdk",
            10,
            "",
        ),
        bad(
            "an unknown denomination",
            sign(draft().with_message(|message| message.amount[0].denom = "nothing".into())),
            "bank",
            2,
            "no denomination nothing",
        ),
        bad(
            "a denomination that is none",
            sign(draft().with_message(|message| message.amount[0].denom = "!".into())),
            "sdk",
            10,
            "",
        ),
        bad(
            "a receiver that is none",
            sign(draft().with_message(|message| message.to_address = nobody.into())),
            "sdk",
            7,
            "invalid address",
        ),
        bad("sums that overflow", multi(&[&most], &[&most, &most]), "bank", 3, "2^128 - 1"),
        bad("sums that differ", multi(&["2"], &["1"]), "bank", 6, "make them equal"),
        bad("two inputs", multi(&["1", "1"], &["2"]), "bank", 4, "exactly one input"),
        bad("no outputs", multi(&["1"], &[]), "bank", 6, "make them equal"),
        bad(
            "too little fee",
            sign(draft().with_fee(|fee| fee.amount = vec![coin("4999")])),
            "sdk",
            13,
            "required: 5000uxpx",
        ),
        bad("no fee", sign(draft().with(|draft| draft.auth.fee = None)), "ante", 2, "gas limit is 0"),
        bad(
            "a fee in another denomination",
            sign(
                draft()
                    .with_fee(|fee| fee.amount = vec![Coin { denom: "ugold".into(), amount: "5000".into() }]),
            ),
            "fee",
            1,
            "uxpx",
        ),
        bad(
            "a fee twice",
            sign(draft().with_fee(|fee| fee.amount = vec![coin("5000"), coin("5000")])),
            "sdk",
            10,
            "",
        ),
        bad(
            "a fee payer who has not signed",
            sign(draft().with_fee(|fee| fee.payer = alice.into())),
            "sdk",
            4,
            "wrong number of signers",
        ),
        bad(
            "a granter who grants nothing",
            sign(draft().with_fee(|fee| fee.granter = alice.into())),
            "fee",
            2,
            "has not granted",
        ),
        bad(
            "gas beyond a block",
            sign(draft().with_fee(|fee| fee.gas_limit = 400_000_001)),
            "ante",
            3,
            "whole block",
        ),
        bad("gas beyond 63 bits", sign(draft().with_fee(|fee| fee.gas_limit = 1 << 63)), "tx", 3, "2^63"),
        bad("too little gas", sign(draft().with_fee(|fee| fee.gas_limit = 5_000)), "sdk", 11, "out of gas"),
        bad(
            "expired",
            sign(draft().with(|draft| draft.body.timeout_height = 1)),
            "sdk",
            30,
            "timeout height",
        ),
        bad(
            "a long memo",
            sign(draft().with(|draft| draft.body.memo = "m".repeat(257))),
            "sdk",
            12,
            "memo too large",
        ),
    ]
}
