//! Who makes blocks: the validators with the most tokens, of two equals the one with the lower address.
//!
//! Two ordered lists, of those who make blocks and of those who could, are kept at every change of tokens. When a block
//! ends, the weakest of the one are exchanged for the strongest of the other until they are in order, and consensus is
//! told the differences to what it was told before. So a block costs what changed in it, not how many validators there
//! are.

use std::{collections::BTreeSet, ops::ControlFlow};

use sirius_primitives::{Address, Amount, PublicKey};
use sirius_runtime::{Context, Validator as Member, rows::each_row};
use sirius_store::{Fault, Key, Order, Read, Span, Write};

use super::{
    Status, Validator, keys,
    params::{MOST_VALIDATORS, UNBONDING},
    pool::Pool,
    queue,
    state::{address_at, known, validator},
    stored::Told,
    time::later,
};

/// Tokens that make one unit of power: with the base coin's six decimals, one whole coin.
pub const TOKENS_PER_POWER: u128 = 1_000_000;

/// What consensus was last told of the validator with this consensus address; `None` while it makes no blocks.
///
/// # Errors
/// This node cannot read its state.
pub fn told(state: &(impl Read + ?Sized), consensus: &Address) -> Result<Option<Told>, Fault> {
    keys::told(consensus).get(state)
}

/// All that consensus was told, by consensus address.
pub(super) fn told_all(state: &(impl Read + ?Sized)) -> Result<Vec<Member>, Fault> {
    let mut members = Vec::new();
    each_row(state, keys::TOLD, |_, told: Told| {
        members.push(Member { key: PublicKey::Ed25519(told.key), power: told.power });
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(members)
}

/// The power of a validator that makes blocks. It is never nothing: the last one stays whatever happens to its stake,
/// because consensus without validators cannot go on.
pub(super) fn power(tokens: Amount) -> u64 {
    u64::try_from(tokens.units() / TOKENS_PER_POWER).unwrap_or(u64::MAX).max(1)
}

/// The list that a validator stands in. One that is jailed while it makes blocks stays there until the block ends.
fn list(validator: &Validator) -> Option<&'static [u8]> {
    match (validator.status, validator.jailed) {
        (Status::Bonded, _) => Some(keys::BONDED),
        (_, false) => Some(keys::WAITING),
        (_, true) => None,
    }
}

/// Keeps a validator, and its place in the lists; `before` is what was kept until now.
pub(super) fn save(state: &mut dyn Write, operator: &Address, before: Option<&Validator>, after: &Validator) {
    let place =
        |validator: &Validator| list(validator).map(|list| keys::place(list, validator.tokens, operator));
    let (old, new) = (before.and_then(place), place(after));
    if old != new {
        if let Some(old) = old {
            old.remove(state);
        }
        if let Some(new) = new {
            new.set(state, operator);
        }
    }
    if before.is_none_or(|before| (before.tokens, before.jailed) != (after.tokens, after.jailed)) {
        keys::changed(operator).set(state, &true);
    }
    if after.is_bonded() || before.is_some_and(Validator::is_bonded) {
        keys::seats_changed().set(state, &true);
    }
    keys::validator(operator).set(state, after);
}

/// Removes a validator without shares that makes no blocks. Its consensus key stays taken.
pub(super) fn remove(state: &mut dyn Write, operator: &Address, validator: &Validator) {
    if let Some(list) = list(validator) {
        keys::place(list, validator.tokens, operator).remove(state);
    }
    keys::validator(operator).remove(state);
}

/// Puts those in office who have the most tokens, and tells consensus.
pub(super) fn update(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    let mut touched = take_changed(state)?;
    fill(ctx, state, &mut touched)?;
    dismiss_jailed(ctx, state, &mut touched)?;
    fill(ctx, state, &mut touched)?;
    for operator in &touched {
        tell(ctx, state, operator)?;
    }
    Ok(())
}

/// The validators that changed in this block.
fn take_changed(state: &mut dyn Write) -> Result<BTreeSet<Address>, Fault> {
    let mut changed = BTreeSet::new();
    each_row(&*state, keys::CHANGED, |rest, _: bool| {
        changed.insert(address_at(rest, 0)?);
        Ok(ControlFlow::Continue(()))
    })?;
    for operator in &changed {
        keys::changed(operator).remove(state);
    }
    Ok(changed)
}

/// How strong a validator is: more tokens, or the same and a lower address.
type Strength = (Amount, std::cmp::Reverse<Address>);

/// The weakest or the strongest of a list.
fn at_end(state: &dyn Read, list: &[u8], order: Order) -> Result<Option<Strength>, Fault> {
    let mut found = None;
    state.scan(&Span::prefix(list), order, &mut |key, value| {
        found = Some((key.to_vec(), value.to_vec()));
        ControlFlow::Break(())
    })?;
    let Some((key, value)) = found else { return Ok(None) };
    let tokens = key.get(list.len()..).and_then(|rest| rest.first_chunk()).copied();
    let tokens = tokens.ok_or_else(|| Fault::Damaged {
        what: "staking",
        detail: "a place in the lists has no tokens".into(),
    })?;
    let operator = Key::<Address>::decode(&value)?;
    Ok(Some((Amount::new(u128::from_be_bytes(tokens)), std::cmp::Reverse(operator))))
}

fn fill(ctx: &mut Context<'_>, state: &mut dyn Write, touched: &mut BTreeSet<Address>) -> Result<(), Fault> {
    let most = MOST_VALIDATORS.get(state)?;
    let enough = |strength: &Strength| strength.0.units() >= TOKENS_PER_POWER;
    loop {
        let count = keys::bonded_count().get(state)?.unwrap_or(0);
        let weakest = at_end(state, keys::BONDED, Order::Ascending)?;
        let strongest = at_end(state, keys::WAITING, Order::Descending)?.filter(enough);
        match (strongest, weakest) {
            (Some(joins), _) if count < most => join(state, &joins.1.0, touched)?,
            (Some(joins), Some(leaves)) if joins > leaves => {
                leave(ctx, state, &leaves.1.0, touched)?;
                join(state, &joins.1.0, touched)?;
            }
            (_, Some(leaves)) if count > most || (count > 1 && !enough(&leaves)) => {
                leave(ctx, state, &leaves.1.0, touched)?;
            }
            _ => return Ok(()),
        }
    }
}

/// Lets those go who were jailed. The last one stays until somebody else can make blocks.
fn dismiss_jailed(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    touched: &mut BTreeSet<Address>,
) -> Result<(), Fault> {
    for operator in touched.clone() {
        let Some(validator) = validator(state, &operator)? else { continue };
        if !(validator.jailed && validator.is_bonded()) {
            continue;
        }
        if keys::bonded_count().get(state)?.unwrap_or(0) > 1 {
            leave(ctx, state, &operator, touched)?;
        } else {
            keys::changed(&operator).set(state, &true);
        }
    }
    Ok(())
}

fn join(state: &mut dyn Write, operator: &Address, touched: &mut BTreeSet<Address>) -> Result<(), Fault> {
    let before = known(state, operator)?;
    if let Status::Unbonding { until, .. } = before.status {
        keys::validator_due(until, operator).remove(state);
    }
    let after = Validator { status: Status::Bonded, ..before.clone() };
    Pool::NotBonded.shift(state, Pool::Bonded, after.tokens)?;
    count(state, u64::checked_add)?;
    save(state, operator, Some(&before), &after);
    touched.insert(*operator);
    Ok(())
}

fn leave(
    ctx: &Context<'_>,
    state: &mut dyn Write,
    operator: &Address,
    touched: &mut BTreeSet<Address>,
) -> Result<(), Fault> {
    let before = known(state, operator)?;
    let until = later(ctx.block.time, UNBONDING.get(state)?);
    queue::add(state, keys::VALIDATOR_QUEUE, &keys::validator_due(until, operator))?;
    let after = Validator { status: Status::Unbonding { height: ctx.block.height, until }, ..before.clone() };
    Pool::Bonded.shift(state, Pool::NotBonded, after.tokens)?;
    count(state, u64::checked_sub)?;
    save(state, operator, Some(&before), &after);
    touched.insert(*operator);
    Ok(())
}

fn count(state: &mut dyn Write, change: fn(u64, u64) -> Option<u64>) -> Result<(), Fault> {
    let count = keys::bonded_count().get(state)?.unwrap_or(0);
    let count = change(count, 1)
        .ok_or_else(|| Fault::Contradiction("the count of validators in office is wrong".into()))?;
    keys::bonded_count().set(state, &count);
    Ok(())
}

/// Tells consensus of a validator if that differs from what it was told.
fn tell(ctx: &mut Context<'_>, state: &mut dyn Write, operator: &Address) -> Result<(), Fault> {
    let Some(validator) = validator(state, operator)? else { return Ok(()) };
    let key = keys::told(&validator.consensus());
    let before = key.get(state)?;
    let power = if validator.is_bonded() { power(validator.tokens) } else { 0 };
    if before.map_or(0, |told| told.power) == power {
        return Ok(());
    }
    ctx.tell(Member { key: PublicKey::Ed25519(validator.consensus_key), power });
    if power == 0 {
        key.remove(state);
    } else {
        let since = before.map_or(ctx.block.height, |told| told.since);
        key.set(state, &Told { key: validator.consensus_key, power, since });
    }
    Ok(())
}
