//! `MsgDeposit`: coins behind a proposal.

use sirius_primitives::{Address, Coins};
use sirius_runtime::{Chain, Context, Error, Message, Refusal, tx};
use sirius_store::{Read, Write};

use super::{
    Refused, deposit, keys,
    state::load,
    submit::address,
    wire::{gov as wire, legacy},
};

/// Who backs which proposal, with what.
#[derive(Debug)]
struct Backing {
    id: u64,
    depositor: Address,
    coins: Coins,
}

impl Backing {
    fn parse(
        (id, depositor, amount): (u64, &str, &[cosmos_sdk_proto::cosmos::base::v1beta1::Coin]),
        chain: &Chain,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            id,
            depositor: address("depositor's", depositor, chain)?,
            coins: tx::coins(amount).map_err(|cause| Refused::BadCoins { cause })?,
        })
    }

    fn give(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Error> {
        let mut proposal = load(state, self.id)?;
        let amount = deposit::amount(&*state as &dyn Read, &self.coins)?;
        deposit::put(ctx, state, (self.id, &mut proposal), (&self.depositor, amount))?;
        keys::proposal(self.id).set(state, &proposal);
        Ok(())
    }
}

/// A deposit.
#[derive(Debug)]
pub struct Deposit(Backing);

impl Message for Deposit {
    type Wire = wire::MsgDeposit;
    type Response = wire::MsgDepositResponse;
    const SIGNER: &'static str = "depositor";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Backing::parse((wire.proposal_id, &wire.depositor, &wire.amount), chain).map(Self)
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.0.depositor]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        self.0.give(ctx, state).map(|()| wire::MsgDepositResponse {})
    }
}

/// A deposit in the older form.
#[derive(Debug)]
pub struct LegacyDeposit(Backing);

impl Message for LegacyDeposit {
    type Wire = legacy::MsgDeposit;
    type Response = legacy::MsgDepositResponse;
    const SIGNER: &'static str = "depositor";

    fn parse(wire: Self::Wire, chain: &Chain) -> Result<Self, Refusal> {
        Backing::parse((wire.proposal_id, &wire.depositor, &wire.amount), chain).map(Self)
    }

    fn signers(&self) -> Vec<Address> {
        vec![self.0.depositor]
    }

    fn execute(&self, ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<Self::Response, Error> {
        self.0.give(ctx, state).map(|()| legacy::MsgDepositResponse {})
    }
}
