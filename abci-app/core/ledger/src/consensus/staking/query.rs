//! What can be asked about validators and stakes.

use cosmos_sdk_proto::cosmos::base::{
    query::v1beta1::{PageRequest, PageResponse},
    v1beta1::Coin as WireCoin,
};
use sirius_primitives::{Address, Coin, Height, PublicKey, Timestamp};
use sirius_runtime::{
    Error, QueryContext, Refusal,
    page::page,
    query::Refused as QueryRefused,
    tx::{self, pack_public_key, wire_coin},
};
use sirius_store::{Fault, Key, Span};
use tendermint_proto::{google::protobuf::Duration, v0_38::types::Header};

use super::{
    Delegation, Fraction, Status, Validator,
    address::{operator_text, parse_operator},
    history, keys,
    params::{HISTORY, LEAST_COMMISSION, MOST_ENTRIES, MOST_VALIDATORS, UNBONDING},
    pool::Pool,
    state,
    stored::{Leaving, Moved},
    time,
    wire::staking as wire,
};

/// All validators, or those of one status, by operator.
pub(super) fn validators(
    ctx: &QueryContext<'_>,
    request: wire::QueryValidatorsRequest,
) -> Result<wire::QueryValidatorsResponse, Error> {
    let wanted = match request.status.as_str() {
        "" => None,
        name => Some(wire::BondStatus::from_str_name(name).ok_or_else(|| QueryRefused::BadRequest {
            cause: format!("invalid validator status {}", sirius_runtime::excerpt(name)),
        })?),
    };
    let wanted = wanted.filter(|status| *status != wire::BondStatus::Unspecified);
    let (validators, pagination) =
        page(ctx.state, &Span::prefix(keys::VALIDATORS), request.pagination, |key, value| {
            let operator = state::address_at(key, keys::VALIDATORS.len())?;
            let validator = Key::<Validator>::decode(value)?;
            let is_wanted = wanted.is_none_or(|wanted| bond_status(&validator) == wanted);
            Ok(is_wanted.then(|| of_validator(ctx, &operator, &validator)))
        })?;
    Ok(wire::QueryValidatorsResponse { validators, pagination: Some(pagination) })
}

/// One validator.
pub(super) fn validator(
    ctx: &QueryContext<'_>,
    request: wire::QueryValidatorRequest,
) -> Result<wire::QueryValidatorResponse, Error> {
    let operator = operator(ctx, &request.validator_addr)?;
    let validator = found(ctx, &operator)?;
    Ok(wire::QueryValidatorResponse { validator: Some(of_validator(ctx, &operator, &validator)) })
}

/// The stakes on a validator, by delegator.
pub(super) fn validator_delegations(
    ctx: &QueryContext<'_>,
    request: wire::QueryValidatorDelegationsRequest,
) -> Result<wire::QueryValidatorDelegationsResponse, Error> {
    let operator = operator(ctx, &request.validator_addr)?;
    let validator = found(ctx, &operator)?;
    let beginning = keys::delegators(&operator);
    let (delegation_responses, pagination) =
        page(ctx.state, &Span::prefix(&beginning), request.pagination, |key, _| {
            let delegator = state::address_at(key, beginning.len())?;
            let delegation = keys::delegation(&delegator, &operator).get(ctx.state)?;
            let delegation = delegation
                .ok_or_else(|| Fault::Contradiction("a delegator is listed that does not delegate".into()))?;
            of_delegation(ctx, (&delegator, &operator), (&delegation, &validator)).map(Some)
        })?;
    Ok(wire::QueryValidatorDelegationsResponse { delegation_responses, pagination: Some(pagination) })
}

/// What is on its way back from a validator, by delegator.
pub(super) fn validator_unbondings(
    ctx: &QueryContext<'_>,
    request: wire::QueryValidatorUnbondingDelegationsRequest,
) -> Result<wire::QueryValidatorUnbondingDelegationsResponse, Error> {
    let operator = operator(ctx, &request.validator_addr)?;
    let beginning = keys::unbondings_from(&operator);
    let (unbonding_responses, pagination) =
        page(ctx.state, &Span::prefix(&beginning), request.pagination, |key, _| {
            let delegator = state::address_at(key, beginning.len())?;
            let entries = keys::unbonding(&delegator, &operator).get(ctx.state)?.unwrap_or_default();
            Ok(Some(of_unbonding(ctx, (&delegator, &operator), &entries)))
        })?;
    Ok(wire::QueryValidatorUnbondingDelegationsResponse { unbonding_responses, pagination: Some(pagination) })
}

/// One stake.
pub(super) fn delegation(
    ctx: &QueryContext<'_>,
    request: wire::QueryDelegationRequest,
) -> Result<wire::QueryDelegationResponse, Error> {
    let delegator = ctx.address(&request.delegator_addr)?;
    let operator = operator(ctx, &request.validator_addr)?;
    let pair = (&delegator, &operator);
    let Some(delegation) = keys::delegation(&delegator, &operator).get(ctx.state)? else {
        let what = format!(
            "delegation with delegator {} for validator {}",
            delegator.bech32(&ctx.chain.prefix),
            operator_text(&operator, &ctx.chain.prefix)
        );
        return Err(QueryRefused::NotFound { what }.into());
    };
    let validator = state::known(ctx.state, &operator)?;
    let response = of_delegation(ctx, pair, (&delegation, &validator))?;
    Ok(wire::QueryDelegationResponse { delegation_response: Some(response) })
}

/// What is on its way back from one validator to one account.
pub(super) fn unbonding(
    ctx: &QueryContext<'_>,
    request: wire::QueryUnbondingDelegationRequest,
) -> Result<wire::QueryUnbondingDelegationResponse, Error> {
    let delegator = ctx.address(&request.delegator_addr)?;
    let operator = operator(ctx, &request.validator_addr)?;
    let Some(entries) = keys::unbonding(&delegator, &operator).get(ctx.state)? else {
        let what = "unbonding delegation between these two".into();
        return Err(QueryRefused::NotFound { what }.into());
    };
    let unbond = of_unbonding(ctx, (&delegator, &operator), &entries);
    Ok(wire::QueryUnbondingDelegationResponse { unbond: Some(unbond) })
}

/// The stakes of an account, by validator.
pub(super) fn delegator_delegations(
    ctx: &QueryContext<'_>,
    request: wire::QueryDelegatorDelegationsRequest,
) -> Result<wire::QueryDelegatorDelegationsResponse, Error> {
    let delegator = ctx.address(&request.delegator_addr)?;
    let beginning = keys::delegations(&delegator);
    let (delegation_responses, pagination) =
        page(ctx.state, &Span::prefix(&beginning), request.pagination, |key, value| {
            let operator = state::address_at(key, beginning.len())?;
            let validator = state::known(ctx.state, &operator)?;
            let delegation = Key::<Delegation>::decode(value)?;
            of_delegation(ctx, (&delegator, &operator), (&delegation, &validator)).map(Some)
        })?;
    Ok(wire::QueryDelegatorDelegationsResponse { delegation_responses, pagination: Some(pagination) })
}

/// What is on its way back to an account, by validator.
pub(super) fn delegator_unbondings(
    ctx: &QueryContext<'_>,
    request: wire::QueryDelegatorUnbondingDelegationsRequest,
) -> Result<wire::QueryDelegatorUnbondingDelegationsResponse, Error> {
    let delegator = ctx.address(&request.delegator_addr)?;
    let beginning = keys::unbondings(&delegator);
    let (unbonding_responses, pagination) =
        page(ctx.state, &Span::prefix(&beginning), request.pagination, |key, value| {
            let operator = state::address_at(key, beginning.len())?;
            let entries = Key::<Vec<Leaving>>::decode(value)?;
            Ok(Some(of_unbonding(ctx, (&delegator, &operator), &entries)))
        })?;
    Ok(wire::QueryDelegatorUnbondingDelegationsResponse { unbonding_responses, pagination: Some(pagination) })
}

/// Moved stakes, of an account or away from a validator.
pub(super) fn redelegations(
    ctx: &QueryContext<'_>,
    request: wire::QueryRedelegationsRequest,
) -> Result<wire::QueryRedelegationsResponse, Error> {
    let named = |text: &str| (!text.is_empty()).then(|| operator(ctx, text)).transpose();
    let source = named(&request.src_validator_addr)?;
    let destination = named(&request.dst_validator_addr)?;
    let (redelegation_responses, pagination) = match (request.delegator_addr.as_str(), source) {
        ("", Some(source)) => moved_from(ctx, (&source, destination), request.pagination)?,
        (delegator, source) => {
            moved_by(ctx, &ctx.address(delegator)?, (source, destination), request.pagination)?
        }
    };
    Ok(wire::QueryRedelegationsResponse { redelegation_responses, pagination: Some(pagination) })
}

type MovedPage = Result<(Vec<wire::RedelegationResponse>, PageResponse), Error>;

fn moved_by(
    ctx: &QueryContext<'_>,
    delegator: &Address,
    (source, destination): (Option<Address>, Option<Address>),
    request: Option<PageRequest>,
) -> MovedPage {
    let beginning = keys::redelegations(delegator);
    page(ctx.state, &Span::prefix(&beginning), request, |key, value| {
        let to = state::address_at(key, beginning.len())?;
        let from = state::address_at(key, beginning.len().saturating_add(Address::LENGTH))?;
        let is_wanted =
            source.is_none_or(|wanted| wanted == from) && destination.is_none_or(|wanted| wanted == to);
        let entries = Key::<Vec<Moved>>::decode(value)?;
        is_wanted.then(|| of_redelegation(ctx, (delegator, &to, &from), &entries)).transpose()
    })
}

fn moved_from(
    ctx: &QueryContext<'_>,
    (source, destination): (&Address, Option<Address>),
    request: Option<PageRequest>,
) -> MovedPage {
    let beginning = keys::redelegations_from(source);
    page(ctx.state, &Span::prefix(&beginning), request, |key, _| {
        let delegator = state::address_at(key, beginning.len())?;
        let to = state::address_at(key, beginning.len().saturating_add(Address::LENGTH))?;
        if destination.is_some_and(|wanted| wanted != to) {
            return Ok(None);
        }
        let entries = keys::redelegation(&delegator, &to, source).get(ctx.state)?.unwrap_or_default();
        of_redelegation(ctx, (&delegator, &to, source), &entries).map(Some)
    })
}

/// The validators that an account stakes on.
pub(super) fn delegator_validators(
    ctx: &QueryContext<'_>,
    request: wire::QueryDelegatorValidatorsRequest,
) -> Result<wire::QueryDelegatorValidatorsResponse, Error> {
    let delegator = ctx.address(&request.delegator_addr)?;
    let beginning = keys::delegations(&delegator);
    let (validators, pagination) =
        page(ctx.state, &Span::prefix(&beginning), request.pagination, |key, _| {
            let operator = state::address_at(key, beginning.len())?;
            Ok(Some(of_validator(ctx, &operator, &state::known(ctx.state, &operator)?)))
        })?;
    Ok(wire::QueryDelegatorValidatorsResponse { validators, pagination: Some(pagination) })
}

/// One validator that an account stakes on.
pub(super) fn delegator_validator(
    ctx: &QueryContext<'_>,
    request: wire::QueryDelegatorValidatorRequest,
) -> Result<wire::QueryDelegatorValidatorResponse, Error> {
    let delegator = ctx.address(&request.delegator_addr)?;
    let operator = operator(ctx, &request.validator_addr)?;
    if keys::delegation(&delegator, &operator).get(ctx.state)?.is_none() {
        let what = "delegation between these two".into();
        return Err(QueryRefused::NotFound { what }.into());
    }
    let validator = state::known(ctx.state, &operator)?;
    Ok(wire::QueryDelegatorValidatorResponse { validator: Some(of_validator(ctx, &operator, &validator)) })
}

/// Who could make one of the last blocks.
pub(super) fn history(
    ctx: &QueryContext<'_>,
    request: wire::QueryHistoricalInfoRequest,
) -> Result<wire::QueryHistoricalInfoResponse, Error> {
    let height = Height::from_wire(request.height)
        .ok_or_else(|| QueryRefused::BadRequest { cause: "height cannot be negative".into() })?;
    let Some((past, seats)) = history::at(ctx.state, height)? else {
        let what = format!("historical info for height {height}");
        return Err(QueryRefused::NotFound { what }.into());
    };
    let header = Header {
        chain_id: ctx.chain.id.clone(),
        height: height.to_wire(),
        time: Some(time::wire(past.time)),
        proposer_address: past.proposer,
        ..Header::default()
    };
    let valset = seats.iter().map(|seat| of_validator(ctx, &seat.operator, &seat.validator)).collect();
    Ok(wire::QueryHistoricalInfoResponse {
        hist: Some(wire::HistoricalInfo { header: Some(header), valset }),
    })
}

/// How much is staked.
pub(super) fn pool(
    ctx: &QueryContext<'_>,
    _: wire::QueryPoolRequest,
) -> Result<wire::QueryPoolResponse, Error> {
    let pool = wire::Pool {
        not_bonded_tokens: Pool::NotBonded.amount(ctx.state)?.to_string(),
        bonded_tokens: Pool::Bonded.amount(ctx.state)?.to_string(),
    };
    Ok(wire::QueryPoolResponse { pool: Some(pool) })
}

/// The module's parameters in Cosmos' form.
pub(super) fn params(
    ctx: &QueryContext<'_>,
    _: wire::QueryParamsRequest,
) -> Result<wire::QueryParamsResponse, Error> {
    let count = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    let seconds = i64::try_from(UNBONDING.get(ctx.state)?).unwrap_or(i64::MAX);
    let params = wire::Params {
        unbonding_time: Some(Duration { seconds, nanos: 0 }),
        max_validators: count(MOST_VALIDATORS.get(ctx.state)?),
        max_entries: count(MOST_ENTRIES.get(ctx.state)?),
        historical_entries: count(HISTORY.get(ctx.state)?),
        bond_denom: state::denom(ctx.state)?.to_string(),
        min_commission_rate: Fraction::of_basis_points(LEAST_COMMISSION.get(ctx.state)?).to_string(),
    };
    Ok(wire::QueryParamsResponse { params: Some(params) })
}

/// Reads the operator in a request.
pub(super) fn operator(ctx: &QueryContext<'_>, text: &str) -> Result<Address, Refusal> {
    parse_operator(text, &ctx.chain.prefix)
        .map_err(|error| tx::Refused::BadAddress { what: "request's", cause: error.to_string() }.into())
}

/// The validator in a request.
pub(super) fn found(ctx: &QueryContext<'_>, operator: &Address) -> Result<Validator, Error> {
    match state::validator(ctx.state, operator)? {
        Some(validator) => Ok(validator),
        None => {
            let what = format!("validator {}", operator_text(operator, &ctx.chain.prefix));
            Err(QueryRefused::NotFound { what }.into())
        }
    }
}

fn bond_status(validator: &Validator) -> wire::BondStatus {
    match validator.status {
        Status::Unbonded => wire::BondStatus::Unbonded,
        Status::Unbonding { .. } => wire::BondStatus::Unbonding,
        Status::Bonded => wire::BondStatus::Bonded,
    }
}

fn of_validator(ctx: &QueryContext<'_>, operator: &Address, validator: &Validator) -> wire::Validator {
    let (height, until) = match validator.status {
        Status::Unbonding { height, until } => (height.to_wire(), until),
        Status::Unbonded | Status::Bonded => (0, Timestamp::default()),
    };
    wire::Validator {
        operator_address: operator_text(operator, &ctx.chain.prefix),
        consensus_pubkey: Some(pack_public_key(&PublicKey::Ed25519(validator.consensus_key))),
        jailed: validator.jailed,
        status: bond_status(validator).into(),
        tokens: validator.tokens.to_string(),
        delegator_shares: validator.shares.units().to_string(),
        description: Some(validator.description.wire()),
        unbonding_height: height,
        unbonding_time: Some(time::wire(until)),
        commission: Some(validator.commission.wire()),
        min_self_delegation: validator.least_own_stake.to_string(),
    }
}

fn of_delegation(
    ctx: &QueryContext<'_>,
    (delegator, operator): (&Address, &Address),
    (delegation, validator): (&Delegation, &Validator),
) -> Result<wire::DelegationResponse, Error> {
    let balance: WireCoin =
        wire_coin(&Coin { denom: state::denom(ctx.state)?, amount: validator.worth(delegation.shares) });
    Ok(wire::DelegationResponse {
        delegation: Some(wire::Delegation {
            delegator_address: delegator.bech32(&ctx.chain.prefix),
            validator_address: operator_text(operator, &ctx.chain.prefix),
            shares: delegation.shares.units().to_string(),
        }),
        balance: Some(balance),
    })
}

fn of_unbonding(
    ctx: &QueryContext<'_>,
    (delegator, operator): (&Address, &Address),
    entries: &[Leaving],
) -> wire::UnbondingDelegation {
    let entry = |entry: &Leaving| wire::UnbondingDelegationEntry {
        creation_height: entry.created.to_wire(),
        completion_time: Some(time::wire(entry.completes)),
        initial_balance: entry.initial.to_string(),
        balance: entry.balance.to_string(),
    };
    wire::UnbondingDelegation {
        delegator_address: delegator.bech32(&ctx.chain.prefix),
        validator_address: operator_text(operator, &ctx.chain.prefix),
        entries: entries.iter().map(entry).collect(),
    }
}

fn of_redelegation(
    ctx: &QueryContext<'_>,
    (delegator, to, from): (&Address, &Address, &Address),
    entries: &[Moved],
) -> Result<wire::RedelegationResponse, Error> {
    let validator = state::validator(ctx.state, to)?;
    let entry = |entry: &Moved| wire::RedelegationEntryResponse {
        redelegation_entry: Some(wire::RedelegationEntry {
            creation_height: entry.created.to_wire(),
            completion_time: Some(time::wire(entry.completes)),
            initial_balance: entry.initial.to_string(),
            shares_dst: entry.shares.units().to_string(),
        }),
        balance: validator.as_ref().map(|to| to.worth(entry.shares)).unwrap_or_default().to_string(),
    };
    Ok(wire::RedelegationResponse {
        redelegation: Some(wire::Redelegation {
            delegator_address: delegator.bech32(&ctx.chain.prefix),
            validator_src_address: operator_text(from, &ctx.chain.prefix),
            validator_dst_address: operator_text(to, &ctx.chain.prefix),
            // The entries stand beside, with what they are worth (Cosmos SDK `x/staking/keeper/grpc_query.go`).
            entries: Vec::new(),
        }),
        entries: entries.iter().map(entry).collect(),
    })
}
