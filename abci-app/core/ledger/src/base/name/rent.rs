//! What names cost, and where it goes: to the collector of fees, as part of the block's.

use sirius_primitives::{Address, Amount, Coin, Coins};
use sirius_runtime::{Context, Error};
use sirius_store::{Read, Write};

use super::params::{PRICE_BELOW, RENT};
use crate::base::{bank, fee};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Pays the rent of so many seconds; a day that begins is paid whole.
pub(super) fn pay_rent(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    owner: &Address,
    seconds: u64,
) -> Result<(), Error> {
    let days = Amount::new(seconds.div_ceil(DAY).into());
    let each = u128::from(RENT.get(state)?);
    // Both are below 2^64, so that their product is an amount.
    pay(ctx, state, owner, days.checked_share(each, 1).unwrap_or(Amount::new(u128::MAX)))
}

/// Pays for a name below a leased one.
pub(super) fn pay_below(ctx: &mut Context<'_>, state: &mut dyn Write, owner: &Address) -> Result<(), Error> {
    let amount = Amount::new(PRICE_BELOW.get(state)?.into());
    pay(ctx, state, owner, amount)
}

fn pay(ctx: &mut Context<'_>, state: &mut dyn Write, owner: &Address, amount: Amount) -> Result<(), Error> {
    if amount.is_zero() {
        return Ok(());
    }
    let denom = fee::Price::load(&*state as &dyn Read)?.denom;
    bank::transfer(ctx, state, (owner, &fee::COLLECTOR), &Coins::from(Coin { denom, amount }))
}
