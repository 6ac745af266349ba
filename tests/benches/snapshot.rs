//! Snapshots of a million accounts: how long one takes, what it does to the commits meanwhile, how long it takes back.
//!
//! `cargo bench -p sirius-tests --profile release --bench snapshot [-- ACCOUNTS]`

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark that panics fails")]

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use abci_app::{Machine, config::Config};
use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use rayon::prelude::*;
use serde_json::json;
use sirius_primitives::{Address, Prefix, sha256};
use sirius_sdk::key::{Key, Scheme};
use sirius_tests::{
    bench::{Record, median, percentile},
    load::{Account, Accounts, Transfers},
};
use tendermint_abci::Application as _;
use tendermint_proto::{
    google::protobuf::Timestamp,
    v0_38::{
        abci::{
            RequestApplySnapshotChunk, RequestFinalizeBlock, RequestInfo, RequestInitChain,
            RequestLoadSnapshotChunk, RequestOfferSnapshot, Snapshot, response_apply_snapshot_chunk,
            response_offer_snapshot,
        },
        types::{BlockParams, ConsensusParams, EvidenceParams},
    },
};

const CHAIN: &str = "sirius-bench-1";
const ACCOUNTS: usize = 1_000_000;
/// Transfers in a block, and how long after one block the next begins: 200 a second.
const TRANSFERS: usize = 100;
const PACE: Duration = Duration::from_millis(500);
/// Blocks without a snapshot under way, to compare with.
const CALM: usize = 40;
/// The height of the snapshot.
const TAKEN_AT: u64 = 50;
/// How long a snapshot may take before the benchmark is given up.
const PATIENCE: Duration = Duration::from_secs(300);

/// As in the process that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn open(home: &Path) -> Result<Machine> {
    let text = format!(
        "[abci]\nlisten = \"unix:///none\"\n[snapshots]\nevery_blocks = {TAKEN_AT}\n[log]\nlevel = \"warn\"\n"
    );
    std::fs::write(home.join("app.toml"), text)?;
    Ok(Machine::open(&Config::load(home)?)?)
}

/// A chain, its senders, and what it was told last.
struct Bed {
    machine: Machine,
    senders: Accounts,
    height: u64,
    /// The state of which the snapshot is.
    taken: Bytes,
}

fn key(index: usize) -> Key {
    Key::from_secret_bytes(Scheme::Ed25519, sha256(&index.to_be_bytes()).as_bytes()).unwrap()
}

impl Bed {
    fn begin(home: &Path, accounts: usize) -> Result<Self> {
        let prefix = Prefix::new("sirius")?;
        let senders: Vec<Key> = (0..TRANSFERS).map(key).collect();
        let filler = (0..accounts.saturating_sub(TRANSFERS)).into_par_iter().map(|index| {
            let hash = sha256(format!("account {index}").as_bytes());
            Address::new(*hash.as_bytes().first_chunk().unwrap())
        });
        let addresses: Vec<Address> =
            senders.iter().map(Key::address).chain(filler.collect::<Vec<_>>()).collect();
        let texts: Vec<String> = addresses.par_iter().map(|address| address.bech32(&prefix)).collect();
        let balance = |address: &String| json!({ "address": address, "coins": [{ "denom": "uxpx", "amount": "1000000000000" }] });
        let app_state = json!({
            "chain": { "prefix": "sirius" },
            "bank": { "balances": texts.iter().map(balance).collect::<Vec<_>>(), "denoms": [] },
            "fee": { "denom": "uxpx" },
        });
        let machine = open(home)?;
        machine.init_chain(RequestInitChain {
            chain_id: CHAIN.into(),
            initial_height: 1,
            time: Some(Timestamp { seconds: 1_700_000_000, nanos: 0 }),
            consensus_params: Some(ConsensusParams {
                block: Some(BlockParams { max_bytes: 4 << 20, max_gas: 400_000_000 }),
                evidence: Some(EvidenceParams { max_age_num_blocks: 1_000, ..EvidenceParams::default() }),
                ..ConsensusParams::default()
            }),
            app_state_bytes: serde_json::to_vec(&app_state)?.into(),
            ..RequestInitChain::default()
        });
        let account = |(number, key): (usize, Key)| Account {
            address: key.address().bech32(&prefix),
            key,
            number: number as u64,
            sequence: 0,
            key_known: false,
        };
        let senders = Accounts(senders.into_iter().enumerate().map(account).collect());
        Ok(Self { machine, senders, height: 0, taken: Bytes::new() })
    }

    /// One block of transfers; how long its commit took, in milliseconds.
    fn block(&mut self) -> Result<f64> {
        self.height += 1;
        let txs: Vec<Bytes> = match self.height {
            1 => Vec::new(),
            _ => Transfers::new(CHAIN)
                .sign(&mut self.senders, 1)
                .into_iter()
                .map(|tx| tx.bytes.into())
                .collect(),
        };
        let height = i64::try_from(self.height)?;
        let decided = self.machine.finalize_block(RequestFinalizeBlock {
            txs,
            height,
            hash: sha256(&self.height.to_be_bytes()).as_bytes().to_vec().into(),
            time: Some(Timestamp { seconds: 1_700_000_000 + height, nanos: 0 }),
            ..RequestFinalizeBlock::default()
        });
        if self.height == TAKEN_AT {
            self.taken = decided.app_hash.clone();
        }
        let refused = decided.tx_results.iter().find(|result| result.code != 0);
        ensure!(refused.is_none(), "a transfer was refused: {}", refused.unwrap().log);
        let begin = Instant::now();
        self.machine.commit();
        Ok(begin.elapsed().as_secs_f64() * 1_000.0)
    }

    /// Blocks at their pace until `done`.
    fn blocks(&mut self, mut done: impl FnMut(&Machine, usize) -> bool) -> Result<Vec<f64>> {
        let mut commits = Vec::new();
        while !done(&self.machine, commits.len()) {
            let next = Instant::now() + PACE;
            commits.push(self.block()?);
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        Ok(commits)
    }
}

/// Takes the snapshot over as CometBFT would hand it on; how long that took, in seconds.
fn restore(from: &Machine, snapshot: &Snapshot, to: &Machine, app_hash: &Bytes) -> Result<f64> {
    let begin = Instant::now();
    let offered = to.offer_snapshot(RequestOfferSnapshot {
        snapshot: Some(snapshot.clone()),
        app_hash: app_hash.clone(),
    });
    ensure!(offered.result() == response_offer_snapshot::Result::Accept, "the snapshot is not wanted");
    for index in 0..snapshot.chunks {
        let wanted =
            RequestLoadSnapshotChunk { height: snapshot.height, format: snapshot.format, chunk: index };
        let chunk = from.load_snapshot_chunk(wanted).chunk;
        let applied =
            to.apply_snapshot_chunk(RequestApplySnapshotChunk { index, chunk, sender: String::new() });
        let result = applied.result();
        ensure!(result == response_apply_snapshot_chunk::Result::Accept, "chunk {index}: {result:?}");
    }
    let info = to.info(RequestInfo::default());
    ensure!(info.last_block_app_hash == *app_hash, "what was restored is another state");
    Ok(begin.elapsed().as_secs_f64())
}

fn main() -> Result<()> {
    // As in the process that is measured.
    sirius_host::small_pages();
    let words = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let accounts: usize = words.unwrap_or(ACCOUNTS);
    let (one, other) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let mut bed = Bed::begin(one.path(), accounts)?;
    bed.block()?;
    let warm = usize::try_from(TAKEN_AT)? - CALM - 2;
    bed.blocks(|_, count| count == warm)?;
    let calm = bed.blocks(|_, count| count == CALM)?;
    ensure!(bed.height == TAKEN_AT - 1, "the snapshot comes with the next block");
    let begin = Instant::now();
    let busy = bed.blocks(|machine, count| {
        let taken = !machine.list_snapshots().snapshots.is_empty();
        count > 0 && (taken || begin.elapsed() > PATIENCE)
    })?;
    let taken = begin.elapsed().as_secs_f64();
    let listed = bed.machine.list_snapshots().snapshots;
    let snapshot = listed.first().context("no snapshot was taken")?;
    let restored = restore(&bed.machine, snapshot, &open(other.path())?, &bed.taken)?;
    let name = |what: &str| format!("snapshot-{accounts}-accounts-{what}");
    println!("{} blocks of {TRANSFERS} transfers while the snapshot was taken", busy.len());
    Record::figure(&name("chunks"), f64::from(snapshot.chunks), "chunks")?;
    Record::figure(&name("take"), taken, "s")?;
    Record::figure(&name("restore"), restored, "s")?;
    let compare = |what: &str, calm: f64, busy: f64| {
        Record::ratio(&name(what), busy, "ms", busy / calm, "without a snapshot")
    };
    compare("commit-p50", median(calm.clone()), median(busy.clone()))?;
    compare("commit-p99", percentile(calm, 99), percentile(busy, 99))
}
