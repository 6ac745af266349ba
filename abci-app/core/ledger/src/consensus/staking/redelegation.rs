//! Stakes that were moved from one validator to another: they answer for the one they left until the unbonding time is
//! over, at the one they went to.

use std::ops::ControlFlow;

use sirius_primitives::{Address, Amount, Height};
use sirius_runtime::{
    Context, Error,
    event::{Attributes as _, event},
    rows::each_pair,
};
use sirius_store::{Fault, Read, Span, Write};

use super::{
    Refused,
    address::operator_text,
    delegation, keys,
    params::MOST_ENTRIES,
    pool::Pool,
    queue, slashed,
    state::{address_at, known},
    stored::Moved,
    unbonding,
};

/// Remembers that a stake was moved.
///
/// # Errors
/// Too many entries between these three.
pub(super) fn begin(
    ctx: &Context<'_>,
    state: &mut dyn Write,
    (delegator, destination, source): (&Address, &Address, &Address),
    entry: Moved,
) -> Result<(), Error> {
    let key = keys::redelegation(delegator, destination, source);
    let mut entries = key.get(state)?.unwrap_or_default();
    let most = MOST_ENTRIES.get(state)?;
    if u64::try_from(entries.len()).unwrap_or(u64::MAX) >= most {
        return Err(Refused::TooManyEntries { most }.into());
    }
    entries.push(Moved { slashed: ctx.block.height, ..entry });
    key.set(state, &entries);
    keys::redelegation_from(source, delegator, destination).set(state, &true);
    let due = keys::redelegation_due(entry.completes, (delegator, destination, source));
    queue::add(state, keys::REDELEGATION_QUEUE, &due)?;
    Ok(())
}

/// Whether something that was moved to a validator still answers for another.
pub(super) fn is_receiving(
    state: &dyn Read,
    delegator: &Address,
    destination: &Address,
) -> Result<bool, Fault> {
    let mut is_found = false;
    each_pair(state, &Span::prefix(&keys::redelegations_to(delegator, destination)), |_, _| {
        is_found = true;
        Ok(ControlFlow::Break(()))
    })?;
    Ok(is_found)
}

/// Takes off a delegation what slashes of other validators cost it, before it is touched: nobody gets away before his
/// turn in the sweep has come.
pub(super) fn settle_all(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (delegator, destination): (&Address, &Address),
) -> Result<(), Fault> {
    let beginning = keys::redelegations_to(delegator, destination);
    let mut sources = Vec::new();
    each_pair(&*state, &Span::prefix(&beginning), |key, _| {
        sources.push(address_at(key, beginning.len())?);
        Ok(ControlFlow::Continue(()))
    })?;
    for source in sources {
        settled(ctx, state, (delegator, destination, &source))?;
    }
    Ok(())
}

/// The entries between three, after the slashes of the source that have not been taken off them yet.
pub(super) fn settled(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (delegator, destination, source): (&Address, &Address, &Address),
) -> Result<Vec<Moved>, Fault> {
    let key = keys::redelegation(delegator, destination, source);
    let mut entries = key.get(state)?.unwrap_or_default();
    let slashes = slashed::all(state, source)?;
    let mut is_changed = false;
    for entry in &mut entries {
        for (found, slash) in &slashes {
            if *found <= entry.slashed {
                continue;
            }
            (entry.slashed, is_changed) = (*found, true);
            if slash.meets(entry.created, *found) {
                take(
                    ctx,
                    state,
                    (delegator, destination),
                    (entry.created, slash.fraction.of(entry.initial)),
                )?;
            }
        }
    }
    if is_changed {
        key.set(state, &entries);
    }
    Ok(entries)
}

/// Burns `amount` of what became of a moved stake: first of what is on its way back from the destination since then, then
/// of what is still staked there, as far as it goes.
fn take(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    pair: (&Address, &Address),
    (since, amount): (Height, Amount),
) -> Result<(), Fault> {
    let mut left = amount;
    let mut leaving = unbonding::settled(ctx, state, pair)?;
    for entry in leaving.iter_mut().filter(|entry| entry.created >= since) {
        let burned = unbonding::burn(ctx, state, entry, left)?;
        left = left.checked_sub(burned).unwrap_or_default();
    }
    if !leaving.is_empty() {
        unbonding::save(state, pair, &leaving);
    }
    let (delegator, operator) = pair;
    let Some(delegation) = keys::delegation(delegator, operator).get(state)? else { return Ok(()) };
    let validator = known(state, operator)?;
    let held = delegation.shares;
    let left = left.min(validator.worth(held));
    let Some(shares) = validator.stake().redeem(left, held) else { return Ok(()) };
    // The validator may be gone afterwards, its pool is known now.
    let pool = Pool::of(&validator);
    let tokens = delegation::take(ctx, state, pair, (delegation, shares))?;
    pool.burn(ctx, state, tokens)
}

/// Forgets moved stakes that have answered long enough.
pub(super) fn mature(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    for due in queue::take_due(state, keys::REDELEGATION_QUEUE, ctx.block.time)? {
        let at = keys::REDELEGATION_QUEUE.len().saturating_add(12);
        let delegator = address_at(&due, at)?;
        let destination = address_at(&due, at.saturating_add(Address::LENGTH))?;
        let source = address_at(&due, at.saturating_add(Address::LENGTH).saturating_add(Address::LENGTH))?;
        complete(ctx, state, (&delegator, &destination, &source))?;
    }
    Ok(())
}

fn complete(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    three: (&Address, &Address, &Address),
) -> Result<(), Fault> {
    let (delegator, destination, source) = three;
    let mut entries = settled(ctx, state, three)?;
    entries.retain(|entry| entry.completes > ctx.block.time);
    let key = keys::redelegation(delegator, destination, source);
    if entries.is_empty() {
        key.remove(state);
        keys::redelegation_from(source, delegator, destination).remove(state);
    } else {
        key.set(state, &entries);
    }
    ctx.emit(|ctx| {
        let prefix = &ctx.chain.prefix;
        let shown = event("complete_redelegation").with("delegator", ctx.text(delegator));
        let shown = shown.with("source_validator", operator_text(source, prefix));
        shown.with("destination_validator", operator_text(destination, prefix))
    });
    Ok(())
}
