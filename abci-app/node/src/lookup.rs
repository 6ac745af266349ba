//! `/cosmos.tx.v1beta1.Service/GetTx`: a transaction and what became of it, from the receipts.

use std::fmt::Write as _;

use bytes::Bytes;
use cosmos_sdk_proto::{
    Any,
    cosmos::{
        base::abci::v1beta1::TxResponse,
        tx::v1beta1::{AuthInfo, GetTxRequest, GetTxResponse, Tx, TxBody, TxRaw},
    },
};
use prost::Message as _;
use sirius_primitives::{Hash, Height, sha256};
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
        let time = self.block_time(Height::from_wire(receipt.height).unwrap_or(Height::ZERO))?;
        let (tx, tx_response) = shown(receipt, time);
        Ok(GetTxResponse { tx: Some(tx), tx_response: Some(tx_response) }.encode_to_vec())
    }

    /// A block's time in RFC 3339; empty where it is no longer kept.
    pub(crate) fn block_time(&self, height: Height) -> Result<String, Fault> {
        let Some((info, _)) = receipts::block(&self.store, height)? else { return Ok(String::new()) };
        let time = tendermint::Time::from_unix_timestamp(info.time.seconds, 0);
        Ok(time.map(|time| time.to_rfc3339()).unwrap_or_default())
    }
}

/// A transaction and its result, as every Cosmos chain shows them.
pub(crate) fn shown(receipt: TxResult, timestamp: String) -> (Tx, TxResponse) {
    let tx = parts(&receipt.tx);
    let result = receipt.result.unwrap_or_default();
    let response = TxResponse {
        height: receipt.height,
        txhash: sha256(&receipt.tx).to_string(),
        codespace: result.codespace,
        code: result.code,
        data: hex(&result.data),
        raw_log: result.log,
        info: result.info,
        gas_wanted: result.gas_wanted,
        gas_used: result.gas_used,
        tx: Some(Any { type_url: type_url::<Tx>(), value: tx.encode_to_vec() }),
        timestamp,
        events: result.events,
        ..TxResponse::default()
    };
    (tx, response)
}

/// A transaction that is in a block may still be no transaction at all: then its parts are empty.
pub(crate) fn parts(tx: &[u8]) -> Tx {
    let Ok(raw) = TxRaw::decode(tx) else { return Tx::default() };
    Tx {
        body: TxBody::decode(raw.body_bytes.as_slice()).ok(),
        auth_info: AuthInfo::decode(raw.auth_info_bytes.as_slice()).ok(),
        signatures: raw.signatures,
    }
}

/// The bytes that a decoded transaction was made of.
pub(crate) fn raw(tx: Tx) -> Bytes {
    let raw = TxRaw {
        body_bytes: tx.body.map(|body| body.encode_to_vec()).unwrap_or_default(),
        auth_info_bytes: tx.auth_info.map(|auth| auth.encode_to_vec()).unwrap_or_default(),
        signatures: tx.signatures,
    };
    Bytes::from(raw.encode_to_vec())
}

/// Hexadecimal digits, upper case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}
