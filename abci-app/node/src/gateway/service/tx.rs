//! `cosmos.tx.v1beta1.Service`: sending transactions and finding them again.

use std::sync::Arc;

use cosmos_sdk_proto::cosmos::{
    base::{
        abci::v1beta1::TxResponse,
        query::v1beta1::{PageRequest, PageResponse},
    },
    tx::v1beta1::{
        AuthInfo, BroadcastMode, BroadcastTxRequest, BroadcastTxResponse, GetBlockWithTxsRequest,
        GetBlockWithTxsResponse, GetTxsEventRequest, GetTxsEventResponse, OrderBy, Tx, TxBody,
        TxDecodeRequest, TxDecodeResponse, TxEncodeRequest, TxEncodeResponse, TxRaw,
    },
};
use prost::Message as _;
use sirius_primitives::{Height, sha256};
use tendermint_proto::v0_38::abci::{ExecTxResult, TxResult};
use tendermint_rpc::{
    Order,
    endpoint::{broadcast, tx_search},
};

use super::{super::Failure, Gateway, block::height_of};
use crate::lookup;

/// Transactions a page when the request names no limit, and at most; CometBFT's own bound.
const MOST_FOUND: u64 = 100;

/// Hands a transaction to the mempool of the CometBFT beside this process.
pub(super) async fn broadcast(
    gateway: Arc<Gateway>,
    request: BroadcastTxRequest,
) -> Result<BroadcastTxResponse, Failure> {
    if request.tx_bytes.is_empty() {
        return Err(Failure::bad("invalid empty tx"));
    }
    let hash = sha256(&request.tx_bytes);
    let answered = match BroadcastMode::try_from(request.mode) {
        Ok(BroadcastMode::Sync) => {
            let sent = broadcast::tx_sync::Request::new(request.tx_bytes);
            let answered = gateway.comet.attempt(sent).await?;
            answered.map(|found| TxResponse {
                code: found.code.value(),
                codespace: found.codespace,
                raw_log: found.log,
                data: lookup::hex(&found.data),
                ..TxResponse::default()
            })
        }
        Ok(BroadcastMode::Async) => {
            let sent = broadcast::tx_async::Request::new(request.tx_bytes);
            gateway.comet.attempt(sent).await?.map(|_| TxResponse::default())
        }
        _ => {
            let message = "this mode is not offered; use BROADCAST_MODE_SYNC or BROADCAST_MODE_ASYNC, and look the \
                           transaction up by its hash";
            return Err(Failure::bad(message));
        }
    };
    let response = match answered {
        Ok(response) => response,
        Err(words) => refused(words)?,
    };
    let tx_response = TxResponse { txhash: hash.to_string(), ..response };
    Ok(BroadcastTxResponse { tx_response: Some(tx_response) })
}

/// What CometBFT says itself, without asking the application, by the codes that clients know.
fn refused(words: String) -> Result<TxResponse, Failure> {
    let code = match &words {
        known if known.contains("tx already exists in cache") => 19,
        full if full.contains("mempool is full") => 20,
        large if large.contains("too large") => 21,
        _ => return Err(Failure::busy(format!("CometBFT refuses: {words}"))),
    };
    Ok(TxResponse { code, codespace: "sdk".into(), raw_log: words, ..TxResponse::default() })
}

/// Transactions by their events, from CometBFT's index.
pub(super) async fn search(
    gateway: Arc<Gateway>,
    request: GetTxsEventRequest,
) -> Result<GetTxsEventResponse, Failure> {
    #[allow(deprecated, reason = "clients of chains before v0.50 fill the deprecated fields")]
    let (events, pagination) = (&request.events, request.pagination.clone().unwrap_or_default());
    let query = if request.query.is_empty() { events.join(" AND ") } else { request.query.clone() };
    if query.is_empty() {
        return Err(Failure::bad("query cannot be empty; ask for example message.sender='<address>'"));
    }
    let limit = match (request.limit, pagination.limit) {
        (0, 0) => MOST_FOUND,
        (0, limit) | (limit, _) => limit.min(MOST_FOUND),
    };
    let page = match request.page {
        0 => pagination.offset.checked_div(limit).unwrap_or(0).saturating_add(1),
        page => page,
    };
    let order = match OrderBy::try_from(request.order_by) {
        Ok(OrderBy::Desc) => Order::Descending,
        _ => Order::Ascending,
    };
    let page = u32::try_from(page).map_err(|_| Failure::bad(format!("page {page} is beyond every page")))?;
    let limit = u8::try_from(limit).map_err(|_| Failure::bad("limit is at most 100"))?;
    let found = gateway.comet.ask(tx_search::Request::new(query, false, page, limit, order)).await?;
    let total = u64::from(found.total_count);
    let receipts: Vec<TxResult> = found.txs.into_iter().map(receipt).collect();
    let shown =
        gateway.read(move |machine| receipts.into_iter().map(|found| machine.show(found)).collect()).await?;
    let (txs, tx_responses) = Result::<Vec<_>, _>::map_err(shown, Failure::broken)?.into_iter().unzip();
    #[allow(deprecated, reason = "clients of chains before v0.50 read the deprecated field")]
    let response = GetTxsEventResponse {
        txs,
        tx_responses,
        pagination: Some(PageResponse { next_key: Vec::new(), total }),
        total,
    };
    Ok(response)
}

fn receipt(found: tendermint_rpc::endpoint::tx::Response) -> TxResult {
    TxResult {
        height: height_of(found.height),
        index: found.index,
        tx: found.tx.into(),
        result: Some(ExecTxResult::from(found.tx_result)),
    }
}

/// A block with its transactions decoded.
pub(super) async fn block(
    gateway: Arc<Gateway>,
    request: GetBlockWithTxsRequest,
) -> Result<GetBlockWithTxsResponse, Failure> {
    let found = super::block::find(&gateway, request.height).await?;
    let PageRequest { offset, limit, .. } = request.pagination.unwrap_or_default();
    let limit = if limit == 0 { MOST_FOUND } else { limit };
    let total = found.block.data.len() as u64;
    if offset > 0 && offset >= total {
        return Err(Failure::bad(format!("offset {offset} is beyond the {total} transactions of the block")));
    }
    let from = usize::try_from(offset).unwrap_or(usize::MAX);
    let count = usize::try_from(limit).unwrap_or(usize::MAX);
    let txs = found.block.data.iter().skip(from).take(count).map(|tx| lookup::parts(tx)).collect();
    Ok(GetBlockWithTxsResponse {
        txs,
        block_id: Some(found.block_id.into()),
        block: Some(found.block.into()),
        pagination: Some(PageResponse { next_key: Vec::new(), total }),
    })
}

/// The parts of an encoded transaction.
pub(super) async fn decode(_: Arc<Gateway>, request: TxDecodeRequest) -> Result<TxDecodeResponse, Failure> {
    if request.tx_bytes.is_empty() {
        return Err(Failure::bad("invalid empty tx bytes"));
    }
    let bad = |error: prost::DecodeError| Failure::bad(format!("tx_bytes are no transaction: {error}"));
    let raw = TxRaw::decode(request.tx_bytes.as_slice()).map_err(bad)?;
    let body = TxBody::decode(raw.body_bytes.as_slice()).map_err(bad)?;
    let auth_info = AuthInfo::decode(raw.auth_info_bytes.as_slice()).map_err(bad)?;
    let tx = Tx { body: Some(body), auth_info: Some(auth_info), signatures: raw.signatures };
    Ok(TxDecodeResponse { tx: Some(tx) })
}

/// The bytes of a transaction in parts.
pub(super) async fn encode(_: Arc<Gateway>, request: TxEncodeRequest) -> Result<TxEncodeResponse, Failure> {
    let tx = request.tx.ok_or_else(|| Failure::bad("invalid empty tx"))?;
    Ok(TxEncodeResponse { tx_bytes: lookup::raw(tx).to_vec() })
}

impl crate::Machine {
    /// A transaction as clients are shown it; the text says what of this node is broken.
    fn show(&self, receipt: TxResult) -> Result<(Tx, TxResponse), String> {
        let height = Height::from_wire(receipt.height).unwrap_or(Height::ZERO);
        let time = self.shared().block_time(height).map_err(|fault| fault.to_string())?;
        Ok(lookup::shown(receipt, time))
    }
}
