//! The balance of an account over REST, beside the same question over CometBFT's `abci_query`, on the same host in turn:
//! requests a second with as many connections as both can use, and how long each takes at half of that.
//!
//! `cargo bench -p sirius-tests --profile release --bench rest [-- ROUNDS]`

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use cosmos_sdk_proto::cosmos::bank::v1beta1::QueryBalanceRequest;
use prost::Message as _;
use sirius_tests::{
    bed::{self, Bed},
    bench::{Record, median, percentile},
};

/// Connections, each with one request under way.
const CONNECTIONS: usize = 32;
/// For how long each is asked at full speed, and at half of it.
const SPAN: Duration = Duration::from_secs(6);
/// What is not counted at the beginning.
const WARM_UP: Duration = Duration::from_secs(1);
/// How long an answer may take before the run is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A question: where, and the request's bytes.
struct Question {
    address: SocketAddr,
    request: Vec<u8>,
    /// What every answer has.
    wanted: &'static str,
}

impl Question {
    fn get(port: u16, path: &str, wanted: &'static str) -> Self {
        let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").into_bytes();
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)), request, wanted }
    }
}

/// A connection that is kept.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Asks and reads the whole answer.
    fn ask(&mut self, question: &Question) -> Result<()> {
        self.0.get_mut().write_all(&question.request)?;
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        ensure!(line.starts_with("HTTP/1.1 200"), "the answer begins with {line:?}");
        let mut length = None;
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.trim().parse()?);
            }
        }
        let mut body = vec![0; length.context("an answer has a length")?];
        self.0.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body);
        ensure!(body.contains(question.wanted), "the answer is {body}");
        Ok(())
    }
}

/// Asks over all connections for [`SPAN`], each as soon as it has its answer or, with a pace, at its beat; gives the
/// milliseconds each answer took.
fn run(question: &Question, per_second: Option<f64>) -> Result<Vec<f64>> {
    let (taken, failures) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    let begin = Instant::now();
    let beat = per_second.map(|rate| Duration::from_secs_f64(CONNECTIONS as f64 / rate));
    thread::scope(|scope| {
        for number in 0..CONNECTIONS {
            let (taken, failures) = (&taken, &failures);
            scope.spawn(move || {
                let offset = beat.unwrap_or_default().mul_f64(number as f64 / CONNECTIONS as f64);
                match connection(question, begin, beat, offset) {
                    Ok(mut own) => taken.lock().unwrap_or_else(PoisonError::into_inner).append(&mut own),
                    Err(error) => {
                        eprintln!("a connection failed: {error:#}");
                        failures.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    ensure!(failures.into_inner() == 0, "not every connection got its answers");
    Ok(taken.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn connection(
    question: &Question,
    begin: Instant,
    beat: Option<Duration>,
    offset: Duration,
) -> Result<Vec<f64>> {
    let mut connection = Connection::open(question.address)?;
    let mut taken = Vec::new();
    let mut due = begin + offset;
    while begin.elapsed() < SPAN {
        let asked = match beat {
            // What had to wait for the answer before it is late from when it was due.
            Some(beat) => {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let was_due = due;
                due += beat;
                was_due
            }
            None => Instant::now(),
        };
        connection.ask(question)?;
        if begin.elapsed() > WARM_UP {
            taken.push(asked.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    Ok(taken)
}

fn per_second(taken: &[f64]) -> f64 {
    taken.len() as f64 / (SPAN - WARM_UP).as_secs_f64()
}

fn main() -> Result<()> {
    let rounds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(5);
    let bed = Bed::start(&bed::manifest(0)?)?;
    let (address, ports) = (bed.address("alice")?, bed.network().ports());
    let path = format!("/cosmos/bank/v1beta1/balances/{address}/by_denom?denom=uxpx");
    let rest = Question::get(ports.rest(0), &path, r#""denom":"uxpx""#);
    let data = hex::encode(QueryBalanceRequest { address, denom: "uxpx".into() }.encode_to_vec());
    let path = format!("/abci_query?path=%22/cosmos.bank.v1beta1.Query/Balance%22&data=0x{data}");
    let rpc = Question::get(ports.rpc(0), &path, r#""code":0"#);
    let (mut speed, mut ratio, mut late, mut late_ratio) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (ours, theirs) = (per_second(&run(&rest, None)?), per_second(&run(&rpc, None)?));
        let ours_late = percentile(run(&rest, Some(ours / 2.0))?, 99);
        let theirs_late = percentile(run(&rpc, Some(theirs / 2.0))?, 99);
        println!(
            "round {}: REST {ours:.0} a second, p99 {ours_late:.2} ms at half; abci_query {theirs:.0}, {theirs_late:.2} ms",
            round + 1
        );
        speed.push(ours);
        ratio.push(ours / theirs);
        late.push(ours_late);
        late_ratio.push(ours_late / theirs_late);
    }
    let rpc = "the same question over CometBFT's abci_query";
    Record::ratio("rest_balance", median(speed), "requests/s", median(ratio), rpc)?;
    Record::ratio("rest_balance_p99_at_half_load", median(late), "ms", median(late_ratio), rpc)
}
