//! `/cosmos.tx.v1beta1.Service/GetTx`: a transaction and what became of it, from the receipts.

use cosmos_sdk_proto::{
    Any,
    cosmos::{
        base::abci::v1beta1::TxResponse,
        tx::v1beta1::{AuthInfo, GetTxRequest, GetTxResponse, Tx, TxBody, TxRaw},
    },
};
use prost::Message as _;
use sirius_primitives::Hash;
use sirius_runtime::{Error, query::Refused, type_url};
use sirius_store::Fault;
use tendermint_proto::v0_38::abci::TxResult;

use crate::{receipts, shared::Shared};

impl Shared {
    /// Answers a look-up by hash.
    pub(crate) fn get_tx(&self, request: &[u8]) -> Result<Vec<u8>, Error> {
        let bad = |cause: String| Refused::BadRequest { cause };
        let request = GetTxRequest::decode(request).map_err(|error| bad(error.to_string()))?;
        let hash: Hash = request.hash.parse().map_err(|error| bad(format!("{error}")))?;
        let Some(receipt) = receipts::receipt(&self.store, &hash)? else {
            return Err(Refused::NotFound { what: format!("tx {hash}: tx") }.into());
        };
        let tx = decode(&receipt)?;
        let tx_response = response(hash, receipt, &tx);
        Ok(GetTxResponse { tx: Some(tx), tx_response: Some(tx_response) }.encode_to_vec())
    }
}

/// A transaction that is in a block may still be no transaction at all: then its parts are empty.
fn decode(receipt: &TxResult) -> Result<Tx, Fault> {
    let Ok(raw) = TxRaw::decode(receipt.tx.as_ref()) else { return Ok(Tx::default()) };
    Ok(Tx {
        body: TxBody::decode(raw.body_bytes.as_slice()).ok(),
        auth_info: AuthInfo::decode(raw.auth_info_bytes.as_slice()).ok(),
        signatures: raw.signatures,
    })
}

fn response(hash: Hash, receipt: TxResult, tx: &Tx) -> TxResponse {
    let result = receipt.result.unwrap_or_default();
    TxResponse {
        height: receipt.height,
        txhash: hash.to_string(),
        codespace: result.codespace,
        code: result.code,
        data: result.data.iter().map(|byte| format!("{byte:02X}")).collect(),
        raw_log: result.log,
        gas_wanted: result.gas_wanted,
        gas_used: result.gas_used,
        tx: Some(Any { type_url: type_url::<Tx>(), value: tx.encode_to_vec() }),
        events: result.events,
        ..TxResponse::default()
    }
}
