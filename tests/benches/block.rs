//! What a block of transfers costs in one process: verifying, executing, hashing, writing; and what a node takes up.
//!
//! `cargo bench -p sirius-tests --profile release --bench block [-- ACCOUNTS…]`; 10,000, 100,000 and 1,000,000 accounts
//! unless others are named.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that panics fails")]

use std::{collections::BTreeMap, process, sync::Arc, time::Instant};

use anyhow::Result;
use bytes::Bytes;
use cosmos_sdk_proto::cosmos::{
    base::v1beta1::Coin,
    tx::v1beta1::{
        AuthInfo, Fee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw,
        mode_info::{Single, Sum},
    },
};
use prost::{Message as _, Name};
use rayon::prelude::*;
use secp256k1::{Message, SecretKey, global::SECP256K1};
use sirius_ledger::base::bank::wire::bank::MsgSend;
use sirius_primitives::{Address, Blocks, Gas, Height, Prefix, PublicKey, sha256};
use sirius_runtime::{App, Begun, BlockInfo, BlockLimits, Chain, Mode, Report, dice::Dice};
use sirius_store::{Disk, DiskOptions, Options, Overlay, Read, Store};
use sirius_tests::{
    bench::{Record, median, percentile},
    usage,
};
use tendermint_proto::google::protobuf::Any;

const CHAIN: &str = "sirius-bench-1";
const TRANSFERS: usize = 10_000;
const ROUNDS: usize = 5;

/// As in the process that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Player {
    secret: SecretKey,
    key: PublicKey,
    sequence: u64,
    number: u64,
}

/// A chain on disk with `accounts` accounts, of which some can sign.
struct Bed {
    app: App,
    chain: Chain,
    store: Store,
    players: Vec<Player>,
    addresses: Vec<Address>,
    height: Height,
    dice: Dice,
    folder: tempfile::TempDir,
}

impl Bed {
    fn new(accounts: usize) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let app = App::new(sirius_ledger::registry());
        let signing = accounts.min(TRANSFERS * (ROUNDS * 2 + 2));
        let prefix = Prefix::new("sirius")?;
        let players: Vec<Player> = (0..signing).into_par_iter().map(player).collect();
        let addresses: Vec<Address> = (0..accounts)
            .into_par_iter()
            .map(|index| match players.get(index) {
                Some(player) => player.key.address(),
                None => PublicKey::Ed25519(*sha256(&index.to_be_bytes()).as_bytes()).address(),
            })
            .collect();
        let balances: Vec<_> = addresses
            .iter()
            .map(|address| {
                serde_json::json!({"address": address.bech32(&prefix), "coins": [{"denom": "uxpx", "amount": "1000000000000"}]})
            })
            .collect();
        let app_state = serde_json::json!({
            "chain": {"prefix": "sirius"},
            "bank": {"balances": balances, "denoms": []},
            "fee": {"denom": "uxpx"},
        });
        let limits = BlockLimits { bytes: 21 << 20, gas: Gas(4_000_000_000) };
        let block = BlockInfo::default();
        let begun = app.genesis(CHAIN, (&block, Report::EMPTY), limits, &serde_json::to_vec(&app_state)?)?;
        let Begun { chain, changes: genesis, .. } = begun;
        let store = open(folder.path())?;
        let prepared = store.prepare(Height(1), &genesis)?;
        store.commit(prepared, Vec::new())?;
        Ok(Self { app, chain, store, players, addresses, height: Height(1), dice: Dice::new(7), folder })
    }

    fn block(&mut self) -> BlockInfo {
        self.height = self.height.next();
        BlockInfo { height: self.height, proposer: vec![9; 20], ..BlockInfo::default() }
    }

    /// Signed transfers from distinct senders to random accounts.
    fn transfers(&mut self, count: usize) -> Vec<Bytes> {
        let start = usize::try_from(self.dice.below(self.players.len() as u64)).unwrap();
        let chosen: Vec<(usize, Address)> = (0..count)
            .map(|offset| {
                let to = *self.dice.pick(&self.addresses).unwrap();
                ((start + offset) % self.players.len(), to)
            })
            .collect();
        let prefix = self.chain.prefix;
        let players = &self.players;
        let txs = chosen.par_iter().map(|(sender, to)| transfer(&players[*sender], to, &prefix)).collect();
        chosen.iter().for_each(|(sender, _)| self.players[*sender].sequence += 1);
        txs
    }
}

fn open(folder: &std::path::Path) -> Result<Store> {
    let disk = Arc::new(Disk::open(&folder.join("data"), DiskOptions::default())?);
    Ok(Store::open(disk, Options { keep_versions: Blocks(100), ..Options::default() })?)
}

fn player(index: usize) -> Player {
    let secret = SecretKey::from_slice(sha256(&index.to_le_bytes()).as_bytes()).unwrap();
    let key = PublicKey::secp256k1(&secret.public_key(SECP256K1).serialize()).unwrap();
    Player { secret, key, sequence: 0, number: index as u64 }
}

fn transfer(from: &Player, to: &Address, prefix: &Prefix) -> Bytes {
    let send = MsgSend {
        from_address: from.key.address().bech32(prefix),
        to_address: to.bech32(prefix),
        amount: vec![Coin { denom: "uxpx".into(), amount: "1".into() }],
    };
    let body = TxBody {
        messages: vec![Any { type_url: format!("/{}", MsgSend::full_name()), value: send.encode_to_vec() }],
        ..TxBody::default()
    };
    let auth = AuthInfo {
        signer_infos: vec![SignerInfo {
            public_key: Some(sirius_runtime::tx::pack_public_key(&from.key)),
            mode_info: Some(ModeInfo { sum: Some(Sum::Single(Single { mode: 1 })) }),
            sequence: from.sequence,
        }],
        fee: Some(Fee {
            amount: vec![Coin { denom: "uxpx".into(), amount: "1000".into() }],
            gas_limit: 40_000,
            ..Fee::default()
        }),
        ..AuthInfo::default()
    };
    let signed = SignDoc {
        body_bytes: body.encode_to_vec(),
        auth_info_bytes: auth.encode_to_vec(),
        chain_id: CHAIN.into(),
        account_number: from.number,
    };
    let digest = Message::from_digest(*sha256(&signed.encode_to_vec()).as_bytes());
    let signature = SECP256K1.sign_ecdsa(&digest, &from.secret).serialize_compact();
    let raw = TxRaw {
        body_bytes: signed.body_bytes,
        auth_info_bytes: signed.auth_info_bytes,
        signatures: vec![signature.to_vec()],
    };
    raw.encode_to_vec().into()
}

fn seconds(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64())
}

/// What verifying the signatures alone takes, on all cores.
fn verify_alone(txs: &[Bytes]) -> f64 {
    let signed: Vec<_> = txs
        .iter()
        .map(|tx| {
            let raw = TxRaw::decode(tx.as_ref()).unwrap();
            let auth = AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap();
            let key =
                sirius_runtime::tx::public_key(auth.signer_infos[0].public_key.as_ref().unwrap()).unwrap();
            (key, tx.clone(), raw.signatures[0].clone())
        })
        .collect();
    let start = Instant::now();
    signed.par_iter().for_each(|(key, message, signature)| {
        // The message is not the signed one: verification takes as long to say no.
        assert!(key.verify(message, signature).is_err());
    });
    start.elapsed().as_secs_f64()
}

/// A block of transactions that this node has not seen before, and one that it has.
fn blocks(bed: &mut Bed, accounts: usize) -> Result<f64> {
    let (mut unseen, mut ratios, mut seen, mut core) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut split: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let txs = bed.transfers(TRANSFERS);
        let alone = verify_alone(&txs);
        let block = bed.block();
        let start = Instant::now();
        commit(bed, &block, &txs)?;
        let taken = start.elapsed().as_secs_f64();
        unseen.push(TRANSFERS as f64 / taken);
        ratios.push(taken / alone);

        let txs = bed.transfers(TRANSFERS);
        check(bed, &txs)?;
        let block = bed.block();
        let (start, used) = (Instant::now(), usage::worked(process::id())?);
        for (part, taken) in commit(bed, &block, &txs)? {
            split.entry(part).or_default().push(taken / TRANSFERS as f64 * 1e6);
        }
        seen.push(TRANSFERS as f64 / start.elapsed().as_secs_f64());
        core.push(TRANSFERS as f64 / (usage::worked(process::id())? - used));
    }
    Record::ratio(
        &format!("block_unseen_{accounts}"),
        median(unseen),
        "transfers/s",
        median(ratios),
        "the time that verifying the signatures alone takes",
    )?;
    let wall = median(seen);
    Record::figure(&format!("block_checked_{accounts}"), wall, "transfers/s")?;
    Record::figure(
        &format!("block_checked_core_{accounts}"),
        median(core),
        "transfers/s of one core's time",
    )?;
    for (part, runs) in split {
        Record::figure(&format!("block_part_{part}_{accounts}"), median(runs), "µs a transfer")?;
    }
    Ok(1e6 / wall)
}

/// Lets the transactions through the mempool's check, so that their signatures are known.
fn check(bed: &Bed, txs: &[Bytes]) -> Result<()> {
    let snapshot = bed.store.latest();
    let mut state = Overlay::new(snapshot);
    let rules = bed.app.rules(&state)?;
    let block = BlockInfo { height: bed.height.next(), ..BlockInfo::default() };
    for tx in txs {
        let result = bed.app.run_tx(tx, Mode::Deliver, (&bed.chain, &block, rules.as_ref()), &mut state)?;
        assert!(result.refusal.is_none(), "{:?}", result.refusal);
    }
    Ok(())
}

/// Executes and commits a block; what each part took, in seconds.
fn commit(bed: &Bed, block: &BlockInfo, txs: &[Bytes]) -> Result<Vec<(&'static str, f64)>> {
    let snapshot = bed.store.latest();
    let base: &(dyn Read + Sync) = &snapshot;
    let mut parts = Vec::new();
    let mut mark = Instant::now();
    let mut part = |name| {
        parts.push((name, mark.elapsed().as_secs_f64()));
        mark = Instant::now();
    };
    txs.par_iter().for_each(|tx| drop(bed.app.decode(tx, &bed.chain)));
    part("decode");
    let executed = bed.app.run_block(&bed.chain, base, (block, Report::EMPTY), txs)?;
    assert!(executed.is_honest(), "every transfer is let in");
    part("execute");
    let prepared = bed.store.prepare(block.height, &executed.changes)?;
    part("tree");
    bed.store.commit(prepared, Vec::new())?;
    part("disk");
    Ok(parts)
}

/// How long a commit of 2,000 transfers takes at worst, what memory the process has, and how fast it starts and proves.
fn node(mut bed: Bed, accounts: usize) -> Result<()> {
    let mut commits = Vec::new();
    for _ in 0..100 {
        let txs = bed.transfers(2_000);
        let block = bed.block();
        let snapshot = bed.store.latest();
        let executed = bed.app.run_block(&bed.chain, &snapshot, (&block, Report::EMPTY), &txs)?;
        let prepared = bed.store.prepare(block.height, &executed.changes)?;
        commits.push(seconds(|| Ok(bed.store.commit(prepared, Vec::new())?))? * 1e3);
    }
    Record::figure(&format!("commit_p99_{accounts}"), percentile(commits, 99), "ms at 2,000 transfers")?;
    let key = sirius_ledger::base::bank::balance_key(&bed.addresses[accounts / 2], &"uxpx".parse()?);
    let snapshot = bed.store.latest();
    let proofs = (0..1_000)
        .map(|_| seconds(|| Ok(snapshot.prove(key.as_bytes())?.verify(&snapshot.app_hash())?)))
        .collect::<Result<Vec<_>>>()?;
    Record::figure(&format!("proof_p99_{accounts}"), percentile(proofs, 99) * 1e3, "ms, made and verified")?;
    drop(snapshot);
    let Bed { store, folder, .. } = bed;
    drop(store);
    let start = Instant::now();
    let store = open(folder.path())?;
    Record::figure(&format!("start_{accounts}"), start.elapsed().as_secs_f64(), "s after a clean stop")?;
    drop(store);
    Ok(())
}

fn main() -> Result<()> {
    // As in the process that is measured.
    sirius_host::small_pages();
    let named: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let sizes = if named.is_empty() { vec![10_000, 100_000, 1_000_000] } else { named };
    let mut costs = Vec::new();
    for accounts in &sizes {
        println!("\n{accounts} accounts, blocks of {TRANSFERS} transfers");
        let mut bed = Bed::new(*accounts)?;
        costs.push(blocks(&mut bed, *accounts)?);
        node(bed, *accounts)?;
        let memory = usage::memory(process::id())?;
        println!("resident memory of this process: {memory:.0} MB, the load's own among it");
    }
    if let (Some(small), Some(large), true) = (costs.first(), costs.last(), costs.len() > 1) {
        Record::ratio("block_growth", *large, "µs a transfer", large / small, "the smallest chain's")?;
    }
    Ok(())
}
