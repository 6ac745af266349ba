//! The stream over WebSocket.

use serde_json::json;
use tungstenite::Message;

use super::*;

fn connect(bed: &Bed, query: &str) -> Socket {
    let address = bed.serving.stream();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let url = format!("ws://{address}/api/v1/streams/valid_transactions{query}");
    tungstenite::client(url, stream).unwrap().0
}

/// The next lines of a stream: height and transaction.
fn lines(socket: &mut Socket, count: usize) -> Vec<(u64, String)> {
    let mut lines = Vec::new();
    while lines.len() < count {
        if let Message::Text(text) = socket.read().unwrap() {
            let line: Value = serde_json::from_str(&text).unwrap();
            lines.push((
                line["height"].as_u64().unwrap(),
                line["transaction_id"].as_str().unwrap().to_owned(),
            ));
        }
    }
    lines
}

fn numbered(number: u32) -> Transaction {
    asset(&format!(r#"{{"number":{number}}}"#), None, 1)
}

#[test]
fn tells_of_each_transaction_as_bigchaindb_does() {
    let bed = Bed::new();
    let mut socket = connect(&bed, "");
    // The connection is answered before its reader listens.
    std::thread::sleep(Duration::from_millis(300));
    let made = numbered(1);
    let height = bed.block(&[&made]);
    let text = loop {
        if let Message::Text(text) = socket.read().unwrap() {
            break text;
        }
    };
    let id = made.id().to_string();
    let expected = json!({ "height": height, "asset_id": id, "transaction_id": id });
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
}

#[test]
fn resumes_at_a_height_and_goes_on_without_gap_or_double() {
    let bed = Bed::new();
    let mut expected = Vec::new();
    let mut next = 0;
    let mut some = |bed: &Bed, count: usize| {
        for _ in 0..count {
            let both = [numbered(next), numbered(next + 1)];
            next += 2;
            let height = bed.block(&both.iter().collect::<Vec<_>>());
            bed.block(&[]);
            expected.extend(both.iter().map(|one| (height, one.id().to_string())));
        }
    };
    some(&bed, 80);
    let mut socket = connect(&bed, "?from_height=0");
    some(&bed, 60);
    assert_eq!(lines(&mut socket, 280), expected);
    let (height, _) = expected[200];
    let mut late = connect(&bed, &format!("?from_height={height}"));
    assert_eq!(lines(&mut late, 80), expected[200..]);
}

#[test]
fn a_reader_that_was_away_longer_than_the_feed_is_long_misses_nothing() {
    let bed = Bed::new();
    let mut socket = connect(&bed, "");
    std::thread::sleep(Duration::from_millis(300));
    let made: Vec<Transaction> = (0..300).map(numbered).collect();
    let expected: Vec<_> = made.iter().map(|one| (bed.block(&[one]), one.id().to_string())).collect();
    assert_eq!(lines(&mut socket, 300), expected);
}

#[test]
fn tells_only_of_what_is_wanted() {
    let bed = Bed::new();
    let (made, other) = (numbered(1), numbered(2));
    let moved = send(&alice(), output(&made, 0), bob().public(), 1, made.id());
    let first = bed.block(&[&made, &other]);
    let mut of_asset = connect(&bed, &format!("?from_height=0&asset={}", made.id()));
    let mut of_bob = connect(&bed, &format!("?from_height=0&key={}", bob().public()));
    let mut of_alice = connect(&bed, &format!("?from_height=0&key={}", alice().public()));
    assert_eq!(lines(&mut of_asset, 1), [(first, made.id().to_string())]);
    let second = bed.block(&[&moved]);
    assert_eq!(lines(&mut of_asset, 1), [(second, moved.id().to_string())]);
    assert_eq!(lines(&mut of_bob, 1), [(second, moved.id().to_string())]);
    assert_eq!(lines(&mut of_alice, 3).len(), 3);
}

#[test]
fn refuses_wishes_that_are_none_and_says_why_it_ends() {
    let bed = Bed::new();
    for query in ["?asset=x", "?key=0", "?from_height=-1"] {
        let stream = TcpStream::connect(bed.serving.stream()).unwrap();
        let url = format!("ws://{}/api/v1/streams/valid_transactions{query}", bed.serving.stream());
        assert!(tungstenite::client(url, stream).is_err(), "{query}");
    }
    let mut socket = connect(&bed, "");
    std::thread::sleep(Duration::from_millis(300));
    bed.serving.stop.send_replace(true);
    let end = loop {
        match socket.read().unwrap() {
            Message::Close(frame) => break frame.unwrap(),
            _ => continue,
        }
    };
    assert!(end.reason.contains("the node is stopping"), "{end:?}");
}
