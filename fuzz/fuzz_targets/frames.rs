//! F6: any bytes on the ABCI socket end their own connection at worst; the next client is served.

#![no_main]

use std::{
    io::{Read as _, Write as _},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::LazyLock,
    time::Duration,
};

use libfuzzer_sys::fuzz_target;
use prost::Message as _;
use sirius_host::{Endpoint, Options, Server};
use tendermint_proto::v0_38::abci::{Request, RequestEcho, RequestFlush, request::Value};

#[derive(Clone)]
struct Empty;
impl tendermint_abci::Application for Empty {}

/// Small, so that what is too long is met.
const MOST_FRAME: usize = 1 << 16;

static SOCKET: LazyLock<PathBuf> = LazyLock::new(|| {
    let path = std::env::temp_dir().join(format!("sirius-fuzz-{}.sock", std::process::id()));
    let options = Options { max_frame: MOST_FRAME, ..Options::default() };
    let server = Server::bind(&Endpoint::Unix(path.clone()), Empty, options).expect("a socket");
    std::thread::spawn(move || server.run());
    path
});

fn ask(bytes: &[u8]) -> Vec<u8> {
    let mut stream = UnixStream::connect(&*SOCKET).expect("the server goes on");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    // A connection that is ended takes no more.
    let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write));
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("the server hangs"),
        _ => answer,
    }
}

fuzz_target!(|bytes: &[u8]| {
    // The target's panic hook would take a panic of the server for one of its own, which it is.
    if !ask(bytes).is_empty() {
        sirius_fuzz::taken();
    }
    let echo = Value::Echo(RequestEcho { message: "here".into() });
    let sound = [echo, Value::Flush(RequestFlush {})].map(|value| Request { value: Some(value) });
    let sound: Vec<u8> = sound.iter().flat_map(Request::encode_length_delimited_to_vec).collect();
    assert!(ask(&sound).windows(4).any(|part| part == b"here"), "a sound client is not served");
});
