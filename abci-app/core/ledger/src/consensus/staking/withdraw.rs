//! What can be done with rewards: `MsgWithdrawDelegatorReward`, `MsgWithdrawValidatorCommission`,
//! `MsgSetWithdrawAddress` and `MsgFundCommunityPool` of `cosmos.distribution.v1beta1`.

use cosmos_sdk_proto::cosmos::base::v1beta1::Coin as WireCoin;
use sirius_primitives::{Address, Amount, Coin, Coins};
use sirius_runtime::{
    Chain, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
    tx::{self, wire_coin},
};
use sirius_store::{Fault, Read, Write};

use super::{Refused, address::operator_text, field, keys, rewards, state, wire::distribution as wire};
use crate::base::{
    bank,
    fee::{self, Price},
};

/// Pays out what one stake has earned.
#[derive(Debug)]
pub struct WithdrawReward {
    delegator: Address,
    operator: Address,
}

impl Message for WithdrawReward {
    type Wire = wire::MsgWithdrawDelegatorReward;
    type Response = wire::MsgWithdrawDelegatorRewardResponse;
    const SIGNER: &'static str = "delegator_address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Ok(Self {
            delegator: field::account("delegator's", &wire.delegator_address, chain)?,
            operator: field::operator("validator's", &wire.validator_address, chain)?,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.delegator]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let (delegator, operator) = (&self.delegator, &self.operator);
        let found = state::delegation(state, delegator, operator)?.ok_or_else(|| Refused::NoDelegation {
            delegator: ctx.text(delegator),
            operator: operator_text(operator, &ctx.chain.prefix),
        })?;
        let owed = rewards::of(state, operator)?.owed(&found);
        let after = rewards::settle(ctx, state, (delegator, operator), found)?;
        keys::delegation(delegator, operator).set(state, &after);
        Ok(wire::MsgWithdrawDelegatorRewardResponse { amount: paid(state, owed)? })
    }
}

/// Pays out a validator's commission.
#[derive(Debug)]
pub struct WithdrawCommission {
    operator: Address,
}

impl Message for WithdrawCommission {
    type Wire = wire::MsgWithdrawValidatorCommission;
    type Response = wire::MsgWithdrawValidatorCommissionResponse;
    const SIGNER: &'static str = "validator_address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Ok(Self { operator: field::operator("validator's", &wire.validator_address, chain)? })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.operator]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        state::named(ctx, state, &self.operator)?;
        let amount = rewards::settle_commission(ctx, state, &self.operator)?;
        if amount.is_zero() {
            let operator = operator_text(&self.operator, &ctx.chain.prefix);
            return Err(Refused::NoCommission { operator }.into());
        }
        Ok(wire::MsgWithdrawValidatorCommissionResponse { amount: paid(state, amount)? })
    }
}

/// Has rewards paid to another account.
#[derive(Debug)]
pub struct SetWithdrawAddress {
    delegator: Address,
    to: Address,
}

impl Message for SetWithdrawAddress {
    type Wire = wire::MsgSetWithdrawAddress;
    type Response = wire::MsgSetWithdrawAddressResponse;
    const SIGNER: &'static str = "delegator_address";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Ok(Self {
            delegator: field::account("delegator's", &wire.delegator_address, chain)?,
            to: field::account("withdraw", &wire.withdraw_address, chain)?,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.delegator]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let key = keys::withdraw(&self.delegator);
        // To oneself is what it is when nothing is said.
        if self.to == self.delegator {
            key.remove(state);
        } else {
            key.set(state, &self.to);
        }
        ctx.emit(|ctx| event("set_withdraw_address").with("withdraw_address", ctx.text(&self.to)));
        Ok(wire::MsgSetWithdrawAddressResponse {})
    }
}

/// Gives coins to the community.
#[derive(Debug)]
pub struct FundCommunity {
    depositor: Address,
    coins: Coins,
}

impl Message for FundCommunity {
    type Wire = wire::MsgFundCommunityPool;
    type Response = wire::MsgFundCommunityPoolResponse;
    const SIGNER: &'static str = "depositor";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        let coins = tx::coins(&wire.amount).map_err(|cause| Refused::BadCoin { cause })?;
        if coins.is_empty() {
            return Err(Refused::NothingToGive.into());
        }
        Ok(Self { depositor: field::account("depositor's", &wire.depositor, chain)?, coins })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.depositor]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        bank::transfer(ctx, state, (&self.depositor, &fee::community()), &self.coins)?;
        Ok(wire::MsgFundCommunityPoolResponse {})
    }
}

/// What was paid, as the wire has it; nothing is an empty list.
fn paid(state: &dyn Read, amount: Amount) -> Result<Vec<WireCoin>, Fault> {
    let coin = Coin { denom: Price::load(state)?.denom, amount };
    Ok(Coins::from(coin).iter().map(wire_coin).collect())
}
