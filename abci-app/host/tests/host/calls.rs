//! Answers come in order, each to its own request, with as few writes as there can be.

use std::thread;

use sirius_host::{Method, Options};
use tendermint_proto::v0_38::abci as pb;

use crate::support::{
    Request, Response, Running, check_tx, checked, commit, finalize, flush, frames, info, query,
};

#[test]
fn a_synchronous_call_costs_one_write() {
    for server in [Running::unix(Options::default()), Running::tcp()] {
        let mut client = server.client();
        for _ in 0..20 {
            assert!(matches!(client.call(info()), Response::Info(_)));
        }
        // A write is counted just behind it.
        while server.metrics.writes() < 20 {
            thread::yield_now();
        }
        assert_eq!(server.metrics.writes(), 20);
    }
}

#[test]
fn a_request_without_a_flush_is_answered_too() {
    let server = Running::unix(Options::default());
    let mut client = server.client();
    client.send(&[info()]);
    assert!(matches!(client.receive(), Some(Response::Info(_))));
}

#[test]
fn each_method_gets_its_own_answer() {
    let server = Running::unix(Options::default());
    let mut client = server.client();
    let requests = [
        Request::Echo(pb::RequestEcho { message: "hello".to_owned() }),
        flush(),
        info(),
        Request::InitChain(pb::RequestInitChain::default()),
        query(""),
        check_tx("a"),
        commit(),
        Request::ListSnapshots(pb::RequestListSnapshots {}),
        Request::OfferSnapshot(pb::RequestOfferSnapshot::default()),
        Request::LoadSnapshotChunk(pb::RequestLoadSnapshotChunk::default()),
        Request::ApplySnapshotChunk(pb::RequestApplySnapshotChunk::default()),
        Request::PrepareProposal(pb::RequestPrepareProposal::default()),
        Request::ProcessProposal(pb::RequestProcessProposal::default()),
        Request::ExtendVote(pb::RequestExtendVote::default()),
        Request::VerifyVoteExtension(pb::RequestVerifyVoteExtension::default()),
        finalize(1, "a"),
    ];
    client.send(&requests);
    // The protocol gives the answer's field the number of the request's field and one.
    for (request, method) in requests.iter().zip(Method::ALL) {
        let answer = client.receive().unwrap();
        let (asked, answered) = (format!("{request:?}"), format!("{answer:?}"));
        let name = |text: &str| text.split('(').next().unwrap().to_owned();
        assert_eq!(name(&asked), name(&answered));
        assert_eq!(server.metrics.calls(method), 1, "{method}");
        if let Response::Echo(answer) = answer {
            assert_eq!(answer.message, "hello");
        }
    }
}

#[test]
fn pipelined_requests_are_answered_in_order_with_few_writes() {
    const COUNT: u32 = 20_000;
    for server in [Running::unix(Options::default()), Running::tcp()] {
        let (mut writer, mut reader) = server.client().halves();
        let sender = thread::spawn(move || {
            let requests: Vec<_> = (0..COUNT).map(|number| check_tx(number.to_be_bytes().to_vec())).collect();
            writer.write_all(&frames(&requests)).unwrap();
        });
        for number in 0..COUNT {
            assert_eq!(checked(reader.receive()), number.to_be_bytes().as_slice());
        }
        sender.join().unwrap();
        assert!(server.metrics.writes() < u64::from(COUNT) / 20, "{} writes", server.metrics.writes());
    }
}

#[test]
fn an_answer_larger_than_every_buffer_arrives_whole() {
    let server = Running::unix(Options::default());
    let mut client = server.client();
    for size in [0, 1, 65_536, 20_000_000] {
        match client.call(query(&size.to_string())) {
            Response::Query(answer) => {
                assert!(answer.value.len() == size && answer.value.iter().all(|&b| b == 7))
            }
            other => panic!("no answer to Query: {other:?}"),
        }
    }
}

#[test]
fn a_request_larger_than_every_buffer_arrives_whole() {
    let server = Running::unix(Options::default());
    let mut client = server.client();
    for size in [65_536, 5_000_000, 20_000_000, 10] {
        let tx: Vec<u8> = (0..size).map(|position| (position % 251) as u8).collect();
        client.send(&[check_tx(tx.clone()), check_tx("next")]);
        assert!(checked(client.receive()) == tx, "{size} bytes");
        assert_eq!(checked(client.receive()), "next");
    }
}

#[test]
fn many_connections_are_served_at_a_time() {
    let server = Running::unix(Options::default());
    thread::scope(|scope| {
        for connection in 0..16_u32 {
            let mut client = server.client();
            scope.spawn(move || {
                for number in 0..500_u32 {
                    let tx = [connection.to_be_bytes(), number.to_be_bytes()].concat();
                    client.send(&[check_tx(tx.clone()), flush()]);
                    assert_eq!(checked(client.receive()), tx);
                    assert!(matches!(client.receive(), Some(Response::Flush(_))));
                }
            });
        }
    });
    assert_eq!(server.metrics.calls(Method::CheckTx), 8000);
}

#[test]
fn a_slow_call_on_one_connection_delays_no_other() {
    let server = Running::unix(Options::default());
    let mut consensus = server.client();
    consensus.send(&[finalize(1, "slow"), flush()]);
    let mut mempool = server.client();
    while server.metrics.calls(Method::FinalizeBlock) == 0 {
        thread::yield_now();
    }
    mempool.call(check_tx("quick"));
    assert!(!server.metrics.render().contains("abci_call_seconds_count{method=\"finalize_block\"} 1"));
    assert!(matches!(consensus.receive(), Some(Response::FinalizeBlock(_))));
}

#[test]
fn an_answer_does_not_wait_for_a_slow_request_behind_it() {
    let server = Running::unix(Options::default());
    let mut client = server.client();
    client.send(&[check_tx("quick"), flush(), finalize(1, "slow"), flush()]);
    assert_eq!(checked(client.receive()), "quick");
    assert!(matches!(client.receive(), Some(Response::Flush(_))));
    assert!(!server.metrics.render().contains("abci_call_seconds_count{method=\"finalize_block\"} 1"));
    assert!(matches!(client.receive(), Some(Response::FinalizeBlock(_))));
}
