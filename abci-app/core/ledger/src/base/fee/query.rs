//! What can be asked about fees and grants.

use sirius_primitives::Address;
use sirius_runtime::{Error, QueryContext, page::page, query::Refused as QueryRefused};
use sirius_store::{Key, Span};

use super::{
    Price,
    allowance::Allowance,
    keys,
    wire::{fee, feegrant as wire},
};

/// The least price of gas in the next block.
pub(super) fn base_fee(
    ctx: &QueryContext<'_>,
    _: fee::QueryBaseFeeRequest,
) -> Result<fee::QueryBaseFeeResponse, Error> {
    let price = Price::load(ctx.state)?;
    Ok(fee::QueryBaseFeeResponse { denom: price.denom.to_string(), per_million_gas: price.per_million_gas })
}

/// One grant.
pub(super) fn allowance(
    ctx: &QueryContext<'_>,
    request: wire::QueryAllowanceRequest,
) -> Result<wire::QueryAllowanceResponse, Error> {
    let (granter, grantee) = (ctx.address(&request.granter)?, ctx.address(&request.grantee)?);
    match keys::grant(&granter, &grantee).get(ctx.state)? {
        Some(found) => {
            Ok(wire::QueryAllowanceResponse { allowance: Some(grant(ctx, &granter, &grantee, &found)) })
        }
        None => Err(QueryRefused::NotFound { what: "fee-grant".into() }.into()),
    }
}

/// The grants to an account.
pub(super) fn allowances(
    ctx: &QueryContext<'_>,
    request: wire::QueryAllowancesRequest,
) -> Result<wire::QueryAllowancesResponse, Error> {
    let grantee = ctx.address(&request.grantee)?;
    let beginning = keys::grants_to(&grantee);
    let (allowances, pagination) =
        page(ctx.state, &Span::prefix(&beginning), request.pagination, |key, value| {
            let (_, granter) = keys::pair_at(key)?;
            Ok(Some(grant(ctx, &granter, &grantee, &Key::<Allowance>::decode(value)?)))
        })?;
    Ok(wire::QueryAllowancesResponse { allowances, pagination: Some(pagination) })
}

/// The grants of an account.
pub(super) fn issued(
    ctx: &QueryContext<'_>,
    request: wire::QueryAllowancesByGranterRequest,
) -> Result<wire::QueryAllowancesByGranterResponse, Error> {
    let wanted = ctx.address(&request.granter)?;
    let (allowances, pagination) =
        page(ctx.state, &Span::prefix(keys::GRANTS), request.pagination, |key, value| {
            let (grantee, granter) = keys::pair_at(key)?;
            let found = (granter == wanted).then(|| Key::<Allowance>::decode(value)).transpose()?;
            Ok(found.map(|found| grant(ctx, &granter, &grantee, &found)))
        })?;
    Ok(wire::QueryAllowancesByGranterResponse { allowances, pagination: Some(pagination) })
}

fn grant(ctx: &QueryContext<'_>, granter: &Address, grantee: &Address, allowance: &Allowance) -> wire::Grant {
    wire::Grant {
        granter: granter.bech32(&ctx.chain.prefix),
        grantee: grantee.bech32(&ctx.chain.prefix),
        allowance: Some(allowance.pack()),
    }
}
