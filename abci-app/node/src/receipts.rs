//! What became of each transaction, by its hash, kept beside the state and committed with it.
//!
//! CometBFT's own index is not durable: a crash between a commit and its indexing loses entries. These do not get lost.

use borsh::BorshDeserialize;
use bytes::Bytes;
use prost::Message as _;
use sirius_primitives::{Blocks, Hash, Height, sha256};
use sirius_runtime::BlockInfo;
use sirius_store::{Fault, Store};
use tendermint_proto::v0_38::abci::{ExecTxResult, TxResult};

/// A row beside the state: its key, and its bytes or nothing.
pub(crate) type Row = (Vec<u8>, Option<Vec<u8>>);

/// Heights whose receipts one commit removes at most, so that no commit stalls after the window was shortened.
const PRUNED_A_COMMIT: u64 = 2;

/// ```text
/// tx/ <hash: 32 bytes>  →  tendermint.abci.TxResult
/// ```
fn tx_key(hash: &Hash) -> Vec<u8> {
    [b"tx/".as_slice(), hash.as_bytes()].concat()
}

/// ```text
/// block/ <height: 8 bytes, big-endian>  →  BlockInfo and the hashes of its transactions (borsh)
/// ```
fn block_key(height: Height) -> Vec<u8> {
    [b"block/".as_slice(), &height.0.to_be_bytes()].concat()
}

/// The rows that a block adds and removes.
pub(crate) fn rows(
    store: &Store,
    block: &BlockInfo,
    txs: &[Bytes],
    results: &[ExecTxResult],
    keep: Blocks,
) -> Result<Vec<Row>, Fault> {
    let mut rows = Vec::with_capacity(txs.len().saturating_add(1));
    let mut hashes = Vec::with_capacity(txs.len());
    for (index, (tx, result)) in txs.iter().zip(results).enumerate() {
        let hash = sha256(tx);
        let receipt = TxResult {
            height: block.height.to_wire(),
            index: u32::try_from(index).unwrap_or(u32::MAX),
            tx: tx.clone(),
            result: Some(result.clone()),
        };
        rows.push((tx_key(&hash), Some(receipt.encode_to_vec())));
        hashes.push(hash);
    }
    let written = borsh::to_vec(&(block, hashes)).expect("writing to memory cannot fail");
    rows.push((block_key(block.height), Some(written)));
    forget(store, block.height.before(keep), &mut rows)?;
    Ok(rows)
}

/// Removes the receipts of the oldest blocks, up to and including `last`.
fn forget(store: &Store, last: Height, rows: &mut Vec<Row>) -> Result<(), Fault> {
    for back in 0..PRUNED_A_COMMIT {
        let height = last.before(Blocks(back));
        if height == Height::ZERO {
            return Ok(());
        }
        let Some((_, hashes)) = block(store, height)? else { continue };
        rows.extend(hashes.iter().map(|hash| (tx_key(hash), None)));
        rows.push((block_key(height), None));
    }
    Ok(())
}

/// A block's facts and its transactions, while they are kept.
pub(crate) fn block(store: &Store, height: Height) -> Result<Option<(BlockInfo, Vec<Hash>)>, Fault> {
    let damaged = |error: std::io::Error| Fault::Damaged { what: "a block's row", detail: error.to_string() };
    let row = store.row(&block_key(height))?;
    row.map(|bytes| BorshDeserialize::try_from_slice(&bytes).map_err(damaged)).transpose()
}

/// What became of a transaction, while it is kept.
pub(crate) fn receipt(store: &Store, hash: &Hash) -> Result<Option<TxResult>, Fault> {
    let damaged = |error: prost::DecodeError| Fault::Damaged { what: "a receipt", detail: error.to_string() };
    store.row(&tx_key(hash))?.map(|bytes| TxResult::decode(bytes.as_slice()).map_err(damaged)).transpose()
}
