//! Where staked coins lie: two accounts of the chain itself, one for what vouches for validators that make blocks, one
//! for everything else. The coins are held there by this module, so that nobody else's payment ever mixes with them.

use sirius_primitives::{Address, Amount, Coin, Coins};
use sirius_runtime::{Context, Error};
use sirius_store::{Fault, Read, Write};

use super::{
    Validator,
    state::{denom, sure},
};
use crate::base::bank::{self, Hold};

/// All that is staked on validators that make blocks.
///
/// # Errors
/// This node cannot read its state.
pub fn total_bonded(state: &(impl Read + ?Sized)) -> Result<Amount, Fault> {
    Pool::Bonded.amount(state)
}

/// One of the two accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pool {
    /// Stakes on validators that make blocks.
    Bonded,
    /// Stakes on others, and coins on their way back.
    NotBonded,
}

impl Pool {
    /// The pool that a validator's tokens are in.
    pub(super) fn of(validator: &Validator) -> Self {
        if validator.is_bonded() { Self::Bonded } else { Self::NotBonded }
    }

    /// The account; its name is that of Cosmos' module account.
    pub(super) fn account(self) -> Address {
        Address::of_module(match self {
            Self::Bonded => "bonded_tokens_pool",
            Self::NotBonded => "not_bonded_tokens_pool",
        })
    }

    fn hold(self) -> Hold<'static> {
        Hold { module: "staking", purpose: "stake" }
    }

    /// What is in it.
    pub(super) fn amount(self, state: &(impl Read + ?Sized)) -> Result<Amount, Fault> {
        bank::held(state, &self.account(), &self.hold(), &denom(state)?)
    }

    /// Puts an account's coins into it.
    pub(super) fn take(
        self,
        ctx: &mut Context<'_>,
        state: &mut dyn Write,
        from: &Address,
        amount: Amount,
    ) -> Result<(), Error> {
        let coin = Coin { denom: denom(state)?, amount };
        bank::transfer(ctx, state, (from, &self.account()), &Coins::from(coin.clone()))?;
        bank::hold(state, &self.account(), &self.hold(), &coin)
    }

    /// Makes coins in it, at genesis alone.
    pub(super) fn mint(
        self,
        ctx: &mut Context<'_>,
        state: &mut dyn Write,
        amount: Amount,
    ) -> Result<(), Error> {
        let coin = Coin { denom: denom(state)?, amount };
        bank::mint(ctx, state, &self.account(), &Coins::from(coin.clone()))?;
        bank::hold(state, &self.account(), &self.hold(), &coin)
    }

    /// Gives coins out of it.
    pub(super) fn pay(
        self,
        ctx: &mut Context<'_>,
        state: &mut dyn Write,
        to: &Address,
        amount: Amount,
    ) -> Result<(), Fault> {
        let coin = self.free(state, amount)?;
        sure(bank::transfer(ctx, state, (&self.account(), to), &Coins::from(coin)))
    }

    /// Moves coins to another pool.
    pub(super) fn shift(self, state: &mut dyn Write, to: Self, amount: Amount) -> Result<(), Fault> {
        if self == to || amount.is_zero() {
            return Ok(());
        }
        let coin = Coin { denom: denom(state)?, amount };
        sure(bank::release(state, &self.account(), &self.hold(), (&to.account(), &coin)))?;
        sure(bank::hold(state, &to.account(), &to.hold(), &coin))
    }

    /// Destroys coins in it.
    pub(super) fn burn(
        self,
        ctx: &mut Context<'_>,
        state: &mut dyn Write,
        amount: Amount,
    ) -> Result<(), Fault> {
        if amount.is_zero() {
            return Ok(());
        }
        let coin = self.free(state, amount)?;
        sure(bank::burn(ctx, state, &self.account(), &Coins::from(coin)))
    }

    /// Lets go of coins, which are then the account's to spend.
    fn free(self, state: &mut dyn Write, amount: Amount) -> Result<Coin, Fault> {
        let coin = Coin { denom: denom(state)?, amount };
        sure(bank::release(state, &self.account(), &self.hold(), (&self.account(), &coin)))?;
        Ok(coin)
    }
}
