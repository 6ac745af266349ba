//! Who plays: accounts of both kinds of key, some of which have nothing, and every key that was ever made.

use std::{cell::RefCell, collections::BTreeMap};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sirius_ledger::base::auth::Account;
use sirius_primitives::{AccountKey, Address, Prefix, PublicKey};
use sirius_runtime::dice::Dice;
use sirius_sdk::key::{Key, Scheme};

/// How many play, and how many of them begin with coins.
const PLAYERS: usize = 18;
const FUNDED: usize = 13;

/// See the module's documentation.
pub(crate) struct Crowd {
    pub(crate) players: Vec<Address>,
    keys: RefCell<BTreeMap<PublicKey, Key>>,
    first: BTreeMap<Address, PublicKey>,
}

impl Crowd {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let keys: Vec<_> = (0..PLAYERS).map(|_| key(dice)).collect();
        let first: BTreeMap<_, _> = keys.iter().map(|key| (key.address(), key.public_key())).collect();
        let players = keys.iter().map(Key::address).collect();
        let keys = keys.into_iter().map(|key| (key.public_key(), key)).collect();
        Self { players, keys: RefCell::new(keys), first }
    }

    /// What addresses begin with.
    pub(crate) fn prefix() -> Prefix {
        Prefix::new("sirius").unwrap()
    }

    /// The sections of genesis: the funded players, of whom the first has authority over the parameters. In every other
    /// world the first of them operate the validators, whose consensus keys and power are given.
    pub(crate) fn genesis(&self, dice: &mut Dice, prefix: &Prefix, validators: (&[Vec<u8>], i64)) -> Value {
        let balance = |(index, address): (usize, &Address)| {
            let uxpx = 1_000_000_000 + dice.below(1_000_000_000_000);
            let mut coins = vec![json!({ "denom": "uxpx", "amount": uxpx.to_string() })];
            if index % 3 == 0 {
                coins.insert(0, json!({ "denom": "gold", "amount": (1 + dice.below(1_000)).to_string() }));
            }
            json!({ "address": address.bech32(prefix), "coins": coins })
        };
        let balances: Vec<_> = self.players.iter().take(FUNDED).enumerate().map(balance).collect();
        let mut staking = json!({ "denom": "uxpx" });
        if dice.once_in(2) {
            staking["validators"] = self.operators(prefix, validators).into();
        }
        json!({
            "chain": { "prefix": prefix.as_str() },
            // Most transactions use half of the gas they ask for, so that a full block has used half of its own.
            // Proposals, leases, stakes that were taken back and absences end within a world's life, and some counts
            // and clearings take longer than a block.
            "params": { "authority": self.players[0].bech32(prefix), "values": {
                "fee.target_percent": 25,
                "gov.max_deposit_period_seconds": 120,
                "gov.voting_period_seconds": 90,
                "gov.tally_steps": 10,
                "name.min_seconds": 30,
                "name.grace_seconds": 40,
                "name.steps_per_block": 3,
                "staking.unbonding_seconds": 120,
                "slashing.window": 10,
                "slashing.downtime_jail_seconds": 10,
            } },
            "bank": { "balances": balances, "denoms": [] },
            "fee": { "denom": "uxpx" },
            "staking": staking,
        })
    }

    fn operators(&self, prefix: &Prefix, (keys, power): (&[Vec<u8>], i64)) -> Vec<Value> {
        let validator = |(operator, key): (&Address, &Vec<u8>)| {
            json!({
                "operator": operator.bech32(prefix),
                "consensus_key": STANDARD.encode(key),
                "stake": format!("{power}000000"),
                "moniker": "host",
                "commission": {
                    "rate": "100000000000000000",
                    "max_rate": "200000000000000000",
                    "max_change_rate": "100000000000000000",
                },
            })
        };
        self.players.iter().zip(keys).map(validator).collect()
    }

    /// Makes a key that nobody has yet, keeps it and signs with it.
    pub(crate) fn spare(&self, dice: &mut Dice, message: &[u8]) -> (PublicKey, Vec<u8>) {
        let key = key(dice);
        let (public, signature) = (key.public_key(), key.sign(message));
        self.keys.borrow_mut().insert(public, key);
        (public, signature)
    }

    /// The key that signs for an account now.
    pub(crate) fn present_key(&self, address: &Address, account: &Account) -> PublicKey {
        match &account.public_key {
            Some(AccountKey::Single(key)) => *key,
            Some(AccountKey::Multisig(_)) => panic!("nobody's move makes a multisig"),
            None => self.first[address],
        }
    }

    pub(crate) fn sign(&self, key: &PublicKey, message: &[u8]) -> Vec<u8> {
        self.keys.borrow()[key].sign(message)
    }
}

/// Half of the keys are Ed25519.
fn key(dice: &mut Dice) -> Key {
    let scheme = if dice.once_in(2) { Scheme::Ed25519 } else { Scheme::Secp256k1 };
    let mut secret = [0; 32];
    secret.chunks_mut(8).for_each(|part| part.copy_from_slice(&dice.roll().to_be_bytes()));
    Key::from_secret_bytes(scheme, &secret).unwrap()
}
