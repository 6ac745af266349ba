//! What can be asked about anchored chains.

use sirius_runtime::{Error, QueryContext, excerpt, page::page, query::Refused as QueryRefused};
use sirius_store::{Fault, Key, Span};

use super::{
    answer,
    chain::{Chain, Header, Status},
    keys, light, state,
    subject::Subject,
    wire::anchor as wire,
};

fn not_found(what: String) -> Error {
    QueryRefused::NotFound { what }.into()
}

/// A chain that a request names.
fn load(ctx: &QueryContext<'_>, chain_id: &str) -> Result<Chain, Error> {
    state::chain(ctx.state, chain_id)?.ok_or_else(|| not_found(format!("chain {}", excerpt(chain_id))))
}

/// Every chain that was ever registered, by chain id.
pub(super) fn chains(
    ctx: &QueryContext<'_>,
    request: wire::QueryChainsRequest,
) -> Result<wire::QueryChainsResponse, Error> {
    let denom = state::denom(ctx.state)?;
    let span = Span::prefix(keys::CHAINS);
    let (chains, pagination) = page(ctx.state, &span, request.pagination, |key, value| {
        let chain_id = key.strip_prefix(keys::CHAINS).and_then(|rest| std::str::from_utf8(rest).ok());
        let damaged = || Fault::Damaged { what: "anchor", detail: "a key holds no chain id".into() };
        let chain_id = chain_id.ok_or_else(damaged)?;
        Ok(Some(answer::chain(chain_id, &Key::<Chain>::decode(value)?, &denom, &ctx.chain.prefix)))
    })?;
    Ok(wire::QueryChainsResponse { chains, pagination: Some(pagination) })
}

/// One chain, and who can sign its next header.
pub(super) fn chain(
    ctx: &QueryContext<'_>,
    request: wire::QueryChainRequest,
) -> Result<wire::QueryChainResponse, Error> {
    let found = load(ctx, &request.chain_id)?;
    let denom = state::denom(ctx.state)?;
    let chain = Some(answer::chain(&request.chain_id, &found, &denom, &ctx.chain.prefix));
    let members = keys::validators(&request.chain_id).get(ctx.state)?.unwrap_or_default();
    let next_validators = members.iter().map(light::wire_member).collect();
    Ok(wire::QueryChainResponse { chain, next_validators })
}

/// The headers of a chain that are kept, from a height on.
pub(super) fn headers(
    ctx: &QueryContext<'_>,
    request: wire::QueryHeadersRequest,
) -> Result<wire::QueryHeadersResponse, Error> {
    load(ctx, &request.chain_id)?;
    let mut pagination = request.pagination.unwrap_or_default();
    if request.from > 0 && pagination.key.is_empty() {
        // Keys of headers are in the order of heights, so that a page can begin at any.
        pagination.key = request.from.to_be_bytes().to_vec();
    }
    let span = Span::prefix(&keys::headers(&request.chain_id));
    let (headers, pagination) = page(ctx.state, &span, Some(pagination), |_, value| {
        Ok(Some(answer::header(&Key::<Header>::decode(value)?, &ctx.chain.prefix)))
    })?;
    Ok(wire::QueryHeadersResponse { headers, pagination: Some(pagination) })
}

/// One of them.
pub(super) fn header(
    ctx: &QueryContext<'_>,
    request: wire::QueryHeaderRequest,
) -> Result<wire::QueryHeaderResponse, Error> {
    let (chain_id, height) = (&request.chain_id, request.height);
    load(ctx, chain_id)?;
    let found = keys::header(chain_id, height).get(ctx.state)?;
    let found = found.ok_or_else(|| not_found(format!("header {height} of chain {chain_id}")))?;
    Ok(wire::QueryHeaderResponse { header: Some(answer::header(&found, &ctx.chain.prefix)) })
}

/// The evidence that froze a chain's anchor.
pub(super) fn conflict(
    ctx: &QueryContext<'_>,
    request: wire::QueryConflictRequest,
) -> Result<wire::QueryConflictResponse, Error> {
    load(ctx, &request.chain_id)?;
    let found = keys::evidence(&request.chain_id).get(ctx.state)?;
    let found = found.ok_or_else(|| not_found(format!("a conflict of chain {}", request.chain_id)))?;
    let conflict = answer::conflict(&found, &state::denom(ctx.state)?, &ctx.chain.prefix)?;
    Ok(wire::QueryConflictResponse { conflict: Some(conflict) })
}

/// What was proven of a chain.
pub(super) fn proven(
    ctx: &QueryContext<'_>,
    request: wire::QueryProvenRequest,
) -> Result<wire::QueryProvenResponse, Error> {
    let subject: Subject =
        request.subject.parse().map_err(|error| QueryRefused::BadRequest { cause: format!("{error}") })?;
    let chain = load(ctx, &request.chain_id)?;
    let found = keys::proven(&request.chain_id, &subject).get(ctx.state)?;
    let missing =
        || not_found(format!("a proof of {} of chain {}", excerpt(&request.subject), request.chain_id));
    let proven = answer::proven(&subject, &found.ok_or_else(missing)?, &ctx.chain.prefix);
    Ok(wire::QueryProvenResponse { proven: Some(proven), frozen: chain.status == Status::Frozen })
}
