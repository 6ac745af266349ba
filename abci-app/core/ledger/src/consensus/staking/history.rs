//! Who could make the last blocks: a record for each of the last blocks, and the validators once for each time they
//! changed. So an ordinary block costs the same however many validators there are.
//!
//! What it is not: headers. CometBFT has those; of a header only what the state machine hears of it is kept.

use std::ops::ControlFlow;

use sirius_primitives::{Address, Blocks, Height};
use sirius_runtime::{Context, rows::each_row};
use sirius_store::{Fault, Read, Write};

use super::{
    Description, Validator, keys,
    params::HISTORY,
    state::known,
    stored::{Past, Seat},
};

/// Blocks that leave the history in one block at most. One joins it, so that it shrinks when the parameter does.
const MOST_DROPPED: usize = 4;

/// Adds the block that begins, and drops those that are too old.
pub(super) fn keep(ctx: &Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    let (height, most) = (ctx.block.height, HISTORY.get(state)?);
    if most > 0 {
        let seats = seats(state, height)?;
        let past = Past { time: ctx.block.time, proposer: ctx.block.proposer.clone(), seats };
        keys::past(height).set(state, &past);
        if keys::oldest().get(state)?.is_none() {
            keys::oldest().set(state, &height);
        }
    }
    drop_old(state, height, most)
}

/// From which block on the validators are those of now; written down anew when they changed.
fn seats(state: &mut dyn Write, height: Height) -> Result<Height, Fault> {
    let before = keys::past(height.before(Blocks(1))).get(state)?;
    let is_changed = keys::seats_changed().get(state)?.is_some();
    if let (Some(before), false) = (before, is_changed) {
        return Ok(before.seats);
    }
    keys::seats_changed().remove(state);
    let mut operators = Vec::new();
    each_row(&*state, keys::BONDED, |_, operator: Address| {
        operators.push(operator);
        Ok(ControlFlow::Continue(()))
    })?;
    let mut seats = Vec::with_capacity(operators.len());
    // The strongest first, as Cosmos clients know them.
    for operator in operators.into_iter().rev() {
        let validator = known(state, &operator)?;
        let moniker = validator.description.moniker;
        let description = Description { moniker, ..Description::default() };
        seats.push(Seat { operator, validator: Validator { description, ..validator } });
    }
    keys::seats(height).set(state, &seats);
    Ok(height)
}

fn drop_old(state: &mut dyn Write, height: Height, most: u64) -> Result<(), Fault> {
    for _ in 0..MOST_DROPPED {
        let Some(oldest) = keys::oldest().get(state)? else { return Ok(()) };
        if oldest > height {
            keys::oldest().remove(state);
            return Ok(());
        }
        if height.0.saturating_sub(oldest.0) < most {
            return Ok(());
        }
        let key = keys::past(oldest);
        if let Some(past) = key.get(state)? {
            key.remove(state);
            // Whoever comes next in the history may still refer to the same validators.
            let next = keys::past(oldest.next()).get(state)?;
            if next.is_none_or(|next| next.seats != past.seats) {
                keys::seats(past.seats).remove(state);
            }
        }
        keys::oldest().set(state, &oldest.next());
    }
    Ok(())
}

/// A block of the history with its validators, the strongest first; `None` when it is not, or no longer, kept.
pub(super) fn at(state: &(impl Read + ?Sized), height: Height) -> Result<Option<(Past, Vec<Seat>)>, Fault> {
    let Some(past) = keys::past(height).get(state)? else { return Ok(None) };
    let seats = keys::seats(past.seats).get(state)?;
    let seats =
        seats.ok_or_else(|| Fault::Contradiction(format!("the validators of block {height} are missing")))?;
    Ok(Some((past, seats)))
}
