//! A frame that is no request closes its connection, says why, and harms nobody else.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use sirius_host::Options;

use crate::support::{Response, Running, check_tx, checked, frames, info};

const LIMIT: usize = 1_000_000;

/// Sends `bytes` behind a good request; the good one must be answered, the rest refused with `reason`.
fn check(server: &Running, bytes: &[u8], reason: &str) {
    let mut client = server.client();
    client.write(&[frames(&[check_tx("good")]), bytes.to_vec()].concat());
    assert_eq!(checked(client.receive()), "good");
    match client.receive() {
        Some(Response::Exception(exception)) => {
            assert!(exception.error.contains(reason), "{bytes:02x?}: {}", exception.error);
        }
        other => panic!("{bytes:02x?} was answered with {other:?}"),
    }
    assert!(client.receive().is_none(), "the connection is closed behind the reason");
}

#[test]
fn hostile_frames_close_their_own_connection_only() {
    let server = Running::unix(Options { max_frame: LIMIT, ..Options::default() });
    let mut bystander = server.client();
    let ten = |last: u8| [[0x80; 9].as_slice(), &[last]].concat();
    let long = |size: u64| {
        let mut bytes = Vec::new();
        prost::encoding::encode_varint(size, &mut bytes);
        bytes
    };
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (ten(1), "declares 9223372036854775808 bytes, at most 1000000"),
        (long(u64::MAX), "declares 18446744073709551615 bytes"),
        (long(LIMIT as u64 + 1), "declares 1000001 bytes"),
        (long(1 << 32), "declares 4294967296 bytes"),
        (ten(2), "no 64-bit number"),
        (vec![0xff; 64], "no 64-bit number"),
        (vec![0x85, 0x00, 1, 2, 3, 4, 5], "padded"),
        (vec![0x00], "names no method"),
        // Field 9 was DeliverTx in older protocols; field 99 never was.
        (vec![0x02, 0x4a, 0x00], "names no method"),
        (vec![0x03, 0x9a, 0x06, 0x00], "names no method"),
        (vec![0x01, 0xff], "no ABCI request"),
        // A CheckTx that declares more than its frame holds.
        (vec![0x02, 0x42, 0x7f], "no ABCI request"),
        // An Echo whose message is no UTF-8.
        (vec![0x05, 0x0a, 0x03, 0x0a, 0x01, 0xff], "no ABCI request"),
        // Wrong wire type for Info.
        (vec![0x02, 0x18, 0x01], "no ABCI request"),
        (b"GET / HTTP/1.1\r\n\r\n".repeat(10), "no ABCI request"),
    ];
    for (bytes, reason) in &cases {
        check(&server, bytes, reason);
        assert!(matches!(bystander.call(info()), Response::Info(_)), "the bystander goes on");
    }
    let text = server.metrics.render();
    assert!(text.contains(&format!("abci_frames_refused_total {}\n", cases.len())), "{text}");
    // A connection is counted as closed just behind its end.
    while server.metrics.connections() > 1 {
        thread::yield_now();
    }
}

#[test]
fn a_frame_of_exactly_the_limit_is_taken() {
    let server = Running::unix(Options { max_frame: LIMIT, ..Options::default() });
    let frame = |size: usize| frames(&[check_tx(vec![1; size])]);
    // Three bytes of length, then field 8 with its own length and field 1 with its own.
    let overhead = frame(LIMIT / 2).len() - LIMIT / 2;
    let mut client = server.client();
    client.write(&frame(LIMIT - (overhead - 3)));
    assert_eq!(checked(client.receive()).len(), LIMIT - (overhead - 3));
    client.write(&frame(LIMIT - (overhead - 3) + 1)[..10]);
    assert!(matches!(client.receive(), Some(Response::Exception(_))));
}

#[test]
fn a_peer_that_leaves_within_a_frame_harms_nobody() {
    let server = Running::unix(Options::default());
    let mut bystander = server.client();
    for bytes in [&[0x80][..], &[0x7f], &[0x7f, 1, 2, 3], &[0xff, 0xff, 0xff, 0x0f, 1]] {
        UnixStream::connect(server.path()).unwrap().write_all(bytes).unwrap();
        assert!(matches!(bystander.call(info()), Response::Info(_)));
    }
    // A peer that asks and does not wait for the answer.
    UnixStream::connect(server.path()).unwrap().write_all(&frames(&vec![info(); 1000])).unwrap();
    assert!(matches!(bystander.call(info()), Response::Info(_)));
}

#[test]
fn a_request_that_arrives_byte_by_byte_is_answered() {
    let server = Running::tcp();
    let mut client = server.client();
    for byte in frames(&[check_tx("slowly")]) {
        client.write(&[byte]);
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(checked(client.receive()), "slowly");
}
