//! `/cosmos.tx.v1beta1.Service/Simulate`: how much gas a transaction would use.

use bytes::Bytes;
use cosmos_sdk_proto::cosmos::{
    base::abci::v1beta1::{GasInfo, Result as SimulatedResult, TxMsgData},
    tx::v1beta1::{SimulateRequest, SimulateResponse},
};
use prost::Message as _;
use sirius_runtime::{Error, query::Refused};

use crate::{lookup::raw, shared::Shared};

impl Shared {
    /// Runs the transaction on the mempool's state and forgets it. Wallets differ in what they send: bytes with an
    /// empty signature, a signed transaction in the deprecated field, no key, another sign mode; all are taken.
    pub(crate) fn simulate(&self, request: &[u8]) -> Result<Vec<u8>, Error> {
        let bad = |cause: String| Refused::BadRequest { cause };
        let request = SimulateRequest::decode(request).map_err(|error| bad(error.to_string()))?;
        #[allow(deprecated, reason = "cosmpy 0.12 fills the deprecated field alone")]
        let tx = match request.tx {
            Some(tx) if request.tx_bytes.is_empty() => raw(tx),
            _ => Bytes::from(request.tx_bytes),
        };
        if tx.is_empty() {
            return Err(bad("empty txBytes is not allowed".into()).into());
        }
        let result = self.with_check(|state, chain| state.simulate(&self.app, chain, &tx))?;
        if let Some(refusal) = result.refusal {
            return Err(refusal.into());
        }
        let msg_responses =
            TxMsgData::decode(result.data.as_slice()).map(|data| data.msg_responses).unwrap_or_default();
        let response = SimulateResponse {
            gas_info: Some(GasInfo { gas_wanted: result.gas_wanted.0, gas_used: result.gas_used.0 }),
            result: Some(SimulatedResult {
                events: result.events,
                msg_responses,
                ..SimulatedResult::default()
            }),
        };
        Ok(response.encode_to_vec())
    }
}
