//! What can be asked about validators' presence.

use sirius_primitives::Address;
use sirius_runtime::{Error, QueryContext, page::page, query::Refused as QueryRefused, tx};
use sirius_store::{Fault, Key, Span};
use tendermint_proto::google::protobuf::Duration;

use super::{
    Presence, keys,
    params::{DOUBLE_SIGN, DOWNTIME, JAIL, LEAST_SIGNED, WINDOW},
    presence::jailed_until,
    wire::slashing as wire,
};
use crate::consensus::staking::{Fraction, consensus_text, parse_consensus, time};

/// The module's parameters in Cosmos' form.
pub(super) fn params(
    ctx: &QueryContext<'_>,
    _: wire::QueryParamsRequest,
) -> Result<wire::QueryParamsResponse, Error> {
    let part = |points: u64| Fraction::of_basis_points(points).to_string().into_bytes();
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let params = wire::Params {
        signed_blocks_window: signed(WINDOW.get(ctx.state)?),
        min_signed_per_window: part(LEAST_SIGNED.get(ctx.state)?.saturating_mul(100)),
        downtime_jail_duration: Some(Duration { seconds: signed(JAIL.get(ctx.state)?), nanos: 0 }),
        slash_fraction_double_sign: part(DOUBLE_SIGN.get(ctx.state)?),
        slash_fraction_downtime: part(DOWNTIME.get(ctx.state)?),
    };
    Ok(wire::QueryParamsResponse { params: Some(params) })
}

/// How present one validator is.
pub(super) fn signing_info(
    ctx: &QueryContext<'_>,
    request: wire::QuerySigningInfoRequest,
) -> Result<wire::QuerySigningInfoResponse, Error> {
    let consensus = parse_consensus(&request.cons_address, &ctx.chain.prefix)
        .map_err(|error| tx::Refused::BadAddress { what: "request's", cause: error.to_string() })?;
    let Some(presence) = keys::presence(&consensus).get(ctx.state)? else {
        let what = format!("SigningInfo for validator {}", consensus_text(&consensus, &ctx.chain.prefix));
        return Err(QueryRefused::NotFound { what }.into());
    };
    let info = info(ctx, &consensus, &presence)?;
    Ok(wire::QuerySigningInfoResponse { val_signing_info: Some(info) })
}

/// How present all are, by the address of their consensus keys.
pub(super) fn signing_infos(
    ctx: &QueryContext<'_>,
    request: wire::QuerySigningInfosRequest,
) -> Result<wire::QuerySigningInfosResponse, Error> {
    let (infos, pagination) =
        page(ctx.state, &Span::prefix(keys::PRESENCES), request.pagination, |key, value| {
            let address = key.get(keys::PRESENCES.len()..).and_then(|rest| rest.try_into().ok());
            let consensus = address.map(Address::new).ok_or_else(|| Fault::Damaged {
                what: "slashing",
                detail: "a key holds no address".into(),
            })?;
            info(ctx, &consensus, &Key::<Presence>::decode(value)?).map(Some)
        })?;
    Ok(wire::QuerySigningInfosResponse { info: infos, pagination: Some(pagination) })
}

fn info(
    ctx: &QueryContext<'_>,
    consensus: &Address,
    presence: &Presence,
) -> Result<wire::ValidatorSigningInfo, Error> {
    let counted = ctx.height.0.saturating_sub(presence.start.0);
    Ok(wire::ValidatorSigningInfo {
        address: consensus_text(consensus, &ctx.chain.prefix),
        start_height: presence.start.to_wire(),
        index_offset: i64::try_from(counted).unwrap_or(i64::MAX),
        jailed_until: Some(time::wire(jailed_until(ctx.state, consensus)?)),
        tombstoned: keys::tombstone(consensus).get(ctx.state)?.is_some(),
        missed_blocks_counter: i64::try_from(presence.missed).unwrap_or(i64::MAX),
    })
}
