//! A shutdown finishes what is in progress, then ends everything.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use sirius_host::{Method, Options};

use crate::support::{Response, Running, finalize, flush, frames, info, query};

#[test]
fn a_shutdown_ends_idle_connections_at_once() {
    let mut server = Running::unix(Options::default());
    let mut clients: Vec<_> = (0..4).map(|_| server.client()).collect();
    for client in &mut clients {
        client.call(info());
    }
    let asked = Instant::now();
    server.stop();
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    for client in &mut clients {
        assert!(client.receive().is_none());
    }
    assert!(UnixStream::connect(server.path()).is_err());
}

#[test]
fn a_shutdown_twice_or_before_the_start_is_one() {
    let mut server = Running::tcp();
    server.handle.shutdown();
    server.handle.shutdown();
    server.stop();
}

#[test]
fn the_request_in_progress_is_finished_and_answered_and_no_other_begun() {
    let mut server = Running::unix(Options::default());
    let mut client = server.client();
    client.send(&[finalize(1, "slow"), finalize(2, "a"), flush()]);
    while server.metrics.calls(Method::FinalizeBlock) == 0 {
        thread::yield_now();
    }
    server.stop();
    assert_eq!(server.metrics.calls(Method::FinalizeBlock), 1);
    assert!(matches!(client.receive(), Some(Response::FinalizeBlock(_))));
    assert!(client.receive().is_none());
}

#[test]
fn a_peer_that_does_not_read_delays_a_shutdown_by_the_grace_only() {
    let grace = Duration::from_millis(300);
    let mut server = Running::unix(Options { grace, ..Options::default() });
    let mut deaf = UnixStream::connect(server.path()).unwrap();
    deaf.write_all(&frames(&[query("50000000")])).unwrap();
    while !server.metrics.render().contains("abci_call_seconds_count{method=\"query\"} 1") {
        thread::sleep(Duration::from_millis(1));
    }
    let asked = Instant::now();
    server.stop();
    let took = asked.elapsed();
    assert!(took >= grace && took < grace + Duration::from_secs(2), "{took:?}");
}
