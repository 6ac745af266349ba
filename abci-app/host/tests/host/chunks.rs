//! Requests cut at arbitrary places and mixed with arbitrary bytes never panic, hang or change their order.

use std::io::Write;
use std::thread;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sirius_host::Options;

use crate::support::{Request, Response, Running, check_tx, flush, frames, info};

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let request = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..600).prop_map(check_tx),
        1 => Just(flush()),
        1 => Just(info()),
        1 => (60_000_usize..200_000).prop_map(|size| check_tx(vec![3; size])),
    ];
    prop::collection::vec(request, 1..40)
}

fn is_answer(request: &Request, answer: &Response) -> bool {
    match (request, answer) {
        (Request::CheckTx(request), Response::CheckTx(answer)) => request.tx == answer.data,
        (Request::Flush(_), Response::Flush(_)) | (Request::Info(_), Response::Info(_)) => true,
        _ => false,
    }
}

#[test]
fn requests_cut_anywhere_are_answered_in_order_and_garbage_behind_them_ends_it() {
    let server = Running::unix(Options { max_frame: 300_000, ..Options::default() });
    let inputs = (
        requests(),
        prop::collection::vec(1_usize..70_000, 1..20),
        prop::collection::vec(any::<u8>(), 0..90),
    );
    let mut runner = TestRunner::new(ProptestConfig::with_cases(200));
    let result = runner.run(&inputs, |(requests, cuts, garbage)| {
        let wire = frames(&requests);
        let (mut writer, mut reader) = server.client().halves();
        let sender = thread::spawn(move || {
            let mut rest = wire.as_slice();
            for cut in cuts.iter().cycle() {
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                writer.write_all(now).unwrap();
                rest = later;
                if rest.is_empty() {
                    break;
                }
            }
            // The server may refuse the first bytes and close before the last are written.
            let _ = writer.write_all(&garbage);
        });
        for request in &requests {
            let answer = reader.receive().unwrap();
            prop_assert!(is_answer(request, &answer), "{request:?} was answered with {answer:?}");
        }
        sender.join().unwrap();
        Ok(())
    });
    result.unwrap();
    assert!(matches!(server.client().call(info()), Response::Info(_)), "the server goes on");
}
