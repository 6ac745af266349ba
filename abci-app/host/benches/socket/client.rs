//! What CometBFT does to a server, as cheaply as it can be done.
//!
//! Every answer of the empty application, and of the echo loop, is a frame of three bytes, so answers are counted by
//! their bytes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Instant;

use sirius_host::Endpoint;

/// Bytes of an answer: a length, a field, and the length 0 of its message.
pub(crate) const ANSWER: usize = 3;
/// Bytes written at a time when requests are pipelined, as much as a busy client's buffer holds.
const WRITE: usize = 64 * 1024;

/// How long calls took, in microseconds.
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// Sends `pair`, waits for its two answers, and so on.
pub(crate) fn synchronous(endpoint: &Endpoint, pair: &[u8], calls: usize) -> Latency {
    let (mut writer, mut reader) = connect(endpoint);
    let mut call = || {
        let begun = Instant::now();
        writer.write_all(pair).unwrap();
        reader.read_exact(&mut [0; 2 * ANSWER]).unwrap();
        begun.elapsed().as_secs_f64() * 1e6
    };
    (0..calls / 10).for_each(|_| {
        call();
    });
    let mut times: Vec<f64> = (0..calls).map(|_| call()).collect();
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap();
    Latency { p50: at(50), p99: at(99) }
}

/// Sends `request` (with `answers` answers each) `count` times without waiting; gives requests a second.
pub(crate) fn pipelined(endpoint: &Endpoint, request: &[u8], answers: usize, count: usize) -> f64 {
    let (mut writer, mut reader) = connect(endpoint);
    let batch = WRITE / request.len();
    let requests = request.repeat(batch);
    let batches = count / batch;
    let begun = Instant::now();
    let sender = thread::spawn(move || {
        for _ in 0..batches {
            writer.write_all(&requests).unwrap();
        }
    });
    let mut left = batches * batch * answers * ANSWER;
    let mut buffer = vec![0; WRITE];
    while left > 0 {
        let read = reader.read(&mut buffer).unwrap();
        assert!(read > 0, "the server has closed the connection");
        left -= read;
    }
    sender.join().unwrap();
    let rate = batches as f64 * batch as f64 / begun.elapsed().as_secs_f64();
    rate.round()
}

type Halves = (Box<dyn Write + Send>, Box<dyn Read>);

fn connect(endpoint: &Endpoint) -> Halves {
    match endpoint {
        Endpoint::Unix(path) => {
            let stream = UnixStream::connect(path).unwrap();
            (Box::new(stream.try_clone().unwrap()), Box::new(stream))
        }
        Endpoint::Tcp(address) => {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_nodelay(true).unwrap();
            (Box::new(stream.try_clone().unwrap()), Box::new(stream))
        }
    }
}
