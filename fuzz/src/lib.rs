//! What the targets share: a small chain in memory, and transactions made of the fuzzer's bytes.

use std::{collections::BTreeMap, sync::LazyLock};

use arbitrary::Arbitrary;
use bytes::Bytes;
use cosmos_sdk_proto::cosmos::{
    base::v1beta1::Coin,
    tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw, mode_info},
};
use ed25519_dalek::{Signer as _, SigningKey};
use prost::Message as _;
use serde_json::{Value, json};
use sirius_primitives::{Address, Gas, Height, Prefix, PublicKey, Timestamp};
use sirius_runtime::{App, BlockInfo, BlockLimits, Chain, Report, VerbKind, tx::pack_public_key};
use tendermint_proto::google::protobuf::Any;

/// The chain's name.
pub const CHAIN: &str = "sirius-fuzz-1";
/// How many accounts have coins.
pub const PLAYERS: u8 = 3;
/// Most transactions of one input: what is found with many is found with few, sooner.
pub const MOST: usize = 8;

/// A chain at genesis.
pub struct World {
    /// The state machine.
    pub app: App,
    /// Its name and prefix.
    pub chain: Chain,
    /// Everything it remembers.
    pub state: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The block that is being made.
    pub block: BlockInfo,
}

/// The world that all inputs meet; no target changes it.
pub static WORLD: LazyLock<World> = LazyLock::new(World::begin);

/// Limits of its blocks.
pub const LIMITS: BlockLimits = BlockLimits { bytes: 1 << 20, gas: Gas(2_000_000) };

/// A player's key.
pub fn key(player: u8) -> SigningKey {
    SigningKey::from_bytes(&[1 + player % PLAYERS; 32])
}

/// A player's address.
pub fn address(player: u8) -> Address {
    PublicKey::Ed25519(key(player).verifying_key().to_bytes()).address()
}

/// The same as people write it.
pub fn text(player: u8) -> String {
    address(player).bech32(&Prefix::new("sirius").expect("a good prefix"))
}

/// The application's part of genesis.
pub fn sections() -> Value {
    let players: Vec<_> = (0..PLAYERS).map(text).collect();
    let accounts: Vec<_> = players.iter().map(|address| json!({ "address": address })).collect();
    let balance =
        |address| json!({ "address": address, "coins": [{ "denom": "uxpx", "amount": "1000000000000" }] });
    let balances: Vec<_> = players.iter().map(balance).collect();
    json!({
        "chain": { "prefix": "sirius" },
        "params": { "authority": players[0], "values": {} },
        "auth": { "accounts": accounts },
        "bank": {
            "balances": balances,
            "denoms": [{ "base": "uxpx", "display": "xpx", "exponent": 6, "name": "XPX", "symbol": "XPX" }],
        },
        "fee": { "denom": "uxpx" },
    })
}

/// Makes the state of height 0.
pub fn genesis(app: &App, app_state: &[u8]) -> Option<(Chain, BTreeMap<Vec<u8>, Vec<u8>>)> {
    let time = Timestamp { seconds: 1_700_000_000, nanos: 0 };
    let before = BlockInfo { height: Height::ZERO, time, ..BlockInfo::default() };
    let begun = app.genesis(CHAIN, (&before, Report::EMPTY), LIMITS, app_state).ok()?;
    Some((begun.chain, begun.changes.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()))
}

impl World {
    fn begin() -> Self {
        let app = App::new(sirius_ledger::registry());
        let (chain, state) = genesis(&app, sections().to_string().as_bytes()).expect("genesis is good");
        let time = Timestamp { seconds: 1_700_000_001, nanos: 0 };
        Self { app, chain, state, block: BlockInfo { height: Height(1), time, ..BlockInfo::default() } }
    }

    /// A transaction of a player with these messages, signed as the chain wants it.
    pub fn sign(&self, player: u8, sequence: u64, gas_limit: u64, messages: Vec<Any>) -> Bytes {
        let key = key(player);
        let public = PublicKey::Ed25519(key.verifying_key().to_bytes());
        let single = mode_info::Sum::Single(mode_info::Single { mode: 1 });
        let body_bytes = TxBody { messages, ..TxBody::default() }.encode_to_vec();
        let amount = vec![Coin { denom: "uxpx".into(), amount: gas_limit.to_string() }];
        let auth_info = AuthInfo {
            signer_infos: vec![SignerInfo {
                public_key: Some(pack_public_key(&public)),
                mode_info: Some(ModeInfo { sum: Some(single) }),
                sequence,
            }],
            fee: Some(Fee { amount, gas_limit, ..Fee::default() }),
            ..AuthInfo::default()
        };
        let auth_info_bytes = auth_info.encode_to_vec();
        let doc = SignDoc {
            body_bytes: body_bytes.clone(),
            auth_info_bytes: auth_info_bytes.clone(),
            chain_id: CHAIN.into(),
            account_number: u64::from(player % PLAYERS),
        };
        let signatures = vec![key.sign(&doc.encode_to_vec()).to_bytes().to_vec()];
        TxRaw { body_bytes, auth_info_bytes, signatures }.encode_to_vec().into()
    }
}

/// One transaction as the fuzzer describes it.
#[derive(Arbitrary, Debug, Clone)]
pub enum Step {
    /// Any bytes.
    Raw(Vec<u8>),
    /// Messages with any content, rightly signed, so that they reach their handlers.
    Signed {
        /// Who signs.
        player: u8,
        /// How much the sequence differs from what is expected.
        skip: u8,
        /// Gas, in thousands.
        gas: u16,
        /// Which message, and its bytes.
        messages: Vec<(u8, Vec<u8>)>,
    },
    /// A payment that works.
    Payment {
        /// From whom.
        from: u8,
        /// To whom.
        to: u8,
        /// How much.
        amount: u64,
    },
}

/// The transactions of some steps, each player's sequence counted on.
pub fn transactions(world: &World, steps: &[Step]) -> Vec<Bytes> {
    let mut sequences = [0; PLAYERS as usize];
    let mut next = |player: u8| {
        let sequence = &mut sequences[usize::from(player % PLAYERS)];
        *sequence += 1;
        *sequence - 1
    };
    let transaction = |step: &Step| match step {
        Step::Raw(bytes) => Bytes::from(bytes.clone()),
        Step::Signed { player, skip, gas, messages } => {
            let messages =
                messages.iter().take(4).map(|(kind, value)| any(world, *kind, value.clone())).collect();
            world.sign(*player, next(*player) + u64::from(*skip / 128), u64::from(*gas) * 1_000, messages)
        }
        Step::Payment { from, to, amount } => {
            world.sign(*from, next(*from), 200_000, vec![payment(*from, *to, *amount)])
        }
    };
    steps.iter().take(MOST).map(transaction).collect()
}

/// A message of the catalogue with any content.
pub fn any(world: &World, kind: u8, value: Vec<u8>) -> Any {
    let urls = paths(world, VerbKind::Message);
    Any { type_url: urls[usize::from(kind) % urls.len()].clone(), value }
}

/// The type URLs of all messages, or the paths of all questions.
pub fn paths(world: &World, kind: VerbKind) -> Vec<String> {
    let verbs = world.app.registry().verbs().iter();
    verbs.filter(|verb| verb.kind == kind).map(|verb| verb.path.clone()).collect()
}

/// A payment.
pub fn payment(from: u8, to: u8, amount: u64) -> Any {
    let amount = vec![Coin { denom: "uxpx".into(), amount: amount.to_string() }];
    let send = cosmos_sdk_proto::cosmos::bank::v1beta1::MsgSend {
        from_address: text(from),
        to_address: text(to),
        amount,
    };
    Any { type_url: "/cosmos.bank.v1beta1.MsgSend".into(), value: send.encode_to_vec() }
}
