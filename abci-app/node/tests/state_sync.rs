//! State sync over ABCI: what an honest network offers is taken, whatever a liar makes of it is refused by name, and a
//! node that was lied to is as empty as before.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics fails")]

use std::{path::Path, sync::Arc};

use abci_app::{Machine, Pace, config::Config};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::json;
use sirius_primitives::{Height, sha256};
use sirius_store::{
    Memory, Order, Span,
    backend::{Backend as _, Space},
};
use tempfile::TempDir;
use tendermint_abci::Application as _;
use tendermint_proto::v0_38::{
    abci::{
        RequestApplySnapshotChunk, RequestFinalizeBlock, RequestInfo, RequestInitChain,
        RequestLoadSnapshotChunk, RequestOfferSnapshot, Snapshot,
        response_apply_snapshot_chunk::Result as Applied, response_offer_snapshot::Result as Offered,
    },
    types::{BlockParams, ConsensusParams, EvidenceParams},
};

/// Wrong chunks after which a snapshot is given up, and the one that is one too many.
const MOST_WRONG: usize = 64;

struct Node {
    machine: Machine,
    backend: Memory,
    home: TempDir,
}

fn config(home: &Path, more: &str) -> Config {
    std::fs::write(home.join("app.toml"), format!("[abci]\nlisten = 'unix:///none'\n{more}")).unwrap();
    Config::load(home).unwrap()
}

impl Node {
    fn new(more: &str) -> Self {
        let (home, backend) = (tempfile::tempdir().unwrap(), Memory::new());
        let config = config(home.path(), more);
        let machine = Machine::over(Arc::new(backend.clone()), &config, Pace::AtOnce(1_500)).unwrap();
        Self { machine, backend, home }
    }

    /// A chain of so many blocks with some accounts.
    fn chain(blocks: i64, more: &str) -> Self {
        let node = Self::new(more);
        let prefix = sirius_primitives::Prefix::new("sirius").unwrap();
        let balances: Vec<_> = (0..60u8)
            .map(|number| {
                let address = sirius_primitives::Address::new([number; 20]).bech32(&prefix);
                json!({ "address": address, "coins": [{ "denom": "uxpx", "amount": "1000" }] })
            })
            .collect();
        let app_state = json!({
            "chain": { "prefix": "sirius" },
            "bank": { "balances": balances, "denoms": [] },
            "fee": { "denom": "uxpx" },
        });
        node.machine.init_chain(RequestInitChain {
            chain_id: "sync-1".into(),
            initial_height: 1,
            consensus_params: Some(ConsensusParams {
                block: Some(BlockParams { max_bytes: 1 << 20, max_gas: 10_000_000 }),
                evidence: Some(EvidenceParams { max_age_num_blocks: 3, ..EvidenceParams::default() }),
                ..ConsensusParams::default()
            }),
            app_state_bytes: app_state.to_string().into_bytes().into(),
            ..RequestInitChain::default()
        });
        (1..=blocks).for_each(|height| {
            node.block(height);
        });
        node
    }

    /// Executes an empty block; the height from which on blocks are kept.
    fn block(&self, height: i64) -> i64 {
        self.machine.finalize_block(RequestFinalizeBlock { height, ..RequestFinalizeBlock::default() });
        self.machine.commit().retain_height
    }

    fn bytes(&self) -> usize {
        let (view, mut total) = (self.backend.view().unwrap(), 0);
        for space in Space::ALL {
            view.scan(space, &Span::prefix(b""), Order::Ascending, &mut |key, value| {
                total += key.len() + value.len();
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        }
        total
    }

    fn offer(&self, snapshot: &Snapshot, app_hash: &Bytes) -> Offered {
        let request = RequestOfferSnapshot { snapshot: Some(snapshot.clone()), app_hash: app_hash.clone() };
        self.machine.offer_snapshot(request).result()
    }

    fn apply(&self, index: u32, chunk: Bytes) -> Applied {
        let request = RequestApplySnapshotChunk { index, chunk, sender: "peer".into() };
        self.machine.apply_snapshot_chunk(request).result()
    }
}

/// A snapshot at height 4 with its chunks, and the trusted app hash.
#[derive(Debug, Clone)]
struct Shipped {
    snapshot: Snapshot,
    chunks: Vec<Bytes>,
    app_hash: Bytes,
}

fn shipped() -> Shipped {
    let source = Node::chain(4, "[snapshots]\nevery_blocks = 4\n");
    let app_hash = source.machine.info(RequestInfo::default()).last_block_app_hash;
    let snapshot = source.machine.list_snapshots().snapshots.remove(0);
    let Snapshot { height, format, chunks, .. } = snapshot;
    assert_eq!(height, 4);
    let load = |chunk| RequestLoadSnapshotChunk { height, format, chunk };
    let chunks: Vec<Bytes> =
        (0..chunks).map(|chunk| source.machine.load_snapshot_chunk(load(chunk)).chunk).collect();
    assert!(chunks.len() > 3 && chunks.iter().all(|chunk| !chunk.is_empty()));
    assert!(source.machine.load_snapshot_chunk(load(u32::MAX)).chunk.is_empty());
    Shipped { snapshot, chunks, app_hash }
}

#[test]
fn a_node_begins_from_a_snapshot_and_goes_on() {
    let (shipped, node) = (shipped(), Node::new(""));
    assert_eq!(node.apply(0, shipped.chunks[0].clone()), Applied::Abort, "nothing was offered");
    assert_eq!(node.offer(&shipped.snapshot, &shipped.app_hash), Offered::Accept);
    for (index, chunk) in shipped.chunks.iter().enumerate() {
        assert_eq!(node.apply(u32::try_from(index).unwrap(), chunk.clone()), Applied::Accept);
    }
    let info = node.machine.info(RequestInfo::default());
    assert_eq!((info.last_block_height, &info.last_block_app_hash), (4, &shipped.app_hash));
    let other = Node::chain(4, "");
    for height in 5..8 {
        let request = RequestFinalizeBlock { height, ..RequestFinalizeBlock::default() };
        let [one, two] = [&node, &other].map(|node| node.machine.finalize_block(request.clone()));
        assert_eq!(one, two);
        node.machine.commit();
        other.machine.commit();
    }
    // A node with a state takes no other.
    assert_eq!(node.offer(&shipped.snapshot, &shipped.app_hash), Offered::Reject);
}

#[test]
fn patience_with_wrong_chunks_is_bounded() {
    let (shipped, node) = (shipped(), Node::new(""));
    assert_eq!(node.offer(&shipped.snapshot, &shipped.app_hash), Offered::Accept);
    for wrong in 0..MOST_WRONG {
        assert_eq!(node.apply(0, vec![7; 1 << 20].into()), Applied::Retry, "{wrong}");
    }
    assert_eq!(node.apply(0, Bytes::from_static(b"endless")), Applied::RejectSnapshot);
    assert_eq!(node.apply(0, shipped.chunks[0].clone()), Applied::Abort);
    assert_eq!(node.bytes(), 0);
}

#[test]
fn blocks_are_kept_as_long_as_anybody_needs_them() {
    let check = |more: &str, expected: i64| {
        let node = Node::chain(19, more);
        assert_eq!(node.block(20), expected, "{more}");
        drop(node.home);
    };
    check("", 0);
    check("[store]\nretain_blocks = 10\n[snapshots]\nevery_blocks = 0", 10);
    check("[store]\nretain_blocks = 1\n[snapshots]\nevery_blocks = 0", 17);
    check("[store]\nretain_blocks = 1\n[snapshots]\nevery_blocks = 4\nkeep = 2", 12);
}

/// What a liar makes of an offer.
fn lie(shipped: &Shipped, kind: u8, at: prop::sample::Index, bit: u8) -> (Snapshot, Offered) {
    let mut lie = shipped.snapshot.clone();
    let mut metadata = lie.metadata.to_vec();
    let at = at.index(metadata.len());
    let rehash = kind.is_multiple_of(2);
    match kind % 8 {
        0 | 1 => metadata[at] ^= 1 << (bit % 8),
        2 | 3 => metadata.truncate(at),
        4 => metadata.extend(vec![bit; 5_000_000]),
        5 => lie.height += u64::from(bit) + 1,
        6 => lie.chunks = u32::MAX - u32::from(bit),
        _ => {
            lie.format += u32::from(bit) + 1;
            return (lie, Offered::RejectFormat);
        }
    }
    if rehash {
        lie.hash = sha256(&metadata).as_bytes().to_vec().into();
    }
    lie.metadata = metadata.into();
    (lie, Offered::RejectSender)
}

thread_local! {
    static HONEST: Shipped = shipped();
    static NODE: Node = Node::new("");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]
    #[test]
    fn whatever_a_liar_offers_is_refused_or_found_out_and_leaves_nothing(
        kind in any::<u8>(), at in any::<prop::sample::Index>(), bit in any::<u8>(),
    ) {
        let honest = HONEST.with(Clone::clone);
        let (lie, expected) = lie(&honest, kind, at, bit);
        NODE.with(|node| {
            let verdict = node.offer(&lie, &honest.app_hash);
            if verdict == Offered::Accept {
                // Only the hashes of chunks were changed, and rightly hashed again: the chunks tell.
                assert!(kind.is_multiple_of(2), "{kind}");
                let results: Vec<Applied> = (0..).zip(&honest.chunks).map(|(index, chunk)| node.apply(index, chunk.clone())).collect();
                assert!(results.contains(&Applied::Retry));
            } else {
                assert_eq!(verdict, expected);
            }
            assert_eq!(node.machine.height(), Height::ZERO);
        });
    }
}
