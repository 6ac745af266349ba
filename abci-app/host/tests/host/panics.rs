//! A panic in a handler stops the whole process: run in a child, which is this test program again.

use std::env;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use sirius_host::call_log::{CallLogOptions, read};
use sirius_host::{Endpoint, Options, PANIC_EXIT_CODE, Server};

use crate::support::{App, Client, Request, check_tx, commit, finalize, info};

/// Not a test by itself: the process that the tests below start and stop.
#[test]
fn child() {
    let Ok(folder) = env::var("SIRIUS_HOST_PANIC") else { return };
    let folder = Path::new(&folder);
    let call_log = Some(CallLogOptions::at(folder.join("calls.log")));
    let endpoint = Endpoint::Unix(folder.join("abci.sock"));
    let server = Server::bind(&endpoint, App::default(), Options { call_log, ..Options::default() }).unwrap();
    server.run().unwrap();
    panic!("the server has returned");
}

/// Sends `requests` to a child on one connection while another is open; gives its stderr and its call log's end.
fn check(requests: &[Request], line: &str, stderr_lines: usize, last: Option<(&str, Option<i64>)>) {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "panics::child", "--nocapture"])
        .env("SIRIUS_HOST_PANIC", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let path = folder.path().join("abci.sock");
    while UnixStream::connect(&path).is_err() {
        thread::sleep(Duration::from_millis(5));
    }
    let endpoint = Endpoint::Unix(path);
    let mut bystander = Client::connect(&endpoint);
    bystander.call(info());
    let mut client = Client::connect(&endpoint);
    client.send(requests);
    while client.receive().is_some() {}
    assert!(bystander.receive().is_none(), "no connection outlives the process");

    let status = child.wait().unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(status.code(), Some(PANIC_EXIT_CODE), "{stderr}");
    assert!(stderr.contains(line), "{stderr}");
    assert_eq!(stderr.lines().count(), stderr_lines, "{stderr}");
    let entries = read(&CallLogOptions::at(folder.path().join("calls.log"))).unwrap();
    let panicked = entries.iter().filter(|entry| entry.outcome == "panic");
    let panicked: Vec<_> = panicked.map(|entry| (<&str>::from(entry.event), entry.height)).collect();
    assert_eq!(panicked, last.into_iter().collect::<Vec<_>>());
}

#[test]
fn a_panic_in_finalize_block_stops_the_process_before_anything_is_unwound() {
    check(
        &[finalize(6, "a"), commit(), finalize(7, "panic"), commit()],
        "abci: panic in finalize_block at height 7 on connection ",
        1,
        Some(("finalize_block", Some(7))),
    );
}

#[test]
fn the_line_names_the_message_and_the_place_and_stays_one_line() {
    let place = "tests/host/support.rs:";
    let line = "\"the tree is torn\\nat two places\" at ";
    check(&[finalize(7, "panic")], line, 1, Some(("finalize_block", Some(7))));
    check(&[finalize(7, "panic")], place, 1, Some(("finalize_block", Some(7))));
    check(
        &[finalize(7, "panic")],
        "the process stops with exit code 70\n",
        1,
        Some(("finalize_block", Some(7))),
    );
}

#[test]
fn a_panic_in_check_tx_stops_the_process_too() {
    let line = "abci: panic in check_tx on connection ";
    check(&[check_tx("a"), check_tx("panic")], line, 1, Some(("check_tx", None)));
}

#[test]
fn a_panic_handed_on_from_a_worker_thread_stops_the_process_too() {
    // No hook is called for it, so the handler is unwound, which our application reports.
    let line = "abci: panic in finalize_block at height 9 on connection ";
    check(&[finalize(9, "handed on")], line, 2, Some(("finalize_block", Some(9))));
}
