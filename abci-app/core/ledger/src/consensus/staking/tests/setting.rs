//! A chain with two validators, a double of consensus that hears what it is told, and the module's messages.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sirius_primitives::{Address, PublicKey};
use sirius_runtime::{BlockInfo, Executed, Report, TxResult, Validator, Vote, tx::pack_public_key};
use sirius_store::Write as _;
use tendermint_proto::google::protobuf::Any;

use super::super::{
    Fraction, operator_text,
    wire::{distribution, staking as wire},
};
use crate::testing::{Bed, Key, State, alice, any, bob, coin, text};

/// A chain, and what consensus knows of its validators: the address of each key and its power.
pub(crate) struct Setting {
    pub(crate) bed: Bed,
    pub(crate) members: BTreeMap<Address, u64>,
}

/// The key that a validator signs blocks with.
pub(crate) fn consensus_key(seed: u8) -> PublicKey {
    Key::ed25519(seed).public()
}

/// The section of genesis: alice stakes 10 coins, bob 5.
pub(crate) fn section() -> Value {
    let validator = |key: &Key, seed, stake: &str| {
        json!({
            "operator": text(&key.address()),
            "consensus_key": STANDARD.encode(consensus_key(seed).as_bytes()),
            "stake": stake,
            "moniker": format!("validator {seed}"),
            "min_self_delegation": "1000",
            "commission": {
                "rate": "100000000000000000",
                "max_rate": "200000000000000000",
                "max_change_rate": "10000000000000000",
            },
        })
    };
    json!({ "validators": [validator(&alice(), 50, "10000000"), validator(&bob(), 51, "5000000")] })
}

impl Setting {
    /// Alice's validator with 10 coins, bob's with 5; what is taken back comes after ten seconds.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// The same with other parameters.
    pub(crate) fn with(params: &[(&str, u64)]) -> Self {
        Self::of(Self::genesis(params, |_| {}))
    }

    /// The chain with a change of genesis.
    pub(crate) fn genesis(params: &[(&str, u64)], change: impl FnOnce(&mut Value)) -> Bed {
        Bed::with(|genesis| {
            genesis["staking"] = section();
            genesis["params"]["values"]["staking.unbonding_seconds"] = json!(10);
            for (name, value) in params {
                genesis["params"]["values"][name] = json!(value);
            }
            change(genesis);
        })
    }

    fn of(bed: Bed) -> Self {
        let members = [(50, 10), (51, 5)].map(|(seed, power)| (consensus_key(seed).address(), power));
        Self { bed, members: members.into() }
    }

    /// A chain whose genesis names no validators, while consensus begins with two.
    pub(crate) fn of_consensus() -> Self {
        let mut bed = Bed::new();
        let validators = vec![
            Validator { key: consensus_key(50), power: 20 },
            Validator { key: consensus_key(51), power: 10 },
        ];
        let report = Report { validators, ..Report::default() };
        let before = BlockInfo { time: bed.block.time, ..BlockInfo::default() };
        let limits = sirius_runtime::BlockLimits::load(&bed.state).unwrap();
        let sections = crate::testing::sections().to_string();
        let begun =
            bed.app.genesis("sirius-test-1", (&before, &report), limits, sections.as_bytes()).unwrap();
        bed.state = State::new();
        begun.changes.into_iter().for_each(|(key, value)| bed.state.set_bytes(key, value));
        let mut setting = Self { bed, members: BTreeMap::new() };
        setting.hear(&begun.updates.validators);
        setting
    }

    fn hear(&mut self, updates: &[Validator]) {
        for Validator { key, power } in updates {
            if *power == 0 {
                assert!(self.members.remove(&key.address()).is_some(), "somebody leaves who was not there");
            } else {
                assert_ne!(self.members.insert(key.address(), *power), Some(*power), "told what was known");
            }
        }
        assert!(!self.members.is_empty(), "consensus cannot go on without validators");
    }

    /// Makes a block whose last one everybody signed but `absent`, by the proposer of the lowest address.
    pub(crate) fn block(&mut self, txs: &[bytes::Bytes], absent: &[u8]) -> Executed {
        let absent: Vec<Address> = absent.iter().map(|seed| consensus_key(*seed).address()).collect();
        let vote = |(validator, power): (&Address, &u64)| Vote {
            validator: *validator,
            power: *power,
            signed: !absent.contains(validator),
        };
        self.bed.report.votes = self.members.iter().map(vote).collect();
        let executed = self.bed.make_block(txs);
        self.bed.report = Report::default();
        self.hear(&executed.updates.validators);
        executed
    }

    /// Makes empty blocks, one a second.
    pub(crate) fn wait(&mut self, blocks: usize) {
        for _ in 0..blocks {
            self.block(&[], &[]);
        }
    }

    /// Makes a block of a message that must do what it says.
    pub(crate) fn deliver(&mut self, key: &Key, message: Any) -> TxResult {
        let bytes = self.bed.draft(&[key], vec![message]).sign();
        let result = self.block(&[bytes], &[]).results.remove(0);
        assert_eq!(result.refusal, None);
        result
    }

    /// Consensus' power of the validator with this key.
    pub(crate) fn power(&self, seed: u8) -> Option<u64> {
        self.members.get(&consensus_key(seed).address()).copied()
    }

    /// What a stake is worth.
    pub(crate) fn stake(&self, delegator: &Key, operator: &Key) -> u128 {
        let (delegator, operator) = (delegator.address(), operator.address());
        let found = super::super::delegation(&self.bed.state, &delegator, &operator).unwrap();
        let Some(found) = found else { return 0 };
        let validator = super::super::validator(&self.bed.state, &operator).unwrap().unwrap();
        validator.worth(found.shares).units()
    }
}

fn operator(key: &Key) -> String {
    operator_text(&key.address(), &sirius_primitives::Prefix::new("sirius").unwrap())
}

pub(crate) fn create(by: &Key, seed: u8, stake: u128) -> Any {
    let rate = |points| Fraction::of_basis_points(points).to_string();
    any(&wire::MsgCreateValidator {
        description: Some(wire::Description { moniker: "new".into(), ..wire::Description::default() }),
        commission: Some(wire::CommissionRates {
            rate: rate(1_000),
            max_rate: rate(2_000),
            max_change_rate: rate(100),
        }),
        min_self_delegation: "1".into(),
        delegator_address: String::new(),
        validator_address: operator(by),
        pubkey: Some(pack_public_key(&consensus_key(seed))),
        value: Some(coin(stake, "uxpx")),
    })
}

pub(crate) fn edit(by: &Key, rate: &str, promise: &str) -> Any {
    let same = || "[do-not-modify]".to_owned();
    any(&wire::MsgEditValidator {
        description: Some(wire::Description {
            moniker: same(),
            identity: same(),
            website: "https://example.org".into(),
            security_contact: same(),
            details: same(),
        }),
        validator_address: operator(by),
        commission_rate: rate.into(),
        min_self_delegation: promise.into(),
    })
}

pub(crate) fn delegate(by: &Key, to: &Key, amount: u128) -> Any {
    any(&wire::MsgDelegate {
        delegator_address: text(&by.address()),
        validator_address: operator(to),
        amount: Some(coin(amount, "uxpx")),
    })
}

pub(crate) fn undelegate(by: &Key, from: &Key, amount: u128) -> Any {
    any(&wire::MsgUndelegate {
        delegator_address: text(&by.address()),
        validator_address: operator(from),
        amount: Some(coin(amount, "uxpx")),
    })
}

pub(crate) fn redelegate(by: &Key, (from, to): (&Key, &Key), amount: u128) -> Any {
    any(&wire::MsgBeginRedelegate {
        delegator_address: text(&by.address()),
        validator_src_address: operator(from),
        validator_dst_address: operator(to),
        amount: Some(coin(amount, "uxpx")),
    })
}

pub(crate) fn cancel(by: &Key, from: &Key, amount: u128, height: i64) -> Any {
    any(&wire::MsgCancelUnbondingDelegation {
        delegator_address: text(&by.address()),
        validator_address: operator(from),
        amount: Some(coin(amount, "uxpx")),
        creation_height: height,
    })
}

pub(crate) fn withdraw(by: &Key, from: &Key) -> Any {
    any(&distribution::MsgWithdrawDelegatorReward {
        delegator_address: text(&by.address()),
        validator_address: operator(from),
    })
}

pub(crate) fn withdraw_commission(by: &Key) -> Any {
    any(&distribution::MsgWithdrawValidatorCommission { validator_address: operator(by) })
}

pub(crate) fn set_withdraw(by: &Key, to: &Key) -> Any {
    any(&distribution::MsgSetWithdrawAddress {
        delegator_address: text(&by.address()),
        withdraw_address: text(&to.address()),
    })
}

pub(crate) fn fund(by: &Key, amount: Vec<cosmos_sdk_proto::cosmos::base::v1beta1::Coin>) -> Any {
    any(&distribution::MsgFundCommunityPool { amount, depositor: text(&by.address()) })
}
