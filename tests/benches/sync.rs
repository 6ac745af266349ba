//! A database of many assets travels to a new node: how long its snapshot takes, how long putting it back does, and how
//! much of the cores that costs.
//!
//! A node with its documents in memory is filled and takes a snapshot; a node with a bundled document server of its own is
//! given that as CometBFT gives it to a node that joins, without the network between; then it is exported, and the same
//! bytes have to come. This program speaks to both as CometBFT does.
//!
//! `cargo bench -p sirius-tests --profile release --bench sync [-- ASSETS]`; 1,000,000 assets unless said otherwise: the
//! memory of the first node takes about 12 GB then.

use std::{
    fs::{self, File},
    io::{BufReader, Read as _},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use localnet::Binaries;
use sirius_tests::{
    bench::Record,
    load,
    solo::{Node, Running, Shipped, Store, child},
};

/// Transactions of a block while the database is filled.
const FILL: usize = 2_000;
/// The seed of every asset.
const SEED: u64 = 4;
/// How long a snapshot may take.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// Bytes of an export before its first chunk.
const MAGIC: usize = 8;

/// How long something took, and how much of the cores.
struct Cost {
    seconds: f64,
    /// Seconds of a core in `mongo-ledger`, and in the document server.
    worked: (f64, f64),
}

impl Cost {
    fn record(&self, name: &str, assets: usize) -> Result<()> {
        let Self { seconds, worked: (process, server) } = *self;
        let name = format!("database_{assets}_{name}");
        Record::figure(&name, seconds, "s")?;
        Record::figure(&format!("{name}_process"), process, "s of a core")?;
        Record::figure(&format!("{name}_server"), server, "s of a core")?;
        #[allow(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = assets as f64 / seconds;
        Record::figure(&format!("{name}_rate"), rate, "records/s")
    }
}

/// Fills a node in memory, and leaves the chunks of its snapshot in `chunks`.
fn make(folder: &Path, assets: usize, chunks: &Path) -> Result<Shipped> {
    let node = Node::new(folder, Store::Memory, assets.div_ceil(FILL))?;
    let (process, mut consensus, _) = node.start()?;
    consensus.begin()?;
    let begin = Instant::now();
    for first in (0..assets).step_by(FILL) {
        let made = load::assets(first..(first + FILL).min(assets), SEED)?;
        consensus.block(made.into_iter().map(|(create, _)| create.into()).collect())?;
    }
    let filled = begin.elapsed().as_secs_f64();
    let before = process.worked()?;
    let begin = Instant::now();
    let shipped = consensus.snapshot(PATIENCE)?;
    let cost = Cost { seconds: begin.elapsed().as_secs_f64(), worked: (process.worked()? - before, 0.0) };
    println!("  filled in {filled:.0} s, {:.0} MB of memory", process.memory()?);
    cost.record("export_from_memory", assets)?;
    fs::create_dir(chunks)?;
    for chunk in 0..shipped.offer.chunks {
        fs::write(chunks.join(chunk.to_string()), consensus.chunk(&shipped, chunk)?)?;
    }
    drop(consensus);
    process.stop()?;
    node.stop()?;
    Ok(shipped)
}

/// Gives a new node the chunks.
fn restore(node: &Node, shipped: &Shipped, chunks: &Path) -> Result<(Cost, f64)> {
    let (process, mut consensus, _) = node.start()?;
    let before = (process.worked()?, node.served()?);
    let begin = Instant::now();
    consensus.offer(shipped)?;
    for chunk in 0..shipped.offer.chunks {
        consensus.apply(chunk, Bytes::from(fs::read(chunks.join(chunk.to_string()))?))?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let worked = (process.worked()? - before.0, node.served()? - before.1);
    let (height, app_hash) = consensus.inform()?;
    ensure!(u64::try_from(height)? == shipped.offer.height && app_hash == shipped.app_hash, "not the same");
    let memory = process.memory()?;
    drop(consensus);
    process.stop()?;
    Ok((Cost { seconds, worked }, memory))
}

/// Reads a node that stands still out into a file.
fn export(node: &Node, file: &Path) -> Result<Cost> {
    let mut command = child(Binaries::find()?.mongo_ledger()?)?;
    command.args(["export", "--out"]).arg(file).arg("--home").arg(&node.home).stdout(Stdio::null());
    let before = node.served()?;
    let begin = Instant::now();
    let process = Running::start(command)?.finish()?;
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Cost { seconds, worked: (process, node.served()? - before) })
}

/// Compares what was exported with what was put back, byte for byte; gives how many those are.
fn compare(file: &Path, shipped: &Shipped, chunks: &Path) -> Result<usize> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(file)?);
    file.read_exact(&mut [0; MAGIC])?;
    let mut bytes = 0;
    for chunk in 0..shipped.offer.chunks {
        let expected = fs::read(chunks.join(chunk.to_string()))?;
        let mut length = [0; 4];
        file.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length))?;
        ensure!(length == expected.len(), "chunk {chunk} has {length} bytes, it had {}", expected.len());
        let mut found = vec![0; length];
        file.read_exact(&mut found)?;
        ensure!(found == expected, "chunk {chunk} has other bytes than before");
        bytes += length;
    }
    Ok(bytes)
}

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1).filter_map(|word| word.parse().ok());
    let assets: usize = words.next_back().unwrap_or(1_000_000);
    let folder = tempfile::tempdir()?;
    let (chunks, file) = (folder.path().join("chunks"), folder.path().join("export"));
    let shipped = make(&folder.path().join("first"), assets, &chunks)?;
    let node = Node::new(&folder.path().join("second"), Store::Bundled, 0)?;
    let (restored, memory) = restore(&node, &shipped, &chunks)?;
    let taken = export(&node, &file)?;
    node.stop().context("ending the document server")?;
    println!(
        "  {:.1} MB are carried in {} chunks",
        size(compare(&file, &shipped, &chunks)?),
        shipped.offer.chunks
    );
    taken.record("export", assets)?;
    restored.record("restore", assets)?;
    Record::figure(&format!("database_{assets}_restore_memory"), memory, "MB")
}

#[allow(clippy::cast_precision_loss, reason = "a figure for people")]
fn size(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
