//! Votes that nobody counts, because their proposal was taken back: cleared away a few a block.

use std::ops::ControlFlow;

use sirius_runtime::rows::each_row;
use sirius_store::{Fault, Read, Write};

use super::{ballot::Vote, keys, state::address_at};

/// Marks a proposal's votes to be cleared away, if there are any.
pub(super) fn begin(state: &mut dyn Write, id: u64) -> Result<(), Fault> {
    if !voters(&*state as &dyn Read, id, 1)?.is_empty() {
        keys::clearing(id).set(state, &id);
    }
    Ok(())
}

/// Clears votes away within `steps`, of which it takes what it uses.
pub(super) fn go_on(state: &mut dyn Write, steps: &mut u64) -> Result<(), Fault> {
    while *steps > 0 {
        let mut first = None;
        each_row(&*state as &dyn Read, keys::CLEARING, |_, id: u64| {
            first = Some(id);
            Ok(ControlFlow::Break(()))
        })?;
        let Some(id) = first else { return Ok(()) };
        let voters = voters(&*state as &dyn Read, id, *steps)?;
        // Where there are fewer than were asked for, there are no more.
        if (voters.len() as u64) < *steps {
            keys::clearing(id).remove(state);
        }
        *steps = steps.saturating_sub(voters.len() as u64).saturating_sub(1);
        for voter in voters {
            keys::vote(id, &voter).remove(state);
        }
    }
    Ok(())
}

/// The first voters of a proposal, at most `most`.
fn voters(state: &dyn Read, id: u64, most: u64) -> Result<Vec<sirius_primitives::Address>, Fault> {
    let mut voters = Vec::new();
    each_row(state, &keys::votes(id), |rest, _: Vote| {
        voters.push(address_at(rest, 0)?);
        let full = voters.len() as u64 >= most;
        Ok(if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(voters)
}
