//! A small chain in memory that has lived for some blocks: validators, stakes, proposals and grants are there.

use std::{collections::BTreeMap, sync::LazyLock};

use bytes::Bytes;
use cosmos_sdk_proto::cosmos::{
    base::v1beta1::Coin,
    tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw, mode_info},
};
use ed25519_dalek::{Signer as _, SigningKey};
use prost::Message as _;
use serde_json::{Value, json};
use sirius_ledger::base::auth;
use sirius_primitives::{Address, Gas, Height, Prefix, PublicKey, Timestamp, sha256};
use sirius_runtime::{
    App, BlockInfo, BlockLimits, Chain, Report, Validator, VerbKind, Vote, dice, dice::Dice,
    tx::pack_public_key,
};
use sirius_store::Changes;
use tendermint_proto::google::protobuf::Any;

/// The chain's name.
pub const CHAIN: &str = "sirius-fuzz-1";
/// How many accounts have coins.
pub const PLAYERS: u8 = 3;
/// How many of them operate a validator.
const VALIDATORS: u8 = 2;
/// Power of each.
const POWER: u64 = 100;
/// Blocks that the world has lived.
const BLOCKS: u64 = 12;
/// Seconds from one to the next: periods that are counted in seconds end within the world's life.
const PACE: i64 = 15;
/// When it began.
const BEGAN: i64 = 1_700_000_000;

/// Limits of its blocks.
pub const LIMITS: BlockLimits = BlockLimits { bytes: 1 << 20, gas: Gas(2_000_000) };

/// A chain after some blocks.
pub struct World {
    /// The state machine.
    pub app: App,
    /// Its name and prefix.
    pub chain: Chain,
    /// Everything it remembers.
    pub state: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The block that is being made.
    pub block: BlockInfo,
    /// What may be sent and asked, by tag.
    verbs: [BTreeMap<u16, String>; 2],
}

/// The world that all inputs meet; no target changes it.
pub static WORLD: LazyLock<World> = LazyLock::new(World::begin);

/// A player's key.
pub fn key(player: u8) -> SigningKey {
    SigningKey::from_bytes(&[1 + player % PLAYERS; 32])
}

fn public(player: u8) -> PublicKey {
    PublicKey::Ed25519(key(player).verifying_key().to_bytes())
}

/// A player's address.
pub fn address(player: u8) -> Address {
    public(player).address()
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
        "params": { "authority": players[0], "values": {
            "gov.max_deposit_period_seconds": 120,
            "gov.voting_period_seconds": 90,
            "gov.tally_steps": 10,
        } },
        "auth": { "accounts": accounts },
        "bank": {
            "balances": balances,
            "denoms": [{ "base": "uxpx", "display": "xpx", "exponent": 6, "name": "XPX", "symbol": "XPX" }],
        },
        "fee": { "denom": "uxpx" },
    })
}

/// Makes the state of height 0, in which the first players operate the validators.
pub fn genesis(app: &App, app_state: &[u8]) -> Option<(Chain, BTreeMap<Vec<u8>, Vec<u8>>)> {
    let validators = (0..VALIDATORS).map(|player| Validator { key: public(player), power: POWER }).collect();
    let report = Report { validators, ..Report::default() };
    let begun = app.genesis(CHAIN, (&block(0), &report), LIMITS, app_state).ok()?;
    Some((begun.chain, begun.changes.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()))
}

fn block(height: u64) -> BlockInfo {
    let seconds = BEGAN + PACE * i64::try_from(height).expect("a small height");
    let time = Timestamp { seconds, nanos: 0 };
    BlockInfo { height: Height(height), time, proposer: address(0).as_bytes().to_vec() }
}

/// What a type's or question's path is called in an input: its place does not move when others come.
pub fn tag(path: &str) -> u16 {
    let hash = sha256(path.as_bytes());
    u16::from_be_bytes([hash.as_bytes()[0], hash.as_bytes()[1]])
}

impl World {
    fn begin() -> Self {
        let app = App::new(sirius_ledger::registry());
        let (chain, state) = genesis(&app, sections().to_string().as_bytes()).expect("genesis is good");
        let verbs = [VerbKind::Message, VerbKind::Query].map(|kind| {
            let verbs = app.registry().verbs().iter().filter(|verb| verb.kind == kind);
            let mut named = BTreeMap::new();
            for verb in verbs {
                let other = named.insert(tag(&verb.path), verb.path.clone());
                assert_eq!(other, None, "{} has the tag of another: make tags longer", verb.path);
            }
            named
        });
        let mut world = Self { app, chain, state, block: block(1), verbs };
        let mut dice = Dice::new(1);
        for height in 1..=BLOCKS {
            world.live(&mut dice);
            world.block = block(height + 1);
        }
        world
    }

    /// A block of what the players would do.
    fn live(&mut self, dice: &mut Dice) {
        let moves = (0..PLAYERS).filter_map(|player| {
            let message = self.random(dice, player)?;
            let account = auth::account(&self.state, &address(player)).expect("a sound state")?;
            Some(self.sign(player, account.sequence, 200_000, vec![message]))
        });
        let txs: Vec<_> = moves.collect();
        let run = self.app.run_block(&self.chain, &self.state, (&self.block, &self.report(0xff)), &txs);
        self.state = self.after(run.expect("no fault").changes);
    }

    /// The state with some changes.
    pub fn after(&self, changes: Changes) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let mut state = self.state.clone();
        for (key, value) in changes {
            match value {
                Some(value) => state.insert(key, value),
                None => state.remove(&key),
            };
        }
        state
    }

    /// Some message that a player would send now. Keys stay who signs by them.
    pub fn random(&self, dice: &mut Dice, player: u8) -> Option<Any> {
        let moves: Vec<_> =
            self.app.registry().moves().iter().filter(|(name, _)| *name != "rotate-key").collect();
        (0..20).find_map(|_| {
            let (_, make) = dice.pick(&moves)?;
            self.moved(dice, player, *make)
        })
    }

    /// What a move makes of a player's place in the world.
    pub fn moved(&self, dice: &mut Dice, player: u8, make: dice::Move) -> Option<Any> {
        let players: Vec<_> = (0..PLAYERS).map(address).collect();
        let spare_key = |dice: &mut Dice, message: &[u8]| {
            let spare = SigningKey::from_bytes(sha256(&dice.roll().to_be_bytes()).as_bytes());
            (PublicKey::Ed25519(spare.verifying_key().to_bytes()), spare.sign(message).to_vec())
        };
        let world = dice::World {
            chain: &self.chain,
            players: &players,
            time: self.block.time,
            spare_key: &spare_key,
            state: &self.state,
        };
        make(dice, &world, address(player)).expect("a sound state")
    }

    /// What consensus says with a block: a bit a validator, whether it signed the block before.
    pub fn report(&self, signed: u8) -> Report {
        let vote =
            |player| Vote { validator: address(player), power: POWER, signed: signed & (1 << player) != 0 };
        let votes =
            if self.block.height > Height(1) { (0..VALIDATORS).map(vote).collect() } else { Vec::new() };
        Report { votes, ..Report::default() }
    }

    /// A transaction of a player with these messages, signed as the chain wants it.
    pub fn sign(&self, player: u8, sequence: u64, gas_limit: u64, messages: Vec<Any>) -> Bytes {
        let single = mode_info::Sum::Single(mode_info::Single { mode: 1 });
        let body_bytes = TxBody { messages, ..TxBody::default() }.encode_to_vec();
        let amount = vec![Coin { denom: "uxpx".into(), amount: gas_limit.to_string() }];
        let auth_info = AuthInfo {
            signer_infos: vec![SignerInfo {
                public_key: Some(pack_public_key(&public(player))),
                mode_info: Some(ModeInfo { sum: Some(single) }),
                sequence,
            }],
            fee: Some(Fee { amount, gas_limit, ..Fee::default() }),
            ..AuthInfo::default()
        };
        let auth_info_bytes = auth_info.encode_to_vec();
        let account = auth::account(&self.state, &address(player)).expect("a sound state");
        let doc = SignDoc {
            body_bytes: body_bytes.clone(),
            auth_info_bytes: auth_info_bytes.clone(),
            chain_id: CHAIN.into(),
            account_number: account.expect("players have accounts").number,
        };
        let signatures = vec![key(player).sign(&doc.encode_to_vec()).to_bytes().to_vec()];
        TxRaw { body_bytes, auth_info_bytes, signatures }.encode_to_vec().into()
    }
}

/// A message of the catalogue with any content: the one whose tag is next.
pub fn any(world: &World, tag: u16, value: Vec<u8>) -> Any {
    Any { type_url: next(&world.verbs[0], tag).to_owned(), value }
}

/// The path of the question whose tag is next.
pub fn question(world: &World, tag: u16) -> &str {
    next(&world.verbs[1], tag)
}

fn next(verbs: &BTreeMap<u16, String>, tag: u16) -> &str {
    verbs.range(tag..).chain(verbs.iter()).next().map_or("", |(_, path)| path)
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
