//! The node and what it agreed on with its peers: `cosmos.base.node`, `cosmos.consensus`, `cosmos.mint`, and the part
//! of `cosmos.base.tendermint` that is about the node.

use std::sync::Arc;

use cosmos_sdk_proto::cosmos::{
    base::{
        node::v1beta1::{ConfigRequest, ConfigResponse, StatusRequest, StatusResponse},
        tendermint::v1beta1::{
            AbciQueryRequest, AbciQueryResponse, GetNodeInfoRequest, GetNodeInfoResponse, GetSyncingRequest,
            GetSyncingResponse, ProofOp, ProofOps, VersionInfo,
        },
    },
    mint::v1beta1::{
        QueryAnnualProvisionsRequest, QueryAnnualProvisionsResponse, QueryInflationRequest,
        QueryInflationResponse,
    },
};
use prost::Message as _;
use sirius_ledger::base::fee::wire::fee::{QueryBaseFeeRequest, QueryBaseFeeResponse};
use tendermint::node::Info;
use tendermint_abci::Application as _;
use tendermint_proto::v0_38::{
    abci::{RequestQuery, ResponseQuery},
    p2p::{DefaultNodeInfo, DefaultNodeInfoOther, ProtocolVersion},
    types::ConsensusParams,
};
use tendermint_rpc::endpoint::{commit, consensus_params, status};

use super::{super::Failure, Gateway};

/// The interfaces that are answered; explorers choose how they ask by it.
const COSMOS_SDK_VERSION: &str = "v0.50.13";
/// Nothing, in the digits of a decimal.
const NOTHING: &[u8] = b"0";
/// Units of gas that the base fee is the price of.
const GAS_OF_BASE_FEE: u64 = 1_000_000;

/// The node and its program.
pub(super) async fn info(
    gateway: Arc<Gateway>,
    _: GetNodeInfoRequest,
) -> Result<GetNodeInfoResponse, Failure> {
    let status = gateway.comet.ask(status::Request).await?;
    Ok(GetNodeInfoResponse {
        default_node_info: Some(node(&status.node_info)),
        application_version: Some(VersionInfo {
            name: "sirius".into(),
            app_name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            cosmos_sdk_version: COSMOS_SDK_VERSION.into(),
            ..VersionInfo::default()
        }),
    })
}

fn node(info: &Info) -> DefaultNodeInfo {
    let channels = info.channels.to_string();
    DefaultNodeInfo {
        protocol_version: Some(ProtocolVersion {
            p2p: info.protocol_version.p2p,
            block: info.protocol_version.block,
            app: info.protocol_version.app,
        }),
        default_node_id: info.id.to_string(),
        listen_addr: info.listen_addr.as_str().into(),
        network: info.network.to_string(),
        version: info.version.to_string(),
        channels: bytes_of(&channels),
        moniker: info.moniker.to_string(),
        other: Some(DefaultNodeInfoOther {
            tx_index: match info.other.tx_index {
                tendermint::node::info::TxIndexStatus::On => "on".into(),
                tendermint::node::info::TxIndexStatus::Off => "off".into(),
            },
            rpc_address: info.other.rpc_address.clone(),
        }),
    }
}

/// The bytes that hexadecimal text stands for, as far as it is that.
fn bytes_of(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks_exact(2);
    pairs.map_while(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// Whether the node is catching up.
pub(super) async fn syncing(
    gateway: Arc<Gateway>,
    _: GetSyncingRequest,
) -> Result<GetSyncingResponse, Failure> {
    let status = gateway.comet.ask(status::Request).await?;
    Ok(GetSyncingResponse { syncing: status.sync_info.catching_up })
}

/// Any path of the application; what it refuses is in the answer, as with CometBFT's own.
pub(super) async fn abci_query(
    gateway: Arc<Gateway>,
    request: AbciQueryRequest,
) -> Result<AbciQueryResponse, Failure> {
    let AbciQueryRequest { data, path, height, prove } = request;
    let request = RequestQuery { data: data.into(), path, height, prove };
    gateway.read(move |machine| shown(machine.query(request))).await
}

fn shown(response: ResponseQuery) -> AbciQueryResponse {
    let ops = |ops: Vec<tendermint_proto::v0_38::crypto::ProofOp>| {
        ops.into_iter().map(|op| ProofOp { r#type: op.r#type, key: op.key, data: op.data }).collect()
    };
    AbciQueryResponse {
        code: response.code,
        log: response.log,
        info: response.info,
        index: response.index,
        key: response.key.into(),
        value: response.value.into(),
        proof_ops: response.proof_ops.map(|found| ProofOps { ops: ops(found.ops) }),
        height: response.height,
        codespace: response.codespace,
    }
}

/// What the node asks and keeps. The price of gas is that of the next block.
pub(super) async fn config(gateway: Arc<Gateway>, _: ConfigRequest) -> Result<ConfigResponse, Failure> {
    let request = RequestQuery {
        path: "/sirius.fee.v1.Query/BaseFee".into(),
        data: QueryBaseFeeRequest {}.encode_to_vec().into(),
        ..RequestQuery::default()
    };
    let answer = gateway.query(request).await?;
    let fee =
        QueryBaseFeeResponse::decode(answer.value).map_err(|error| Failure::broken(error.to_string()))?;
    Ok(ConfigResponse {
        minimum_gas_price: price(&fee),
        pruning_keep_recent: gateway.keep_versions.to_string(),
        pruning_interval: "1".into(),
        halt_height: 0,
    })
}

/// The price of one unit of gas, with as many decimals as it needs.
fn price(fee: &QueryBaseFeeResponse) -> String {
    let whole = fee.per_million_gas / GAS_OF_BASE_FEE;
    let part = format!("{:06}", fee.per_million_gas % GAS_OF_BASE_FEE);
    match part.trim_end_matches('0') {
        "" => format!("{whole}{}", fee.denom),
        part => format!("{whole}.{part}{}", fee.denom),
    }
}

/// How far the node is.
pub(super) async fn status(gateway: Arc<Gateway>, _: StatusRequest) -> Result<StatusResponse, Failure> {
    let header = gateway.comet.ask(commit::Request::default()).await?.signed_header.header;
    let committed = gateway.machine.shared().store.committed();
    Ok(StatusResponse {
        earliest_store_height: gateway.machine.shared().store.oldest().0,
        height: committed.height.0,
        timestamp: Some(header.time.into()),
        app_hash: committed.app_hash.as_bytes().to_vec(),
        validator_hash: header.next_validators_hash.as_bytes().to_vec(),
    })
}

/// `cosmos.consensus.v1.QueryParamsResponse`, which the crate of Cosmos' types leaves out.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ConsensusParamsAnswer {
    #[prost(message, optional, tag = "1")]
    params: Option<ConsensusParams>,
}

/// What blocks may hold, and which keys validators may have.
pub(super) async fn consensus_params(
    gateway: Arc<Gateway>,
    (): (),
) -> Result<ConsensusParamsAnswer, Failure> {
    let latest = consensus_params::Request::new(None);
    let found = match gateway.comet.attempt(latest).await? {
        Ok(found) => found,
        // CometBFT begins a height a moment before it has written down what holds there; what held before is there.
        Err(_) => {
            let height = gateway.machine.height().0;
            let committed = u32::try_from(height).map_err(|error| Failure::broken(error.to_string()))?;
            gateway.comet.ask(consensus_params::Request::new(Some(committed.into()))).await?
        }
    };
    Ok(ConsensusParamsAnswer { params: Some(found.consensus_params.into()) })
}

/// By which part the supply grows: no coin is made after genesis.
pub(super) async fn inflation(
    _: Arc<Gateway>,
    _: QueryInflationRequest,
) -> Result<QueryInflationResponse, Failure> {
    Ok(QueryInflationResponse { inflation: NOTHING.to_vec() })
}

/// How many coins are made in a year: none.
pub(super) async fn annual_provisions(
    _: Arc<Gateway>,
    _: QueryAnnualProvisionsRequest,
) -> Result<QueryAnnualProvisionsResponse, Failure> {
    Ok(QueryAnnualProvisionsResponse { annual_provisions: NOTHING.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_has_the_decimals_it_needs() {
        let check = |per_million_gas, expected: &str| {
            assert_eq!(price(&QueryBaseFeeResponse { denom: "uxpx".into(), per_million_gas }), expected);
        };
        check(25_000, "0.025uxpx");
        check(0, "0uxpx");
        check(3_000_000, "3uxpx");
        check(1_500_001, "1.500001uxpx");
    }

    #[test]
    fn channels_are_bytes() {
        assert_eq!(bytes_of("40202122"), [0x40, 0x20, 0x21, 0x22]);
        assert_eq!(bytes_of("4"), [0_u8; 0]);
    }
}
