//! Clients that mean no good, each against a node without a chain, over real sockets.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::{Machine, Serving, config::Config, serve};

/// A node whose two faces listen on free ports, and which is never asked by CometBFT.
fn node(section: &str) -> (Serving, SocketAddr) {
    let home = tempfile::tempdir().unwrap();
    let text = format!(
        "[abci]\nlisten = 'unix:///nowhere'\n[store]\nbackend = 'memory'\n[cometbft]\nrpc = 'http://127.0.0.1:1'\n\
         [grpc]\nlisten = '127.0.0.1:0'\n[rest]\nlisten = '127.0.0.1:0'\n{section}"
    );
    std::fs::write(home.path().join("app.toml"), text).unwrap();
    let config = Config::load(home.path()).unwrap();
    let serving = serve(&config, Machine::open(&config).unwrap()).unwrap();
    let rest = serving.rest().unwrap();
    (serving, rest)
}

/// Sends bytes and reads all that comes back until the other side closes.
fn send(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
    // A node that has heard enough may close before all is sent.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    send(address, format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n").as_bytes())
}

fn post(address: SocketAddr, path: &str, body: &str) -> String {
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}", body.len());
    send(address, format!("{head}\r\n\r\n{body}").as_bytes())
}

fn starts(answer: &str, status: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer:.300}");
}

#[test]
fn unknown_paths_and_wrong_values_are_answered_as_grpc_gateway_does() {
    let (_serving, rest) = node("requests_per_second = 0");
    let answer = get(rest, "/cosmos/authz/v1beta1/grants", "");
    starts(&answer, "501");
    assert!(answer.contains(r#""code":12"#) && answer.contains("access-control-allow-origin: *"), "{answer}");
    starts(&get(rest, "/cosmos/bank/v1beta1/supply?pagination.limit=x", ""), "400");
    starts(&get(rest, "/cosmos/bank/v1beta1/supply", "x-cosmos-block-height: soon\r\n"), "400");
    // There is no block yet, and nobody answers for CometBFT.
    starts(&get(rest, "/cosmos/bank/v1beta1/supply", ""), "400");
    starts(&get(rest, "/cosmos/base/tendermint/v1beta1/blocks/latest", ""), "503");
    starts(&get(rest, "/openapi.json", ""), "200");
    starts(&send(rest, b"OPTIONS / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"), "204");
}

#[test]
fn an_address_that_asks_too_fast_is_told_so() {
    let (_serving, rest) = node("requests_per_second = 1\nburst = 3");
    let answers: Vec<_> = (0..5).map(|_| get(rest, "/openapi.json", "")).collect();
    answers[..3].iter().for_each(|answer| starts(answer, "200"));
    starts(&answers[4], "429");
    assert!(answers[4].contains(r#""code":8"#), "{}", answers[4]);
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let (_serving, rest) = node("requests_per_second = 0");
    let bomb = format!("x: {}\r\n", "a".repeat(1_000_000));
    starts(&get(rest, "/openapi.json", &bomb), "431");
    let many: String = (0..1_000).map(|number| format!("x{number}: 1\r\n")).collect();
    starts(&get(rest, "/openapi.json", &many), "431");
    starts(&get(rest, &format!("/{}", "a".repeat(100_000)), ""), "4");
    starts(&get(rest, "/openapi.json", ""), "200");
}

#[test]
fn a_body_that_is_too_large_or_too_deep_is_refused() {
    let (_serving, rest) = node("requests_per_second = 0");
    let simulate = "/cosmos/tx/v1beta1/simulate";
    let deep = format!(r#"{{"tx":{}{}}}"#, r#"{"body":"#.repeat(10_000), "}".repeat(10_000));
    starts(&post(rest, simulate, &deep), "400");
    starts(&post(rest, simulate, &format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))), "400");
    starts(&post(rest, simulate, &format!(r#"{{"tx_bytes":"{}"}}"#, "A".repeat(2_000_000))), "400");
    // The length is declared, and nothing follows: the request ends by itself.
    let begin = Instant::now();
    let promised =
        format!("POST {simulate} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 9\r\n\r\n{{");
    starts(&send(rest, promised.as_bytes()), "504");
    assert!(begin.elapsed() < Duration::from_secs(13));
}

#[test]
fn a_client_that_sends_its_head_slowly_is_left_and_others_are_served() {
    let (_serving, rest) = node("requests_per_second = 0");
    let begin = Instant::now();
    let mut slow: Vec<_> = (0..300).map(|_| TcpStream::connect(rest).unwrap()).collect();
    for stream in &mut slow {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: ").unwrap();
    }
    for second in 1..=12_u64 {
        starts(&get(rest, "/openapi.json", ""), "200");
        for stream in &mut slow {
            // From the tenth second on the node has closed it.
            let _ = stream.write_all(b"x");
        }
        std::thread::sleep(Duration::from_secs(second).saturating_sub(begin.elapsed()));
    }
    for stream in &mut slow {
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let closed = !matches!(stream.read(&mut [0; 64]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(closed, "a slow client is still connected after {:?}", begin.elapsed());
    }
}

#[test]
fn a_grpc_client_that_says_nothing_is_left() {
    let (serving, _) = node("requests_per_second = 0");
    let grpc = serving.grpc().unwrap();
    let begin = Instant::now();
    assert_eq!(send(grpc, b"PRI * HTTP/2.0\r\n"), "");
    assert!(begin.elapsed() < Duration::from_secs(13), "{:?}", begin.elapsed());
}

#[test]
fn stopping_ends_what_is_open() {
    let (serving, rest) = node("requests_per_second = 0");
    let mut idle = TcpStream::connect(rest).unwrap();
    idle.write_all(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    idle.read_exact(&mut [0; 12]).unwrap();
    let begin = Instant::now();
    drop(serving);
    assert!(begin.elapsed() < Duration::from_secs(7), "{:?}", begin.elapsed());
    // The port may be somebody else's by now, so it is the open connection that tells.
    idle.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let ended = idle.read_to_end(&mut Vec::new());
    assert!(!matches!(&ended, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock), "{ended:?}");
}
