//! Coins behind a proposal: held by the bank in the depositor's name until the proposal ends.

use sirius_primitives::{Address, Amount, Coin, Coins};
use sirius_runtime::{
    Context, Error,
    event::{Attributes as _, event},
};
use sirius_store::{Fault, Read, Write};

use super::{
    Refused,
    ballot::plus,
    keys,
    params::{self, LEAST_DEPOSIT, LEAST_EACH, MOST_DEPOSITORS, VOTING_PERIOD},
    proposal::{Proposal, Stage, Voting},
    state::{account, after, denom, deposits, purpose},
};
use crate::{base::bank, consensus::staking::Fraction};

/// The amount of a deposit, which is of one denomination.
pub(super) fn amount(state: &dyn Read, coins: &Coins) -> Result<Amount, Error> {
    let expected = denom(state)?;
    match coins.iter().find(|coin| coin.denom != expected) {
        Some(coin) => Err(Refused::WrongDenom { found: coin.denom.clone(), expected }.into()),
        None => Ok(coins.amount_of(&expected)),
    }
}

/// What deposits must be at least, by a parameter in parts of the whole minimum.
pub(super) fn least(state: &dyn Read, part: &sirius_runtime::Param) -> Result<Amount, Fault> {
    let whole = Amount::new(LEAST_DEPOSIT.get(state)?.into());
    Ok(params::part(part, state)?.of(whole))
}

/// Adds a deposit to an open proposal, which is voted on from now if that makes enough. The caller keeps the proposal.
pub(super) fn put(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (id, proposal): (u64, &mut Proposal),
    (depositor, amount): (&Address, Amount),
) -> Result<(), Error> {
    if proposal.due().is_none_or(|due| ctx.block.time >= due) {
        return Err(Refused::Closed { id }.into());
    }
    let denom = denom(&*state as &dyn Read)?;
    let least = least(&*state as &dyn Read, &LEAST_EACH)?;
    if amount < least || amount.is_zero() {
        return Err(Refused::TooLittle { found: amount, least, denom }.into());
    }
    let key = keys::deposit(id, depositor);
    let before = key.get(state)?;
    if before.is_none() {
        let most = MOST_DEPOSITORS.get(state)?;
        if proposal.depositors >= most {
            return Err(Refused::TooManyDepositors { most }.into());
        }
        proposal.depositors = proposal.depositors.saturating_add(1);
    }
    let coin = Coin { denom, amount };
    bank::hold(state, depositor, &purpose(&id.to_string()), &coin)?;
    // A sum of held coins is never beyond their supply.
    key.set(state, &plus(before.unwrap_or_default(), amount));
    proposal.deposit = plus(proposal.deposit, amount);
    ctx.emit(|ctx| {
        let shown = event("proposal_deposit").with("depositor", ctx.text(depositor)).with("amount", coin);
        shown.indexed("proposal_id", id)
    });
    open_voting(ctx, state, id, proposal)
}

/// Begins the voting of a proposal that waits for deposits and has enough of them.
fn open_voting(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    id: u64,
    proposal: &mut Proposal,
) -> Result<(), Error> {
    let enough = proposal.deposit.units() >= u128::from(LEAST_DEPOSIT.get(state)?);
    if !enough || proposal.stage != Stage::Deposit {
        return Ok(());
    }
    let start = ctx.block.time;
    let end = after(start, VOTING_PERIOD.get(state)?);
    keys::due(proposal.deposit_end, id).remove(state);
    keys::due(end, id).set(state, &id);
    proposal.stage = Stage::Voting(Voting { start, end });
    ctx.emit(|_| event("submit_proposal").with("voting_period_start", id));
    Ok(())
}

/// Ends the deposits of a proposal: of each, `burned` is destroyed, rounded down, and the rest returned.
pub(super) fn settle(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    id: u64,
    burned: Fraction,
) -> Result<(), Error> {
    let denom = denom(&*state as &dyn Read)?;
    let text = id.to_string();
    let mut lost = Amount::ZERO;
    for (depositor, amount) in deposits(&*state as &dyn Read, id)? {
        keys::deposit(id, &depositor).remove(state);
        let burn = burned.of(amount);
        let back = amount.checked_sub(burn).unwrap_or_default();
        lost = plus(lost, burn);
        for (to, amount) in [(account(), burn), (depositor, back)] {
            if amount.is_zero() {
                continue;
            }
            let coin = Coin { denom: denom.clone(), amount };
            bank::release(state, &depositor, &purpose(&text), (&to, &coin))?;
        }
        ctx.emit(|ctx| {
            let returned = Coin { denom: denom.clone(), amount: back };
            let shown = event("proposal_deposit_settled").indexed("proposal_id", id);
            shown.with("depositor", ctx.text(&depositor)).with("returned", returned).with("burned", burn)
        });
    }
    if !lost.is_zero() {
        bank::burn(ctx, state, &account(), &Coins::from(Coin { denom, amount: lost }))?;
    }
    Ok(())
}
