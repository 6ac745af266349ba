//! Changes that are decided for a later height.

use std::{collections::BTreeMap, ops::ControlFlow};

use sirius_primitives::{Gas, Height};
use sirius_runtime::{
    BlockLimits, Context, Error,
    event::{Attributes as _, event},
    rows::each_row,
};
use sirius_store::{Fault, Read, Write};

use super::{
    Refused, keys,
    limits::{self, BLOCK_BYTES, BLOCK_GAS},
    value::set,
};

/// Heights for which something may be decided at one time. Each change names every parameter at most once, so that what
/// one block puts in force is bounded too.
pub(super) const MOST_SCHEDULED: usize = 64;

/// Values by name, and the height from which they are in force.
pub(super) type Change = (Height, BTreeMap<String, u64>);

/// What is decided for heights up to `last`, in order.
pub(super) fn until(state: &dyn Read, last: Height) -> Result<Vec<Change>, Fault> {
    let mut changes = Vec::new();
    each_row(state, keys::SCHEDULED, |rest, values: BTreeMap<String, u64>| {
        let height = rest
            .try_into()
            .map(u64::from_be_bytes)
            .map(Height)
            .map_err(|_| Fault::Damaged { what: "params-due", detail: "its key holds no height".into() })?;
        if height > last {
            return Ok(ControlFlow::Break(()));
        }
        changes.push((height, values));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(changes)
}

/// Everything that is decided for later.
pub(super) fn all(state: &dyn Read) -> Result<Vec<Change>, Fault> {
    until(state, Height(u64::MAX))
}

/// Keeps values for `height`. Of two decisions for one height and parameter the later counts.
pub(super) fn add(
    state: &mut dyn Write,
    height: Height,
    values: impl IntoIterator<Item = (String, u64)>,
) -> Result<(), Error> {
    let key = keys::scheduled(height);
    let mut change = match key.get(state)? {
        Some(change) => change,
        None if all(&*state as &dyn Read)?.len() >= MOST_SCHEDULED => {
            return Err(Refused::TooManyScheduled { most: MOST_SCHEDULED }.into());
        }
        None => BTreeMap::new(),
    };
    change.extend(values);
    key.set(state, &change);
    Ok(())
}

/// Puts in force what is decided for this block. A value that the program no longer allows, because an upgrade narrowed
/// its range or took the parameter away, is passed over: a decision of yesterday must not stop the chain.
pub(super) fn take_effect(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    for (height, values) in until(&*state as &dyn Read, ctx.block.height)? {
        keys::scheduled(height).remove(state);
        for (name, value) in values {
            let param = ctx.registry().params().iter().find(|param| param.name == name);
            let done = param.is_some_and(|param| set(state, param, value).is_ok());
            let kind = if done { "param_set" } else { "param_passed_over" };
            ctx.emit(|_| event(kind).with("name", &name).with("value", value));
        }
    }
    Ok(())
}

/// Brings the limits of the next block to what the parameters will be then. Consensus obeys limits from the block after
/// the one that told of them, so those decided for the next height are told now. Whoever decides when a block ends, after
/// this module, calls it again.
///
/// # Errors
/// Only a fault.
pub fn settle_limits(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    let mut limits = limits::of_block(&*state as &dyn Read)?;
    for (_, values) in until(&*state as &dyn Read, ctx.block.height.next())? {
        let wanted = |name: &str, now: u64| values.get(name).copied().unwrap_or(now);
        let next = BlockLimits {
            bytes: wanted(BLOCK_BYTES.name, limits.bytes),
            gas: Gas(wanted(BLOCK_GAS.name, limits.gas.0)),
        };
        if BlockLimits::BYTES.contains(&next.bytes) && BlockLimits::GAS.contains(&next.gas.0) {
            limits = next;
        }
    }
    if limits != BlockLimits::load(&*state as &dyn Read)? {
        limits.set(state).map_err(|limits| {
            Fault::Contradiction(format!(
                "parameters allow limits of a block that consensus does not: {limits:?}"
            ))
        })?;
    }
    Ok(())
}
