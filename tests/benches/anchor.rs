//! What a header of another chain costs the ledger: reading the message, verifying it as a light client does, and keeping
//! it, beside the signature checks that no light client can do without.
//!
//! `cargo bench -p sirius-tests --profile release --bench anchor`

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that panics fails")]

use std::{collections::BTreeMap, time::Instant};

use anyhow::{Context as _, Result, ensure};
use cosmos_sdk_proto::cosmos::base::v1beta1::Coin;
use ed25519_dalek::{Signer as _, SigningKey};
use prost::{Message, Name};
use serde_json::json;
use sirius_ledger::service::anchor::{Draft, Member, wire::anchor as wire};
use sirius_primitives::{Address, Gas, Height, Prefix, Timestamp, sha256};
use sirius_runtime::{App, BlockInfo, BlockLimits, Chain, Context, Meter, Report, type_url};
use sirius_store::{Overlay, Write as _};
use sirius_tests::bench::{Record, median};
use tendermint_proto::google::protobuf::Any;

/// How often each figure is taken.
const ROUNDS: usize = 101;
/// The most that a header of so many validators may cost, in microseconds.
const LIMITS: [(usize, f64); 2] = [(4, 2_000.0), (100, 10_000.0)];

const NOW: Timestamp = Timestamp { seconds: 1_700_000_000, nanos: 0 };

/// A ledger in memory with one registered chain.
struct Bed {
    app: App,
    chain: Chain,
    state: BTreeMap<Vec<u8>, Vec<u8>>,
    block: BlockInfo,
    account: String,
    keys: Vec<SigningKey>,
}

fn any<M: Message + Name>(message: &M) -> Any {
    Any { type_url: type_url::<M>(), value: message.encode_to_vec() }
}

fn coin(amount: u64) -> Option<Coin> {
    Some(Coin { denom: "uxpx".into(), amount: amount.to_string() })
}

impl Bed {
    fn new(validators: usize) -> Result<Self> {
        let app = App::new(sirius_ledger::registry());
        let prefix = Prefix::new("sirius")?;
        let account = Address::new([7; 20]).bech32(&prefix);
        let coins = json!([{ "denom": "uxpx", "amount": "1000000000000" }]);
        let sections = json!({
            "chain": { "prefix": "sirius" },
            "bank": { "balances": [{ "address": account, "coins": coins }], "denoms": [] },
            "fee": { "denom": "uxpx" },
        });
        let before = BlockInfo { height: Height::ZERO, time: NOW, proposer: Vec::new() };
        let limits = BlockLimits { bytes: 1 << 20, gas: Gas(400_000_000) };
        let begun =
            app.genesis("bench-1", (&before, Report::EMPTY), limits, sections.to_string().as_bytes())?;
        let state = begun.changes.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        let seed = |index: usize| *sha256(&index.to_be_bytes()).as_bytes();
        let keys = (0..validators).map(|index| SigningKey::from_bytes(&seed(index))).collect();
        let block = BlockInfo { height: Height(1), time: NOW, proposer: Vec::new() };
        let mut bed = Self { app, chain: begun.chain, state, block, account, keys };
        let register = wire::MsgRegisterChain {
            owner_address: bed.account.clone(),
            bond: coin(1_000_000_000),
            deposit: coin(1_000_000_000),
            block: Some(bed.header(1)?),
            trusting_seconds: 3_600,
            every: 1,
        };
        let changes = bed.execute(&any(&register))?;
        for (key, value) in changes {
            bed.state.set_bytes(key, value);
        }
        Ok(bed)
    }

    /// A header that all validators signed. Only one who is trusted by a third can follow another at a distance, so that
    /// the verifier looks at both sets.
    fn header(&self, height: u64) -> Result<wire::LightBlock> {
        let member = |key: &SigningKey| Member { key: key.verifying_key().to_bytes(), power: 10 };
        let members: Vec<Member> = self.keys.iter().map(member).collect();
        let draft = Draft {
            chain_id: "bench-db".into(),
            height,
            time: Timestamp {
                seconds: NOW.seconds + i64::try_from(height / 100)?,
                nanos: i32::try_from(height)?,
            },
            app_hash: vec![1; 32],
            next: members.clone(),
            validators: members,
        };
        let sign = |key: &[u8], message: &[u8]| {
            let signer = self.keys.iter().find(|other| other.verifying_key().as_bytes() == key)?;
            Some(signer.sign(message).to_bytes().to_vec())
        };
        draft.sign(sign).context("a header that can be")
    }

    /// Reads and executes a message; gives what it changed.
    fn execute(&self, message: &Any) -> Result<sirius_store::Changes> {
        let (meter, mut fork) = (Meter::new(Gas(u64::MAX / 2)), Overlay::new(&self.state));
        let mut ctx = Context::new(&self.chain, &self.block, &meter, self.app.registry());
        self.app.registry().parse(message, &self.chain)?.execute(&mut ctx, &mut fork)?;
        Ok(fork.into_changes())
    }
}

/// Microseconds that each of `ROUNDS` runs took.
fn timed(mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        run()?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(median(times))
}

fn main() -> Result<()> {
    for (validators, limit) in LIMITS {
        let bed = Bed::new(validators)?;
        let post =
            any(&wire::MsgPostHeader { poster_address: bed.account.clone(), blocks: vec![bed.header(50)?] });
        let cost = timed(|| bed.execute(&post).map(drop))?;
        // More than two thirds of equal validators.
        let needed = validators * 2 / 3 + 1;
        let message = vec![7; 120];
        let signed: Vec<_> = bed.keys.iter().map(|key| (key.verifying_key(), key.sign(&message))).collect();
        let bare = timed(|| {
            Ok(signed
                .iter()
                .take(needed)
                .try_for_each(|(key, signature)| key.verify_strict(&message, signature))?)
        })?;
        let name = format!("header of {validators} validators on the ledger");
        Record::ratio(&name, cost, "µs", cost / bare, "the signature checks of two thirds")?;
        let bytes = post.value.len();
        println!("  {bytes} bytes, {needed} signatures needed, {bare:.0} µs for them alone");
        ensure!(
            cost < limit,
            "a header of {validators} validators costs {cost:.0} µs, at most {limit:.0} are meant"
        );
    }
    Ok(())
}
