//! The end of a block: the bonds of closed chains come back, and their headers go, a bounded number at a time.

use std::ops::ControlFlow;

use sirius_primitives::Amount;
use sirius_runtime::{
    Context, Error,
    event::{Attributes as _, event},
    rows::each_row,
};
use sirius_store::{Fault, Read, Write};

use super::{
    chain::{Chain, Header, Status},
    keys, state,
};

/// How many chains a block ends at most.
const MOST_ENDINGS: usize = 10;
/// How many headers a block drops of them at most.
const MOST_DROPPED: usize = 200;

/// Ends chains whose time has come.
pub(super) fn end_block(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    let mut room = MOST_DROPPED;
    for _ in 0..MOST_ENDINGS {
        let Some((chain_id, chain)) = first_due(ctx, &*state as &dyn Read)? else { return Ok(()) };
        if !end(ctx, state, (&chain_id, chain), &mut room)? {
            return Ok(());
        }
    }
    Ok(())
}

/// The first chain in the queue, if its time has come.
fn first_due(ctx: &Context<'_>, state: &dyn Read) -> Result<Option<(String, Chain)>, Fault> {
    let mut first = None;
    each_row(state, keys::DUE, |rest, chain_id: String| {
        let at = rest.get(..12).unwrap_or_default();
        if at <= ctx.block.time.in_order().as_slice() {
            first = Some(chain_id);
        }
        Ok(ControlFlow::Break(()))
    })?;
    let Some(chain_id) = first else { return Ok(None) };
    let missing = || Fault::Contradiction(format!("chain {chain_id} is to be closed and is not there"));
    let chain = state::chain(state, &chain_id)?.ok_or_else(missing)?;
    Ok(Some((chain_id, chain)))
}

/// Drops a chain's headers as far as there is room, and when none is left, ends it. Says whether it did.
fn end(
    ctx: &mut Context<'_>,
    state: &mut dyn Write,
    (chain_id, mut chain): (&str, Chain),
    room: &mut usize,
) -> Result<bool, Fault> {
    let mut heights = Vec::new();
    each_row(&*state as &dyn Read, &keys::headers(chain_id), |_, header: Header| {
        if heights.len() < *room {
            heights.push(header.height);
            Ok(ControlFlow::Continue(()))
        } else {
            Ok(ControlFlow::Break(()))
        }
    })?;
    *room = room.saturating_sub(heights.len());
    for height in heights {
        keys::header(chain_id, height).remove(state);
        chain.kept = chain.kept.saturating_sub(1);
    }
    let over = chain.kept == 0;
    if let (true, Status::Closing { ends }) = (over, chain.status) {
        keys::due(ends, chain_id).remove(state);
        keys::validators(chain_id).remove(state);
        let bond = std::mem::replace(&mut chain.bond, Amount::ZERO);
        match state::give(state, &chain.owner, bond) {
            Ok(()) => {}
            Err(Error::Fault(fault)) => return Err(fault),
            // The bank holds every bond, and a supply below 2^128 cannot overflow a balance.
            Err(Error::Refusal(refusal)) => return Err(Fault::Contradiction(refusal.text)),
        }
        chain.status = Status::Closed;
        ctx.emit(|ctx| {
            let shown = event("anchor_closed").indexed("chain_id", chain_id);
            shown.with("owner", ctx.text(&chain.owner)).with("bond", bond)
        });
    }
    keys::chain(chain_id).set(state, &chain);
    Ok(over)
}
