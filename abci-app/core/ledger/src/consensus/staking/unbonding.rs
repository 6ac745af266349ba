//! Coins on their way back: they answer for the validator that they left until the unbonding time is over.

use sirius_primitives::{Address, Amount, Timestamp};
use sirius_runtime::{
    Context, Error,
    event::{Attributes as _, event},
};
use sirius_store::{Fault, Write};

use super::{
    Refused,
    address::operator_text,
    keys,
    params::MOST_ENTRIES,
    pool::Pool,
    queue, slashed,
    state::{address_at, denom},
    stored::Leaving,
};

/// Sends coins on their way; they are in the pool of what makes no blocks already.
///
/// # Errors
/// Too many entries between these two.
pub(super) fn begin(
    ctx: &Context<'_>,
    state: &mut dyn Write,
    (delegator, operator): (&Address, &Address),
    (amount, completes): (Amount, Timestamp),
) -> Result<(), Error> {
    let key = keys::unbonding(delegator, operator);
    let mut entries = key.get(state)?.unwrap_or_default();
    let height = ctx.block.height;
    match entries.iter_mut().find(|entry| (entry.created, entry.completes) == (height, completes)) {
        Some(entry) => {
            // Both are parts of one supply, which is within range.
            entry.initial = entry.initial.checked_add(amount).unwrap_or(entry.initial);
            entry.balance = entry.balance.checked_add(amount).unwrap_or(entry.balance);
        }
        None => {
            let most = MOST_ENTRIES.get(state)?;
            if u64::try_from(entries.len()).unwrap_or(u64::MAX) >= most {
                return Err(Refused::TooManyEntries { most }.into());
            }
            entries.push(Leaving {
                created: height,
                completes,
                initial: amount,
                balance: amount,
                slashed: height,
            });
        }
    }
    key.set(state, &entries);
    keys::unbonding_from(operator, delegator).set(state, &true);
    queue::add(state, keys::UNBONDING_QUEUE, &keys::unbonding_due(completes, delegator, operator))?;
    Ok(())
}

/// Keeps what is still on its way, or nothing when there is none.
pub(super) fn save(
    state: &mut dyn Write,
    (delegator, operator): (&Address, &Address),
    entries: &Vec<Leaving>,
) {
    if entries.is_empty() {
        keys::unbonding(delegator, operator).remove(state);
        keys::unbonding_from(operator, delegator).remove(state);
    } else {
        keys::unbonding(delegator, operator).set(state, entries);
    }
}

/// The entries between two, after the slashes that have not been taken off them yet.
pub(super) fn settled(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (delegator, operator): (&Address, &Address),
) -> Result<Vec<Leaving>, Fault> {
    let mut entries = keys::unbonding(delegator, operator).get(state)?.unwrap_or_default();
    let slashes = slashed::all(state, operator)?;
    let mut is_changed = false;
    for entry in &mut entries {
        for (found, slash) in &slashes {
            if *found <= entry.slashed {
                continue;
            }
            (entry.slashed, is_changed) = (*found, true);
            if slash.meets(entry.created, *found) {
                burn(ctx, state, entry, slash.fraction.of(entry.initial))?;
            }
        }
    }
    if is_changed {
        save(state, (delegator, operator), &entries);
    }
    Ok(entries)
}

/// Burns up to `amount` of an entry, and says how much it was.
pub(super) fn burn(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    entry: &mut Leaving,
    amount: Amount,
) -> Result<Amount, Fault> {
    let amount = amount.min(entry.balance);
    entry.balance = entry.balance.checked_sub(amount).unwrap_or_default();
    Pool::NotBonded.burn(ctx, state, amount)?;
    Ok(amount)
}

/// Pays out what has come to its time.
pub(super) fn mature(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    for key in queue::take_due(state, keys::UNBONDING_QUEUE, ctx.block.time)? {
        let at = keys::UNBONDING_QUEUE.len().saturating_add(12);
        let delegator = address_at(&key, at)?;
        let operator = address_at(&key, at.saturating_add(Address::LENGTH))?;
        complete(ctx, state, (&delegator, &operator))?;
    }
    Ok(())
}

fn complete(ctx: &mut Context<'_>, state: &mut dyn Write, pair: (&Address, &Address)) -> Result<(), Fault> {
    let now = ctx.block.time;
    let (done, left): (Vec<_>, Vec<_>) =
        settled(ctx, state, pair)?.into_iter().partition(|entry| entry.completes <= now);
    save(state, pair, &left);
    let sum = done.iter().try_fold(Amount::ZERO, |sum, entry| sum.checked_add(entry.balance));
    let sum = sum.unwrap_or_default();
    if sum.is_zero() {
        return Ok(());
    }
    let (delegator, operator) = pair;
    Pool::NotBonded.pay(ctx, state, delegator, sum)?;
    let denom = denom(state)?;
    ctx.emit(|ctx| {
        let shown = event("complete_unbonding").with("amount", format!("{sum}{denom}"));
        let shown = shown.with("validator", operator_text(operator, &ctx.chain.prefix));
        shown.with("delegator", ctx.text(delegator))
    });
    Ok(())
}
