//! What the call log holds after some calls.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use sirius_host::call_log::{CallLogOptions, Entry, Event, read};
use sirius_host::{Method, Options, grammar};
use tendermint_proto::v0_38::abci as pb;

use crate::support::{Request, Running, check_tx, commit, finalize, flush, info, query};

fn logged() -> (Running, CallLogOptions) {
    let folder = tempfile::tempdir().unwrap();
    let log = CallLogOptions::at(folder.path().join("calls.log"));
    let options = Options { call_log: Some(log.clone()), ..Options::default() };
    let endpoint = sirius_host::Endpoint::Unix(folder.path().join("abci.sock"));
    (Running::at(endpoint, options, folder), log)
}

fn process(height: i64, txs: Vec<bytes::Bytes>) -> Request {
    let hash = bytes::Bytes::from_static(&[0x99]);
    Request::ProcessProposal(pb::RequestProcessProposal { height, hash, txs, ..Default::default() })
}

#[test]
fn consensus_calls_are_logged_with_height_hashes_and_outcome() {
    let (mut server, log) = logged();
    let mut queries = server.client();
    queries.call(info());
    let mut consensus = server.client();
    consensus.call(Request::InitChain(pb::RequestInitChain { initial_height: 1, ..Default::default() }));
    consensus.call(process(1, vec!["bad".into()]));
    consensus.call(process(1, vec![]));
    consensus.call(finalize(1, "a"));
    consensus.call(commit());
    queries.call(info());
    queries.call(query("1"));
    consensus.call(check_tx("uncounted here"));
    server.stop();

    let entries = read(&log).unwrap();
    let text = |entry: &Entry| {
        let event: &str = entry.event.into();
        let height = entry.height.map(|height| height.to_string()).unwrap_or_default();
        let Entry { connection, hash, app_hash, outcome, .. } = entry;
        format!("{connection} {event} {height} {hash} {app_hash} {outcome}")
    };
    let found: Vec<String> = entries.iter().filter(|entry| entry.event != Event::Closed).map(text).collect();
    let expected = [
        "0 started    ",
        "1 opened    ",
        "1 info 0  ABCD ok",
        "2 opened    ",
        "2 init_chain 1   ok",
        "2 process_proposal 1 99  reject",
        "2 process_proposal 1 99  accept",
        "2 finalize_block 1 1234 EF ok",
        "2 commit 1   ok",
        "1 info 1  ABCD ok",
    ];
    assert_eq!(found, expected);
    assert_eq!(entries.iter().filter(|entry| entry.event == Event::Closed).count(), 2);
    assert!(entries.iter().enumerate().all(|(position, entry)| entry.seq == position as u64));
    assert_eq!(fs::metadata(&log.path).unwrap().permissions().mode() & 0o777, 0o600);

    let seen = grammar::check(&entries).unwrap();
    assert_eq!((seen.processes, seen.blocks), (1, 1));
}

#[test]
fn the_time_a_call_took_is_logged() {
    let (mut server, log) = logged();
    server.client().call(finalize(1, "slow"));
    server.stop();
    let entries = read(&log).unwrap();
    let call = entries.iter().find(|entry| entry.event == Event::Call(Method::FinalizeBlock)).unwrap();
    assert!(call.micros >= 300_000 && call.micros < 3_000_000, "{call:?}");
}

#[test]
fn the_log_of_an_illegal_caller_is_found_out() {
    let (mut server, log) = logged();
    let mut client = server.client();
    client.send(&[info(), finalize(1, "a"), flush()]);
    while client.receive().is_some_and(|answer| !matches!(answer, crate::support::Response::Flush(_))) {}
    server.stop();
    let violation = grammar::check(&read(&log).unwrap()).unwrap_err();
    assert_eq!(violation.method, Method::FinalizeBlock);
}

#[test]
fn a_log_that_cannot_be_opened_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let log = CallLogOptions::at("/no/such/folder/calls.log".into());
    let endpoint = sirius_host::Endpoint::Unix(folder.path().join("abci.sock"));
    let options = Options { call_log: Some(log), ..Options::default() };
    let error = sirius_host::Server::bind(&endpoint, crate::support::App::default(), options).unwrap_err();
    assert!(error.to_string().contains("/no/such/folder/calls.log"), "{error}");
    assert!(!folder.path().join("abci.sock").exists(), "the socket is gone again");
}
