//! What can be asked about names. A question about one name reads single keys, so that its answer can be proven.

use sirius_primitives::Address;
use sirius_runtime::{Error, QueryContext, excerpt, page::page, query::Refused as QueryRefused};
use sirius_store::{Fault, Key, Span};
use tendermint_proto::google::protobuf::Timestamp as WireTimestamp;

use super::{
    Name,
    ending::label_at,
    keys,
    lease::{Lease, Part},
    state,
    wire::name as wire,
};

/// One name.
pub(super) fn name(
    ctx: &QueryContext<'_>,
    request: wire::QueryNameRequest,
) -> Result<wire::QueryNameResponse, Error> {
    let name = state::name(&request.name)?;
    let lease = lease(ctx, name.root())?;
    let found = match name.is_root() {
        true => shown(ctx, &name, &lease),
        false => {
            let part = keys::part(&name).get(ctx.state)?.ok_or_else(|| missing(name.as_str()))?;
            shown_part(ctx, &name, &lease, &part)
        }
    };
    Ok(wire::QueryNameResponse { name: Some(found) })
}

/// The leases of an account.
pub(super) fn names(
    ctx: &QueryContext<'_>,
    request: wire::QueryNamesRequest,
) -> Result<wire::QueryNamesResponse, Error> {
    let owner = ctx.address(&request.address)?;
    let beginning = keys::owned_by(&owner);
    let (names, pagination) = page(ctx.state, &Span::prefix(&beginning), request.pagination, |key, _| {
        let name = name_at(key, beginning.len())?;
        let lease = keys::root(name.root()).get(ctx.state)?;
        let lease = lease
            .ok_or_else(|| Fault::Contradiction(format!("name {name} is owned, and nobody leases it")))?;
        Ok(Some(shown(ctx, &name, &lease)))
    })?;
    Ok(wire::QueryNamesResponse { names, pagination: Some(pagination) })
}

/// The names below a leased one.
pub(super) fn below(
    ctx: &QueryContext<'_>,
    request: wire::QueryBelowRequest,
) -> Result<wire::QueryBelowResponse, Error> {
    let root = state::leased(&request.name)?;
    let lease = lease(ctx, root.as_str())?;
    let span = Span::prefix(&keys::parts(root.as_str()));
    let (names, pagination) = page(ctx.state, &span, request.pagination, |key, value| {
        let (name, part) = (name_at(key, keys::BELOW.len())?, Key::<Part>::decode(value)?);
        Ok(Some(shown_part(ctx, &name, &lease, &part)))
    })?;
    Ok(wire::QueryBelowResponse { names, pagination: Some(pagination) })
}

/// The reserved names.
pub(super) fn reserved(
    ctx: &QueryContext<'_>,
    request: wire::QueryReservedRequest,
) -> Result<wire::QueryReservedResponse, Error> {
    let (names, pagination) =
        page(ctx.state, &Span::prefix(keys::RESERVED), request.pagination, |key, _| {
            Ok(Some(label_at(key, keys::RESERVED.len())?))
        })?;
    Ok(wire::QueryReservedResponse { names, pagination: Some(pagination) })
}

fn lease(ctx: &QueryContext<'_>, label: &str) -> Result<Lease, Error> {
    keys::root(label).get(ctx.state)?.ok_or_else(|| missing(label))
}

fn missing(name: &str) -> Error {
    QueryRefused::NotFound { what: format!("name {}", excerpt(name)) }.into()
}

/// The name that stands in a key from `at` on.
pub(super) fn name_at(key: &[u8], at: usize) -> Result<Name, Fault> {
    let text = label_at(key, at)?;
    Name::parse(&text).map_err(|error| Fault::Damaged { what: "name", detail: format!("{text:?}: {error}") })
}

fn shown(ctx: &QueryContext<'_>, name: &Name, lease: &Lease) -> wire::Name {
    let of_lease = Part { target: lease.target, since: lease.since, below: lease.below };
    shown_part(ctx, name, lease, &of_lease)
}

fn shown_part(ctx: &QueryContext<'_>, name: &Name, lease: &Lease, part: &Part) -> wire::Name {
    let text = |address: &Address| address.bech32(&ctx.chain.prefix);
    let (status, target) = match lease.frees {
        None => (wire::Status::Live, part.target.as_ref().map(text)),
        Some(_) => (wire::Status::Grace, None),
    };
    wire::Name {
        name: name.to_string(),
        owner: text(&lease.owner),
        target: target.unwrap_or_default(),
        expires: Some(WireTimestamp { seconds: lease.expires.seconds, nanos: lease.expires.nanos }),
        status: status.into(),
        since: part.since.0,
        below: part.below,
    }
}
