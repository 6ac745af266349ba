//! What a block costs before its first transaction and after its last, on a chain with 100 validators and 100,000
//! delegations on disk.
//!
//! `cargo bench -p sirius-ledger --profile release --bench hooks [-- DELEGATIONS]`

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark that panics fails, and it is about time"
)]

use std::{sync::Arc, time::Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as WireCoin;
use prost::{Message, Name};
use serde_json::json;
use sirius_ledger::{base::fee, consensus::staking::wire::staking as wire};
use sirius_primitives::{Address, Blocks, Gas, Height, Prefix, PublicKey, Timestamp, sha256};
use sirius_runtime::{
    App, BlockInfo, BlockLimits, Chain, Context, Meter, Misbehavior, Offence, Report, Vote, type_url,
};
use sirius_store::{Changes, Disk, DiskOptions, Options, Overlay, Store};
use tendermint_proto::google::protobuf::Any;

const VALIDATORS: usize = 100;
const ROUNDS: usize = 200;
/// A validator's own stake, of 1,000 coins.
const STAKE: u128 = 1_000_000_000;

struct Bed {
    app: App,
    chain: Chain,
    store: Store,
    block: BlockInfo,
    keys: Vec<PublicKey>,
}

fn account(kind: &str, index: usize) -> Address {
    Address::of_module(&format!("{kind} {index}"))
}

fn consensus_key(index: usize) -> PublicKey {
    let seed = ed25519_dalek::SigningKey::from_bytes(sha256(&index.to_be_bytes()).as_bytes());
    PublicKey::Ed25519(seed.verifying_key().to_bytes())
}

fn any<M: Message + Name>(message: &M) -> Any {
    Any { type_url: type_url::<M>(), value: message.encode_to_vec() }
}

fn coin(amount: u128) -> Option<WireCoin> {
    Some(WireCoin { denom: "uxpx".into(), amount: amount.to_string() })
}

impl Bed {
    fn new(folder: &std::path::Path, validators: usize, delegations: usize) -> Self {
        let app = App::new(sirius_ledger::registry());
        let prefix = Prefix::new("sirius").unwrap();
        let keys: Vec<_> = (0..validators).map(consensus_key).collect();
        let operators = (0..validators).map(|index| account("operator", index));
        let delegators = (0..delegations).map(|index| account("delegator", index));
        let balance = |address: Address| {
            let coins = [json!({ "denom": "uxpx", "amount": "1000000000000" })];
            json!({ "address": address.bech32(&prefix), "coins": coins })
        };
        let balances: Vec<_> = operators.clone().chain(delegators).map(balance).collect();
        let validator = |(operator, key): (Address, &PublicKey)| {
            json!({
                "operator": operator.bech32(&prefix), "stake": STAKE.to_string(), "moniker": "validator",
                "consensus_key": STANDARD.encode(key.as_bytes()),
            })
        };
        let validators: Vec<_> = operators.zip(&keys).map(validator).collect();
        let state = json!({
            "chain": { "prefix": "sirius" },
            "params": { "values": { "staking.unbonding_seconds": 1_000 } },
            "bank": { "balances": balances, "denoms": [] },
            "staking": { "denom": "uxpx", "validators": validators },
        });
        let limits = BlockLimits { bytes: 21 << 20, gas: Gas(4_000_000_000) };
        let block =
            BlockInfo { time: Timestamp { seconds: 1_700_000_000, nanos: 0 }, ..BlockInfo::default() };
        let bytes = serde_json::to_vec(&state).unwrap();
        let begun = app.genesis("sirius-bench-1", (&block, Report::EMPTY), limits, &bytes).unwrap();
        let disk = Disk::open(&folder.join("data"), DiskOptions::default()).unwrap();
        let options = Options { keep_versions: Blocks(10), ..Options::default() };
        let store = Store::open(Arc::new(disk), options).unwrap();
        let mut bed = Self { app, chain: begun.chain, store, block, keys };
        bed.commit(&begun.changes);
        let stake = |index: usize| {
            any(&wire::MsgDelegate {
                delegator_address: account("delegator", index).bech32(&prefix),
                validator_address: account("operator", index % VALIDATORS).bech32(&prefix),
                amount: coin(1_000_000 + index as u128),
            })
        };
        bed.execute((0..delegations).map(stake));
        bed
    }

    fn commit(&mut self, changes: &Changes) {
        self.block.height = self.block.height.next();
        self.block.time.seconds += 1;
        let prepared = self.store.prepare(self.block.height, changes).unwrap();
        self.store.commit(prepared, Vec::new()).unwrap();
    }

    /// Executes messages without transactions around them, and commits what they did.
    fn execute(&mut self, messages: impl Iterator<Item = Any>) {
        let mut state = Overlay::new(self.store.latest());
        let meter = Meter::new(Gas(u64::MAX));
        for message in messages {
            let parsed = self.app.registry().parse(&message, &self.chain).unwrap();
            let mut ctx = Context::new(&self.chain, &self.block, &meter, self.app.registry()).unseen();
            parsed.execute(&mut ctx, &mut state).unwrap();
        }
        self.commit(&state.into_changes());
    }

    /// Makes a block without transactions, whose fees are there already; how long its hooks took, in milliseconds.
    fn hooks(&mut self, absent: usize, misbehavior: Vec<Misbehavior>) -> f64 {
        let next = self.block.height.next();
        let proposer = self.keys.get(next.0 as usize % VALIDATORS).map(PublicKey::address);
        let vote = |(index, key): (usize, &PublicKey)| Vote {
            validator: key.address(),
            power: 1_000,
            signed: index >= absent,
        };
        let votes = self.keys.iter().enumerate().map(vote).collect();
        let report = Report { votes, misbehavior, ..Report::default() };
        let mut base = Overlay::new(self.store.latest());
        let fees = fee_of_a_block();
        base.apply(fees.clone());
        let proposer = proposer.map(|address| address.as_bytes().to_vec()).unwrap_or_default();
        let block = BlockInfo { height: next, time: self.block.time, proposer };
        let start = Instant::now();
        let executed = self.app.run_block(&self.chain, &base, (&block, &report), &[]).unwrap();
        let taken = start.elapsed().as_secs_f64() * 1e3;
        let mut changes = fees;
        changes.extend(executed.changes);
        self.commit(&changes);
        taken
    }

    fn measure(
        &mut self,
        name: &str,
        quiet: f64,
        mut report: impl FnMut(&Self) -> (usize, Vec<Misbehavior>),
    ) -> f64 {
        let mut taken: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let (absent, misbehavior) = report(self);
                self.hooks(absent, misbehavior)
            })
            .collect();
        taken.sort_by(f64::total_cmp);
        let (median, worst) = (taken[ROUNDS / 2], taken[ROUNDS - 1]);
        let ratio = if quiet > 0.0 { median / quiet } else { 1.0 };
        println!(
            "{name}: median {median:.3} ms, worst {worst:.3} ms, {ratio:.1} times a chain without validators"
        );
        median
    }
}

/// What a block's transactions leave with the collector.
fn fee_of_a_block() -> Changes {
    let amount = sirius_primitives::Amount::new(1_000_000);
    let key = sirius_ledger::base::bank::balance_key(&fee::COLLECTOR, &"uxpx".parse().unwrap());
    Changes::from([(key.as_bytes().to_vec(), Some(borsh::to_vec(&amount).unwrap()))])
}

fn main() {
    let delegations = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(100_000);
    let folder = std::env::temp_dir().join(format!("sirius-hooks-{}", std::process::id()));
    let empty = Bed::new(&folder.join("empty"), 0, 0).measure("no validators", 0.0, |_| (0, Vec::new()));
    println!("{VALIDATORS} validators, {delegations} delegations");
    let mut bed = Bed::new(&folder.join("full"), VALIDATORS, delegations);
    bed.hooks(0, Vec::new());
    bed.measure("everybody signs", empty, |_| (0, Vec::new()));
    bed.measure("ten are absent", empty, |_| (10, Vec::new()));
    let prefix = bed.chain.prefix;
    let leave = |index: usize| {
        any(&wire::MsgUndelegate {
            delegator_address: account("delegator", index).bech32(&prefix),
            validator_address: account("operator", index % VALIDATORS).bech32(&prefix),
            amount: coin(1_000_000),
        })
    };
    let since = bed.block.height;
    bed.execute((0..delegations).map(leave));
    let twice = |bed: &Bed| {
        // The first block brings the evidence, the others sweep on through those who left.
        let wrong = Misbehavior {
            offence: Offence::DuplicateVote,
            validator: bed.keys[7].address(),
            power: 1_000,
            height: Height(since.0),
            time: bed.block.time,
            total_power: 100_000,
        };
        (0, vec![wrong])
    };
    bed.measure("a validator signed twice, and its leavers are swept", empty, twice);
    bed.block.time.seconds += 2_000;
    bed.measure("as many come back as one block pays out", empty, |_| (0, Vec::new()));
    std::fs::remove_dir_all(&folder).unwrap();
}
