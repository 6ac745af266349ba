//! The services that no module has: transactions, blocks, validators, the node itself.
//!
//! Their contracts are the Cosmos SDK's. `Simulate` and `GetTx` are answered by the application like any question; what
//! is here needs CometBFT, or nothing at all.

mod block;
mod node;
mod tx;

use std::{future::Future, sync::Arc};

use bytes::Bytes;
use prost::Message;

use super::{Answer, Failure, Gateway};

/// The paths that are answered here or by the application beside its modules' questions.
pub(super) const PATHS: &[&str] = &[
    "/cosmos.tx.v1beta1.Service/Simulate",
    "/cosmos.tx.v1beta1.Service/GetTx",
    "/cosmos.tx.v1beta1.Service/BroadcastTx",
    "/cosmos.tx.v1beta1.Service/GetTxsEvent",
    "/cosmos.tx.v1beta1.Service/GetBlockWithTxs",
    "/cosmos.tx.v1beta1.Service/TxDecode",
    "/cosmos.tx.v1beta1.Service/TxEncode",
    "/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo",
    "/cosmos.base.tendermint.v1beta1.Service/GetSyncing",
    "/cosmos.base.tendermint.v1beta1.Service/GetLatestBlock",
    "/cosmos.base.tendermint.v1beta1.Service/GetBlockByHeight",
    "/cosmos.base.tendermint.v1beta1.Service/GetLatestValidatorSet",
    "/cosmos.base.tendermint.v1beta1.Service/GetValidatorSetByHeight",
    "/cosmos.base.tendermint.v1beta1.Service/ABCIQuery",
    "/cosmos.base.node.v1beta1.Service/Config",
    "/cosmos.base.node.v1beta1.Service/Status",
    "/cosmos.consensus.v1.Query/Params",
    "/cosmos.mint.v1beta1.Query/Inflation",
    "/cosmos.mint.v1beta1.Query/AnnualProvisions",
];

/// Answers what is answered here; `None` leaves it to the application.
pub(super) async fn answer(
    gateway: &Arc<Gateway>,
    path: &str,
    request: &Bytes,
) -> Option<Result<Answer, Failure>> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    Some(match (service, method) {
        ("cosmos.tx.v1beta1.Service", "BroadcastTx") => with(gateway, request, tx::broadcast).await,
        ("cosmos.tx.v1beta1.Service", "GetTxsEvent") => with(gateway, request, tx::search).await,
        ("cosmos.tx.v1beta1.Service", "GetBlockWithTxs") => with(gateway, request, tx::block).await,
        ("cosmos.tx.v1beta1.Service", "TxDecode") => with(gateway, request, tx::decode).await,
        ("cosmos.tx.v1beta1.Service", "TxEncode") => with(gateway, request, tx::encode).await,
        ("cosmos.base.tendermint.v1beta1.Service", "GetNodeInfo") => with(gateway, request, node::info).await,
        ("cosmos.base.tendermint.v1beta1.Service", "GetSyncing") => {
            with(gateway, request, node::syncing).await
        }
        ("cosmos.base.tendermint.v1beta1.Service", "GetLatestBlock") => {
            with(gateway, request, block::latest).await
        }
        ("cosmos.base.tendermint.v1beta1.Service", "GetBlockByHeight") => {
            with(gateway, request, block::by_height).await
        }
        ("cosmos.base.tendermint.v1beta1.Service", "GetLatestValidatorSet") => {
            with(gateway, request, block::latest_validators).await
        }
        ("cosmos.base.tendermint.v1beta1.Service", "GetValidatorSetByHeight") => {
            with(gateway, request, block::validators_by_height).await
        }
        ("cosmos.base.tendermint.v1beta1.Service", "ABCIQuery") => {
            with(gateway, request, node::abci_query).await
        }
        ("cosmos.base.node.v1beta1.Service", "Config") => with(gateway, request, node::config).await,
        ("cosmos.base.node.v1beta1.Service", "Status") => with(gateway, request, node::status).await,
        ("cosmos.consensus.v1.Query", "Params") => with(gateway, request, node::consensus_params).await,
        ("cosmos.mint.v1beta1.Query", "Inflation") => with(gateway, request, node::inflation).await,
        ("cosmos.mint.v1beta1.Query", "AnnualProvisions") => {
            with(gateway, request, node::annual_provisions).await
        }
        _ => return None,
    })
}

/// Decodes, answers, encodes.
async fn with<Q, A, F>(
    gateway: &Arc<Gateway>,
    request: &Bytes,
    work: impl FnOnce(Arc<Gateway>, Q) -> F,
) -> Result<Answer, Failure>
where
    Q: Message + Default,
    A: Message,
    F: Future<Output = Result<A, Failure>>,
{
    let request = Q::decode(request.clone()).map_err(|error| Failure::bad(error.to_string()))?;
    let answer = work(Arc::clone(gateway), request).await?;
    Ok(Answer { value: answer.encode_to_vec().into(), height: gateway.machine.height().to_wire() })
}
