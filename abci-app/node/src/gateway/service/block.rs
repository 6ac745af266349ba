//! Blocks and validators, of `cosmos.base.tendermint.v1beta1.Service`.

use std::sync::Arc;

use cosmos_sdk_proto::{
    Any,
    cosmos::{
        base::{
            query::v1beta1::{PageRequest, PageResponse},
            tendermint::v1beta1::{
                Block, GetBlockByHeightRequest, GetBlockByHeightResponse, GetLatestBlockRequest,
                GetLatestBlockResponse, GetLatestValidatorSetRequest, GetLatestValidatorSetResponse,
                GetValidatorSetByHeightRequest, GetValidatorSetByHeightResponse, Header, Validator,
            },
        },
        crypto::ed25519,
    },
};
use prost::Message as _;
use sirius_primitives::{Address, Prefix};
use sirius_runtime::type_url;
use tendermint::{block::Height, public_key::PublicKey, validator};
use tendermint_proto::v0_38::types::Block as WireBlock;
use tendermint_rpc::endpoint::{block, validators};

use super::{super::Failure, Gateway};

/// Validators a page when the request names no limit, and at most; CometBFT's own bound.
const MOST_VALIDATORS: u64 = 100;

/// The latest block.
pub(super) async fn latest(
    gateway: Arc<Gateway>,
    _: GetLatestBlockRequest,
) -> Result<GetLatestBlockResponse, Failure> {
    let found = gateway.comet.ask(block::Request::default()).await?;
    let block = WireBlock::from(found.block);
    let sdk_block = Some(shown(&gateway, &block)?);
    Ok(GetLatestBlockResponse { block_id: Some(found.block_id.into()), block: Some(block), sdk_block })
}

/// The block of a height.
pub(super) async fn by_height(
    gateway: Arc<Gateway>,
    request: GetBlockByHeightRequest,
) -> Result<GetBlockByHeightResponse, Failure> {
    let found = find(&gateway, request.height).await?;
    let block = WireBlock::from(found.block);
    let sdk_block = Some(shown(&gateway, &block)?);
    Ok(GetBlockByHeightResponse { block_id: Some(found.block_id.into()), block: Some(block), sdk_block })
}

/// The block of a height, as CometBFT has it.
pub(super) async fn find(gateway: &Gateway, height: i64) -> Result<block::Response, Failure> {
    gateway.comet.ask(block::Request::new(parse_height(height)?)).await
}

/// The validators of the latest block.
pub(super) async fn latest_validators(
    gateway: Arc<Gateway>,
    request: GetLatestValidatorSetRequest,
) -> Result<GetLatestValidatorSetResponse, Failure> {
    let (block_height, validators, pagination) = find_validators(&gateway, None, request.pagination).await?;
    Ok(GetLatestValidatorSetResponse { block_height, validators, pagination })
}

/// The validators of a height.
pub(super) async fn validators_by_height(
    gateway: Arc<Gateway>,
    request: GetValidatorSetByHeightRequest,
) -> Result<GetValidatorSetByHeightResponse, Failure> {
    let height = Some(parse_height(request.height)?);
    let (block_height, validators, pagination) =
        find_validators(&gateway, height, request.pagination).await?;
    Ok(GetValidatorSetByHeightResponse { block_height, validators, pagination })
}

type Page = (i64, Vec<Validator>, Option<PageResponse>);

async fn find_validators(
    gateway: &Gateway,
    height: Option<Height>,
    page: Option<PageRequest>,
) -> Result<Page, Failure> {
    let PageRequest { offset, limit, .. } = page.unwrap_or_default();
    let limit = if limit == 0 { MOST_VALIDATORS } else { limit.min(MOST_VALIDATORS) };
    let number = offset.checked_div(limit).unwrap_or(0).saturating_add(1);
    let number = usize::try_from(number).map_err(|_| Failure::bad("offset is beyond every page"))?;
    let size = u8::try_from(limit).map_err(|_| Failure::bad("limit is at most 100"))?;
    let request = validators::Request::new(height, Some(number.into()), Some(size.into()));
    let found = gateway.comet.ask(request).await?;
    let validators = found.validators.iter().map(|one| validator(gateway, one)).collect::<Result<_, _>>()?;
    let total = u64::try_from(found.total).unwrap_or_default();
    Ok((height_of(found.block_height), validators, Some(PageResponse { next_key: Vec::new(), total })))
}

fn validator(gateway: &Gateway, found: &validator::Info) -> Result<Validator, Failure> {
    Ok(Validator {
        address: consensus_address(gateway, found.address.as_bytes())?,
        pub_key: Some(packed(&found.pub_key)),
        voting_power: i64::try_from(found.power.value()).unwrap_or(i64::MAX),
        proposer_priority: found.proposer_priority.value(),
    })
}

/// A validator's key as accounts carry theirs. Nodes of this chain have keys of one kind.
fn packed(key: &PublicKey) -> Any {
    let key = ed25519::PubKey { key: key.to_bytes() };
    Any { type_url: type_url::<ed25519::PubKey>(), value: key.encode_to_vec() }
}

/// The block with its proposer as an address.
fn shown(gateway: &Gateway, block: &WireBlock) -> Result<Block, Failure> {
    let header = block.header.clone().unwrap_or_default();
    Ok(Block {
        header: Some(Header {
            proposer_address: consensus_address(gateway, &header.proposer_address)?,
            version: header.version,
            chain_id: header.chain_id,
            height: header.height,
            time: header.time,
            last_block_id: header.last_block_id,
            last_commit_hash: header.last_commit_hash,
            data_hash: header.data_hash,
            validators_hash: header.validators_hash,
            next_validators_hash: header.next_validators_hash,
            consensus_hash: header.consensus_hash,
            app_hash: header.app_hash,
            last_results_hash: header.last_results_hash,
            evidence_hash: header.evidence_hash,
        }),
        data: block.data.clone(),
        evidence: block.evidence.clone(),
        last_commit: block.last_commit.clone(),
    })
}

/// The address by which a validator signs blocks: the chain's prefix and `valcons`.
fn consensus_address(gateway: &Gateway, bytes: &[u8]) -> Result<String, Failure> {
    let chain = gateway.machine.shared().chain();
    let chain = chain.ok_or_else(|| Failure::busy("the chain has no block yet; wait for the first"))?;
    let prefix = Prefix::new(&format!("{}valcons", chain.prefix))
        .map_err(|error| Failure::broken(error.to_string()))?;
    let bytes: [u8; Address::LENGTH] =
        bytes.try_into().map_err(|_| Failure::broken("CometBFT gave an address that has not 20 bytes"))?;
    Ok(Address::new(bytes).bech32(&prefix))
}

/// A height that a client asks for.
fn parse_height(height: i64) -> Result<Height, Failure> {
    let refuse = || Failure::bad(format!("height is {height}; heights begin at 1"));
    let parsed = u64::try_from(height).ok().filter(|height| *height > 0).ok_or_else(refuse)?;
    Height::try_from(parsed).map_err(|_| refuse())
}

/// A height of CometBFT.
pub(super) fn height_of(height: Height) -> i64 {
    i64::try_from(height.value()).unwrap_or(i64::MAX)
}
