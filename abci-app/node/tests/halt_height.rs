//! `abci-app start --halt-height`: the process commits that block, says so and ends well.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    process::{Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use prost::Message as _;
use serde_json::json;
use tendermint_proto::{
    google::protobuf::Timestamp,
    v0_38::{
        abci::{
            Request, RequestCommit, RequestFinalizeBlock, RequestFlush, RequestInitChain, Response, request,
            response,
        },
        types::{BlockParams, ConsensusParams},
    },
};

const LINE: &str = "stopped after height 2 as --halt-height says; start without it to go on";
/// How long a process may take for what it is asked.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts the program and, when there is something to say, talks to it; what it said and how it ended.
fn run(home: &Path, talk: impl FnOnce(&mut UnixStream)) -> Output {
    let mut process = Command::new(env!("CARGO_BIN_EXE_abci-app"))
        .args(["start", "--halt-height", "2", "--home"])
        .arg(home)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    loop {
        if let Ok(mut stream) = UnixStream::connect(home.join("abci.sock")) {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            talk(&mut stream);
            break;
        }
        if process.try_wait().unwrap().is_some() {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "it neither serves nor ends");
        sleep(Duration::from_millis(10));
    }
    while process.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            process.kill().unwrap();
        }
        sleep(Duration::from_millis(10));
    }
    process.wait_with_output().unwrap()
}

/// Asks one thing and gives the answer.
fn ask(stream: &mut UnixStream, value: request::Value) -> response::Value {
    let flush = request::Value::Flush(RequestFlush {});
    let frame = |value| Request { value: Some(value) }.encode_length_delimited_to_vec();
    stream.write_all(&[frame(value), frame(flush)].concat()).unwrap();
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    loop {
        stream.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
        match Response::decode_length_delimited(bytes.as_slice()).map(|response| response.value.unwrap()) {
            Ok(response::Value::Flush(_)) => bytes.clear(),
            Ok(value) => return value,
            Err(_) => {}
        }
    }
}

fn block(stream: &mut UnixStream, height: i64) {
    let time = Some(Timestamp { seconds: 1_700_000_000 + height, nanos: 0 });
    let decided = RequestFinalizeBlock { height, time, hash: vec![1; 32].into(), ..Default::default() };
    ask(stream, request::Value::FinalizeBlock(decided));
    assert!(matches!(ask(stream, request::Value::Commit(RequestCommit {})), response::Value::Commit(_)));
}

#[test]
fn the_process_ends_well_after_the_height_it_was_told() {
    let home = tempfile::tempdir().unwrap();
    let settings = format!(
        "[abci]\nlisten = 'unix://{}'\n[rest]\nenabled = false\n[grpc]\nenabled = false\n[metrics]\nlisten = '127.0.0.1:0'\n",
        home.path().join("abci.sock").display()
    );
    std::fs::write(home.path().join("app.toml"), settings).unwrap();
    let output = run(home.path(), |stream| {
        let genesis = json!({ "chain": { "prefix": "sirius" } });
        let begun = RequestInitChain {
            chain_id: "halt-1".into(),
            initial_height: 1,
            time: Some(Timestamp { seconds: 1_700_000_000, nanos: 0 }),
            consensus_params: Some(ConsensusParams {
                block: Some(BlockParams { max_bytes: 1 << 20, max_gas: 10_000_000 }),
                ..ConsensusParams::default()
            }),
            app_state_bytes: genesis.to_string().into_bytes().into(),
            ..RequestInitChain::default()
        };
        ask(stream, request::Value::InitChain(begun));
        block(stream, 1);
        block(stream, 2);
    });
    let said = |output: &Output| {
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        String::from_utf8(text).unwrap()
    };
    assert!(said(&output).contains(LINE), "{}", said(&output));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // Started again it has nothing to do.
    let again = run(home.path(), |_| panic!("it serves"));
    assert!(said(&again).contains(LINE), "{}", said(&again));
    assert_eq!(again.status.code(), Some(0));
}
