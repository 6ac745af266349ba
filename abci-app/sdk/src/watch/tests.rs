//! What watch promises, as tests.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::{sync::atomic::Ordering, time::Duration};

use super::*;
use crate::fake::{FakeChain, FakeNode};

#[tokio::test(start_paused = true)]
async fn every_block_comes_once_and_in_order() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    let blocks = chain.run();
    let mut watch = Watch::start(FakeNode::client(&[&node]), Some(Height(1))).await.unwrap();
    for height in 1..=40 {
        // The node goes away, the reader dawdles: no block is missed.
        node.down.store(height % 7 == 3, Ordering::Relaxed);
        if height % 7 == 3 {
            let node = std::sync::Arc::clone(&node);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(9)).await;
                node.down.store(false, Ordering::Relaxed);
            });
        }
        if height % 10 == 0 {
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        assert_eq!(watch.next().await.unwrap().height, Height(height));
    }
    blocks.abort();
}

#[tokio::test(start_paused = true)]
async fn without_a_height_it_begins_with_the_next_block() {
    let chain = FakeChain::new();
    chain.commit();
    let node = FakeNode::new(&chain);
    let mut watch = Watch::start(FakeNode::client(&[&node]), None).await.unwrap();
    let blocks = chain.run();
    let block = watch.next().await.unwrap();
    blocks.abort();
    assert_eq!((block.height, block.receipts.len()), (Height(3), 0));
    let state = chain.state();
    let header = &state.blocks.get(2).unwrap().header;
    assert_eq!(block.hash.as_bytes(), header.hash().as_bytes());
}

#[tokio::test(start_paused = true)]
async fn the_queue_is_bounded() {
    let chain = FakeChain::new();
    for _ in 0..100 {
        chain.commit();
    }
    let node = FakeNode::new(&chain);
    let watch = Watch::start(FakeNode::client(&[&node]), Some(Height(1))).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(watch.blocks.len(), QUEUE);
}

#[tokio::test(start_paused = true)]
async fn a_dead_network_is_said_at_once() {
    let chain = FakeChain::new();
    let node = FakeNode::new(&chain);
    node.down.store(true, Ordering::Relaxed);
    assert!(Watch::start(FakeNode::client(&[&node]), None).await.is_err());
}
