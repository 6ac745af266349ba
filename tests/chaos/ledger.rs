//! Whether the chain has each payment, and has it once.

use std::collections::HashMap;

use anyhow::{Context as _, Result, ensure};
use cosmos_sdk_proto::cosmos::tx::v1beta1::{GetTxRequest, GetTxResponse};
use prost::Message as _;
use serde::Deserialize;
use serde_json::json;
use sirius_primitives::sha256;
use sirius_tests::bed::Bed;
use sirius_tests::rpc::{Answer, Rpc};

use crate::payer::Payment;

const GET_TX: &str = "/cosmos.tx.v1beta1.Service/GetTx";
/// How many questions go into one request.
const BATCH: usize = 200;

pub(crate) fn holds_each_once(bed: &Bed, payments: &[Payment], height: u64) -> Result<()> {
    in_blocks(&bed.rpc(0), payments, height)?;
    for (host, rpc) in bed.rpcs().iter().enumerate() {
        for payments in payments.chunks(BATCH) {
            in_receipts(rpc, payments).with_context(|| format!("host{host}"))?;
        }
        let indexed = payments.iter().step_by(10).filter(|payment| in_index(rpc, payment)).count();
        // CometBFT's own index loses what it had not written when it was killed; the receipts above must not.
        println!("  host{host}: {indexed} of {} in CometBFT's own index", payments.len().div_ceil(10));
    }
    Ok(())
}

/// Every payment is in exactly one block, and no block holds anything else.
fn in_blocks(rpc: &Rpc, payments: &[Payment], height: u64) -> Result<()> {
    let mut waiting: HashMap<[u8; 32], u64> =
        payments.iter().map(|payment| (payment.hash, payment.height)).collect();
    ensure!(waiting.len() == payments.len(), "a payment was acknowledged twice");
    for height in 1..=height {
        for tx in rpc.block(Some(height))?.txs {
            let hash = *sha256(&tx).as_bytes();
            let acknowledged = waiting.remove(&hash);
            let name = hex::encode(hash);
            ensure!(
                acknowledged == Some(height),
                "{name} is in block {height}, acknowledged in {acknowledged:?}: doubled, or never acknowledged"
            );
        }
    }
    ensure!(waiting.is_empty(), "acknowledged, but in no block: {:?}", waiting.into_iter().next());
    Ok(())
}

/// Every payment has its receipt in the application, which is committed with the state.
fn in_receipts(rpc: &Rpc, payments: &[Payment]) -> Result<()> {
    #[derive(Deserialize)]
    struct Queried {
        response: Answer,
    }
    let questions = payments.iter().enumerate().map(|(id, payment)| {
        let data = GetTxRequest { hash: hex::encode_upper(payment.hash) }.encode_to_vec();
        let params = json!({ "path": GET_TX, "data": hex::encode(data), "height": "0", "prove": false });
        json!({ "jsonrpc": "2.0", "id": id, "method": "abci_query", "params": params })
    });
    let body = serde_json::to_vec(&questions.collect::<Vec<_>>())?;
    for (payment, answer) in payments.iter().zip(rpc.batch::<Queried>(GET_TX, body)?) {
        let Queried { response } = answer?;
        let name = hex::encode(payment.hash);
        ensure!(response.code == 0, "{name} of block {} has no receipt: {}", payment.height, response.log);
        let receipt = GetTxResponse::decode(response.value.as_slice())?.tx_response.context("no receipt")?;
        let height = u64::try_from(receipt.height)?;
        ensure!((height, receipt.code) == (payment.height, 0), "{name}: {receipt:?}");
    }
    Ok(())
}

fn in_index(rpc: &Rpc, payment: &Payment) -> bool {
    let query = format!("tx.hash='{}'", hex::encode_upper(payment.hash));
    rpc.tx_search(&query)
        .is_ok_and(|found| matches!(found.as_slice(), [found] if found.height == payment.height))
}
