//! What can be asked about coins.

use cosmos_sdk_proto::cosmos::base::{
    query::v1beta1::{PageRequest, PageResponse},
    v1beta1::Coin as WireCoin,
};
use sirius_primitives::{Amount, Coin, Denom};
use sirius_runtime::{Error, QueryContext, page::page, query::Refused as QueryRefused, tx::wire_coin};
use sirius_store::{Key, Span};

use super::{
    Metadata, keys, state,
    wire::{bank as wire, holds},
};

/// What an account can spend of one denomination; zero where there is nothing.
pub(super) fn balance(
    ctx: &QueryContext<'_>,
    request: wire::QueryBalanceRequest,
) -> Result<wire::QueryBalanceResponse, Error> {
    let address = ctx.address(&request.address)?;
    let denom = parse_denom(&request.denom)?;
    let amount = state::balance(ctx.state, &address, &denom)?;
    Ok(wire::QueryBalanceResponse { balance: Some(wire_coin(&Coin { denom, amount })) })
}

/// All that an account can spend, by denomination.
pub(super) fn balances(
    ctx: &QueryContext<'_>,
    request: wire::QueryAllBalancesRequest,
) -> Result<wire::QueryAllBalancesResponse, Error> {
    let (balances, pagination) = balances_of(ctx, &request.address, request.pagination)?;
    Ok(wire::QueryAllBalancesResponse { balances, pagination: Some(pagination) })
}

/// The same: what is held is kept apart from balances.
pub(super) fn spendable(
    ctx: &QueryContext<'_>,
    request: wire::QuerySpendableBalancesRequest,
) -> Result<wire::QuerySpendableBalancesResponse, Error> {
    let (balances, pagination) = balances_of(ctx, &request.address, request.pagination)?;
    Ok(wire::QuerySpendableBalancesResponse { balances, pagination: Some(pagination) })
}

/// What an account can spend of one denomination.
pub(super) fn spendable_of(
    ctx: &QueryContext<'_>,
    request: wire::QuerySpendableBalanceByDenomRequest,
) -> Result<wire::QuerySpendableBalanceByDenomResponse, Error> {
    let wire::QuerySpendableBalanceByDenomRequest { address, denom } = request;
    let found = balance(ctx, wire::QueryBalanceRequest { address, denom })?;
    Ok(wire::QuerySpendableBalanceByDenomResponse { balance: found.balance })
}

fn balances_of(
    ctx: &QueryContext<'_>,
    address: &str,
    request: Option<PageRequest>,
) -> Result<(Vec<WireCoin>, PageResponse), Error> {
    let address = ctx.address(address)?;
    page(ctx.state, &Span::prefix(&keys::balances(&address)), request, |key, value| {
        row(state::denom_of_balance(key, keys::BALANCES)?, value)
    })
}

/// The supply of every denomination.
pub(super) fn total_supply(
    ctx: &QueryContext<'_>,
    request: wire::QueryTotalSupplyRequest,
) -> Result<wire::QueryTotalSupplyResponse, Error> {
    let (supply, pagination) =
        page(ctx.state, &Span::prefix(keys::SUPPLIES), request.pagination, |key, value| {
            row(state::denom_at(key.strip_prefix(keys::SUPPLIES))?, value)
        })?;
    Ok(wire::QueryTotalSupplyResponse { supply, pagination: Some(pagination) })
}

/// The supply of one denomination; zero for one that nobody made.
pub(super) fn supply_of(
    ctx: &QueryContext<'_>,
    request: wire::QuerySupplyOfRequest,
) -> Result<wire::QuerySupplyOfResponse, Error> {
    let denom = parse_denom(&request.denom)?;
    let amount = state::supply(ctx.state, &denom)?;
    Ok(wire::QuerySupplyOfResponse { amount: Some(wire_coin(&Coin { denom, amount })) })
}

/// What a denomination is called.
pub(super) fn denom(
    ctx: &QueryContext<'_>,
    request: wire::QueryDenomMetadataRequest,
) -> Result<wire::QueryDenomMetadataResponse, Error> {
    let denom = parse_denom(&request.denom)?;
    match keys::denom(&denom).get(ctx.state)? {
        Some(metadata) => Ok(wire::QueryDenomMetadataResponse { metadata: Some(metadata.to_wire()) }),
        None => Err(QueryRefused::NotFound { what: format!("client metadata for denom {denom}") }.into()),
    }
}

/// What every denomination is called.
pub(super) fn denoms(
    ctx: &QueryContext<'_>,
    request: wire::QueryDenomsMetadataRequest,
) -> Result<wire::QueryDenomsMetadataResponse, Error> {
    let (metadatas, pagination) =
        page(ctx.state, &Span::prefix(keys::DENOMS), request.pagination, |_, value| {
            Ok(Some(Key::<Metadata>::decode(value)?.to_wire()))
        })?;
    Ok(wire::QueryDenomsMetadataResponse { metadatas, pagination: Some(pagination) })
}

/// The accounts that can spend some of a denomination.
pub(super) fn owners(
    ctx: &QueryContext<'_>,
    request: wire::QueryDenomOwnersRequest,
) -> Result<wire::QueryDenomOwnersResponse, Error> {
    let wanted = parse_denom(&request.denom)?;
    let (denom_owners, pagination) =
        page(ctx.state, &Span::prefix(keys::BALANCES), request.pagination, |key, value| {
            if state::denom_of_balance(key, keys::BALANCES)? != wanted {
                return Ok(None);
            }
            let address = state::owner_of_balance(key, keys::BALANCES)?.bech32(&ctx.chain.prefix);
            Ok(Some(wire::DenomOwner { address, balance: row(wanted.clone(), value)? }))
        })?;
    Ok(wire::QueryDenomOwnersResponse { denom_owners, pagination: Some(pagination) })
}

/// The same, by the other name.
pub(super) fn owners_of(
    ctx: &QueryContext<'_>,
    request: wire::QueryDenomOwnersByQueryRequest,
) -> Result<wire::QueryDenomOwnersByQueryResponse, Error> {
    let wire::QueryDenomOwnersByQueryRequest { denom, pagination } = request;
    let found = owners(ctx, wire::QueryDenomOwnersRequest { denom, pagination })?;
    let wire::QueryDenomOwnersResponse { denom_owners, pagination } = found;
    Ok(wire::QueryDenomOwnersByQueryResponse { denom_owners, pagination })
}

/// Every denomination can be sent.
pub(super) fn params(
    _: &QueryContext<'_>,
    _: wire::QueryParamsRequest,
) -> Result<wire::QueryParamsResponse, Error> {
    let params = wire::Params { default_send_enabled: true, ..wire::Params::default() };
    Ok(wire::QueryParamsResponse { params: Some(params) })
}

/// The denominations that are an exception to that: none.
pub(super) fn send_enabled(
    _: &QueryContext<'_>,
    _: wire::QuerySendEnabledRequest,
) -> Result<wire::QuerySendEnabledResponse, Error> {
    Ok(wire::QuerySendEnabledResponse { send_enabled: Vec::new(), pagination: Some(PageResponse::default()) })
}

/// The holds on an account's coins.
pub(super) fn holds(
    ctx: &QueryContext<'_>,
    request: holds::QueryHoldsRequest,
) -> Result<holds::QueryHoldsResponse, Error> {
    let beginning = keys::holds(&ctx.address(&request.address)?);
    let (holds, pagination) =
        page(ctx.state, &Span::prefix(&beginning), request.pagination, |key, value| {
            hold(key.strip_prefix(beginning.as_slice()).unwrap_or_default(), value).map(Some)
        })?;
    Ok(holds::QueryHoldsResponse { holds, pagination: Some(pagination) })
}

/// Reads `<module> 0x00 <purpose> 0x00 <denom>` and the amount.
fn hold(rest: &[u8], value: &[u8]) -> Result<holds::Hold, Error> {
    let mut parts = rest.splitn(3, |byte| *byte == 0);
    let mut text = || parts.next().map(|part| String::from_utf8_lossy(part).into_owned()).unwrap_or_default();
    let (module, purpose) = (text(), text());
    let denom = state::denom_at(parts.next())?;
    let amount = Key::<Amount>::decode(value)?;
    Ok(holds::Hold { module, purpose, amount: Some(wire_coin(&Coin { denom, amount })) })
}

fn row(denom: Denom, value: &[u8]) -> Result<Option<WireCoin>, Error> {
    let amount = Key::<Amount>::decode(value)?;
    Ok(Some(wire_coin(&Coin { denom, amount })))
}

fn parse_denom(text: &str) -> Result<Denom, QueryRefused> {
    text.parse().map_err(|error| QueryRefused::BadRequest { cause: format!("{error}") })
}
