//! `MsgDeposit` and `MsgWithdraw`: what pays for a chain's headers.

use sirius_primitives::{Address, Coin};
use sirius_runtime::{
    Chain as Ledger, Context, Error, Message, Refusal,
    event::{Attributes as _, event},
};
use sirius_store::{Read, Write};

use super::{
    Refused,
    chain::Status,
    keys,
    state::{self, address, some_coin},
    wire::anchor as wire,
};

/// An addition to a chain's deposit.
#[derive(Debug)]
pub struct Deposit {
    depositor: Address,
    chain_id: String,
    coin: Coin,
}

impl Message for Deposit {
    type Wire = wire::MsgDeposit;
    type Response = wire::MsgDepositResponse;
    const SIGNER: &'static str = "depositor_address";

    fn parse(wire: Self::Wire, ledger: &Ledger) -> Result<Self, Refusal> {
        Ok(Self {
            depositor: address("depositor's", &wire.depositor_address, ledger)?,
            chain_id: wire.chain_id,
            coin: some_coin("deposit", wire.amount.as_ref())?,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.depositor]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let mut chain = state::load(state, &self.chain_id)?;
        if chain.status != Status::Active {
            return Err(state::not_active(&self.chain_id, &chain));
        }
        let amount = state::amount(&*state as &dyn Read, &self.coin)?;
        state::take(ctx, state, &self.depositor, amount)?;
        chain.deposit = state::plus(chain.deposit, amount);
        keys::chain(&self.chain_id).set(state, &chain);
        ctx.emit(|_| {
            let shown = event("anchor_deposit").indexed("chain_id", &self.chain_id);
            shown.with("added", amount).with("left", chain.deposit)
        });
        Ok(wire::MsgDepositResponse {})
    }
}

/// A part of a chain's deposit that goes back.
#[derive(Debug)]
pub struct Withdraw {
    owner: Address,
    chain_id: String,
    coin: Coin,
}

impl Message for Withdraw {
    type Wire = wire::MsgWithdraw;
    type Response = wire::MsgWithdrawResponse;
    const SIGNER: &'static str = "owner_address";

    fn parse(wire: Self::Wire, ledger: &Ledger) -> Result<Self, Refusal> {
        Ok(Self {
            owner: address("owner's", &wire.owner_address, ledger)?,
            chain_id: wire.chain_id,
            coin: some_coin("amount", wire.amount.as_ref())?,
        })
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.owner]
    }

    /// Also when the anchor is frozen: the bond is what a conflict costs.
    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        let mut chain = state::owned(ctx, &*state as &dyn Read, &self.chain_id, &self.owner)?;
        let asked = state::amount(&*state as &dyn Read, &self.coin)?;
        let left = chain.deposit;
        let Some(rest) = left.checked_sub(asked) else {
            let denom = self.coin.denom.clone();
            return Err(Refused::DepositTooSmall { left, asked, denom }.into());
        };
        chain.deposit = rest;
        state::give(state, &self.owner, asked)?;
        keys::chain(&self.chain_id).set(state, &chain);
        ctx.emit(|_| {
            let shown = event("anchor_deposit").indexed("chain_id", &self.chain_id);
            shown.with("taken", asked).with("left", rest)
        });
        Ok(wire::MsgWithdrawResponse {})
    }
}
