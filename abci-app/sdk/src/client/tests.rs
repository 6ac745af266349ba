//! What client promises, as tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::sync::atomic::Ordering;

use super::*;
use crate::fake::{FakeChain, FakeNode};

#[tokio::test(start_paused = true)]
async fn a_read_goes_on_at_the_next_endpoint_and_comes_back_to_it() {
    let chain = FakeChain::new();
    let (one, other) = (FakeNode::new(&chain), FakeNode::new(&chain));
    let client = FakeNode::client(&[&one, &other]);
    one.down.store(true, Ordering::Relaxed);
    assert_eq!(client.status().await.unwrap().height, Height(1));
    assert_eq!(client.in_order().next().unwrap().1.url, "fake1");
    other.down.store(true, Ordering::Relaxed);
    one.down.store(false, Ordering::Relaxed);
    assert_eq!(client.status().await.unwrap().height, Height(1));
    assert_eq!(client.in_order().next().unwrap().1.url, "fake0");
}

#[tokio::test(start_paused = true)]
async fn an_error_names_each_endpoint_and_what_happened_there() {
    let chain = FakeChain::new();
    let (one, other) = (FakeNode::new(&chain), FakeNode::new(&chain));
    let client = FakeNode::client(&[&one, &other]);
    one.down.store(true, Ordering::Relaxed);
    other.down.store(true, Ordering::Relaxed);
    let error = client.status().await.unwrap_err();
    assert_eq!(error.cause(), crate::Cause::Broken);
    let text = error.to_string();
    assert!(text.contains("fake0: connection refused; fake1: connection refused"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_answer() {
    let chain = FakeChain::new();
    let (one, other) = (FakeNode::new(&chain), FakeNode::new(&chain));
    let error = FakeNode::client(&[&one, &other]).block(Some(Height(9))).await.unwrap_err();
    assert_eq!(error.cause(), crate::Cause::Refused);
    assert!(matches!(&error, ClientError::Refused { endpoint, .. } if endpoint == "fake0"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_ends() {
    let pending: Call<'_, ()> = Box::pin(std::future::pending());
    assert!(
        matches!(timed(pending, CALL_TIMEOUT).await, Err(NodeError::Silent(reason)) if reason.contains("10 s"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_node_that_hangs_costs_little() {
    let chain = FakeChain::new();
    let (one, other) = (FakeNode::new(&chain), FakeNode::new(&chain));
    one.hangs.store(true, Ordering::Relaxed);
    let begun = tokio::time::Instant::now();
    let client = FakeNode::client(&[&one, &other]);
    client.status().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let begun = tokio::time::Instant::now();
    client.status().await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO, "the one that answers is asked first now");
}

#[tokio::test(start_paused = true)]
async fn the_node_that_is_farthest_is_preferred() {
    let chain = FakeChain::new();
    let (one, other) = (FakeNode::new(&chain), FakeNode::new(&chain));
    *one.stale.lock().unwrap() = Some(Height(1));
    chain.commit();
    let client = FakeNode::client(&[&one, &other]);
    assert_eq!(client.committed().await.unwrap(), Height(1));
    client.prefer_newest().await;
    assert_eq!(client.committed().await.unwrap(), Height(2));
}

#[test]
fn addresses_are_checked() {
    let check = |urls: &[&str]| Client::new(&urls.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>());
    assert!(check(&["http://127.0.0.1:26657", "https://example.com"]).is_ok());
    assert!(matches!(check(&[]), Err(ClientError::Count { found: 0 })));
    assert!(matches!(check(&["http://a"; 17]), Err(ClientError::Count { found: 17 })));
    for url in ["", "127.0.0.1:26657", "ws://127.0.0.1", "ftp://a"] {
        assert!(matches!(check(&[url]), Err(ClientError::Url { .. })), "{url}");
    }
}

#[tokio::test]
async fn nobody_listening_is_said_with_the_address() {
    // The port of a listener that is closed again is one that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let text = Client::new(std::slice::from_ref(&url)).unwrap().status().await.unwrap_err().to_string();
    assert!(text.contains(&format!("{url}: ")) && text.contains("Connection refused"), "{text}");
    assert!(!text.contains('\n'), "{text}");
}
