//! The lane `chaos` of the database: its hosts and their document servers are killed at random while assets are made and
//! moved; afterwards every transaction that was seen in a block is in every host's documents, once.
//!
//! `make chaos SEED=7` repeats the choices of an earlier run, though not its timing. There are 10 kills, and half of `KILLS`
//! when that is set.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

mod writer;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use localnet::{Documents, Layer, Perturbation};
use sirius_primitives::sha256;
use sirius_tests::bed::Bed;
use sirius_tests::kills::{self, Kill};
use sirius_tests::lane::{self, Case, number};
use sirius_tests::{database, history};

/// Everything together; it takes half of that.
const LIMIT: Duration = Duration::from_secs(300);
/// How many write at the same time.
const WRITERS: u8 = 4;
/// How long hosts may take to agree after the last kill.
const PATIENCE: Duration = Duration::from_secs(90);
/// Kills when nothing else is said.
const KILLS: u32 = 10;

const CASES: &[Case<Bed>] =
    &[Case { name: "no_transaction_is_lost_or_doubled_when_hosts_are_killed", run: kills_under_load }];

fn main() -> ExitCode {
    lane::run(CASES, LIMIT, || database::start(Documents::from_environment()), Bed::logs)
}

/// How hosts are killed; a MongoDB elsewhere is left alone.
fn kinds() -> Vec<Kill> {
    let ours = (Documents::from_environment() == Documents::Bundled).then_some(Perturbation::KillDocuments);
    let programs = [Perturbation::Kill, Perturbation::KillDatabaseApp, Perturbation::KillDatabaseCometbft];
    programs.into_iter().chain(ours).map(Kill::One).collect()
}

fn kills_under_load(bed: &mut Bed) -> Result<()> {
    let (bed, rpcs) = (&*bed, bed.chain_rpcs(Layer::Database));
    let seed = number("SEED")?.unwrap_or_else(|| u64::from(std::process::id()));
    let kills = number("KILLS")?.map_or(KILLS, |kills: u32| kills / 2);
    println!("  seed {seed}, {kills} kills");
    let stop = AtomicBool::new(false);
    let written = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|number| {
                let (writer, stop) = (writer::Writer::new(bed.network(), number), &stop);
                scope.spawn(move || writer.run(stop))
            })
            .collect();
        let killed = kills::run(bed.network(), &rpcs, &kinds(), seed, kills);
        stop.store(true, Ordering::SeqCst);
        let mut written = Vec::new();
        for writer in writers {
            written.extend(writer.join().map_err(|_| anyhow!("a writer panicked"))??);
        }
        killed.map(|()| written)
    })
    .with_context(|| format!("seed {seed}"))?;
    println!("  {} transactions", written.len());
    ensure!(written.len() > kills as usize, "there was hardly any load");

    let hosts: Vec<usize> = (0..bed.network().hosts()).collect();
    let (height, documents) = database::alike(bed.network(), &hosts, PATIENCE)?;
    let ids: BTreeSet<&String> = written.iter().map(|(id, _)| id).collect();
    ensure!(ids.len() == written.len(), "a transaction was acknowledged twice");
    database::holds(&documents, ids.iter().copied())?;
    let found = documents["transactions"].len();
    ensure!(found == written.len(), "{found} transactions stand in documents, {} were seen", written.len());
    once_in_blocks(bed, &written, height)?;
    history::agree_among(rpcs, 1..=height)?;
    for host in hosts {
        let seen = history::legal_on(bed, Layer::Database, host)?;
        println!("  host{host}: {} calls, {} blocks, {} starts", seen.calls, seen.blocks, seen.processes);
    }
    Ok(())
}

/// Every transaction is in exactly one block in which it counts.
fn once_in_blocks(bed: &Bed, written: &[(String, Vec<u8>)], height: u64) -> Result<()> {
    let rpc = bed.chain_rpcs(Layer::Database).swap_remove(0);
    let mut waiting: BTreeSet<_> = written.iter().map(|(_, bytes)| sha256(bytes)).collect();
    for height in 1..=height {
        let (block, codes) = (rpc.block(Some(height))?, rpc.codes(height)?);
        for (tx, code) in block.txs.iter().zip(codes) {
            ensure!(
                code != 0 || waiting.remove(&sha256(tx)),
                "block {height} has a transaction again, or a strange one"
            );
        }
    }
    ensure!(waiting.is_empty(), "{} transactions are in no block", waiting.len());
    Ok(())
}
