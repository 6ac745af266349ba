//! One node of the database with many assets: how fast it reads, starts and makes blocks, and how much memory it takes.
//!
//! This program speaks to `mongo-ledger` as CometBFT does, so that filling takes minutes; the documents are those of the
//! bundled server.
//!
//! `cargo bench -p sirius-tests --profile release --bench assets [-- ASSETS]`; 1,000,000 assets unless said otherwise.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    ops::Range,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use localnet::Binaries;
use mongo_ledger_core::{json::Limits, key::SecretKey, transaction::Transaction};
use prost::Message as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use sirius_tests::{
    bench::{Record, median, percentile},
    load,
};
use tendermint_proto::{
    crypto::{PublicKey, public_key::Sum},
    google::protobuf::Timestamp,
    v0_38::abci::{
        Request, RequestCommit, RequestFinalizeBlock, RequestFlush, RequestInfo, RequestInitChain, Response,
        ValidatorUpdate, request, response,
    },
};

/// Transactions of a block while the database is filled.
const FILL: usize = 2_000;
/// Blocks whose time is taken, and how many assets each of them makes and moves.
const BLOCKS: usize = 15;
const MOVED: usize = 250;
/// Transactions looked up by their id.
const LOOKUPS: usize = 3_000;
/// The seed of every asset.
const SEED: u64 = 4;
/// How long a program may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program of this bench, ended when it is dropped.
struct Running(Child);

/// A command that starts `program` so that it ends with this bench, however that ends.
fn child(program: &Path) -> Result<Command> {
    let mut command = Command::new(Binaries::find()?.localnet);
    command.args(["child", "--parent", &std::process::id().to_string(), "--"]).arg(program);
    Ok(command)
}

impl Running {
    /// Asks it to end, and waits.
    fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.0.id().to_string()).status()?;
        let begin = Instant::now();
        while self.0.try_wait()?.is_none() {
            ensure!(begin.elapsed() < PATIENCE, "process {} does not end", self.0.id());
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Resident memory in MB.
    fn memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the document server; gives the address that it prints.
fn documents(folder: &Path) -> Result<(Running, String)> {
    let mut command = child(Binaries::find()?.documents()?)?;
    command.args(["--listen", "127.0.0.1:0", "--data"]).arg(folder).stdout(Stdio::piped());
    let mut child = command.spawn().context("starting the document server")?;
    let output = child.stdout.take().context("it has an output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let address = line.strip_prefix("listening on ").and_then(|rest| rest.split(',').next());
    Ok((Running(child), address.with_context(|| line.clone())?.to_owned()))
}

/// A connection of CometBFT's to the application.
struct Consensus {
    stream: BufReader<UnixStream>,
    height: i64,
}

impl Consensus {
    /// Waits until the socket is there.
    fn connect(socket: &Path) -> Result<Self> {
        let begin = Instant::now();
        loop {
            match UnixStream::connect(socket) {
                Ok(stream) => return Ok(Self { stream: BufReader::new(stream), height: 0 }),
                Err(_) if begin.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(10)),
                Err(error) => return Err(error).context("mongo-ledger does not listen"),
            }
        }
    }

    fn call(&mut self, value: request::Value) -> Result<response::Value> {
        let mut bytes = Request { value: Some(value) }.encode_length_delimited_to_vec();
        let flush = Request { value: Some(request::Value::Flush(RequestFlush {})) };
        bytes.extend(flush.encode_length_delimited_to_vec());
        self.stream.get_mut().write_all(&bytes)?;
        let answer = self.answer()?;
        self.answer()?;
        Ok(answer)
    }

    fn answer(&mut self) -> Result<response::Value> {
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            length |= usize::from(byte[0] & 0x7f) << shift;
            shift += 7;
            if byte[0] < 0x80 {
                break;
            }
        }
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        match Response::decode(bytes.as_slice())?.value.context("an empty answer")? {
            response::Value::Exception(exception) => bail!("{}", exception.error),
            value => Ok(value),
        }
    }

    fn begin(&mut self) -> Result<()> {
        let key = SecretKey::new(&[1; 32]).public();
        let validator = ValidatorUpdate {
            pub_key: Some(PublicKey { sum: Some(Sum::Ed25519(key.as_bytes().to_vec())) }),
            power: 10,
        };
        let genesis = RequestInitChain {
            chain_id: "assets".into(),
            validators: vec![validator],
            initial_height: 1,
            ..Default::default()
        };
        self.call(request::Value::InitChain(genesis)).map(drop)
    }

    /// Executes and commits a block; gives how long that took in milliseconds.
    fn block(&mut self, txs: Vec<Bytes>) -> Result<f64> {
        self.height += 1;
        let request = RequestFinalizeBlock {
            height: self.height,
            time: Some(Timestamp { seconds: 1_700_000_000 + self.height, nanos: 0 }),
            hash: Bytes::copy_from_slice(&self.height.to_be_bytes()),
            txs,
            ..Default::default()
        };
        let begin = Instant::now();
        let response::Value::FinalizeBlock(done) = self.call(request::Value::FinalizeBlock(request))? else {
            bail!("FinalizeBlock was answered with something else");
        };
        self.call(request::Value::Commit(RequestCommit {}))?;
        let took = begin.elapsed().as_secs_f64() * 1e3;
        if let Some(refused) = done.tx_results.iter().find(|result| result.code != 0) {
            bail!("block {}: {}", self.height, refused.log);
        }
        Ok(took)
    }
}

/// A node: its folder and its programs.
struct Node {
    home: PathBuf,
    http: String,
    server: (Running, String),
}

impl Node {
    fn new(folder: &Path) -> Result<Self> {
        let server = documents(&folder.join("documents"))?;
        let home = folder.join("home");
        fs::create_dir(&home)?;
        let [http, websocket, metrics] = free_ports()?;
        let settings = format!(
            "[abci]\nlisten = 'unix://{}'\n[documents]\nuri = '{}'\n[http]\nlisten = '127.0.0.1:{http}'\n\
             [websocket]\nlisten = '127.0.0.1:{websocket}'\n[metrics]\nlisten = '127.0.0.1:{metrics}'\n",
            home.join("abci.sock").display(),
            server.1,
        );
        fs::write(home.join("mongo-ledger.toml"), settings)?;
        Ok(Self { home, http: format!("http://127.0.0.1:{http}"), server })
    }

    /// Starts the process; gives it and a connection to it once it answers, and how many seconds that took.
    fn start(&self) -> Result<(Running, Consensus, f64)> {
        let log = fs::File::create(self.home.join("log"))?;
        let mut command = child(Binaries::find()?.mongo_ledger()?)?;
        command.args(["start", "--home"]).arg(&self.home).stderr(log);
        let begin = Instant::now();
        let child = Running(command.spawn().context("starting mongo-ledger")?);
        let mut consensus = Consensus::connect(&self.home.join("abci.sock"))?;
        let response::Value::Info(info) = consensus.call(request::Value::Info(RequestInfo::default()))?
        else {
            bail!("Info was answered with something else");
        };
        consensus.height = info.last_block_height;
        Ok((child, consensus, begin.elapsed().as_secs_f64()))
    }

    /// Milliseconds that each of so many look-ups of random assets by their id took.
    fn look_up(&self, assets: usize, count: usize, random: &mut StdRng) -> Result<Vec<f64>> {
        let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
        let mut times = Vec::with_capacity(count);
        for _ in 0..count {
            let index = random.gen_range(0..assets);
            let (create, _) = load::assets(index..index + 1, SEED)?.swap_remove(0);
            let id = *Transaction::parse(&create, &Limits::default())?.id();
            let begin = Instant::now();
            let found = agent.get(format!("{}/api/v1/transactions/{id}", self.http)).call()?;
            let body = found.into_body().read_to_string()?;
            times.push(begin.elapsed().as_secs_f64() * 1e3);
            ensure!(body.contains(&id.to_string()), "{body}");
        }
        Ok(times)
    }
}

/// Seconds that it takes to read everything of a node that stands still out into a file, and to put that back into
/// another one, which has a document server of its own: what a node that joins does with what its peers send.
fn carry(node: &Node, folder: &Path) -> Result<(f64, f64)> {
    fs::create_dir(folder)?;
    let (other, file) = (Node::new(folder)?, folder.join("export"));
    let run = |arguments: &[&str], home: &Path, file: &Path| -> Result<f64> {
        let mut command = child(Binaries::find()?.mongo_ledger()?)?;
        let begin = Instant::now();
        let status =
            command.args(arguments).arg(file).arg("--home").arg(home).stdout(Stdio::null()).status()?;
        ensure!(status.success(), "{arguments:?} ended with {status}");
        Ok(begin.elapsed().as_secs_f64())
    };
    let taken = run(&["export", "--out"], &node.home, &file)?;
    let restored = run(&["import", "--in"], &other.home, &file)?;
    println!("  {:.0} MB are carried", fs::metadata(&file)?.len() as f64 / 1e6);
    other.server.0.stop()?;
    Ok((taken, restored))
}

fn free_ports() -> Result<[u16; 3]> {
    let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let (one, two, three) = (free()?, free()?, free()?);
    Ok([one.local_addr()?.port(), two.local_addr()?.port(), three.local_addr()?.port()])
}

/// `CREATE` transactions of assets.
fn creates(range: Range<usize>) -> Result<Vec<Bytes>> {
    Ok(load::assets(range, SEED)?.into_iter().map(|(create, _)| create.into()).collect())
}

/// The median time of blocks that each make assets, from `next` on, and move some of those that were never moved, from
/// `unmoved` on.
fn blocks(consensus: &mut Consensus, unmoved: usize, next: &mut usize, random: &mut StdRng) -> Result<f64> {
    let among = next.checked_sub(unmoved).filter(|count| *count >= BLOCKS * MOVED);
    let among = among.context("there are too few assets to move each once")?;
    let mut chosen: Vec<usize> = rand::seq::index::sample(random, among, BLOCKS * MOVED).into_vec();
    let mut times = Vec::with_capacity(BLOCKS);
    for _ in 0..BLOCKS {
        let mut txs = creates(*next..*next + MOVED)?;
        *next += MOVED;
        for index in chosen.drain(..MOVED).map(|place| unmoved + place) {
            let (_, transfer) = load::assets(index..index + 1, SEED)?.swap_remove(0);
            txs.push(transfer.into());
        }
        times.push(consensus.block(txs)?);
    }
    Ok(median(times))
}

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1).filter_map(|word| word.parse().ok());
    let assets: usize = words.next_back().unwrap_or(1_000_000);
    let folder = tempfile::tempdir()?;
    let node = Node::new(folder.path())?;
    let mut random = StdRng::seed_from_u64(SEED);
    let (process, mut consensus, _) = node.start()?;
    consensus.begin()?;
    let mut next = BLOCKS * MOVED;
    consensus.block(creates(0..next)?)?;
    let empty = blocks(&mut consensus, 0, &mut next, &mut random)?;
    let unmoved = next;
    let begin = Instant::now();
    while next < assets {
        let most = (next + FILL).min(assets);
        consensus.block(creates(next..most)?)?;
        if next / 100_000 != most / 100_000 {
            println!(
                "  {most} assets after {:.0} s, {:.0} MB",
                begin.elapsed().as_secs_f64(),
                process.memory()?
            );
        }
        next = most;
    }
    let filled = blocks(&mut consensus, unmoved, &mut next, &mut random)?;
    let times = node.look_up(assets, LOOKUPS, &mut random)?;
    let memory = process.memory()?;
    drop(consensus);
    process.stop()?;
    let (process, consensus, start) = node.start()?;
    drop(consensus);
    process.stop()?;
    let (taken, restored) = carry(&node, &folder.path().join("other"))?;
    node.server.0.stop()?;
    let name = |what: &str| format!("database_{assets}_{what}");
    Record::ratio(&name("block"), filled, "ms", filled / empty, "the empty database, documents bundled")?;
    Record::figure(&name("lookup_p50"), percentile(times.clone(), 50), "ms")?;
    Record::figure(&name("lookup_p99"), percentile(times, 99), "ms")?;
    Record::figure(&name("start"), start, "s")?;
    Record::figure(&name("export"), taken, "s")?;
    Record::figure(&name("restore"), restored, "s")?;
    Record::figure(&name("memory"), memory, "MB")
}
