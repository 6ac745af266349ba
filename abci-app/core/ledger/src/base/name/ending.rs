//! What a block does about leases that are over: a bounded part of the work, the rest in the blocks after it.

use std::ops::ControlFlow;

use sirius_primitives::Timestamp;
use sirius_runtime::{
    Context,
    event::{Attributes as _, event},
    rows::{each_pair, each_row},
};
use sirius_store::{Fault, Read, Span, Write};

use super::{
    keys,
    lease::{Lease, Part},
    params::{GRACE, STEPS},
    state,
};

/// Ends what is due, in the order of time, then clears away what is left below names that are free.
pub(super) fn begin_block(ctx: &mut Context<'_>, state: &mut dyn Write) -> Result<(), Fault> {
    let steps = STEPS.get(state)?;
    let due = due(&*state as &dyn Read, ctx.block.time, steps)?;
    let left = steps.saturating_sub(due.len() as u64);
    for label in due {
        let lease = keys::root(&label).get(state)?;
        let lease = lease
            .ok_or_else(|| Fault::Contradiction(format!("name {label} is due, and nobody leases it")))?;
        end(ctx, state, &label, lease)?;
    }
    clear(state, left)
}

/// One lease whose moment has come: its time is over, or its grace too.
fn end(ctx: &mut Context<'_>, state: &mut dyn Write, label: &str, lease: Lease) -> Result<(), Fault> {
    let frees = lease.end(GRACE.get(state)?);
    if ctx.block.time < frees {
        let lapsed = Lease { frees: Some(frees), ..lease.clone() };
        state::put_off(state, label, (&lease, &lapsed));
        ctx.emit(|_| event("name_lapsed").indexed("name", label).with("free", frees.seconds));
    } else {
        state::free(state, label, &lease);
        ctx.emit(|_| event("name_freed").indexed("name", label));
    }
    Ok(())
}

/// The first leases that are due, at most `most`.
fn due(state: &dyn Read, now: Timestamp, most: u64) -> Result<Vec<String>, Fault> {
    // No label has a byte of 0xff, so this is behind every key of this moment.
    let to = [keys::DUE, now.in_order().as_slice(), &[u8::MAX]].concat();
    let span = Span { from: keys::DUE.to_vec(), to: Some(to) };
    let mut labels = Vec::new();
    each_pair(state, &span, |key, _| {
        labels.push(label_at(key, keys::DUE.len().saturating_add(12))?);
        let full = labels.len() as u64 >= most;
        Ok(if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(labels)
}

/// The label that stands in a key from `at` on.
pub(super) fn label_at(key: &[u8], at: usize) -> Result<String, Fault> {
    let bytes = key.get(at..).unwrap_or_default();
    String::from_utf8(bytes.to_vec())
        .map_err(|_| Fault::Damaged { what: "name", detail: "a key holds no label".into() })
}

/// Clears away names whose lease is gone, at most `steps` of them.
fn clear(state: &mut dyn Write, mut steps: u64) -> Result<(), Fault> {
    while steps > 0 {
        let mut first = None;
        each_pair(&*state as &dyn Read, &Span::prefix(keys::CLEARING), |key, _| {
            first = Some(label_at(key, keys::CLEARING.len())?);
            Ok(ControlFlow::Break(()))
        })?;
        let Some(label) = first else { return Ok(()) };
        let beginning = keys::parts(&label);
        let parts = first_parts(&*state as &dyn Read, &beginning, steps)?;
        // Where there are fewer than were asked for, there are no more.
        if (parts.len() as u64) < steps {
            keys::clearing(&label).remove(state);
        }
        steps = steps.saturating_sub(parts.len() as u64).saturating_sub(1);
        for key in parts {
            state.set_bytes(key, None);
        }
    }
    Ok(())
}

/// The keys of the first names that begin so, at most `most`.
fn first_parts(state: &dyn Read, beginning: &[u8], most: u64) -> Result<Vec<Vec<u8>>, Fault> {
    let mut found = Vec::new();
    each_row(state, beginning, |rest, _: Part| {
        found.push([beginning, rest].concat());
        let full = found.len() as u64 >= most;
        Ok(if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(found)
}
