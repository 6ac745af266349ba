//! A host that joins from a snapshot: it has none of the blocks before, and agrees about everything after.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use localnet::{Beginning, Layer};
use sirius_sdk::key::Scheme;
use sirius_tests::bed::LOAD_SEED;
use sirius_tests::history;
use sirius_tests::load::{Accounts, Transfers};
use sirius_tests::rpc::Rpc;

use crate::setting::{LOAD_ACCOUNTS, SNAPSHOTS_EVERY, Setting};

/// How long anything may take here.
const PATIENCE: Duration = Duration::from_secs(60);
/// Senders of the transfers that come after it joined.
const SENDERS: u32 = 40;
/// Questions about the whole state, each answered alike by all who have it.
const QUESTIONS: &[&str] = &["/cosmos.bank.v1beta1.Query/TotalSupply", "/cosmos.auth.v1beta1.Query/Accounts"];

pub(crate) fn run(setting: &mut Setting) -> Result<()> {
    let network = setting.bed.network();
    // Its light client needs the two headers behind a snapshot.
    network.wait_height(SNAPSHOTS_EVERY + 3, PATIENCE)?;
    let begin = Instant::now();
    let host = network.join(Layer::Ledger, Beginning::StateSync)?;
    let joined = network.guest_rpc(Layer::Ledger, host)?;
    let (earliest, rpc) = (joined.earliest()?, Rpc::new(joined.url()));
    println!("  host{host} follows after {:.1} s, from block {earliest} on", begin.elapsed().as_secs_f32());
    ensure!(earliest > 1, "host{host} has block {earliest}: it did not begin from a snapshot");
    equal(setting, &rpc, earliest)?;
    send(setting)?;
    equal(setting, &rpc, earliest)?;
    let seen = history::legal(&setting.bed, host)?;
    println!("  host{host}: {} calls, {} blocks", seen.calls, seen.blocks);
    Ok(())
}

/// Payments to a host that was there before; the one that joined sees them in its state.
fn send(setting: &Setting) -> Result<()> {
    let (bed, prefix) = (&setting.bed, setting.bed.prefix()?);
    let first = bed.rpc(0);
    let mut accounts =
        Accounts::find(&first, &prefix, LOAD_SEED, LOAD_ACCOUNTS.min(SENDERS), Scheme::Secp256k1)?;
    for tx in Transfers::new(bed.chain_id()).sign(&mut accounts, 1) {
        let checked = first.broadcast(&tx.bytes)?;
        ensure!(checked.code == 0, "a payment was refused: {}", checked.log);
    }
    let height = first.status()?.height;
    Ok(bed.network().wait_height(height + 3, PATIENCE)?)
}

/// Compares blocks, app hashes and the answers to questions at one height.
fn equal(setting: &Setting, joined: &Rpc, earliest: u64) -> Result<()> {
    let (first, deadline) = (setting.bed.rpc(0), Instant::now() + PATIENCE);
    let height = first.status()?.height;
    while joined.status()?.height < height {
        ensure!(Instant::now() < deadline, "the host that joined does not follow to {height}");
        std::thread::sleep(Duration::from_millis(50));
    }
    history::agree_among(vec![first.clone(), joined.clone()], earliest..=height)?;
    for path in QUESTIONS {
        let [one, other] = [&first, joined].map(|rpc| rpc.abci_query(path, &[], height - 1, false));
        let (one, other) = (one?, other?);
        ensure!(one.code == 0 && !one.value.is_empty(), "{path} was not answered: {}", one.log);
        ensure!(one.value == other.value, "the answers to {path} at {height} differ");
    }
    Ok(())
}
