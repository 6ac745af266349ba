//! What can be asked about rewards.

use std::ops::ControlFlow;

use cosmos_sdk_proto::cosmos::base::v1beta1::DecCoin;
use sirius_primitives::{Address, Amount, Denom, Height};
use sirius_runtime::{Error, QueryContext, page, query::Refused as QueryRefused, rows::each_row};
use sirius_store::{Key, Read, Span};

use super::{
    Delegation, Fraction,
    address::operator_text,
    fraction::with_decimals,
    keys,
    query::{found, operator},
    rewards,
    slashed::height_at,
    state,
    wire::distribution as wire,
};
use crate::base::{
    bank,
    fee::{self, Price},
};

/// The parameters in Cosmos' form.
pub(super) fn params(
    ctx: &QueryContext<'_>,
    _: wire::QueryParamsRequest,
) -> Result<wire::QueryParamsResponse, Error> {
    let percent = fee::community_percent(ctx.state)?;
    let params = wire::Params {
        community_tax: Fraction::of_basis_points(percent.saturating_mul(100)).to_string(),
        base_proposer_reward: Fraction::default().to_string(),
        bonus_proposer_reward: Fraction::default().to_string(),
        withdraw_addr_enabled: true,
    };
    Ok(wire::QueryParamsResponse { params: Some(params) })
}

/// What a validator and its delegators have not withdrawn.
pub(super) fn outstanding(
    ctx: &QueryContext<'_>,
    request: wire::QueryValidatorOutstandingRewardsRequest,
) -> Result<wire::QueryValidatorOutstandingRewardsResponse, Error> {
    let operator = operator(ctx, &request.validator_address)?;
    found(ctx, &operator)?;
    let rewards = coins(ctx, rewards::of(ctx.state, &operator)?.outstanding)?;
    Ok(wire::QueryValidatorOutstandingRewardsResponse {
        rewards: Some(wire::ValidatorOutstandingRewards { rewards }),
    })
}

/// The commission that a validator has not withdrawn.
pub(super) fn commission(
    ctx: &QueryContext<'_>,
    request: wire::QueryValidatorCommissionRequest,
) -> Result<wire::QueryValidatorCommissionResponse, Error> {
    let operator = operator(ctx, &request.validator_address)?;
    found(ctx, &operator)?;
    let commission = coins(ctx, rewards::of(ctx.state, &operator)?.commission)?;
    Ok(wire::QueryValidatorCommissionResponse {
        commission: Some(wire::ValidatorAccumulatedCommission { commission }),
    })
}

/// What slashes took of a validator, between two blocks.
pub(super) fn slashes(
    ctx: &QueryContext<'_>,
    request: wire::QueryValidatorSlashesRequest,
) -> Result<wire::QueryValidatorSlashesResponse, Error> {
    let operator = operator(ctx, &request.validator_address)?;
    let (first, last) = (request.starting_height, request.ending_height);
    let last = if last == 0 { u64::MAX } else { last };
    if first > last {
        let cause = format!("starting height greater than ending height ({first} > {last})");
        return Err(QueryRefused::BadRequest { cause }.into());
    }
    let beginning = keys::slashed_of(&operator);
    let (slashes, pagination) =
        page::page(ctx.state, &Span::prefix(&beginning), request.pagination, |key, value| {
            let (Height(height), _) = height_at(key, beginning.len())?;
            let fraction = Key::<Fraction>::decode(value)?.to_string();
            let event = wire::ValidatorSlashEvent { validator_period: 0, fraction };
            Ok((first..=last).contains(&height).then_some(event))
        })?;
    Ok(wire::QueryValidatorSlashesResponse { slashes, pagination: Some(pagination) })
}

/// What a validator's operator can withdraw.
pub(super) fn validator(
    ctx: &QueryContext<'_>,
    request: wire::QueryValidatorDistributionInfoRequest,
) -> Result<wire::QueryValidatorDistributionInfoResponse, Error> {
    let operator = operator(ctx, &request.validator_address)?;
    found(ctx, &operator)?;
    let rewards = rewards::of(ctx.state, &operator)?;
    let own = keys::delegation(&operator, &operator).get(ctx.state)?;
    let owed = own.map(|own| rewards.owed(&own)).unwrap_or_default();
    Ok(wire::QueryValidatorDistributionInfoResponse {
        operator_address: operator.bech32(&ctx.chain.prefix),
        self_bond_rewards: coins(ctx, owed)?,
        commission: coins(ctx, rewards.commission)?,
    })
}

/// What one stake has earned.
pub(super) fn delegation(
    ctx: &QueryContext<'_>,
    request: wire::QueryDelegationRewardsRequest,
) -> Result<wire::QueryDelegationRewardsResponse, Error> {
    let delegator = ctx.address(&request.delegator_address)?;
    let operator = operator(ctx, &request.validator_address)?;
    let Some(delegation) = keys::delegation(&delegator, &operator).get(ctx.state)? else {
        let what = "delegation between these two".into();
        return Err(QueryRefused::NotFound { what }.into());
    };
    let owed = rewards::of(ctx.state, &operator)?.owed(&delegation);
    Ok(wire::QueryDelegationRewardsResponse { rewards: coins(ctx, owed)? })
}

/// What all stakes of an account have earned.
pub(super) fn total(
    ctx: &QueryContext<'_>,
    request: wire::QueryDelegationTotalRewardsRequest,
) -> Result<wire::QueryDelegationTotalRewardsResponse, Error> {
    let delegator = ctx.address(&request.delegator_address)?;
    let (mut list, mut sum) = (Vec::new(), Amount::ZERO);
    for (operator, delegation) in stakes(ctx, &delegator)? {
        let owed = rewards::of(ctx.state, &operator)?.owed(&delegation);
        sum = sum.checked_add(owed).unwrap_or(sum);
        list.push(wire::DelegationDelegatorReward {
            validator_address: operator_text(&operator, &ctx.chain.prefix),
            reward: coins(ctx, owed)?,
        });
    }
    Ok(wire::QueryDelegationTotalRewardsResponse { rewards: list, total: coins(ctx, sum)? })
}

/// The validators that an account stakes on.
pub(super) fn delegator_validators(
    ctx: &QueryContext<'_>,
    request: wire::QueryDelegatorValidatorsRequest,
) -> Result<wire::QueryDelegatorValidatorsResponse, Error> {
    let stakes = stakes(ctx, &ctx.address(&request.delegator_address)?)?;
    let validators = stakes.iter().map(|(operator, _)| operator_text(operator, &ctx.chain.prefix)).collect();
    Ok(wire::QueryDelegatorValidatorsResponse { validators })
}

/// To which account rewards are paid.
pub(super) fn withdraw_address(
    ctx: &QueryContext<'_>,
    request: wire::QueryDelegatorWithdrawAddressRequest,
) -> Result<wire::QueryDelegatorWithdrawAddressResponse, Error> {
    let delegator = ctx.address(&request.delegator_address)?;
    let to = rewards::withdraw_address(ctx.state, &delegator)?;
    let withdraw_address = to.bech32(&ctx.chain.prefix);
    Ok(wire::QueryDelegatorWithdrawAddressResponse { withdraw_address })
}

/// What the community has, of every denomination.
pub(super) fn community(
    ctx: &QueryContext<'_>,
    _: wire::QueryCommunityPoolRequest,
) -> Result<wire::QueryCommunityPoolResponse, Error> {
    let coins = bank::balances(ctx.state, &fee::community(), page::MOST_ROWS)?;
    let pool = coins.iter().map(|coin| dec_coin(&coin.denom, coin.amount)).collect();
    Ok(wire::QueryCommunityPoolResponse { pool })
}

/// The stakes of an account, as many as an answer may have.
fn stakes(ctx: &QueryContext<'_>, delegator: &Address) -> Result<Vec<(Address, Delegation)>, Error> {
    let beginning = keys::delegations(delegator);
    let mut stakes = Vec::new();
    let state: &dyn Read = ctx.state;
    each_row(state, &beginning, |rest, delegation: Delegation| {
        stakes.push((state::address_at(rest, 0)?, delegation));
        let is_full = stakes.len() as u64 > page::MOST_ROWS;
        Ok(if is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    if stakes.len() as u64 > page::MOST_ROWS {
        return Err(QueryRefused::TooMuch { what: "stakes", most: page::MOST_ROWS }.into());
    }
    Ok(stakes)
}

/// Rewards as the wire writes them; nothing is an empty list.
fn coins(ctx: &QueryContext<'_>, amount: Amount) -> Result<Vec<DecCoin>, Error> {
    let denom = Price::load(ctx.state)?.denom;
    Ok(if amount.is_zero() { Vec::new() } else { vec![dec_coin(&denom, amount)] })
}

fn dec_coin(denom: &Denom, amount: Amount) -> DecCoin {
    DecCoin { denom: denom.to_string(), amount: with_decimals(amount) }
}
